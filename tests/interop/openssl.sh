# OpenSSL as a CA, and as reader of what our programs say.

# openssl_authority DIRECTORY: a CA and its RA; new keys, unless there are ca-key.pem and ra-key.pem.
openssl_authority() {
    local name
    for name in ca ra; do
        [[ -e $1/$name-key.pem ]] || openssl genpkey -quiet -algorithm RSA -out "$1/$name-key.pem"
    done
    openssl req -x509 -key "$1/ca-key.pem" -subj "/O=Example/CN=Root" -days 36500 -sha256 -out "$1/ca.pem" \
        -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign
    openssl req -new -key "$1/ra-key.pem" -subj "/O=Example/CN=RA" |
        openssl x509 -req -CA "$1/ca.pem" -CAkey "$1/ca-key.pem" -days 36500 -sha256 -out "$1/ra.pem" -extfile <(
            echo keyUsage=critical,digitalSignature,keyEncipherment
            echo subjectKeyIdentifier=hash
            echo authorityKeyIdentifier=keyid)
}

# openssl_next FILE [KEY]: a CA to come.
openssl_next() {
    local key=${2:-$dir/next-key.pem}
    [[ -e $key ]] || openssl genpkey -quiet -algorithm RSA -out "$key"
    openssl req -x509 -key "$key" -subj "/O=Example/CN=Next Root" -days 36500 -sha256 -out "$1" \
        -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign
}

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

# openssl_reads_all CIPHER OPTION..: every message of an enrolment.
openssl_reads_all() {
    local dump=$dir/dump cipher=$1
    shift
    client_success --dump "$dump" "$@"
    openssl req -inform DER -in "$dump/csr.der" -verify -noout
    openssl pkcs7 -inform DER -in "$dump/2-reply.der" -print_certs -noout
    openssl_reads "$dump" 3 "$cipher"
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
