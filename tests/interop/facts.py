"""What OpenSSL says about pkiMessages, as JSON. Arguments: FILE.. ; a file that ends in .query has the message in its query.

The RA's key and the client's are those of tests/data/keys. Nothing of ours takes part.
"""
import base64
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import urllib.parse

ROOT = pathlib.Path(__file__).parent.parent
KEYS = [ROOT / "data/keys" / f"{name}.pem" for name in ("ra", "client", "other")]
NAMES = {
    "2.16.840.1.113733.1.9.2": "messageType",
    "2.16.840.1.113733.1.9.3": "pkiStatus",
    "2.16.840.1.113733.1.9.4": "failInfo",
    "2.16.840.1.113733.1.9.5": "senderNonce",
    "2.16.840.1.113733.1.9.6": "recipientNonce",
    "2.16.840.1.113733.1.9.7": "transactionID",
}
CONTENTS = {"19": "csr", "17": "csr", "20": "names", "21": "serial", "22": "serial", "3": "certificates"}


def openssl(*arguments, data=b"", fails=False):
    result = subprocess.run(["openssl", *arguments], input=data, capture_output=True, check=False)
    if result.returncode and not fails:
        sys.exit(f"openssl {' '.join(arguments)}: {result.stderr.decode()}")
    return None if result.returncode else result.stdout


def algorithm(text, field):
    """The identifier of the first algorithm below this field."""
    return re.search(rf"{field}: *\n\s+algorithm: .*\(([0-9.]+)\)", text)[1]


def attributes(text):
    """Those of SCEP, from the signed attributes."""
    found = {}
    signed = text[text.rindex(" signedAttrs:"):text.rindex("signatureAlgorithm:")]
    for block in signed.split("object: ")[1:]:
        name = NAMES.get(re.search(r"\(([0-9.]+)\)", block)[1])
        if name:
            string = re.search(r"PRINTABLESTRING:(.*)", block)
            octets = "".join(re.findall(r"^\s+[0-9a-f]{4} - ((?:[0-9a-f]{2}[ -])+)", block, re.M))
            found[name] = string[1] if string else re.sub("[ -]", "", octets)
    return found


def decrypt(envelope):
    """The content, by whichever key or password opens it, and what that was."""
    # Without a certificate OpenSSL tries every recipient; with debug_decrypt it says so when none fits.
    common = ["cms", "-decrypt", "-debug_decrypt", "-inform", "DER", "-provider", "default", "-provider", "legacy"]
    openers = [(["-inkey", str(key)], key.stem) for key in KEYS] + [(["-pwri_password", "secret"], "challenge")]
    for opener, name in openers:
        plain = openssl(*common, *opener, data=envelope, fails=True)
        if plain:
            return plain, name
    return None, None


def name(der_or_pem, kind, *options):
    line = openssl(kind, *options, "-noout", "-subject", "-nameopt", "RFC2253", data=der_or_pem).decode().strip()
    return line.removeprefix("subject=")


def elements(der, headers=False):
    """The contents of each element of a SEQUENCE."""
    lines = openssl("asn1parse", "-inform", "DER", data=der).decode().splitlines()
    found = [re.match(r"\s*(\d+):d=1 +hl= *(\d+) +l= *(\d+)", line) for line in lines if ":d=1 " in line]
    places = [tuple(map(int, place.groups())) for place in found]
    return [der[start + (0 if headers else header):start + header + length] for start, header, length in places]


def rdn(der):
    """A Name's attributes in the order in which they stand."""
    text = openssl("asn1parse", "-inform", "DER", data=der).decode()
    return re.findall(r"prim: (?:PRINTABLESTRING|UTF8STRING|IA5STRING) *:(.*)", text)


def content(kind, plain):
    """What is in the envelope."""
    if kind == "csr":
        text = openssl("req", "-inform", "DER", "-noout", "-text", "-verify", data=plain).decode()
        challenge = re.search(r"challengePassword *:(.*)", text)
        key = openssl("req", "-inform", "DER", "-noout", "-pubkey", data=plain)
        spki = openssl("pkey", "-pubin", "-outform", "DER", data=key)
        return {
            "subject": name(plain, "req", "-inform", "DER"),
            "challenge": challenge and challenge[1],
            "spkiSha1": openssl("dgst", "-sha1", "-r", data=spki).decode().split()[0],
            "spkiSha256": openssl("dgst", "-sha256", "-r", data=spki).decode().split()[0],
            # Of the key inside, without the octet that counts unused bits.
            "keySha256": openssl("dgst", "-sha256", "-r", data=elements(spki)[1][1:]).decode().split()[0],
            "dnsNames": re.findall(r"DNS:([^,\s]+)", text),
        }
    if kind == "names":
        issuer, subject = elements(plain, headers=True)
        return {"issuer": rdn(issuer), "subject": rdn(subject)}
    if kind == "serial":
        return {"serial": elements(plain)[1].hex()}
    pem = openssl("pkcs7", "-inform", "DER", "-print_certs", data=plain)
    certificates = re.findall(rb"-----BEGIN.*?-----END CERTIFICATE-----", pem, re.S)
    crls = re.findall(rb"-----BEGIN X509 CRL", pem)
    return {"certificates": [name(certificate, "x509") for certificate in certificates], "crls": len(crls)}


def facts(path):
    message = path.read_bytes()
    if path.suffix == ".query":
        message = base64.b64decode(urllib.parse.parse_qs(message.decode(), strict_parsing=True)["message"][0], validate=True)
    text = openssl("cms", "-cmsout", "-print", "-noout", "-inform", "DER", data=message).decode()
    said = attributes(text)
    with tempfile.TemporaryDirectory() as directory:
        signer = os.path.join(directory, "signer.pem")
        envelope = openssl("cms", "-verify", "-noverify", "-inform", "DER", "-signer", signer, data=message)
        signer = pathlib.Path(signer).read_bytes()
    fields = openssl("x509", "-noout", "-issuer", "-subject", "-nameopt", "RFC2253", data=signer).decode()
    issuer, subject = (line.split("=", 1)[1] for line in fields.splitlines())
    found = {
        "file": path.name,
        "attributes": said,
        "digest": algorithm(text[text.rindex("signerInfos:"):], "digestAlgorithm"),
        "signature": algorithm(text[text.rindex(" signedAttrs:"):], "signatureAlgorithm"),
        "signer": {"issuer": issuer, "subject": subject},
    }
    if envelope:
        text = openssl("cms", "-cmsout", "-print", "-noout", "-inform", "DER", data=envelope).decode()
        found["envelope"] = {
            "contentType": re.search(r"contentType: .*\(([0-9.]+)\)", text)[1],
            "transport": algorithm(text, "keyEncryptionAlgorithm"),
            "cipher": algorithm(text, "contentEncryptionAlgorithm"),
        }
        plain, key = decrypt(envelope)
        if plain:
            found["envelope"]["key"] = key
            found["content"] = content(CONTENTS[said["messageType"]], plain)
    return found


print(json.dumps([facts(pathlib.Path(file)) for file in sys.argv[1:]], indent=2))
