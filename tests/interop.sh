#!/usr/bin/env bash
# Live interop on loopback: our example server and client against micromdm's scepclient and scepserver, strongSwan, certmonger
# and OpenSSL (Debian 12: scep, strongswan-pki with its plugins, certmonger, openssl). Every pairing has a success and a refusal.
#
#   tests/interop.sh             all rows
#   tests/interop.sh certmonger  only rows whose name has this word
#
# What the two example programs have to do:
#   http-server --listen ADDRESS --challenge TEXT --state DIR [--manual] [--legacy]
#       Makes a CA and an RA under DIR on its first start (ca.pem, ra.pem, ra-key.pem), then serves; any URL path.
#       --manual: requests stay PENDING. --legacy: SHA-1 and single DES are let in, for scepclient.
#   http-server --state DIR --approve
#       Approves whatever is pending under DIR, also while a server runs there, and exits.
#   http-client --url URL --challenge TEXT --subject-cn NAME --out DIR
#               [--fingerprint SHA256] [--legacy] [--poll SECONDS] [--dump DIR]
#       Exits 0 only when issued; then DIR has key.pem, cert.pem and chain.pem. --poll: how long to wait between CertPolls;
#       a server that can't be reached while it waits is asked again. --dump: the last enrolment's csr.der, envelope.der,
#       request.der and reply.der.
# INTEROP_SERVER and INTEROP_CLIENT name other programs to run in their place.
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

need() {
    local program
    for program in "$@"; do
        command -v "$program" >/dev/null || { echo "not installed: $program" >&2; exit 2; }
    done
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

# row NAME COMMAND..: a line of the table. The command runs in a directory of its own, at most two minutes.
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
    listening "$port" "$started" || { tail -n 20 "$state/server.log"; return 1; }
}

client() { # URL OUT OPTION..
    local url=$1 out=$2
    shift 2
    mkdir -p "$out"
    limited "$client" --url "$url" --subject-cn "interop ${out##*/}" --out "$out" --fingerprint "$(fingerprint "$ca")" "$@"
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
    local challenge=$1
    shift
    limited pki --scepca --url "$url" --caout "$dir/ca.der" --raout "$dir/ra.der" --force
    [[ -s $dir/ra.der ]] || cp "$dir/ca.der" "$dir/ra.der"
    limited pki --gen --type rsa --size 2048 >"$dir/key.der"
    limited pki --scep --url "$url" --in "$dir/key.der" --dn "C=CH, O=Interop, CN=strongswan $RANDOM" \
        --password "$challenge" --cacert-enc "$dir/ra.der" --cacert-sig "$dir/ra.der" --cacert "$dir/ca.der" \
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

strongswan_pending() {
    approve_later 4 &
    strongswan_success --cipher aes
    wait $!
    grep -q 'SCEP request pending' "$dir/log"
}

# --- certmonger, on a socket of its own instead of a message bus

certmonger_with() { # CHALLENGE
    export HOME=$dir/home CERTMONGER_REQUESTS_DIR=$dir/requests CERTMONGER_CAS_DIR=$dir/cas
    export CERTMONGER_TMPDIR=$dir/tmp CERTMONGER_LOCAL_CA_DIR=$dir/local CERTMONGER_PVT_ADDRESS=unix:path=$dir/socket
    mkdir -p "$HOME" "$CERTMONGER_REQUESTS_DIR" "$CERTMONGER_CAS_DIR" "$CERTMONGER_TMPDIR" "$CERTMONGER_LOCAL_CA_DIR"
    local daemon attempt status=0
    certmonger -L -P "$dir/socket" -n -d 3 >"$dir/certmonger.log" 2>&1 </dev/null &
    daemon=$!
    trap 'kill '$daemon' 2>/dev/null' EXIT
    for ((attempt = 0; attempt < 50; attempt++)); do [[ -S $dir/socket ]] && break || sleep 0.1; done
    limited getcert add-scep-ca -c interop -u "$url" -N "$ca"
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

certmonger_refusal() {
    if certmonger_with wrong; then return 1; fi
    grep -q 'status: CA_REJECTED' "$dir/status" && [[ ! -s $dir/cert.pem ]]
}

# --- Our client

client_success() {
    client "$url" "$dir" --challenge secret "$@"
    issued "$dir/cert.pem" "$ca"
    same_key "$dir/key.pem" "$dir/cert.pem"
}

client_refusal() {
    local status=0
    client "$url" "$dir" "$@" || status=$?
    ((status != 0 && status < 124)) && [[ ! -s $dir/cert.pem ]]
}

# Another certificate than the CA's is what the client was told to trust.
client_stranger() {
    openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=stranger -keyout "$dir/stranger.key" -out "$dir/stranger.pem"
    ca=$dir/stranger.pem client_refusal --challenge secret
}

same_key() {
    [[ $(openssl pkey -in "$1" -pubout) == "$(openssl x509 -in "$2" -noout -pubkey)" ]]
}

# The server goes away between the request and the poll, another process takes over, and a person approves.
client_pending_over_restart() {
    local port state=$dir/state
    port=$(free_port)
    ca=$state/ca.pem url=http://127.0.0.1:$port/scep
    server "$state" "$port" --manual
    trap 'stop $started' EXIT
    client "$url" "$dir/out" --challenge secret --poll 2 &
    local waiting=$!
    sleep 5
    kill -0 "$waiting" || { echo "the client did not wait"; return 1; }
    stop "$started"
    server "$state" "$port" --manual
    sleep 3
    [[ ! -s $dir/out/cert.pem ]] || { echo "issued without approval"; return 1; }
    limited "$server" --state "$state" --approve
    wait "$waiting"
    issued "$dir/out/cert.pem" "$ca"
}

# OpenSSL reads, verifies and decrypts every message of one enrolment.
openssl_reads_all() {
    local dump=$dir/dump
    mkdir -p "$dump"
    client_success --dump "$dump"
    openssl req -inform DER -in "$dump/csr.der" -verify -noout
    # The request: signed by a certificate of its own, so only the signature counts. Inside is the envelope, and in it the CSR.
    openssl cms -verify -noverify -inform DER -in "$dump/request.der" -out "$dump/request.content"
    cmp "$dump/request.content" "$dump/envelope.der"
    openssl cms -decrypt -inform DER -in "$dump/envelope.der" -recip "$state/ra.pem" -inkey "$state/ra-key.pem" \
        -out "$dump/csr.decrypted"
    cmp "$dump/csr.decrypted" "$dump/csr.der"
    # The reply: by the RA, under the CA. Inside is an envelope, and in it certificates only.
    openssl cms -verify -CAfile "$ca" -purpose any -certfile "$state/ra.pem" -inform DER -in "$dump/reply.der" \
        -out "$dump/reply.content"
    openssl cms -decrypt -inform DER -in "$dump/reply.content" -inkey "$dir/key.pem" -out "$dump/certificates.der"
    openssl pkcs7 -inform DER -in "$dump/certificates.der" -print_certs -out "$dump/certificates.pem"
    openssl x509 -in "$dump/certificates.pem" -outform DER | cmp - <(openssl x509 -in "$dir/cert.pem" -outform DER)
    # One octet changed, and OpenSSL must say so too.
    python3 -c 'import sys; b = bytearray(open(sys.argv[1], "rb").read()); b[-1] ^= 1; open(sys.argv[2], "wb").write(b)' \
        "$dump/request.der" "$dump/changed.der"
    if openssl cms -verify -noverify -inform DER -in "$dump/changed.der" -out /dev/null; then return 1; fi
}

approve_later() {
    sleep "$1"
    limited "$server" --state "$state" --approve
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

need openssl pki scepclient scepserver certmonger getcert python3
if [[ -z ${INTEROP_SERVER:-} || -z ${INTEROP_CLIENT:-} ]]; then
    cargo build --locked --release -p conformance --example http-server --example http-client
fi
built=${CARGO_TARGET_DIR:-target}/release/examples
server=${INTEROP_SERVER:-$built/http-server}
client=${INTEROP_CLIENT:-$built/http-client}

ours
row "our server, our client" client_success
row "our server, our client: wrong challenge" client_refusal --challenge wrong
row "our server, our client: another CA's fingerprint" client_stranger
row "our server, our client: read by openssl" openssl_reads_all
row "our server, strongswan: aes" strongswan_success --cipher aes
row "our server, strongswan: 3des" strongswan_success --cipher des3
row "our server, strongswan: wrong challenge" strongswan_refusal --cipher aes
row "our server, certmonger" certmonger_success
row "our server, certmonger: wrong challenge" certmonger_refusal
row "our server, scepclient: des refused" scepclient_refusal secret badAlg
stop "$started"

ours --legacy
row "our legacy server, scepclient" scepclient_success
row "our legacy server, scepclient: wrong challenge" scepclient_refusal wrong badRequest
stop "$started"

ours --manual
row "our manual server, strongswan: pending" strongswan_pending
stop "$started"
row "our manual server, our client: pending over a restart" client_pending_over_restart

micromdm
row "scepserver, our legacy client" client_success --legacy
row "scepserver, our legacy client: wrong challenge" client_refusal --legacy --challenge wrong
row "scepserver, our client: des refused" client_refusal --challenge secret
stop "$started"

echo
printf '%s\n' "${results[@]:-no row has this word}"
((failures == 0)) && ((${#results[@]} > 0))
