# certmonger, on a socket of its own instead of a message bus.

certmonger_start() {
    export HOME=$dir/home CERTMONGER_REQUESTS_DIR=$dir/requests CERTMONGER_CAS_DIR=$dir/cas
    export CERTMONGER_TMPDIR=$dir/tmp CERTMONGER_LOCAL_CA_DIR=$dir/local CERTMONGER_PVT_ADDRESS=unix:path=$dir/socket
    mkdir -p "$HOME" "$CERTMONGER_REQUESTS_DIR" "$CERTMONGER_CAS_DIR" "$CERTMONGER_TMPDIR" "$CERTMONGER_LOCAL_CA_DIR"
    start "$dir/certmonger.log" certmonger -L -P "$dir/socket" -n -d 3
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

# The daemon itself repeats its PKCSReq. The poll that it has prepared is sent by its helper, which writes the envelope.
certmonger_poll() {
    limited /usr/lib/certmonger/scep-submit -u "$url" -r "$state/ra.pem" -R "$ca" -N "$ca" -g "$dir/poll.pem" \
        >"$dir/envelope.pem"
}

certmonger_polls() {
    certmonger_asks
    if certmonger_poll; then return 1; fi
    limited "$server" --state "$state" --approve all
    certmonger_poll
    openssl cms -decrypt -inform PEM -in "$dir/envelope.pem" -inkey "$key" |
        openssl pkcs7 -inform DER -print_certs -out "$dir/cert.pem"
    issued "$dir/cert.pem" "$ca"
    same_key "$key" "$dir/cert.pem"
}

certmonger_polls_refused() {
    certmonger_asks
    limited "$server" --state "$state" --reject all
    if certmonger_poll; then return 1; fi
    grep -q 'not permitted' "$dir/envelope.pem"
}

# The daemon waits, the poll is in $dir/poll.pem, and the key in $key: now and then the daemon makes a second key at once, and asks
# for that.
certmonger_asks() {
    certmonger_start
    limited getcert request -c interop -I enrol -k "$dir/key.pem" -f "$dir/cert.pem" -N "CN=certmonger,O=Interop" \
        -D device.example -L secret
    eventually certmonger_is CA_WORKING
    local field=scep_gic
    key=$dir/key.pem
    if ! grep -q '^scep_gic=' "$dir"/requests/*; then
        field=scep_gic_next
        key=$(echo "$dir"/key.pem.*.key)
    fi
    sed -n "/^$field=/,/END/p" "$dir"/requests/* | sed "s/^$field=//; s/^ //" >"$dir/poll.pem"
}

# It asks nobody: SCEP is for RSA keys, to certmonger.
certmonger_ec() {
    certmonger_start
    limited getcert request -c interop -I enrol -G EC -g 256 -k "$dir/key.pem" -f "$dir/cert.pem" -N "CN=certmonger" \
        -L secret
    eventually certmonger_is NEED_SCEP_RSA_CLIENT_KEY
}

# certmonger_renewal resubmit|rekey: same key and same transactionID, or a new key; a PKCSReq signed by the old certificate. It
# repeats the challenge, which is wrong by now.
certmonger_renewal() {
    certmonger_with secret
    cp "$dir/cert.pem" "$dir/first.pem"
    limited getcert "$1" -i enrol -L "used up" -w
    limited getcert list -i enrol | tee "$dir/status"
    grep -q 'status: MONITORING' "$dir/status"
    issued "$dir/cert.pem" "$ca"
    [[ $(serial_of "$dir/cert.pem") != "$(serial_of "$dir/first.pem")" ]]
    if [[ $1 == rekey ]] && same_key "$dir/key.pem" "$dir/first.pem"; then return 1; fi
    same_key "$dir/key.pem" "$dir/cert.pem"
}

certmonger_renewal_refused() {
    certmonger_with secret
    cp "$dir/cert.pem" "$dir/first.pem"
    revoke "$dir/first.pem"
    if limited getcert resubmit -i enrol -w; then echo "getcert says that it worked"; fi
    limited getcert list -i enrol | tee "$dir/status"
    cmp "$dir/cert.pem" "$dir/first.pem"
    tail -n 1 "$state/server.log" | grep -q 'revoked'
}
