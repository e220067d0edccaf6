# A Java client and a Java server on BouncyCastle.

jars=/usr/share/java/bcpkix.jar:/usr/share/java/bcprov.jar:/usr/share/java/bcutil.jar
# For runs of a second.
java=(java -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -cp "$jars:$scratch/java")

# Its own class path names jars that are not installed; javac says so.
bouncy_build() {
    javac -Xlint:all,-path -Werror -cp "$jars" -d "$scratch/java" tests/interop/java/*.java
}

bouncy() { # OPERATION OPTION..
    local operation=$1
    shift
    limited "${java[@]}" BouncyClient "$operation" --url "$url" --ca "$ca" --out "$dir" "$@"
}

bouncy_enrol() { # OPTION..
    bouncy enrol --subject "CN=bouncy $RANDOM,O=Interop" "$@"
}

bouncy_success() { # WHAT THE REPLY IS, OPTION..
    local reply=$1
    shift
    bouncy_enrol --challenge secret "$@"
    grep -q "reply: $reply\$" "$dir/log"
    issued "$dir/cert.pem" "$ca"
    same_key "$dir/key.pem" "$dir/cert.pem"
}

bouncy_refusal() { # FAILINFO OPTION..
    local status=0 reason=$1
    shift
    bouncy_enrol "$@" || status=$?
    ((status == 2)) && [[ ! -s $dir/cert.pem ]] && grep -q "failInfo: $reason" "$dir/log"
}

bouncy_pending() {
    decide_when_asked approve &
    bouncy_success "$aes128, $pkcs1"
    wait $!
    grep -q pending "$dir/log"
}

bouncy_pending_refused() {
    decide_when_asked reject &
    bouncy_refusal badRequest --challenge secret
    wait $!
    grep -q pending "$dir/log"
}

# bouncy_server [WORDS [POLLS]]: with a CA of its own.
bouncy_server() {
    local port
    port=$(free_port)
    state=$scratch/bouncy-$port
    mkdir "$state"
    openssl_authority "$state" 2>"$state/log"
    bouncy_serve "$port" "$@"
}

bouncy_serve() { # PORT [WORDS [POLLS]]
    local port=$1
    shift
    url=http://127.0.0.1:$port/scep ca=$state/ca.pem
    start "$state/log" "${java[@]}" BouncyServer "$port" "$state" secret "$@"
    listening "$port" "$started"
}

# Was what it received and said last so? $1 is a pattern of its log.
bouncy_said() {
    tail -n 2 "$state/log" | grep -q "$1"
}

# --- Renewal and lookups: what was enrolled is in $dir, what comes of it below.

bouncy_enrolled() { # OPTION..
    subject="CN=bouncy $RANDOM,O=Interop"
    bouncy enrol --subject "$subject" --challenge secret "$@"
    mkdir "$dir/first"
    cp "$dir/key.pem" "$dir/cert.pem" "$dir/first"
}

# bouncy_renewal OPTION..: with a new key, by RenewalReq or otherwise.
bouncy_renewal() {
    bouncy_enrolled
    bouncy renew --subject "$subject" --signer "$dir/first" "$@"
    issued "$dir/cert.pem" "$ca"
    same_key "$dir/key.pem" "$dir/cert.pem"
    [[ $(serial_of "$dir/cert.pem") != "$(serial_of "$dir/first/cert.pem")" ]]
}

# bouncy_is FAILINFO OPERATION OPTION..
bouncy_is() {
    local status=0 reason=$1
    shift
    bouncy "$@" >"$dir/refusal" || status=$?
    cat "$dir/refusal"
    ((status == 2)) && grep -q "failInfo: $reason" "$dir/refusal"
}

# Under another name; by a stranger's certificate; by one that is revoked.
bouncy_renewal_refused() {
    bouncy_enrolled
    bouncy_is badRequest renew --subject "CN=somebody else,O=Interop" --signer "$dir/first"
    stranger
    bouncy_is badRequest renew --subject "CN=stranger,O=Interop" --signer "$dir/stranger"
    revoke "$dir/first/cert.pem"
    bouncy_is badRequest renew --subject "$subject" --signer "$dir/first"
    bouncy_is badRequest renew --subject "$subject" --signer "$dir/first" --type 19
    cmp "$dir/cert.pem" "$dir/first/cert.pem"
}

bouncy_lookups() {
    bouncy_enrolled
    bouncy cert --signer "$dir/first"
    cmp <(openssl x509 -in "$dir/cert.pem") <(openssl x509 -in "$dir/first/cert.pem")
    bouncy crl --signer "$dir/first"
    openssl crl -in "$dir/crl.pem" -CAfile "$ca" -noout
}

# Another's; one that there is not; by a stranger.
bouncy_lookups_refused() {
    bouncy_enrolled
    bouncy_is badRequest cert --signer "$dir/first" --of "$ca"
    stranger
    bouncy_is badRequest crl --signer "$dir/stranger"
    revoke "$dir/first/cert.pem"
    bouncy_is badRequest crl --signer "$dir/first"
}

bouncy_ec_pending() {
    decide_when_asked approve &
    bouncy_success "by password, $aes128" --key ec
    wait $!
    grep -q pending "$dir/log"
}

# --- Our client at the Java server

client_at_bouncy_ec() {
    client_ec
    bouncy_said 'status 0'
}

client_at_bouncy_gcm() {
    client_success --aes-gcm
    bouncy_said 'messageType 19, authenticated'
}

client_at_bouncy_renewal_refused() {
    client_enrolled first
    stranger
    client_refused 'not valid below' --renew "$dir/stranger"
}

client_at_bouncy_lookups_refused() {
    client_enrolled first
    stranger
    client_refused 'badRequest' --get-crl "$dir/stranger"
    client_refused 'badCertId' --get-cert "$dir/first" --of "$ca"
}

client_at_bouncy_next() {
    openssl_next "$state/next.pem"
    client "$url" "$dir" --next-ca
    cmp <(openssl x509 -in "$dir/next.pem") <(openssl x509 -in "$state/next.pem")
}

aes128=2.16.840.1.101.3.4.1.2
des3=1.2.840.113549.3.7
pkcs1=1.2.840.113549.1.1.1
oaep=1.2.840.113549.1.1.7
