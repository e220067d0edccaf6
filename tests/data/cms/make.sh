#!/bin/sh
# Makes every file here anew: new keys, new signatures. Needs openssl 3, python3, a JDK with BouncyCastle and micromdm's
# scepclient (Debian: libbcpkix-java, default-jdk-headless, scep).
set -eu
cd "$(dirname "$0")"
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
unset LC_ALL || true

rm -f ./*.der ./*.pk8 ./*.bin

# Content: a short one, and one longer than BouncyCastle's chunks of 1000 octets.
printf 'The content that is signed and encrypted.' > short.bin
python3 -c 'import sys; sys.stdout.buffer.write(bytes(i * i % 251 for i in range(2500)))' > long.bin

# Test keys and their certificates. They guard nothing.
key() { openssl genpkey -quiet "$@" 2>/dev/null || openssl genpkey "$@"; }
key -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$tmp/rsa.pem" 2>/dev/null
key -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$tmp/other.pem" 2>/dev/null
key -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$tmp/ec.pem" 2>/dev/null
for name in rsa other ec; do
    openssl pkcs8 -topk8 -nocrypt -in "$tmp/$name.pem" -outform DER -out "key-$name.pk8"
    openssl req -x509 -new -key "$tmp/$name.pem" -subj "/O=CMS samples/CN=$name" -days 36500 -sha256 \
        -addext keyUsage=critical,digitalSignature,keyEncipherment,keyAgreement,keyCertSign,cRLSign \
        -out "$tmp/$name.crt"
    openssl x509 -in "$tmp/$name.crt" -outform DER -out "cert-$name.der"
done

# SignedData by OpenSSL.
sign() {
    out=$1
    shift
    openssl cms -sign -binary -nodetach -in short.bin -outform DER -out "$out.der" "$@"
}
rsa="-signer $tmp/rsa.crt -inkey $tmp/rsa.pem"
sign signed-rsa $rsa -md sha256
sign signed-sha1 $rsa -md sha1
sign signed-keyid $rsa -md sha256 -keyid
sign signed-noattr $rsa -md sha256 -noattr
sign signed-pss $rsa -md sha256 -keyopt rsa_padding_mode:pss
sign signed-pss-32 $rsa -md sha256 -keyopt rsa_padding_mode:pss -keyopt rsa_pss_saltlen:32
sign signed-pss-sha384 $rsa -md sha384 -keyopt rsa_padding_mode:pss -keyopt rsa_pss_saltlen:48
sign signed-pss-sha512 $rsa -md sha512 -keyopt rsa_padding_mode:pss -keyopt rsa_pss_saltlen:64
sign signed-pss-mgf1 $rsa -md sha256 -keyopt rsa_padding_mode:pss -keyopt rsa_mgf1_md:sha1
sign signed-ec -signer "$tmp/ec.crt" -inkey "$tmp/ec.pem" -md sha256
sign signed-two-signers $rsa -signer "$tmp/ec.crt" -inkey "$tmp/ec.pem" -md sha256
sign signed-cms-stream $rsa -md sha256 -stream
openssl smime -sign -binary -nodetach -stream -in short.bin -outform DER -out signed-smime-stream.der $rsa -md sha256
openssl smime -sign -binary -nodetach -in short.bin -outform DER -out signed-smime.der $rsa -md sha256
openssl cms -sign -binary -in short.bin -outform DER -out signed-detached.der $rsa -md sha256
: > "$tmp/empty"
openssl cms -sign -binary -nodetach -in "$tmp/empty" -outform DER -out signed-empty.der $rsa -md sha256

# Certificates only, with and without a CRL.
openssl crl2pkcs7 -nocrl -certfile "$tmp/rsa.crt" -certfile "$tmp/ec.crt" -outform DER -out certs-only.der
mkdir "$tmp/ca"
: > "$tmp/ca/index.txt"
printf '[ca]\ndefault_ca=d\n[d]\ndatabase=%s/ca/index.txt\ndefault_md=sha256\ndefault_crl_days=36500\n' "$tmp" > "$tmp/ca.cnf"
openssl ca -gencrl -config "$tmp/ca.cnf" -keyfile "$tmp/rsa.pem" -cert "$tmp/rsa.crt" -out "$tmp/crl.pem" 2>/dev/null
openssl crl -in "$tmp/crl.pem" -outform DER -out crl.der
openssl crl2pkcs7 -in "$tmp/crl.pem" -outform DER -out crl-only.der
openssl crl2pkcs7 -in "$tmp/crl.pem" -certfile "$tmp/rsa.crt" -outform DER -out certs-and-crl.der

# EnvelopedData by OpenSSL.
encrypt() {
    out=$1
    shift
    openssl cms -encrypt -binary -in long.bin -outform DER -out "$out.der" "$@"
}
encrypt enveloped-rsa -aes-128-cbc "$tmp/rsa.crt"
encrypt enveloped-aes256 -aes-256-cbc "$tmp/rsa.crt"
encrypt enveloped-3des -des3 "$tmp/rsa.crt"
encrypt enveloped-stream -aes-128-cbc -stream "$tmp/rsa.crt"
encrypt enveloped-two -aes-128-cbc -recip "$tmp/other.crt" -recip "$tmp/rsa.crt"
encrypt enveloped-keyid -aes-128-cbc -keyid -recip "$tmp/rsa.crt"
encrypt enveloped-oaep -aes-128-cbc -recip "$tmp/rsa.crt" -keyopt rsa_padding_mode:oaep
encrypt enveloped-oaep-sha256 -aes-128-cbc -recip "$tmp/rsa.crt" -keyopt rsa_padding_mode:oaep \
    -keyopt rsa_oaep_md:sha256 -keyopt rsa_mgf1_md:sha256
encrypt enveloped-kari-first -aes-128-cbc -recip "$tmp/ec.crt" -recip "$tmp/rsa.crt" -pwri_password secret
encrypt enveloped-only-kari -aes-128-cbc -recip "$tmp/ec.crt"
encrypt pwri-aes128 -aes-128-cbc -pwri_password secret
encrypt pwri-aes192 -aes-192-cbc -pwri_password secret
encrypt pwri-aes256 -aes-256-cbc -pwri_password secret
encrypt pwri-3des -des3 -pwri_password secret
encrypt pwri-stream -aes-128-cbc -pwri_password secret -stream

# AuthEnvelopedData by OpenSSL.
encrypt auth-enveloped-aes128 -aes-128-gcm "$tmp/rsa.crt"
encrypt auth-enveloped-aes192 -aes-192-gcm -keyid -recip "$tmp/rsa.crt"
encrypt auth-enveloped-aes256 -aes-256-gcm -recip "$tmp/rsa.crt" -keyopt rsa_padding_mode:oaep
encrypt auth-enveloped-stream -aes-128-gcm -stream "$tmp/rsa.crt"

# BouncyCastle, as jscep and EJBCA use it.
jars=/usr/share/java/bcpkix.jar:/usr/share/java/bcprov.jar:/usr/share/java/bcutil.jar
java -cp "$jars" Samples.java

# A PKCSReq of micromdm's scepclient, which takes our certificate for that of the CA.
python3 capture.py "$tmp" "$tmp/rsa.crt" micromdm-pkcsreq.der

# By hand, from signed-rsa.der and enveloped-rsa.der.
python3 variants.py
