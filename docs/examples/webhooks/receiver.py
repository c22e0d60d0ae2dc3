"""Take webhooks and check their signatures, with nothing but Python's standard library.

WEBHOOK_SECRET=whsec_… python receiver.py 8080
"""

import base64
import hashlib
import hmac
import json
import os
import sys
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

MOST_SECONDS = 300
known = set()


def is_genuine(headers, body):
    """Whether the secret's holder signed this, less than five minutes ago; while it is renewed, two signatures come."""
    if abs(time.time() - int(headers["webhook-timestamp"])) > MOST_SECONDS:
        return False
    key = base64.b64decode(os.environ["WEBHOOK_SECRET"].removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    wanted = "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
    return any(hmac.compare_digest(wanted, given) for given in headers["webhook-signature"].split())


class Receiver(BaseHTTPRequestHandler):
    """Answers 204 to what is genuine, at once: what takes long belongs behind the answer."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        genuine = is_genuine(self.headers, body)
        self.send_response(204 if genuine else 401)
        self.end_headers()
        if genuine and self.headers["webhook-id"] not in known:  # the same one may come again
            known.add(self.headers["webhook-id"])
            event = json.loads(body)
            print(event["type"], event["data"].get("message", {}).get("body", ""), flush=True)

    def log_message(self, *told):
        """Nothing but the events is printed."""


if __name__ == "__main__":
    HTTPServer(("127.0.0.1", int(sys.argv[1])), Receiver).serve_forever()
