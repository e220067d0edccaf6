# strongSwan's pki.

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
    decide_when_asked approve &
    strongswan_success --cipher aes
    wait $!
    grep -q 'SCEP request pending' "$dir/log"
}

# With a new key, signed with the old one, without a challenge.
strongswan_renew() { # OLD KEY AND CERTIFICATE, NEW
    limited pki --gen --type rsa --size 2048 >"$dir/$2.key"
    limited pki --scep --url "$url" --in "$dir/$2.key" --dn "$name" --cert "$dir/$1.cert" --key "$dir/$1.key" \
        --cacert-enc "$dir/ra.der" --cacert-sig "$dir/ra.der" --cacert "$dir/ca.der" --cipher aes >"$dir/$2.cert"
}

strongswan_enrolled() {
    strongswan_success --cipher aes
    cp "$dir/key.der" "$dir/first.key"
    cp "$dir/cert.der" "$dir/first.cert"
    cp "$dir/cert.der.pem" "$dir/first.cert.pem"
}

strongswan_renewal() {
    strongswan_enrolled
    strongswan_renew first second
    issued "$dir/second.cert" "$ca" DER
    strongswan_renew second third
    issued "$dir/third.cert" "$ca" DER
}

strongswan_renewal_refused() {
    strongswan_enrolled
    revoke "$dir/first.cert.pem"
    if strongswan_renew first second; then return 1; fi
    [[ ! -s $dir/second.cert ]]
}

strongswan_renewal_too_early() {
    strongswan_enrolled
    if strongswan_renew first second; then return 1; fi
    [[ ! -s $dir/second.cert ]]
}

# It asks nobody: it takes no other keys than RSA keys.
strongswan_ec() {
    limited pki --scepca --url "$url" --caout "$dir/ca.der" --raout "$dir/ra.der" --force
    limited pki --gen --type ecdsa --size 256 >"$dir/key.der"
    name="CN=strongswan"
    if strongswan_enrol secret; then return 1; fi
    [[ ! -s $dir/cert.der ]] && grep -q 'parsing private key failed' "$dir/log"
}
