"""Other BER forms of signed-rsa.der and enveloped-rsa.der. What is signed stays as it was, and so do names.

Each element is (tag, contents), contents being octets or a list of elements. `encode` takes the form of the length:
"der", "long" for five length octets (but where there are no contents: OpenSSL refuses that), "indefinite" for constructed
ones.
"""


def parse(octets):
    elements = []
    while octets:
        tag, length, header = octets[0], octets[1], 2
        if length & 0x80:
            count = length & 0x7F
            length, header = int.from_bytes(octets[2:2 + count], "big"), 2 + count
        contents = octets[header:header + length]
        elements.append([tag, parse(contents) if tag & 0x20 else contents])
        octets = octets[header + length:]
    return elements


def encode(element, form="der"):
    tag, contents = element[0], element[1]
    form = element[2] if len(element) > 2 else form
    inner = form if len(element) < 4 else element[3]
    if isinstance(contents, list):
        contents = b"".join(encode(child, inner) for child in contents)
    if form == "indefinite" and tag & 0x20:
        return bytes([tag, 0x80]) + contents + b"\0\0"
    n = len(contents)
    if form == "long" and n:
        length = b"\x84" + n.to_bytes(4, "big")
    elif n < 0x80:
        length = bytes([n])
    else:
        octets = n.to_bytes((n.bit_length() + 7) // 8, "big")
        length = bytes([0x80 | len(octets)]) + octets
    return bytes([tag]) + length + contents


def keep(element):
    """The same in DER whatever the rest is in."""
    return element[:2] + ["der", "der"]


def load(name):
    return parse(open(name, "rb").read())[0]


def save(name, octets):
    open(name, "wb").write(octets)


def signed():
    """ContentInfo, and the parts of its SignedData by name; what must stay DER does."""
    info = load("signed-rsa.der")
    fields = info[1][1][1][0][1]
    parts = dict(zip(["version", "digests", "content", "certificates", "signers"], fields))
    parts["certificates"][1] = [keep(c) for c in parts["certificates"][1]]
    signer = parts["signers"][1][0][1]
    signer[1][1] = [keep(c) for c in signer[1][1]]
    signer[3] = keep(signer[3])
    parts["signer"] = signer
    return info, parts


def piece(octets):
    return [0x04, octets]


# eContent in a constructed OCTET STRING of definite length.
info, parts = signed()
explicit = parts["content"][1][1]
octets = explicit[1][0][1]
explicit[1] = [[0x24, [piece(octets[:7]), piece(octets[7:])]]]
save("variant-definite-pieces.der", encode(info))

# Nested pieces in both forms, empty ones among them.
info, parts = signed()
parts["content"][1][1][1] = [[0x24, [
    piece(b""),
    [0x24, [piece(octets[:3]), [0x24, [], "indefinite"], piece(octets[3:9])], "indefinite"],
    [0x24, [piece(octets[9:20]), [0x24, [piece(octets[20:])]]]],
    piece(b""),
], "indefinite", "der"]]
save("variant-nested-pieces.der", encode(info))

# Lengths in four octets everywhere but in signed attributes and certificates.
info, parts = signed()
save("variant-long-lengths.der", encode(info, "long"))

# Indefinite lengths everywhere but there.
info, parts = signed()
save("variant-indefinite.der", encode(info, "indefinite"))

# certificates [0] of indefinite length, all else DER.
info, parts = signed()
parts["certificates"].append("indefinite")
parts["certificates"].append("der")
save("variant-certificates-indefinite.der", encode(info))

# signedAttrs [0] of indefinite length around the same attributes.
info, parts = signed()
parts["signer"][3] = [parts["signer"][3][0], parts["signer"][3][1], "indefinite", "der"]
save("variant-attributes-indefinite.der", encode(info))

# End-of-contents octets behind the ContentInfo.
info, parts = signed()
save("variant-trailing.der", encode(info) + b"\0\0")

# Alternatives of CertificateChoices before the X.509 certificate: extended, attribute v1 and v2, other.
info, parts = signed()
oid = [0x06, bytes.fromhex("2a0304")]
others = [[0xA0, [oid]], [0xA1, [oid]], [0xA2, [oid]], [0xA3, [oid, [0x05, b""]]]]
parts["certificates"][1] = others + parts["certificates"][1]
save("variant-certificate-choices.der", encode(info))

# Unsigned attributes that claim to be the message digest.
info, parts = signed()
digest = [0x30, [[0x06, bytes.fromhex("2a864886f70d010904")], [0x31, [piece(bytes(32))]]]]
parts["signer"].append([0xA1, [digest]])
save("variant-unsigned-attributes.der", encode(info))


def enveloped():
    info = load("enveloped-rsa.der")
    fields = info[1][1][1][0][1]
    rid = fields[1][1][0][1][1]
    rid[1] = [keep(c) for c in rid[1]]
    return info, fields, fields[2][1]


# encryptedContent in a constructed [0] of definite length, as micromdm sends it.
info, fields, content = enveloped()
octets = content[2][1]
content[2] = [0xA0, [piece(octets)]]
save("variant-enveloped-definite.der", encode(info))

# As Apple sends it: indefinite, in several pieces.
info, fields, content = enveloped()
content[2] = [0xA0, [piece(octets[:656]), piece(octets[656:])]]
save("variant-enveloped-indefinite.der", encode(info, "indefinite"))

# Nested, with empty pieces.
info, fields, content = enveloped()
content[2] = [0xA0, [piece(b""), [0x24, [piece(octets[:100]), [0x24, [piece(octets[100:101])]]], "indefinite", "der"],
                     piece(octets[101:])]]
save("variant-enveloped-nested.der", encode(info))

# Unprotected attributes, originatorInfo, and four other kinds of recipients around ours; version 3.
info, fields, content = enveloped()
fields[0] = [0x02, b"\x03"]
number = [0x02, b"\x00"]
password = [0xA3, [number, [0x30, [oid]], piece(b"")]]
fields[1][1] = [[0xA1, [number]], [0xA2, [number]], *fields[1][1], password, [0xA4, [oid]]]
fields.insert(1, [0xA0, []])
fields.append([0xA1, [digest]])
save("variant-enveloped-everything.der", encode(info))

# No recipients at all.
info, fields, content = enveloped()
fields[1][1] = []
save("variant-enveloped-nobody.der", encode(info))
