#!/bin/sh
# Makes the files beside it with OpenSSL 3.0. New keys each time: commit all of them together.
set -eu
printf 'The quick brown fox' > message
printf '0123456789abcdef' > content_key

openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out rsa.pem
openssl rsa -in rsa.pem -traditional -out rsa_pkcs1.pem
openssl pkey -in rsa.pem -pubout -outform DER -out rsa_spki.der
for hash in sha1 sha224 sha256 sha384 sha512 md5; do
    openssl dgst -$hash -sign rsa.pem -out rsa_$hash.sig message
done
for hash in sha1 sha256 sha384 sha512; do
    openssl dgst -$hash -sign rsa.pem -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:20 -out rsa_pss_$hash.sig message
    openssl pkeyutl -encrypt -inkey rsa.pem -pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:$hash \
        -pkeyopt rsa_mgf1_md:$hash -in content_key -out rsa_oaep_$hash.bin
done
openssl pkeyutl -encrypt -inkey rsa.pem -in content_key -out rsa_pkcs1.bin

for curve in p256:prime256v1 p384:secp384r1 p521:secp521r1; do
    name=${curve%:*}
    openssl ecparam -genkey -name ${curve#*:} -out ${name}_sec1.pem
    openssl pkcs8 -topk8 -nocrypt -in ${name}_sec1.pem -out $name.pem
    openssl pkey -in $name.pem -pubout -outform DER -out ${name}_spki.der
    for hash in sha1 sha224 sha256 sha384 sha512; do
        openssl dgst -$hash -sign $name.pem -out ${name}_$hash.sig message
    done
done
openssl pkey -in p256.pem -pubout -ec_conv_form compressed -outform DER -out p256_compressed_spki.der

openssl genpkey -algorithm ED25519 -out ed25519.pem
openssl pkey -in ed25519.pem -pubout -outform DER -out ed25519_spki.der
openssl pkeyutl -sign -inkey ed25519.pem -rawin -in message -out ed25519.sig

openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:1024 -out rsa1024.pem
openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:1016 -out rsa1016.pem
openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -pkeyopt rsa_keygen_primes:3 -out rsa_three_primes.pem
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:secp256k1 -out secp256k1.pem
openssl pkey -in p256.pem -aes128 -passout pass:secret -out encrypted.pem
