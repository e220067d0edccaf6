#!/usr/bin/env bash
# Makes tests/data/peers anew: what the peers of tests/interop.sh send, and what they answer, recorded by a proxy between them
# and our programs. The keys are those of tests/data/keys, so that tests can open what was recorded; facts.json is what OpenSSL
# says about each message. Needs what tests/interop.sh needs.
#
#   tests/interop/capture.sh             all
#   tests/interop/capture.sh strongswan  only peers whose name has this word
set -euo pipefail
cd "$(dirname "$0")/../.."

only=${1:-}
for part in harness client micromdm strongswan certmonger bouncycastle openssl; do
    source "tests/interop/$part.sh"
done
trap cleanup EXIT
data=$PWD/tests/data/peers keys=$PWD/tests/data/keys

# --- The server: our own, with the certificates and keys of the fixtures

# Anew only when all is: the other peers' messages are for these certificates.
authority() {
    if [[ -n $only && -e $data/authority/ra.pem ]]; then return; fi
    mkdir -p "$data/authority" "$scratch/authority"
    cp "$keys/ca.pem" "$scratch/authority/ca-key.pem"
    cp "$keys/ra.pem" "$scratch/authority/ra-key.pem"
    openssl_authority "$scratch/authority"
    cp "$scratch/authority/ca.pem" "$scratch/authority/ra.pem" "$data/authority"
}

# recorded_server OPTION..: with a proxy before it, which records into $dir/record. PROXY has the proxy's other options.
recorded_server() {
    recording
    local port
    port=$(free_port)
    url=http://127.0.0.1:$port/scep
    server "$state" "$port" --legacy "$@"
    proxy --record "$dir/record" "${PROXY[@]}"
}

# A server's directory.
recording() {
    state=$dir/state ca=$dir/state/ca.pem
    mkdir -p "$state" "$dir/record"
    cp "$data/authority/ca.pem" "$data/authority/ra.pem" "$state"
    cp "$keys/ca.pem" "$state/ca-key.pem"
    cp "$keys/ra.pem" "$state/ra-key.pem"
    openssl rsa -in "$keys/client.pem" -traditional -out "$dir/key.pem"
}

# keep PEER NAME NUMBER [ENDING]: the request, or what else the ending says, of the PKIOperation of that number.
keep() {
    local files=("$dir"/record/*-PKIOperation."${4:-request}")
    mkdir -p "$data/$1"
    cp "${files[$3]}" "$data/$1/$2"
}

recorded() { # NUMBER: whether so many PKIOperations are there
    (($(find "$dir/record" -name '*-PKIOperation.query' | wc -l) >= $1))
}

# Words of GetCACaps with and without Renewal.
renewal=(--words $'POSTPKIOperation\nRenewal\nSHA-1\nSHA-256\nSHA-384\nSHA-512\nAES\nDES3\n')
no_renewal=(--words $'POSTPKIOperation\nSHA-1\nSHA-256\nSHA-384\nSHA-512\nAES\nDES3\n')

# --- The peers

scepclient_messages() {
    PROXY=()
    recorded_server
    limited scepclient -server-url "$url" -challenge secret -cn scepclient -organization Interop \
        -private-key "$dir/key.pem" -certificate "$dir/cert.pem"
    keep scepclient pkcsreq.der 0
}

strongswan_enrolment() { # FILE OPTION..
    local file=$1
    shift
    PROXY=()
    recorded_server
    strongswan_prepare
    strongswan_enrol secret "$@"
    keep strongswan "$file" 0
}

strongswan_prepare() {
    limited pki --scepca --url "$url" --caout "$dir/ca.der" --raout "$dir/ra.der" --force
    openssl rsa -in "$keys/client.pem" -outform DER -out "$dir/key.der"
    name="C=CH, O=Interop, CN=strongswan"
}

strongswan_renewal_message() {
    PROXY=("${no_renewal[@]}")
    recorded_server
    strongswan_prepare
    strongswan_enrol secret --cipher aes
    cp "$dir/cert.der" "$dir/old.der"
    openssl rsa -in "$keys/other.pem" -outform DER -out "$dir/new.der"
    limited pki --scep --url "$url" --in "$dir/new.der" --dn "$name" --cert "$dir/old.der" --key "$dir/key.der" \
        --cacert-enc "$dir/ra.der" --cacert-sig "$dir/ra.der" --cacert "$dir/ca.der" >"$dir/cert.der" || true
    keep strongswan renewalreq.der 1
}

strongswan_poll() {
    PROXY=()
    recorded_server --manual
    strongswan_prepare
    decide_when_asked approve &
    strongswan_enrol secret --cipher aes
    keep strongswan certpoll.der 1
}

certmonger_prepare() { # OPTION..
    certmonger_start
    limited getcert request -c interop -I enrol -k "$dir/key.pem" -f "$dir/cert.pem" -N "CN=certmonger,O=Interop" \
        -D device.example -L secret "$@"
}

certmonger_enrolment() {
    PROXY=("${no_renewal[@]}")
    recorded_server
    certmonger_prepare -w
    keep certmonger pkcsreq.query 0 query
}

certmonger_poll_message() {
    PROXY=("${no_renewal[@]}")
    recorded_server --manual --empty-content
    certmonger_asks
    certmonger_poll || true
    keep certmonger certpoll.query 1 query
}

certmonger_renewal_message() { # FILE COMMAND
    PROXY=("${renewal[@]}")
    recorded_server --empty-content
    certmonger_prepare -w
    limited getcert "$2" -i enrol
    eventually recorded 2
    keep certmonger "$1" 1 query
}

bouncy_message() { # FILE NUMBER OPERATION OPTION..
    local file=$1 number=$2
    shift 2
    PROXY=("${renewal[@]}")
    recorded_server
    bouncy enrol --subject "CN=bouncy,O=Interop" --challenge secret
    mkdir "$dir/signer"
    cp "$dir/key.pem" "$dir/cert.pem" "$dir/signer"
    if (($# > 0)); then bouncy "$@" || true; fi
    keep bouncycastle "$file" "$number"
}

bouncy_poll() {
    PROXY=()
    recorded_server --manual
    bouncy enrol --subject "CN=bouncy,O=Interop" --challenge secret --polls 1 || true
    keep bouncycastle certpoll.der 1
}

# The Java server's replies to the Java client, which has the key `client`: the last of what it says to this.
bouncy_reply() { # FILE POLLS OPERATION OPTION..
    recording
    local file=$1 polls=$2
    shift 2
    openssl_next "$state/next.pem" "$keys/other.pem"
    bouncy_serve "$(free_port)" "$(printf 'AES\nPOSTPKIOperation\nSHA-256\nSCEPStandard\n')" "$polls"
    if [[ $1 != enrol ]]; then bouncy enrol --subject "CN=bouncy,O=Interop" --challenge secret --key "$keys/client.pem"; fi
    proxy --record "$dir/record"
    bouncy "$@" --subject "CN=bouncy,O=Interop" --signer "$dir" || true
    mkdir -p "$data/bouncycastle"
    local replies=("$dir"/record/*.reply)
    cp "${replies[-1]}" "$data/bouncycastle/$file"
}

# The replies of scepserver to scepclient.
scepserver_replies() {
    recording
    mkdir -p "$data/scepserver"
    scratch=$dir micromdm
    proxy --record "$dir/record"
    for challenge in secret wrong; do
        rm -f "$dir/csr.pem" "$dir/cert.pem" "$dir/self.pem"
        limited scepclient -server-url "$url" -challenge "$challenge" -cn scepclient -organization Interop \
            -private-key "$dir/key.pem" -certificate "$dir/cert.pem" || true
    done
    cp "$dir/record/01-GetCACert.reply" "$data/scepserver/getcacert.der"
    cp "$dir/record/02-GetCACaps.reply" "$data/scepserver/getcacaps.txt"
    # Its signer is the recipient of the reply.
    keep scepserver request.der 0
    keep scepserver certrep-success.der 0 reply
    keep scepserver certrep-failure.der 1 reply
}

# What OpenSSL can make of a CA's replies.
openssl_messages() {
    mkdir -p "$data/openssl"
    openssl_next "$dir/next.pem" "$keys/other.pem"
    openssl crl2pkcs7 -nocrl -certfile "$dir/next.pem" -outform DER -out "$dir/next.p7"
    openssl cms -sign -binary -nodetach -md sha256 -signer "$data/authority/ca.pem" -inkey "$keys/ca.pem" \
        -in "$dir/next.p7" -outform DER -out "$data/openssl/getnextcacert.der"
    openssl crl2pkcs7 -nocrl -certfile "$data/authority/ca.pem" -certfile "$data/authority/ra.pem" -outform DER \
        -out "$data/openssl/getcacert.der"
}

# --- The table

cargo build --locked -p conformance --examples
server=target/debug/examples/http-server client=target/debug/examples/http-client
unset http_proxy https_proxy all_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY
bouncy_build
authority
rename="--subject CN=bouncy,O=Interop --challenge secret"
row scepclient scepclient_messages
row strongswan-pkcsreq strongswan_enrolment pkcsreq.der --cipher aes
row strongswan-pkcsreq-3des-sha1 strongswan_enrolment pkcsreq-3des-sha1.der --cipher des3 --digest sha1
row strongswan-pkcsreq-pss-sha512 strongswan_enrolment pkcsreq-pss-sha512.der --cipher aes --digest sha512 --rsa-padding pss
row strongswan-renewalreq strongswan_renewal_message
row strongswan-certpoll strongswan_poll
row certmonger-pkcsreq certmonger_enrolment
row certmonger-certpoll certmonger_poll_message
row certmonger-renewal-by-pkcsreq certmonger_renewal_message renewal-by-pkcsreq.query resubmit
row certmonger-rekey-by-pkcsreq certmonger_renewal_message rekey-by-pkcsreq.query rekey
row bouncycastle-pkcsreq bouncy_message pkcsreq.der 0
row bouncycastle-pkcsreq-oaep bouncy_message pkcsreq-oaep.der 1 enrol $rename --transport oaep
row bouncycastle-pkcsreq-pss bouncy_message pkcsreq-pss.der 1 enrol $rename --signature pss --cipher aes256-cbc
row bouncycastle-pkcsreq-gcm bouncy_message pkcsreq-gcm.der 1 enrol $rename --cipher aes128-gcm
row bouncycastle-pkcsreq-ec bouncy_message pkcsreq-ec.der 1 enrol $rename --key ec
row bouncycastle-renewalreq bouncy_message renewalreq.der 1 renew --subject CN=bouncy,O=Interop --signer "$scratch/bouncycastle-renewalreq/signer"
row bouncycastle-getcert bouncy_message getcert.der 1 cert --signer "$scratch/bouncycastle-getcert/signer"
row bouncycastle-getcrl bouncy_message getcrl.der 1 crl --signer "$scratch/bouncycastle-getcrl/signer"
row bouncycastle-certpoll bouncy_poll
fixed="--challenge secret --key $keys/client.pem"
row bouncycastle-certrep bouncy_reply certrep-success.der 0 enrol $fixed
row bouncycastle-certrep-oaep-aes256 bouncy_reply certrep-oaep-aes256.der 0 enrol $fixed --transport oaep --cipher aes256-cbc
row bouncycastle-certrep-gcm bouncy_reply certrep-gcm.der 0 enrol $fixed --cipher aes128-gcm
row bouncycastle-certrep-password bouncy_reply certrep-password.der 0 enrol --challenge secret --key ec
row bouncycastle-certrep-pending bouncy_reply certrep-pending.der 9 enrol $fixed --polls 1
row bouncycastle-certrep-failure bouncy_reply certrep-failure.der 0 enrol --challenge wrong --key "$keys/client.pem"
row bouncycastle-certrep-crl bouncy_reply certrep-crl.der 0 crl
row bouncycastle-getnextcacert bouncy_reply getnextcacert.der 0 next
row scepserver scepserver_replies
row openssl openssl_messages
printf '%s\n' "${results[@]}"
for peer in scepclient strongswan certmonger bouncycastle scepserver; do
    files=()
    for file in "$data/$peer"/*.{der,query}; do
        if [[ -e $file && $file != */get*cacert.der && $file != */request.der ]]; then files+=("$file"); fi
    done
    python3 tests/interop/facts.py "${files[@]}" >"$data/$peer/facts.json"
done
((failures == 0))
