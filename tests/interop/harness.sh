# Running things, and the table of what came of them. The programs under test are $server and $client.

scratch=$(mktemp -d)
results=()
failures=0
pids=()

stop_all() {
    local pid
    for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
    for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null || true; done
}

cleanup() {
    stop_all
    if ((failures)); then echo "logs are kept in $scratch"; else rm -rf "$scratch"; fi
}

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

# Until the command succeeds, at most 30 seconds.
eventually() {
    local attempt
    for ((attempt = 0; attempt < 300; attempt++)); do
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

# row NAME COMMAND..: a line of the table. The command runs in a directory of its own; each program that it waits for, a minute;
# what it has started with `start` ends with it.
row() {
    local name=$1 began=$SECONDS verdict=ok status=0
    shift
    [[ $name == *"$only"* ]] || return 0
    dir=$scratch/${name//[^a-z0-9]/-}
    mkdir -p "$dir"
    # Not as a condition: there, bash ignores errexit in all that is called.
    set +e
    (set -e; pids=(); trap stop_all EXIT; "$@") >"$dir/log" 2>&1
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

ours() { # OPTION..
    local port
    port=$(free_port)
    state=$scratch/state-$port url=http://127.0.0.1:$port/scep ca=$scratch/state-$port/ca.pem
    server "$state" "$port" "$@"
}

# What stands before the server at $url from now on.
proxy() { # OPTION..
    local port
    port=$(free_port)
    start "$scratch/proxy.log" python3 tests/interop/proxy.py "$port" "${url:7:-5}" "$@"
    listening "$port" "$started"
    url=http://127.0.0.1:$port/scep
}

asked() {
    [[ -n $("$server" --state "$state" --list) ]]
}

# decide_when_asked approve|reject
decide_when_asked() {
    eventually asked
    limited "$server" --state "$state" "--$1" all
}

revoke() { # CERTIFICATE
    limited "$server" --state "$state" --revoke "$(openssl x509 -in "$1" -noout -serial | cut -d = -f 2)"
}
