"""HTTP requests that are no SCEP, or too much. Argument: the server, as HOST:PORT."""
import http.client
import sys

failed = False
for method, path, length, expected in [
    ("GET", "/scep", 0, 400),
    ("GET", "/scep?operation=Unknown", 0, 400),
    ("GET", "/scep?operation=GetNextCACert", 0, 404),
    ("GET", "/scep?operation=PKIOperation&message=AAAA", 0, 400),
    ("PUT", "/scep?operation=GetCACaps", 0, 405),
    ("POST", "/scep?operation=PKIOperation", 0, 400),
    ("POST", "/scep?operation=PKIOperation", 300 * 1024, 413),
    ("GET", "/any/path?operation=GetCACaps", 0, 200),
]:
    server = http.client.HTTPConnection(sys.argv[1])
    server.request(method, path, bytes(length) if length else None)
    status = server.getresponse().status
    print(method, path, length, status, "" if status == expected else f"expected {expected}")
    failed |= status != expected
sys.exit(failed)
