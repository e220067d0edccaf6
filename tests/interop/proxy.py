"""An HTTP proxy before a SCEP server, that records or changes what passes.

    proxy.py PORT HOST:PORT [--record DIRECTORY] [--words WORDS]

--record keeps each exchange in the directory: NUMBER-OPERATION.query, .request (the body, or the decoded `message` of a GET
PKIOperation) and .reply. --words replaces the reply to GetCACaps.
"""
import argparse
import base64
import http.client
import http.server
import pathlib
import threading
import urllib.parse

parser = argparse.ArgumentParser()
parser.add_argument("port", type=int)
parser.add_argument("server")
parser.add_argument("--record", type=pathlib.Path)
parser.add_argument("--words")
arguments = parser.parse_args()
lock = threading.Lock()
count = 0


def record(query, request, reply):
    global count
    fields = urllib.parse.parse_qs(query)
    operation = fields.get("operation", ["none"])[0]
    if not request and operation == "PKIOperation":
        request = base64.b64decode(fields["message"][0])
    with lock:
        count += 1
        stem = f"{count:02}-{operation}"
    for ending, content in ("query", query.encode()), ("request", request), ("reply", reply):
        if content:
            arguments.record.joinpath(f"{stem}.{ending}").write_bytes(content)


class Proxy(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        request = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        query = urllib.parse.urlsplit(self.path).query
        server = http.client.HTTPConnection(arguments.server)
        kind = self.headers.get("Content-Type")
        server.request(self.command, self.path, request or None, {"Content-Type": kind} if kind else {})
        reply = server.getresponse()
        body = reply.read()
        if arguments.words is not None and "operation=GetCACaps" in query:
            body = arguments.words.encode()
        if arguments.record:
            record(query, request, body)
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.getheader("Content-Type", ""))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET

    def log_message(self, *_):
        pass


http.server.ThreadingHTTPServer(("127.0.0.1", arguments.port), Proxy).serve_forever()
