"""An EST server (RFC 7030) whose every octet of ASN.1 is made by openssl: est-server.py PORT DIRECTORY USER:PASSWORD.

DIRECTORY has ca.pem, ca-key.pem, server.pem and server-key.pem. Basic authentication for simpleenroll, a client certificate for
simplereenroll. The first request for a certificate is answered by 202.
"""

import base64
import http.server
import ssl
import subprocess
import sys

port, directory, credentials = int(sys.argv[1]), sys.argv[2], sys.argv[3]
ATTRIBUTES = """asn1 = SEQUENCE:attributes
[attributes]
key = SEQUENCE:key
digest = OID:ecdsa-with-SHA384
[key]
type = OID:id-ecPublicKey
values = SET:curve
[curve]
name = OID:secp384r1
"""
PROFILE = "basicConstraints=CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=clientAuth\n"
waited = False


def openssl(*arguments, data=b""):
    return subprocess.run(["openssl", *arguments], input=data, check=True, capture_output=True, cwd=directory).stdout


def certs_only(*files):
    named = [argument for file in files for argument in ("-certfile", file)]
    return openssl("crl2pkcs7", "-nocrl", "-outform", "DER", *named)


def write(name, data):
    with open(f"{directory}/{name}", "wb") as file:
        file.write(data)
    return name


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, status, body=b"", content_type=None, **headers):
        self.send_response(status)
        if content_type:
            self.send_header("Content-Type", content_type)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def answer_der(self, der, content_type):
        # In lines of 76 characters.
        self.answer(200, base64.encodebytes(der), content_type, Content_Transfer_Encoding="base64")

    def do_GET(self):
        if self.path == "/.well-known/est/cacerts":
            self.answer_der(certs_only("ca.pem"), "application/pkcs7-mime")
        elif self.path == "/.well-known/est/csrattrs":
            write("attributes.cnf", ATTRIBUTES.encode())
            openssl("asn1parse", "-genconf", "attributes.cnf", "-noout", "-out", "attributes.der")
            with open(f"{directory}/attributes.der", "rb") as file:
                self.answer_der(file.read(), "application/csrattrs")
        else:
            self.answer(404)

    def do_POST(self):
        global waited
        body = self.rfile.read(int(self.headers["Content-Length"]))
        csr = openssl("req", "-inform", "DER", "-verify", data=base64.b64decode(body))
        client = self.connection.getpeercert(binary_form=True)
        if self.path == "/.well-known/est/simpleenroll":
            expected = "Basic " + base64.b64encode(credentials.encode()).decode()
            if self.headers["Authorization"] != expected:
                return self.answer(401, WWW_Authenticate='Basic realm="openssl"')
            if not waited:
                waited = True
                return self.answer(202, b"later", Retry_After="1")
        elif self.path == "/.well-known/est/simplereenroll":
            subject = client and openssl("x509", "-inform", "DER", "-noout", "-subject", data=client)
            if subject != openssl("req", "-noout", "-subject", data=csr):
                return self.answer(403, b"another subject", "text/plain")
        else:
            return self.answer(404)
        request, profile = write("request.pem", csr), write("profile.cnf", PROFILE.encode())
        issue = ("x509", "-req", "-in", request, "-CA", "ca.pem", "-CAkey", "ca-key.pem", "-days", "30", "-extfile", profile)
        issued = write("issued.pem", openssl(*issue))
        self.answer_der(certs_only(issued), "application/pkcs7-mime; smime-type=certs-only")


context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(f"{directory}/server.pem", f"{directory}/server-key.pem")
context.load_verify_locations(f"{directory}/ca.pem")
context.verify_mode = ssl.CERT_OPTIONAL
server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
