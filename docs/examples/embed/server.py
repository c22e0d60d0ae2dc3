"""A small system with candidates, whose page shows the thread of Shared Inbox; with Python's standard library alone.

EMBED_URL=http://127.0.0.1:8000 EMBED_KEY=<key id> EMBED_SECRET=sik_… EMBED_USER=jo@demo.test python server.py 8080
"""

import base64
import hashlib
import hmac
import json
import os
import sys
import time
import uuid
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

PAGE = Path(__file__).with_name("page.html").read_text()
SECONDS = 300


def signed(candidate, **changes):
    """A token (a JWT over HMAC-SHA256) for our user and this candidate: an id, a mobile number or a page's address."""
    now = int(time.time())
    head = {"alg": "HS256", "typ": "JWT", "kid": os.environ["EMBED_KEY"]}
    claims = {"aud": os.environ["EMBED_URL"], "sub": os.environ["EMBED_USER"], "candidate": candidate}
    claims |= {"iat": now, "exp": now + SECONDS, "jti": str(uuid.uuid4())} | changes
    text = ".".join(plain(json.dumps(part).encode()) for part in (head, claims))
    return f"{text}.{plain(hmac.digest(os.environ['EMBED_SECRET'].encode(), text.encode(), hashlib.sha256))}"


def plain(content):
    """Base64 as addresses take it."""
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


class Candidates(BaseHTTPRequestHandler):
    """`/` is a candidate's page, `/token` is where its script gets the next token. Check who asks before you sign."""

    def do_GET(self):
        asked = parse_qs(urlsplit(self.path).query)
        candidate = asked.get("candidate", ["+61491570110"])[0]
        if self.path.startswith("/token"):
            return self.answer("text/plain", signed(candidate))
        page = PAGE.replace("INBOX", os.environ["EMBED_URL"]).replace("TOKEN", signed(candidate))
        return self.answer("text/html; charset=utf-8", page)

    def answer(self, media_type, text):
        """What the page's own policy has to let in: the script, and the frame that it makes."""
        self.send_response(200)
        self.send_header("Content-Type", media_type)
        inbox = os.environ["EMBED_URL"]
        policy = (
            f"default-src 'self'; script-src 'self' {inbox} 'nonce-page'; frame-src {inbox}; style-src 'nonce-page'"
        )
        self.send_header("Content-Security-Policy", policy)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *told):
        """Nothing is printed: addresses would be, and candidates are in them."""


if __name__ == "__main__":
    HTTPServer(("127.0.0.1", int(sys.argv[1])), Candidates).serve_forever()
