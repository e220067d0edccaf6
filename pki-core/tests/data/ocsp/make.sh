#!/bin/sh
# Makes the fixtures with OpenSSL 3.0. Keys and what is in between are thrown away.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT
cd "$work"

cat > cnf <<'EOF'
[req]
distinguished_name = dn
[dn]
[ca]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[leaf]
basicConstraints = CA:FALSE
keyUsage = critical, digitalSignature
[responder]
basicConstraints = CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = OCSPSigning
noCheck = ignored
EOF

key() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1.key"; }
issue() { # name serial section
    key "$1"
    openssl req -new -key "$1.key" -subj "/O=Fixtures/CN=$1" -config cnf -out "$1.csr"
    openssl x509 -req -in "$1.csr" -CA ca.pem -CAkey ca.key -set_serial "$2" -days 36500 -sha256 \
        -extfile cnf -extensions "$3" -out "$1.pem"
    openssl x509 -in "$1.pem" -outform DER -out "$here/$1.der"
}

key ca
openssl req -x509 -new -key ca.key -subj "/O=Fixtures/CN=ca" -config cnf -extensions ca -set_serial 1 -days 36500 \
    -sha256 -out ca.pem
openssl x509 -in ca.pem -outform DER -out "$here/ca.der"
issue good 0x1001 leaf
issue revoked 0x1002 leaf
issue other 0x1003 leaf
issue responder 0x2001 responder

printf 'V\t21250101000000Z\t\t1001\tunknown\t/O=Fixtures/CN=good\n' > index
printf 'R\t21250101000000Z\t250102030405Z,keyCompromise\t1002\tunknown\t/O=Fixtures/CN=revoked\n' >> index

ocsp() { openssl ocsp -index index -CA ca.pem "$@"; }
openssl ocsp -issuer ca.pem -cert good.pem -no_nonce -reqout "$here/request.der"
openssl ocsp -issuer ca.pem -cert good.pem -cert revoked.pem -sha256 -cert other.pem -nonce -reqout "$here/request-three.der"
openssl ocsp -issuer ca.pem -cert good.pem -no_nonce -signer good.pem -signkey good.key -reqout "$here/request-signed.der"
ocsp -rsigner ca.pem -rkey ca.key -reqin "$here/request-three.der" -resp_no_certs -respout "$here/response-ca.der"
ocsp -rsigner responder.pem -rkey responder.key -reqin "$here/request.der" -resp_key_id -ndays 30 \
    -respout "$here/response-delegated.der"
