# micromdm's scepclient and scepserver. They use SHA-1 and single DES.

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

# Its port listens on every interface, it can't be told otherwise.
micromdm() {
    local port
    port=$(free_port)
    limited scepserver ca -init -depot "$scratch/depot" -keySize 2048 -years 1 >"$scratch/scepserver.log" 2>&1
    start "$scratch/scepserver.log" scepserver -depot "$scratch/depot" -port "$port" -challenge secret -allowrenew 0 -debug
    listening "$port" "$started"
    url=http://127.0.0.1:$port/scep ca=$scratch/depot/ca.pem
}
