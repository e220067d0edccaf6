#!/bin/sh
# Makes the chains anew, with new keys that are not kept. Needs OpenSSL 3 and Python 3.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT
cat > "$work/cnf" <<'EOF'
[req]
distinguished_name = dn
prompt = no
[dn]
O = Example
[ca]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
[leaf]
basicConstraints = CA:FALSE
EOF
openssl genpkey -genparam -algorithm DSA -pkeyopt dsa_paramgen_bits:1024 -pkeyopt dsa_paramgen_q_bits:160 -out "$work/params"
for name in root ca leaf; do openssl genpkey -paramfile "$work/params" -out "$work/$name.key"; done
request() { openssl req -new -config "$work/cnf" -key "$work/$1.key" -subj "$2"; }
sign() { openssl x509 -req -extfile "$work/cnf" -days 36500 "$@"; }
openssl req -x509 -config "$work/cnf" -extensions ca -key "$work/root.key" -sha1 -subj "/O=Example/CN=DSA root" \
    -days 36500 -set_serial 1 -out root.pem
request ca "/O=Example/CN=DSA CA" | sign -extensions ca -CA root.pem -CAkey "$work/root.key" -sha1 -set_serial 2 -out ca.pem
for digest in sha1 sha256; do
    request leaf "/O=Example/CN=leaf" |
        sign -extensions leaf -CA ca.pem -CAkey "$work/ca.key" -$digest -set_serial 3 -out leaf-$digest.pem
done
# OpenSSL writes no key without parameters: take them out of ca.pem, and sign that anew.
openssl x509 -in ca.pem -outform DER -out "$work/ca.der"
python3 - "$work" <<'EOF'
import subprocess, sys
work = sys.argv[1]
def element(der, at):
    length, start = der[at + 1], at + 2
    if length >= 0x80:
        start += length & 0x7f
        length = int.from_bytes(der[at + 2:start], "big")
    return start, start + length
def children(der, at=0):
    start, end = element(der, at)
    while start < end:
        last = element(der, start)[1]
        yield der[start:last]
        start = last
def wrap(tag, parts):
    content = b"".join(parts)
    size = len(content).to_bytes((len(content).bit_length() + 7) // 8 or 1, "big")
    return bytes([tag]) + (size if len(content) < 0x80 else bytes([0x80 + len(size)]) + size) + content
tbs, algorithm, _ = children(open(work + "/ca.der", "rb").read())
fields = list(children(tbs))
key = list(children(fields[6]))
key[0] = wrap(0x30, list(children(key[0]))[:1])
fields[6] = wrap(0x30, key)
tbs = wrap(0x30, fields)
sign = ["openssl", "dgst", "-sha1", "-sign", work + "/root.key"]
signature = subprocess.run(sign, input=tbs, stdout=subprocess.PIPE, check=True).stdout
open(work + "/inherits.der", "wb").write(wrap(0x30, [tbs, algorithm, wrap(3, [b"\0", signature])]))
EOF
openssl x509 -inform DER -in "$work/inherits.der" -out ca-inherits.pem
