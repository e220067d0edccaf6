#!/usr/bin/env bash
# Live interop on loopback: our example server and client against micromdm's scepclient and scepserver, strongSwan, certmonger
# and OpenSSL (Debian 12: scep, strongswan-pki with its plugins, certmonger, openssl). Every pairing has a success and a refusal.
#
#   tests/interop.sh             all rows
#   tests/interop.sh certmonger  only rows whose name has this word
#
# INTEROP_SERVER and INTEROP_CLIENT name other programs to run in place of examples/http-server and examples/http-client.
set -euo pipefail
cd "$(dirname "$0")/.."

only=${1:-}
scratch=$(mktemp -d)
results=()
failures=0
pids=()

cleanup() {
    local pid
    for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
    for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null || true; done
    if ((failures)); then echo "logs are kept in $scratch"; else rm -rf "$scratch"; fi
}
trap cleanup EXIT

# --- Running things

need() { # PROGRAM=PACKAGE..
    local program missing=0
    for program in "$@"; do
        if command -v "${program%=*}" >/dev/null || [[ -e ${program%=*} ]]; then continue; fi
        echo "not installed: ${program%=*}, of Debian's package ${program#*=}" >&2
        missing=1
    done
    ((missing == 0)) || exit 2
}

free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# start LOG COMMAND..: in the background, its pid in $started.
start() {
    local log=$1
    shift
    "$@" >>"$log" 2>&1 </dev/null &
    started=$!
    pids+=("$started")
}

stop() {
    kill "$1" 2>/dev/null || true
    wait "$1" 2>/dev/null || true
}

# Not as stop does: the process gets no chance to put anything in order.
crash() {
    kill -KILL "$1" 2>/dev/null || true
    wait "$1" 2>/dev/null || true
}

# Until the command succeeds, at most 15 seconds.
eventually() {
    local attempt
    for ((attempt = 0; attempt < 150; attempt++)); do
        if "$@"; then return; fi
        sleep 0.1
    done
    echo "never: $*"
    return 1
}

# Until something listens on the port, at most ten seconds; fails if the process has ended.
listening() {
    local port=$1 pid=$2 attempt
    for ((attempt = 0; attempt < 100; attempt++)); do
        kill -0 "$pid" 2>/dev/null || return 1
        (: <>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && return 0
        sleep 0.1
    done
    return 1
}

# row NAME COMMAND..: a line of the table. The command runs in a directory of its own; each program that it starts and waits for, a minute.
row() {
    local name=$1 began=$SECONDS verdict=ok status=0
    shift
    [[ $name == *"$only"* ]] || return 0
    dir=$scratch/${name//[^a-z0-9]/-}
    mkdir -p "$dir"
    # Not as a condition: there, bash ignores errexit in all that is called.
    set +e
    (set -e; "$@") >"$dir/log" 2>&1
    status=$?
    set -e
    if ((status != 0)); then
        verdict=FAILED
        failures=$((failures + 1))
        echo "--- $name"
        tail -n 25 "$dir/log"
    fi
    results+=("$(printf '%-6s %4d s  %s' "$verdict" $((SECONDS - began)) "$name")")
}

limited() {
    timeout -k 5 60 "$@"
}

# --- Our programs

server() { # STATE PORT OPTION..
    local state=$1 port=$2
    shift 2
    mkdir -p "$state"
    start "$state/server.log" "$server" --listen "127.0.0.1:$port" --challenge secret --state "$state" "$@"
    listening "$port" "$started" || { echo "does not listen: $server $*"; tail -n 20 "$state/server.log"; return 1; }
}

client() { # URL OUT OPTION..
    local url=$1 out=$2
    shift 2
    mkdir -p "$out"
    limited "$client" --url "$url" --out "$out" --fingerprint "$(fingerprint "$ca")" "$@"
}

fingerprint() {
    openssl x509 -in "$1" -noout -fingerprint -sha256 | sed 's/.*=//; s/://g'
}

# issued CERTIFICATE CA [FORM]: OpenSSL builds the path.
issued() {
    openssl x509 -in "$1" -inform "${3:-PEM}" -out "$1.pem"
    openssl verify -x509_strict -CAfile "$2" "$1.pem"
}

# --- scepclient (SHA-1 and single DES)

scepclient_with() { # CHALLENGE
    mkdir -p "$dir"
    limited scepclient -server-url "$url" -challenge "$1" -cn "interop scepclient $RANDOM" -organization Interop \
        -keySize 2048 -private-key "$dir/key.pem" -certificate "$dir/cert.pem"
}

scepclient_success() {
    scepclient_with secret
    issued "$dir/cert.pem" "$ca"
}

scepclient_refusal() {
    local status=0
    scepclient_with "$1" || status=$?
    ((status != 0 && status < 124)) && [[ ! -s $dir/cert.pem ]] && grep -q "failInfo: $2" "$dir/log"
}

# --- strongSwan

strongswan_with() { # CHALLENGE OPTION..
    limited pki --scepca --url "$url" --caout "$dir/ca.der" --raout "$dir/ra.der" --force
    [[ -s $dir/ra.der ]] || cp "$dir/ca.der" "$dir/ra.der"
    limited pki --gen --type rsa --size 2048 >"$dir/key.der"
    name="C=CH, O=Interop, CN=strongswan $RANDOM"
    strongswan_enrol "$@"
}

strongswan_enrol() { # CHALLENGE OPTION..
    local challenge=$1
    shift
    limited pki --scep --url "$url" --in "$dir/key.der" --dn "$name" --password "$challenge" \
        --cacert-enc "$dir/ra.der" --cacert-sig "$dir/ra.der" --cacert "$dir/ca.der" \
        --interval 2 --maxpolltime 40 "$@" >"$dir/cert.der"
}

strongswan_success() {
    strongswan_with secret "$@"
    issued "$dir/cert.der" "$ca" DER
}

strongswan_refusal() {
    local status=0
    strongswan_with wrong "$@" || status=$?
    ((status != 0 && status < 124)) && [[ -s $dir/ca.der && ! -s $dir/cert.der ]]
}

# Its transactionID is a digest of the key: the same request again gets the same certificate, another request none.
strongswan_repeated() {
    strongswan_with secret --cipher aes
    cp "$dir/cert.der" "$dir/first.der"
    strongswan_enrol secret --cipher aes
    cmp "$dir/cert.der" "$dir/first.der"
    name="C=CH, O=Interop, CN=somebody else"
    if strongswan_enrol secret --cipher aes; then return 1; fi
    [[ ! -s $dir/cert.der ]]
}

strongswan_pending() {
    approve_later 4 &
    strongswan_success --cipher aes
    wait $!
    grep -q 'SCEP request pending' "$dir/log"
}

# --- certmonger, on a socket of its own instead of a message bus

certmonger_start() {
    export HOME=$dir/home CERTMONGER_REQUESTS_DIR=$dir/requests CERTMONGER_CAS_DIR=$dir/cas
    export CERTMONGER_TMPDIR=$dir/tmp CERTMONGER_LOCAL_CA_DIR=$dir/local CERTMONGER_PVT_ADDRESS=unix:path=$dir/socket
    mkdir -p "$HOME" "$CERTMONGER_REQUESTS_DIR" "$CERTMONGER_CAS_DIR" "$CERTMONGER_TMPDIR" "$CERTMONGER_LOCAL_CA_DIR"
    local daemon
    certmonger -L -P "$dir/socket" -n -d 3 >"$dir/certmonger.log" 2>&1 </dev/null &
    daemon=$!
    trap 'kill '$daemon' 2>/dev/null' EXIT
    eventually test -S "$dir/socket"
    limited getcert add-scep-ca -c interop -u "$url" -N "$ca"
}

certmonger_with() { # CHALLENGE
    local status=0
    certmonger_start
    limited getcert request -c interop -I enrol -k "$dir/key.pem" -f "$dir/cert.pem" -N "CN=certmonger $RANDOM,O=Interop" \
        -L "$1" -w || status=$?
    limited getcert list -i enrol | tee "$dir/status"
    return $status
}

certmonger_success() {
    certmonger_with secret
    grep -q 'status: MONITORING' "$dir/status"
    issued "$dir/cert.pem" "$ca"
}

certmonger_refusal() { # STATUS
    if certmonger_with wrong; then return 1; fi
    grep -q "status: $1" "$dir/status" && [[ ! -s $dir/cert.pem ]]
}

certmonger_is() { # STATUS
    limited getcert list -i enrol >"$dir/status"
    grep -q "status: $1" "$dir/status"
}

certmonger_pending() {
    certmonger_start
    limited getcert request -c interop -I enrol -k "$dir/key.pem" -f "$dir/cert.pem" -N "CN=certmonger $RANDOM,O=Interop" \
        -L secret
    eventually certmonger_is CA_WORKING
    limited "$server" --state "$state" --approve all
    limited getcert refresh -i enrol
    eventually certmonger_is MONITORING
    issued "$dir/cert.pem" "$ca"
}

# --- Our client

client_success() { # OPTION..
    client "$url" "$dir" --subject-cn "interop $RANDOM" --challenge secret "$@"
    issued "$dir/cert.pem" "$ca"
    same_key "$dir/key.pem" "$dir/cert.pem"
}

client_refusal() { # REASON OPTION..
    local status=0 reason=$1
    shift
    client "$url" "$dir" --subject-cn "interop $RANDOM" "$@" || status=$?
    ((status == 1)) && [[ ! -s $dir/cert.pem ]] && grep -q "$reason" "$dir/log"
}

client_wrong_challenge() { # OPTION..
    client_refusal 'badRequest' --challenge wrong --dump "$dir/dump" "$@"
}

# Another certificate than the CA's is what the client was told to trust.
client_stranger() {
    openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=stranger -keyout "$dir/stranger.key" -out "$dir/stranger.pem"
    ca=$dir/stranger.pem client_refusal 'no certificate has the configured fingerprint' --challenge secret
}

# Told nothing, it shows the fingerprint and asks for nothing.
client_unsure() {
    local status=0
    limited "$client" --url "$url" --out "$dir" --subject-cn unsure --challenge secret || status=$?
    ((status == 1)) && [[ ! -s $dir/cert.pem ]] && tr -d : <"$dir/log" | grep -q "SHA-256 $(fingerprint "$ca")"
}

same_key() {
    [[ $(openssl pkey -in "$1" -pubout) == "$(openssl x509 -in "$2" -noout -pubkey)" ]]
}

# The server is killed between the request and the poll, another process takes over, a person approves, and another client
# goes on from the record.
client_pending_over_restart() {
    local port state=$dir/state status=0 id
    local url ca=$state/ca.pem record=$dir/record.der
    port=$(free_port) url=http://127.0.0.1:$port/scep
    trap 'stop $started' EXIT
    server "$state" "$port" --manual
    client "$url" "$dir" --subject-cn pending --challenge secret --poll-seconds 1 --record "$record" --no-wait \
        --dump "$dir/dump" || status=$?
    ((status == 75)) && [[ -s $record && ! -s $dir/cert.pem ]]
    crash "$started"
    server "$state" "$port" --manual
    status=0
    client "$url" "$dir" --resume "$record" --record "$record" --poll-seconds 1 --no-wait --dump "$dir/dump2" || status=$?
    ((status == 75)) && [[ ! -s $dir/cert.pem ]]
    id=$("$server" --state "$state" --list | cut -d ' ' -f 1)
    limited "$server" --state "$state" --approve "$id"
    crash "$started"
    server "$state" "$port" --manual
    client "$url" "$dir" --resume "$record" --dump "$dir/dump3"
    issued "$dir/cert.pem" "$ca"
    same_key "$dir/key.pem" "$dir/cert.pem"
    openssl_reads "$dir/dump" 3 aes-128-cbc
    openssl_reads "$dir/dump2" 1 aes-128-cbc
    openssl_reads "$dir/dump3" 1 aes-128-cbc
    # Whoever asks again gets the same certificate, and nobody without the key.
    cp "$dir/cert.pem" "$dir/first.pem"
    client "$url" "$dir" --resume "$record"
    cmp "$dir/cert.pem" "$dir/first.pem"
    openssl genpkey -algorithm RSA -out "$dir/key.pem" 2>/dev/null
    if client "$url" "$dir" --resume "$record"; then return 1; fi
}

client_pending_refused() {
    local id
    (sleep 3; limited "$server" --state "$state" --reject all) &
    client_refusal 'badRequest' --challenge secret --poll-seconds 2
    wait $!
    id=$("$server" --state "$state" --list)
    [[ -z $id ]]
}

# --- OpenSSL as reader

# openssl_reads DUMP NUMBER CIPHER: it verifies and decrypts the PKIOperation of this number, and its reply.
openssl_reads() {
    local dump=$1 request=$1/$2-request.der reply=$1/$2-reply.der cipher=$3
    if [[ ! -s $request ]]; then message_of_query <"$dump/$2-request.url" >"$request"; fi
    # The request: signed by a certificate of its own, so only the signature counts. Inside is the envelope, and in it the CSR
    # or the names to poll for.
    openssl cms -verify -noverify -inform DER -in "$request" -out "$request.envelope"
    openssl cms -cmsout -print -noout -inform DER -in "$request.envelope" | grep "algorithm: $cipher"
    openssl cms -decrypt -inform DER -in "$request.envelope" -recip "$state/ra.pem" -inkey "$state/ra-key.pem" \
        -out "$request.data"
    openssl asn1parse -inform DER -in "$request.data" >"$request.txt"
    # The reply: by the RA, under the CA. Its content, if it has any, is an envelope, and in it are certificates only.
    if openssl cms -cmsout -print -noout -inform DER -in "$reply" | grep -q 'eContent: <ABSENT>'; then
        openssl cms -verify -CAfile "$state/ca.pem" -purpose any -inform DER -in "$reply" -content /dev/null -out /dev/null
        return
    fi
    openssl cms -verify -CAfile "$state/ca.pem" -purpose any -inform DER -in "$reply" -out "$reply.envelope"
    [[ -s $reply.envelope ]] || return 0
    openssl cms -cmsout -print -noout -inform DER -in "$reply.envelope" | grep "algorithm: $cipher"
    openssl cms -decrypt -inform DER -in "$reply.envelope" -inkey "$dir/key.pem" -out "$reply.data"
    openssl pkcs7 -inform DER -in "$reply.data" -print_certs -out "$reply.pem"
    cmp <(openssl x509 -in "$reply.pem" -outform DER) <(openssl x509 -in "$dir/cert.pem" -outform DER)
}

# openssl_reads_all CIPHER: every message of an enrolment.
openssl_reads_all() {
    local dump=$dir/dump
    client_success --dump "$dump"
    openssl req -inform DER -in "$dump/csr.der" -verify -noout
    openssl pkcs7 -inform DER -in "$dump/2-reply.der" -print_certs -noout
    openssl_reads "$dump" 3 "$1"
    cmp "$dump/3-request.der.data" "$dump/csr.der"
    # One octet changed, and OpenSSL must say so too.
    python3 -c 'import sys; b = bytearray(open(sys.argv[1], "rb").read()); b[-1] ^= 1; open(sys.argv[2], "wb").write(b)' \
        "$dump/3-request.der" "$dump/changed.der"
    if openssl cms -verify -noverify -inform DER -in "$dump/changed.der" -out /dev/null; then return 1; fi
}

openssl_reads_refusal() {
    client_wrong_challenge
    openssl_reads "$dir/dump" 3 aes-128-cbc
}

message_of_query() {
    python3 -c 'import base64, sys, urllib.parse as u
sys.stdout.buffer.write(base64.b64decode(u.parse_qs(sys.stdin.read(), strict_parsing=True)["message"][0], validate=True))'
}

# What is no SCEP, and what is too much.
http_refusals() {
    python3 -c '
import http.client, sys
failed = False
for method, path, length, expected in [
    ("GET", "/scep", 0, 400),
    ("GET", "/scep?operation=Unknown", 0, 400),
    ("GET", "/scep?operation=GetNextCACert", 0, 404),
    ("GET", "/scep?operation=PKIOperation&message=AAAA", 0, 400),
    ("PUT", "/scep?operation=GetCACaps", 0, 405),
    ("POST", "/scep?operation=PKIOperation", 0, 400),
    ("POST", "/scep?operation=PKIOperation", 300 * 1024, 413),
    ("GET", "/any/path?operation=GetCACaps", 0, 200),
]:
    server = http.client.HTTPConnection(sys.argv[1])
    server.request(method, path, bytes(length) if length else None)
    status = server.getresponse().status
    print(method, path, length, status, "" if status == expected else f"expected {expected}")
    failed |= status != expected
sys.exit(failed)' "${url:7:-5}"
}

# A server that can do little: what stands before ours here passes everything on but most words of GetCACaps.
poor() { # WORDS
    local port
    port=$(free_port)
    start "$scratch/poor.log" python3 -c '
import http.client, http.server, sys
class Poor(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        server = http.client.HTTPConnection(sys.argv[2])
        server.request(self.command, self.path)
        reply = server.getresponse()
        body = sys.argv[3].encode() if "=GetCACaps" in self.path else reply.read()
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.getheader("Content-Type"))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Poor).serve_forever()' "$port" "${url:7:-5}" "$1"
    listening "$port" "$started"
    url=http://127.0.0.1:$port/scep
}

approve_later() {
    sleep "$1"
    limited "$server" --state "$state" --approve all
}

# --- micromdm's scepserver; its port listens on every interface, it can't be told otherwise

micromdm() {
    local port
    port=$(free_port)
    limited scepserver ca -init -depot "$scratch/depot" -keySize 2048 -years 1 >"$scratch/scepserver.log" 2>&1
    start "$scratch/scepserver.log" scepserver -depot "$scratch/depot" -port "$port" -challenge secret -allowrenew 0 -debug
    listening "$port" "$started"
    url=http://127.0.0.1:$port/scep ca=$scratch/depot/ca.pem
}

ours() { # OPTION..
    local port
    port=$(free_port)
    state=$scratch/state-$port url=http://127.0.0.1:$port/scep ca=$scratch/state-$port/ca.pem
    server "$state" "$port" "$@"
}

# --- The table

need openssl=openssl pki=strongswan-pki \
    /usr/lib/ipsec/plugins/libstrongswan-curl.so=libstrongswan-extra-plugins \
    scepclient=scep scepserver=scep certmonger=certmonger getcert=certmonger python3=python3
if [[ -z ${INTEROP_SERVER:-} || -z ${INTEROP_CLIENT:-} ]]; then
    cargo build --locked -p conformance --examples
fi
cargo test --locked -p conformance --test cms_samples --no-run
built=${CARGO_TARGET_DIR:-target}/debug/examples
server=${INTEROP_SERVER:-$built/http-server}
client=${INTEROP_CLIENT:-$built/http-client}
unset http_proxy https_proxy all_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY
began=$SECONDS

row "keys in other threads" limited "$built/remote-signer"
row "openssl's and bouncycastle's cms, read by us" limited cargo test --locked -p conformance --test cms_samples

ours
rich=$started
row "our server, our client" client_success
row "our server, our client: wrong challenge" client_wrong_challenge
row "our server, our client: another ca's fingerprint" client_stranger
row "our server, our client: no fingerprint" client_unsure
row "our server, http: refusals" http_refusals
row "our server, our client: aes by post, read by openssl" openssl_reads_all aes-128-cbc
row "our server, our client: a refusal, read by openssl" openssl_reads_refusal
row "our server, strongswan: aes" strongswan_success --cipher aes
row "our server, strongswan: 3des" strongswan_success --cipher des3
row "our server, strongswan: wrong challenge" strongswan_refusal --cipher aes
row "our server, strongswan: repeated, changed" strongswan_repeated
row "our server, certmonger" certmonger_success
row "our server, certmonger: wrong challenge, unreadable" certmonger_refusal CA_UNREACHABLE
row "our server, scepclient: des refused" scepclient_refusal secret badAlg
poor $'DES3\nSHA-256\n'
row "our server, our client: 3des by get, read by openssl" openssl_reads_all des-ede3-cbc
stop "$started"
stop "$rich"

ours --empty-content
row "our server with empty content, certmonger" certmonger_success
row "our server with empty content, certmonger: wrong challenge" certmonger_refusal CA_REJECTED
row "our server with empty content, strongswan: wrong challenge" strongswan_refusal --cipher aes
row "our server with empty content, our client: a refusal, read by openssl" openssl_reads_refusal
stop "$started"

ours --legacy
row "our legacy server, scepclient" scepclient_success
row "our legacy server, scepclient: wrong challenge" scepclient_refusal wrong badRequest
stop "$started"

ours --ca-key-answers
row "our server without an ra, our client" client_success
row "our server without an ra, our client: wrong challenge" client_wrong_challenge
row "our server without an ra, strongswan" strongswan_success --cipher aes
stop "$started"

ours --manual
row "our manual server, strongswan: pending" strongswan_pending
row "our manual server, our client: pending, then refused" client_pending_refused
stop "$started"
row "our manual server, our client: pending over a crash" client_pending_over_restart

ours --manual --empty-content
row "our manual server with empty content, certmonger: pending" certmonger_pending
stop "$started"

micromdm
row "scepserver, our legacy client" client_success --legacy
row "scepserver, our legacy client: wrong challenge" client_wrong_challenge --legacy
row "scepserver, our client: des refused" client_refusal 'reply:' --challenge secret
stop "$started"

echo
printf '%s\n' "${results[@]:-no row has this word}"
echo "$((SECONDS - began)) s"
((failures == 0)) && ((${#results[@]} > 0))
