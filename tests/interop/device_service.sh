# The device service over HTTP and TLS: its own demonstration, and what curl and openssl say to its certificates.

# A service and an activated device: $state, $url (https), $plain (http).
device_service_ours() {
    local https http password
    https=$(free_port) http=$(free_port)
    state=$dir/service url=https://localhost:$https plain=http://127.0.0.1:$http
    start "$dir/service.log" "$device_service" serve --state "$state" --listen "127.0.0.1:$https" --plain "127.0.0.1:$http"
    listening "$http" "$started"
    password=$(limited "$device_service" user --state "$state" --name jane@example.com)
    limited "$device_service" agent --state "$dir/device" --url "$plain/activation" --user jane@example.com \
        --password "$password"
}

device_service_curl() { # PATH OPTION..
    limited curl -sS --cacert "$state/root.pem" --write-out '%{http_code}' --output "$dir/answer" "${@:2}" "$url$1"
}

# The entry of the device's keystore below this CA.
device_service_entry() { # CA
    grep -l . "$dir"/device/store/*.pem | while read -r entry; do
        if openssl verify -CAfile "$1" "$entry" >/dev/null 2>&1; then echo "$entry"; fi
    done
}

device_service_crl() { # NAME
    limited curl -sSf "$plain/crl/$1" | openssl crl -inform DER -out "$dir/$1-crl.pem"
}

device_service_openssl() {
    local entry name
    device_service_ours
    openssl verify -x509_strict -purpose sslclient -CAfile "$state/root.pem" "$dir/device/client.pem"
    openssl x509 -in "$dir/device/client.pem" -noout -ext subjectAltName | grep 'email:jane@example.com'
    [[ $(device_service_curl /profiles --cert "$dir/device/client.pem") == 200 ]]
    grep '"activation"' "$dir/answer"
    [[ $(device_service_curl /profiles) == 401 ]]
    [[ $(device_service_curl /.well-known/est/cacerts) == 200 ]]
    openssl base64 -d -A -in "$dir/answer" | openssl pkcs7 -inform DER -print_certs | openssl x509 -out "$dir/root.pem"
    cmp "$dir/root.pem" <(openssl x509 -in "$state/root.pem")
    for name in wifi vpn; do
        entry=$(device_service_entry "$state/$name-ca.pem")
        device_service_crl "$name"
        openssl verify -x509_strict -crl_check -CAfile "$state/$name-ca.pem" -CRLfile "$dir/$name-crl.pem" "$entry"
    done
    limited "$device_service" revoke --state "$state" --serial "$(openssl x509 -in "$entry" -noout -serial | cut -d = -f 2)"
    device_service_crl vpn
    openssl crl -in "$dir/vpn-crl.pem" -noout -text | grep 'Key Compromise'
    ! openssl verify -crl_check -CAfile "$state/vpn-ca.pem" -CRLfile "$dir/vpn-crl.pem" "$entry" 2>"$dir/refusal"
    grep 'certificate revoked' "$dir/refusal"
}
