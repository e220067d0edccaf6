#!/usr/bin/env bash
# Live interop on loopback: our example server and client against micromdm's scepclient and scepserver, strongSwan, certmonger,
# BouncyCastle and OpenSSL (Debian 12: scep, strongswan-pki with its plugins, certmonger, libbcpkix-java, openssl, curl). Every
# pairing has a success and a refusal.
#
#   tests/interop.sh             all rows
#   tests/interop.sh certmonger  only rows whose name has this word
#
# INTEROP_SERVER and INTEROP_CLIENT name other programs to run in place of examples/http-server and examples/http-client.
set -euo pipefail
cd "$(dirname "$0")/.."

only=${1:-}
for part in harness client broker micromdm strongswan certmonger bouncycastle openssl est device_service; do
    source "tests/interop/$part.sh"
done
trap cleanup EXIT

# A server that has a CA, and one that takes over after so many seconds.
rolling_over() { # SECONDS
    ours
    stop "$started"
    limited "$server" --state "$state" --roll-over "$1"
    server "$state" "$(cut -d : -f 3 <<<"${url%/scep}")"
}

http_refusals() {
    python3 tests/interop/refusals.py "${url:7:-5}"
}

need openssl=openssl pki=strongswan-pki \
    /usr/lib/ipsec/plugins/libstrongswan-curl.so=libstrongswan-extra-plugins \
    scepclient=scep scepserver=scep certmonger=certmonger getcert=certmonger python3=python3 curl=curl \
    javac=default-jdk-headless /usr/share/java/bcpkix.jar=libbcpkix-java
# Of the whole workspace, since that is what `cargo test --workspace` has built already: `-p conformance` by itself has
# dependencies with other features.
if [[ -z ${INTEROP_SERVER:-} || -z ${INTEROP_CLIENT:-} ]]; then
    cargo build --locked --workspace --examples
fi
cargo test --locked --workspace --test cms_samples --no-run
built=${CARGO_TARGET_DIR:-target}/debug/examples
server=${INTEROP_SERVER:-$built/http-server}
client=${INTEROP_CLIENT:-$built/http-client}
broker=$built/broker
est_program=$built/est
device_service=$built/device-service-http
unset http_proxy https_proxy all_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY
began=$SECONDS
bouncy_build

row "keys in other threads" limited "$built/remote-signer"
row "openssl's and bouncycastle's cms, read by us" limited cargo test --locked --workspace --test cms_samples

ours
rich=$started
row "our server, our client" client_success
row "our server, our client: wrong challenge" client_wrong_challenge
row "our server, our client: another ca's fingerprint" client_stranger
row "our server, our client: no fingerprint" client_unsure
row "our server, http: refusals" http_refusals
row "our server, our broker" broker_success
row "our server, our broker: wrong challenge" broker_wrong_challenge
row "our server, our client: aes by post, read by openssl" openssl_reads_all aes-128-cbc
row "our server, our client: a refusal, read by openssl" openssl_reads_refusal
row "our server, our client: aes-gcm, read by openssl" openssl_reads_all aes-128-gcm --aes-gcm
row "our server, our client: ec under the challenge" client_ec
row "our server, our client: ec refused" client_ec_refused
row "our server, our client: renewal" client_renewal
row "our server, our client: renewal by pkcsreq" client_renewal --by-pkcs-req
row "our server, our client: renewal refused" client_renewal_refused
row "our server, our client: certificate and crl" client_lookups
row "our server, our client: crl after a revocation" client_crl_after_revocation
row "our server, our client: certificate and crl refused" client_lookups_refused
row "our server, our client: no next ca" client_next_ca_refused
row "our server, strongswan: aes" strongswan_success --cipher aes
row "our server, strongswan: pss, sha-512" strongswan_success --cipher aes --rsa-padding pss --digest sha512
row "our server, strongswan: 3des" strongswan_success --cipher des3
row "our server, strongswan: wrong challenge" strongswan_refusal --cipher aes
row "our server, strongswan: repeated, changed" strongswan_repeated
row "our server, strongswan: renewal" strongswan_renewal
row "our server, strongswan: renewal refused" strongswan_renewal_refused
row "our server, strongswan: ec refused by itself" strongswan_ec
row "our server, certmonger" certmonger_success
row "our server, certmonger: wrong challenge, unreadable" certmonger_refusal CA_UNREACHABLE
row "our server, bouncycastle: aes" bouncy_success "$aes128, $pkcs1"
row "our server, bouncycastle: oaep by get" bouncy_success "$aes128, $oaep" --transport oaep --method get
row "our server, bouncycastle: pss, 3des" bouncy_success "$des3, $pkcs1" --signature pss --cipher des3
row "our server, bouncycastle: aes-gcm" bouncy_success "authenticated, $pkcs1" --cipher aes128-gcm
row "our server, bouncycastle: ec under the challenge" bouncy_success "by password, $aes128" --key ec
row "our server, bouncycastle: ec without a challenge" bouncy_refusal badAlg --key ec
row "our server, bouncycastle: renewal" bouncy_renewal
row "our server, bouncycastle: renewal by pkcsreq, same key" bouncy_renewal --type 19 --key same
row "our server, bouncycastle: renewal refused" bouncy_renewal_refused
row "our server, bouncycastle: certificate and crl" bouncy_lookups
row "our server, bouncycastle: certificate and crl refused" bouncy_lookups_refused
row "our server, bouncycastle: wrong challenge" bouncy_refusal badRequest --challenge wrong
row "our server, bouncycastle: no challenge" bouncy_refusal badRequest
row "our server, scepclient: des refused" scepclient_refusal secret badAlg
proxy --words $'DES3\nSHA-256\n'
row "our server, our client: 3des refused" client_refusal 'nothing better' --challenge secret
row "our server, our legacy client: 3des by get, read by openssl" openssl_reads_all des-ede3-cbc --legacy
stop "$started"
stop "$rich"

ours --empty-content
row "our server with empty content, certmonger" certmonger_success
row "our server with empty content, certmonger: renewal, same key" certmonger_renewal resubmit
row "our server with empty content, certmonger: renewal, new key" certmonger_renewal rekey
row "our server with empty content, certmonger: renewal refused" certmonger_renewal_refused
row "our server with empty content, certmonger: ec refused by itself" certmonger_ec
row "our server with empty content, certmonger: wrong challenge" certmonger_refusal CA_REJECTED
row "our server with empty content, strongswan: wrong challenge" strongswan_refusal --cipher aes
row "our server with empty content, our client: a refusal, read by openssl" openssl_reads_refusal
stop "$started"

ours --legacy
row "our legacy server, scepclient" scepclient_success
row "our legacy server, scepclient: wrong challenge" scepclient_refusal wrong badRequest
stop "$started"

ours --renew-within 30
row "our server that renews in the last days, our client: too early" client_renewal_too_early
row "our server that renews in the last days, strongswan: too early" strongswan_renewal_too_early
stop "$started"

ours --ca-key-answers
row "our server without an ra, our client" client_success
row "our server without an ra, our client: renewal" client_renewal
row "our server without an ra, our client: wrong challenge" client_wrong_challenge
row "our server without an ra, strongswan" strongswan_success --cipher aes
stop "$started"

ours --manual
row "our manual server, strongswan: pending" strongswan_pending
row "our manual server, bouncycastle: pending" bouncy_pending
row "our manual server, bouncycastle: pending, then refused" bouncy_pending_refused
row "our manual server, bouncycastle: ec, pending" bouncy_ec_pending
row "our manual server, our client: ec, pending" client_ec_pending
row "our manual server, our client: pending, then refused" client_pending_refused
stop "$started"
row "our manual server, our client: pending over a crash" client_pending_over_restart

ours --manual --empty-content
row "our manual server with empty content, certmonger: pending" certmonger_pending
row "our manual server with empty content, certmonger: polling" certmonger_polls
row "our manual server with empty content, certmonger: polling, then refused" certmonger_polls_refused
stop "$started"

rolling_over 3600
row "our server, openssl, bouncycastle, our client: next ca" client_next_ca
stop "$started"
rolling_over 8
row "our server, our client: from one ca to the next" client_rollover
stop "$started"

bouncy_server
row "bouncycastle's server, our client" client_success
row "bouncycastle's server, our client: wrong challenge" client_wrong_challenge
row "bouncycastle's server, our client: ec under the challenge" client_at_bouncy_ec
row "bouncycastle's server, our client: ec refused" client_ec_refused
row "bouncycastle's server, our client: aes-gcm" client_at_bouncy_gcm
row "bouncycastle's server, our client: renewal" client_renewal
row "bouncycastle's server, our client: renewal refused" client_at_bouncy_renewal_refused
row "bouncycastle's server, our client: certificate and crl" client_lookups
row "bouncycastle's server, our client: certificate and crl refused" client_at_bouncy_lookups_refused
row "bouncycastle's server, our client: no next ca" client_next_ca_refused
row "bouncycastle's server, our client: next ca" client_at_bouncy_next
row "bouncycastle's server, our client: another ca's fingerprint" client_stranger
stop "$started"
bouncy_server $'AES\nPOSTPKIOperation\nSHA-256\n' 2
row "bouncycastle's waiting server, our client" client_success --poll-seconds 1
stop "$started"
bouncy_server $'DES3\nSHA-256\n'
row "bouncycastle's poor server, our client: 3des refused" client_refusal 'nothing better' --challenge secret
row "bouncycastle's poor server, our legacy client" client_success --legacy
stop "$started"

micromdm
row "scepserver, our legacy client" client_success --legacy
row "scepserver, our legacy client: wrong challenge" client_wrong_challenge --legacy
row "scepserver, our client: des refused" client_refusal 'reply:' --challenge secret
row "scepserver, our broker" broker_success --legacy
row "scepserver, our broker: derived, unstructuredName" broker_success --legacy --derived --attribute unstructured-name
row "scepserver, our broker: submission by the device" broker_success --legacy --submission-by-device
row "scepserver, our broker: wrong challenge" broker_wrong_challenge --legacy
row "scepserver, our broker: wrong challenge, by the device" broker_wrong_challenge --legacy --submission-by-device
row "scepserver, our broker: another name" broker_mismatch --legacy
row "scepserver, our broker: another ca's fingerprint" broker_stranger --legacy
row "scepserver, our broker: des refused" broker_refusal 'reply:' --challenge secret
stop "$started"

est_ours
row "our est, our device" est_device
row "our est, our device: under a label" est_device_label
row "our est, our device: refused" est_device_refused
row "our est, bouncycastle" bouncy_est_success
row "our est, bouncycastle: refused" bouncy_est_refused
row "our est, strongswan" strongswan_est_success
row "our est, strongswan: refused" strongswan_est_refused
row "our est, curl and openssl" curl_est_success
row "our est, curl and openssl: refused" curl_est_refused
est_token
stop "$started"
est_openssl "$user:$token"
row "openssl's est, our device" device_at_openssl
row "openssl's est, our device: refused" device_at_openssl_refused
stop "$started"
est_ours --hesitant
row "our hesitant est, bouncycastle: pending" bouncy_est_pending
stop "$started"
est_ours --hesitant
row "our hesitant est, strongswan: pending" strongswan_est_enrolled
stop "$started"

row "device service over https: killed and restarted" limited "$device_service" demo
row "device service over https, curl and openssl" device_service_openssl

echo
printf '%s\n' "${results[@]:-no row has this word}"
echo "$((SECONDS - began)) s"
((failures == 0)) && ((${#results[@]} > 0))
