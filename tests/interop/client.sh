# Our client.

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
    decide_when_asked reject &
    client_refusal 'badRequest' --challenge secret --poll-seconds 2
    wait $!
    id=$("$server" --state "$state" --list)
    [[ -z $id ]]
}

# --- Renewal and lookups

# client_enrolled NAME OPTION..: there is a certificate in $dir/NAME.
client_enrolled() {
    client "$url" "$dir/$1" --subject-cn "interop $RANDOM" --challenge secret "${@:2}"
    issued "$dir/$1/cert.pem" "$ca"
}

# client_refused REASON OPTION..: what goes to $dir/refused comes to nothing.
client_refused() {
    local status=0 reason=$1
    shift
    client "$url" "$dir/refused" "$@" 2>"$dir/refusal" || status=$?
    cat "$dir/refusal"
    ((status == 1)) && [[ ! -s $dir/refused/cert.pem && ! -s $dir/refused/crl.pem ]] && grep -q "$reason" "$dir/refusal"
    rm -r "$dir/refused"
}

serial_of() {
    openssl x509 -in "$1" -noout -serial
}

subject_of() {
    openssl x509 -in "$1" -noout -subject
}

# A new key under the same name, and once more.
client_renewal() { # OPTION..
    client_enrolled first
    local old=first new
    for new in second third; do
        client "$url" "$dir/$new" --renew "$dir/$old" "$@"
        issued "$dir/$new/cert.pem" "$ca"
        same_key "$dir/$new/key.pem" "$dir/$new/cert.pem"
        [[ $(subject_of "$dir/$new/cert.pem") == "$(subject_of "$dir/$old/cert.pem")" ]]
        [[ $(serial_of "$dir/$new/cert.pem") != "$(serial_of "$dir/$old/cert.pem")" ]]
        if same_key "$dir/$old/key.pem" "$dir/$new/cert.pem"; then return 1; fi
        old=$new
    done
}

# Neither by a certificate that is revoked, nor by one of another CA, whatever that is called.
client_renewal_refused() {
    client_enrolled revoked
    revoke "$dir/revoked/cert.pem"
    client_refused badRequest --renew "$dir/revoked"
    client_refused badRequest --renew "$dir/revoked" --by-pkcs-req
    stranger
    client_refused 'not valid below' --renew "$dir/stranger"
}

client_renewal_too_early() {
    client_enrolled young
    client_refused badRequest --renew "$dir/young"
    tail -n 1 "$state/server.log" | grep -q 'renewed'
}

# A certificate in $dir/stranger by a CA that nobody knows.
stranger() {
    mkdir -p "$dir/stranger"
    openssl_authority "$dir/stranger"
    openssl req -new -newkey rsa:2048 -nodes -keyout "$dir/stranger/key.pem" -subj "/O=Interop/CN=stranger" 2>/dev/null |
        openssl x509 -req -CA "$dir/stranger/ca.pem" -CAkey "$dir/stranger/ca-key.pem" -days 30 -out "$dir/stranger/cert.pem"
}

client_lookups() {
    client_enrolled mine
    client "$url" "$dir/found" --get-cert "$dir/mine"
    cmp "$dir/found/cert.pem" "$dir/mine/cert.pem"
    client "$url" "$dir/found" --get-crl "$dir/mine"
    openssl crl -in "$dir/found/crl.pem" -CAfile "$ca" -noout
}

# What was revoked is in the CRL, OpenSSL says so.
client_crl_after_revocation() {
    client_enrolled mine
    client_enrolled other
    revoke "$dir/other/cert.pem"
    client "$url" "$dir/found" --get-crl "$dir/mine"
    openssl verify -CAfile "$ca" -CRLfile "$dir/found/crl.pem" -crl_check "$dir/mine/cert.pem"
    if openssl verify -CAfile "$ca" -CRLfile "$dir/found/crl.pem" -crl_check "$dir/other/cert.pem"; then return 1; fi
}

# Another's certificate; anything by a revoked certificate, or by a stranger's.
client_lookups_refused() {
    client_enrolled mine
    client_enrolled other
    client_refused badRequest --get-cert "$dir/mine" --of "$dir/other/cert.pem"
    stranger
    client_refused 'badRequest' --get-crl "$dir/stranger"
    client_refused 'badRequest' --get-cert "$dir/stranger" --of "$dir/mine/cert.pem"
    revoke "$dir/mine/cert.pem"
    client_refused badRequest --get-cert "$dir/mine"
    client_refused badRequest --get-crl "$dir/mine"
}

# --- Keys that can't decrypt

client_ec() { # OPTION..
    client_success --key ec "$@"
    openssl x509 -in "$dir/cert.pem" -noout -text | grep 'Public Key Algorithm: id-ecPublicKey'
}

client_ec_pending() {
    decide_when_asked approve &
    client_ec --poll-seconds 1
    wait $!
    grep -q 'pending' "$dir/log"
}

# Without a challenge there is nothing to encrypt the certificate with: nobody issues one.
client_ec_refused() {
    client_refused badRequest --key ec --subject-cn ec --challenge wrong
    client_refused 'challenge' --key ec --subject-cn ec
}

# --- One CA after another

# By the word of the CA that is there, and OpenSSL, our client and BouncyCastle read the same.
client_next_ca() {
    openssl_next_ca
    client "$url" "$dir/next" --next-ca
    cmp <(certificates_of "$dir/next/next.pem") <(certificates_of "$state/next-ca.pem" "$state/next-ra.pem")
    bouncy next
    cmp <(certificates_of "$dir/next.pem") <(certificates_of "$state/next-ca.pem" "$state/next-ra.pem")
    # Until then, requests go to the CA that is there.
    client_rolling early --subject-cn early --challenge secret
    issued "$dir/early/cert.pem" "$ca"
}

# When the time has come, they go to the next one; and what the old one issued is renewed there.
client_rollover() {
    client_enrolled old
    client "$url" "$dir/next" --next-ca
    eventually switched
    client_rolling late --subject-cn late --challenge secret
    issued "$dir/late/cert.pem" "$state/next-ca.pem"
    client_rolling new --renew "$dir/old"
    issued "$dir/new/cert.pem" "$state/next-ca.pem"
    client_refused 'fingerprint' --subject-cn late --challenge secret
}

client_rolling() { # OUT OPTION..
    limited "$client" --url "$url" --rollover "$dir/next/rollover.der" --out "$dir/$1" "${@:2}"
}

# In one order, whatever that is.
certificates_of() { # FILE..
    cat "$@" | tr -d '\n' | sed 's/-----END CERTIFICATE-----/\n/g' | sort
}

switched() {
    curl_free GetCACert | openssl pkcs7 -inform DER -print_certs | grep -q 'subject=.*Example Root 2$'
}

curl_free() { # OPERATION
    python3 -c 'import sys, urllib.request as u; sys.stdout.buffer.write(u.urlopen(sys.argv[1]).read())' "$url?operation=$1"
}

# Signed by the CA that clients know, as RFC 8894 section 4.7.1 has it.
openssl_next_ca() {
    curl_free GetNextCACert >"$dir/next.p7"
    openssl cms -verify -CAfile "$ca" -purpose any -inform DER -in "$dir/next.p7" -out "$dir/next.certs"
    openssl pkcs7 -inform DER -in "$dir/next.certs" -print_certs | grep 'subject=.*Example Root 2$'
}

client_next_ca_refused() {
    client_refused 'next' --next-ca
}
