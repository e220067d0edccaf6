"""Keeps the body of the first PKIOperation that scepclient sends.

Arguments: a scratch directory, the PEM certificate to give out as the CA's, the file to write.
"""
import base64
import http.server
import subprocess
import sys
import threading
from urllib.parse import parse_qs, urlparse

scratch, certificate, out = sys.argv[1:]
pem = open(certificate).read().split("-----")[2]
der = base64.b64decode(pem)


class Sink(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        operation = parse_qs(urlparse(self.path).query)["operation"][0]
        if operation == "GetCACaps":
            self.answer("text/plain", b"POSTPKIOperation\nSHA-1\nSHA-256\nAES\nDES3\nSCEPStandard\n")
        else:
            self.answer("application/x-x509-ca-cert", der)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        open(out, "wb").write(body)
        self.send_error(503)

    def answer(self, kind, body):
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = http.server.HTTPServer(("127.0.0.1", 0), Sink)
threading.Thread(target=server.serve_forever, daemon=True).start()
subprocess.run(
    ["scepclient", "-server-url", f"http://127.0.0.1:{server.server_port}/scep", "-challenge", "secret",
     "-private-key", f"{scratch}/client.pem", "-certificate", f"{scratch}/client.crt", "-cn", "dev1",
     "-organization", "CMS samples", "-keySize", "2048"],
    cwd=scratch, timeout=60, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
)
server.shutdown()
