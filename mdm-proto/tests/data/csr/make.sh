#!/bin/sh
# Makes the CSRs of this directory with OpenSSL 3. Keys are those of tests/data/keys in the repository's root.
set -eu
cd "$(dirname "$0")"
keys=../../../../tests/data/keys

make() { # name, key, subject; extensions on standard input
    { printf '[req]\ndistinguished_name=dn\nprompt=no\nstring_mask=utf8only\nutf8=yes\nreq_extensions=ext\n[dn]\nCN=x\n'
      printf '[ext]\n'; cat; } > "$1.cnf"
    openssl req -new -utf8 -config "$1.cnf" -key "$keys/$2.pem" -subj "$3" -sha256 -outform DER -out "$1.der"
    rm "$1.cnf"
}

make device client /O=Example/CN=device-1 <<'END'
keyUsage=critical,digitalSignature,keyEncipherment
extendedKeyUsage=clientAuth,emailProtection
subjectAltName=@san
1.3.6.1.4.1.311.20.2=ASN1:BMPSTRING:DeviceClient
[san]
email.1=jane@example.com
DNS.1=device-1.example.com
URI.1=tag:microsoft.com,2022-09-14:sid:S-1-5-21-1-2-3-1013
otherName.1=1.3.6.1.4.1.311.20.2.3;UTF8:jane@corp.example.com
END

# The same to people: other order, other case where case does not count, other string types, other spaces.
make device-otherwise client '/O=EXAMPLE/CN=device-1' <<'END'
extendedKeyUsage=emailProtection,clientAuth
subjectAltName=@san
keyUsage=digitalSignature,keyEncipherment
1.3.6.1.4.1.311.20.2=ASN1:UTF8String:deviceclient
[san]
otherName.1=1.3.6.1.4.1.311.20.2.3;BMP:Jane@corp.example.com
DNS.1=DEVICE-1.example.COM
URI.1=TAG:microsoft.com,2022-09-14:sid:S-1-5-21-1-2-3-1013
email.1=jane@EXAMPLE.com
DNS.2=device-1.example.com
END

# Nothing asked for but a subject, with an EC key.
openssl req -new -config /dev/null -key "$keys/ec.pem" -subj /O=Example/CN=device-1 -sha256 -outform DER -out plain.der

# Everything is otherwise.
make another other /O=Example/CN=device-2 <<'END'
keyUsage=critical,keyCertSign
extendedKeyUsage=serverAuth
subjectAltName=email:jane@example.com,DNS:vpn.example.com
1.3.6.1.4.1.311.21.7=ASN1:SEQUENCE:template
[template]
id=OID:1.3.6.1.4.1.311.21.8.1.2.3
major=INTEGER:100
minor=INTEGER:5
END

# What `device` has, and more: somebody's SID, a CA, and two extensions that are harmless.
make extras client /O=Example/CN=device-1 <<'END'
keyUsage=critical,digitalSignature,keyEncipherment
extendedKeyUsage=clientAuth,emailProtection
subjectAltName=@san
subjectKeyIdentifier=hash
1.2.840.113549.1.9.15=DER:3000
1.3.6.1.4.1.311.25.2=DER:3000
basicConstraints=critical,CA:TRUE
[san]
email.1=jane@example.com
DNS.1=device-1.example.com
URI.1=tag:microsoft.com,2022-09-14:sid:S-1-5-21-1-2-3-1013
otherName.1=1.3.6.1.4.1.311.20.2.3;UTF8:jane@corp.example.com
END

# Nothing can be read.
make unreadable client /O=Example/CN=device-1 <<'END'
keyUsage=DER:0500
extendedKeyUsage=DER:3000
subjectAltName=DER:3000
1.3.6.1.4.1.311.21.7=DER:0500
END

# RSA with 1024 bits.
make short small-client /O=Example/CN=device-1 <<'END'
keyUsage=digitalSignature
END
