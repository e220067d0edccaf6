# EST: our service against BouncyCastle's client, strongSwan's, and curl with openssl; our device against openssl as a server.

# est_ours OPTION..
est_ours() {
    local port
    port=$(free_port)
    state=$scratch/est-$port est=https://localhost:$port ca=$scratch/est-$port/ca.pem
    mkdir -p "$state"
    start "$state/server.log" "$est_program" serve --listen "127.0.0.1:$port" --state "$state" "$@"
    listening "$port" "$started" || { tail -n 20 "$state/server.log"; return 1; }
}

# A new token for a new user: $user, $token.
est_token() {
    user=user$RANDOM@example.com
    token=$("$est_program" token --state "$state" --user "$user")
}

# --- Our device

device() { # enrol|renew OPTION..
    limited "$est_program" "$1" --url "$est" --out "$dir/device" "${@:2}"
}

device_enrolled() { # OPTION..
    device enrol --ca "$ca" --user "$user" --token "$token" "$@"
    issued "$dir/device/cert.pem" "$ca"
    same_key "$dir/device/key.pem" "$dir/device/cert.pem"
}

device_refused() { # REASON COMMAND..
    local status=0 reason=$1
    shift
    "$@" 2>"$dir/refusal" || status=$?
    cat "$dir/refusal"
    ((status == 1)) && grep -q "$reason" "$dir/refusal"
}

# And again with the next key.
device_renewed() {
    local first
    first=$(serial_of "$dir/device/cert.pem")
    device renew "$@"
    issued "$dir/device/cert.pem" "$ca"
    same_key "$dir/device/key.pem" "$dir/device/cert.pem"
    [[ $(serial_of "$dir/device/cert.pem") != "$first" ]]
}

est_device() {
    est_token
    device_enrolled
    device_renewed
    openssl x509 -in "$dir/device/cert.pem" -noout -ext subjectAltName | grep "email:$user"
}

est_device_label() {
    est_token
    device_enrolled --label wifi
}

est_device_refused() {
    local right
    est_token
    right=$token
    est_token
    # Of another user.
    token=$right device_refused 'HTTP 401' device_enrolled
    # In lower case and without hyphens, as people type it.
    token=${token,,} token=${token//-/} device_enrolled
    device_refused 'HTTP 403: the token was used' device_enrolled
    token=0000-0000-0000-0000-0000-0000-0000 device_refused mistyped device_enrolled
    openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=stranger -keyout "$dir/stranger.key" -out "$dir/stranger.pem"
    ca=$dir/stranger.pem device_refused 'UnknownIssuer\|certificate\|issuer' device_enrolled
}

# --- BouncyCastle

bouncy_est() { # OPERATION OUT OPTION..
    mkdir -p "$dir/$2"
    limited "${java[@]}" BouncyEst "$1" --server "${est#https://}" --ca "$ca" --out "$dir/$2" "${@:3}"
}

bouncy_est_enrolled() {
    est_token
    bouncy_est enrol first --subject "CN=bouncy" --user "$user" --password "$token"
    issued "$dir/first/cert.pem" "$ca"
    same_key "$dir/first/key.pem" "$dir/first/cert.pem"
}

bouncy_est_success() {
    bouncy_est cacerts ca
    cmp <(openssl x509 -in "$dir/ca/ca.pem" -outform DER) <(openssl x509 -in "$ca" -outform DER)
    bouncy_est csrattrs ca
    grep -q 'wanted: 1.2.840.10045.4.3.2' "$dir/log"
    bouncy_est_enrolled
    bouncy_est renew second --signer "$dir/first"
    issued "$dir/second/cert.pem" "$ca"
    [[ $(serial_of "$dir/first/cert.pem") != "$(serial_of "$dir/second/cert.pem")" ]]
}

bouncy_est_is() { # STATUS OPTION..
    local status=0 reason=$1
    shift
    bouncy_est "$@" >"$dir/refusal" || status=$?
    cat "$dir/refusal"
    ((status == 2)) && grep -q "status: $reason" "$dir/refusal"
}

# A wrong token, a used one; a renewal under another name.
bouncy_est_refused() {
    bouncy_est_enrolled
    bouncy_est_is 403 enrol other --subject CN=bouncy --user "$user" --password "$token"
    est_token
    bouncy_est_is 401 enrol other --subject CN=bouncy --user "$user" --password wrong
    bouncy_est_is 400 renew other --signer "$dir/first" --subject "CN=somebody else"
    [[ ! -e $dir/other/cert.pem ]]
}

bouncy_est_pending() {
    bouncy_est_enrolled
    grep -q pending "$dir/log"
}

# --- strongSwan

strongswan_est() { # OUT OPTION..: the CSR is in $dir/request.der.
    limited pki --est --url "$est" --cacert "$ca" --in "$dir/request.der" --interval 1 --maxpolltime 20 --outform pem "${@:2}" >"$dir/$1"
}

strongswan_est_request() {
    openssl req -new -newkey rsa:2048 -nodes -subj /CN=strongswan -keyout "$dir/key.pem" -outform DER -out "$dir/request.der"
}

strongswan_est_enrolled() {
    est_token
    strongswan_est_request
    strongswan_est cert.pem --userpass "$user:$token"
    issued "$dir/cert.pem" "$ca"
    same_key "$dir/key.pem" "$dir/cert.pem"
}

# A CSR with the names of the certificate in $1 and a new key.
est_renewal_request() {
    openssl genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$dir/next-key.pem"
    openssl x509 -x509toreq -copy_extensions copyall -in "$1" -signkey "$dir/next-key.pem" |
        openssl req -outform DER -out "$dir/request.der"
}

strongswan_est_success() {
    limited pki --estca --url "$est" --cacert "$ca" --caout "$dir/ca.pem" --outform pem --force
    cmp <(openssl x509 -in "$dir/ca.pem" -outform DER) <(openssl x509 -in "$ca" -outform DER)
    strongswan_est_enrolled
    est_renewal_request "$dir/cert.pem"
    strongswan_est next.pem --cert "$dir/cert.pem" --key "$dir/key.pem"
    issued "$dir/next.pem" "$ca"
    same_key "$dir/next-key.pem" "$dir/next.pem"
}

strongswan_est_refused() {
    strongswan_est_enrolled
    if strongswan_est other.pem --userpass "$user:wrong"; then return 1; fi
    strongswan_est_request
    if strongswan_est other.pem --userpass "$user:$token"; then return 1; fi
    # Of another name than the certificate.
    if strongswan_est other.pem --cert "$dir/cert.pem" --key "$dir/key.pem"; then return 1; fi
    [[ ! -s $dir/other.pem ]]
}

# --- curl and openssl, by RFC 7030

est_curl() { # PATH OPTION..: prints the status; the body is in $dir/body.
    limited curl -sS --cacert "$ca" -o "$dir/body" -w '%{http_code}' "${@:2}" "$est/.well-known/est/$1"
}

est_post() { # PATH OPTION..: the CSR in $dir/request.der, in lines.
    openssl base64 -in "$dir/request.der" -out "$dir/request.b64"
    est_curl "$1" -H 'Content-Type: application/pkcs10' --data-binary "@$dir/request.b64" "${@:2}"
}

est_body() { # OUT
    openssl base64 -d -A -in "$dir/body" | openssl pkcs7 -inform DER -print_certs | openssl x509 -out "$1"
}

curl_est_success() {
    [[ $(est_curl cacerts) == 200 ]]
    est_body "$dir/ca.pem"
    cmp <(openssl x509 -in "$dir/ca.pem" -outform DER) <(openssl x509 -in "$ca" -outform DER)
    [[ $(est_curl csrattrs) == 200 ]]
    openssl base64 -d -A -in "$dir/body" | openssl asn1parse -inform DER | grep ':prime256v1'
    est_token
    strongswan_est_request
    [[ $(est_post simpleenroll -u "$user:$token") == 200 ]]
    est_body "$dir/cert.pem"
    issued "$dir/cert.pem" "$ca"
    same_key "$dir/key.pem" "$dir/cert.pem"
    # The reply was lost: the same CSR, the same certificate.
    [[ $(est_post simpleenroll -u "$user:$token") == 200 ]]
    est_body "$dir/again.pem"
    cmp "$dir/cert.pem" "$dir/again.pem"
    est_renewal_request "$dir/cert.pem"
    [[ $(est_post simplereenroll --cert "$dir/cert.pem" --key "$dir/key.pem") == 200 ]]
    est_body "$dir/next.pem"
    issued "$dir/next.pem" "$ca"
    same_key "$dir/next-key.pem" "$dir/next.pem"
}

curl_est_refused() {
    est_token
    strongswan_est_request
    [[ $(est_post simpleenroll) == 401 ]]
    [[ $(est_post simpleenroll -u "$user:wrong") == 401 ]]
    [[ $(est_post simpleenroll -u "nobody@example.com:$token") == 401 ]]
    [[ $(est_post simplereenroll) == 403 ]]
    [[ $(est_post simpleenroll -u "$user:$token") == 200 ]]
    strongswan_est_request
    [[ $(est_post simpleenroll -u "$user:$token") == 403 ]]
    grep 'the token was used' "$dir/body"
    [[ $(est_post fullcmc) == 501 && $(est_post serverkeygen) == 501 && $(est_post cacerts) == 405 ]]
    [[ $(est_curl nothing) == 404 && $(est_curl simpleenroll) == 405 ]]
    [[ $(est_curl simpleenroll -H 'Content-Type: application/pkcs10' --data-binary '????') == 400 ]]
    [[ $(est_curl simpleenroll -H 'Content-Type: text/html' --data-binary '????') == 415 ]]
    openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=stranger -keyout "$dir/stranger.key" -out "$dir/stranger.pem"
    if est_post simplereenroll --cert "$dir/stranger.pem" --key "$dir/stranger.key"; then return 1; fi
}

# --- openssl as the server

est_openssl() { # USER:PASSWORD
    local port
    port=$(free_port)
    state=$scratch/est-openssl-$port est=https://localhost:$port ca=$state/ca.pem
    mkdir -p "$state"
    openssl req -x509 -newkey rsa:2048 -nodes -subj "/O=Example/CN=Root" -days 365 -keyout "$state/ca-key.pem" -out "$ca" \
        -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign 2>"$state/log"
    openssl req -new -newkey rsa:2048 -nodes -subj /CN=localhost -keyout "$state/server-key.pem" 2>>"$state/log" |
        openssl x509 -req -CA "$ca" -CAkey "$state/ca-key.pem" -days 30 -out "$state/server.pem" 2>>"$state/log" \
            -extfile <(echo subjectAltName=DNS:localhost; echo extendedKeyUsage=serverAuth)
    start "$state/log" python3 tests/interop/est-server.py "$port" "$state" "$1"
    listening "$port" "$started"
}

device_at_openssl() {
    device_enrolled
    grep -q pending "$dir/log"
    # As its csrattrs want it.
    openssl x509 -in "$dir/device/cert.pem" -noout -text | grep 'NIST CURVE: P-384'
    device_renewed
}

device_at_openssl_refused() {
    device_refused 'HTTP 401' device enrol --ca "$ca" --user somebody --token "$token"
    openssl req -x509 -newkey rsa:2048 -nodes -subj "/O=Example/CN=Root" -keyout "$dir/stranger.key" -out "$dir/stranger.pem"
    device_refused '' device enrol --ca "$dir/stranger.pem" --user "$user" --token "$token"
    [[ ! -e $dir/device/cert.pem ]]
}
