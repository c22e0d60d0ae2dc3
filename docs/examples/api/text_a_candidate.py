r"""Text a candidate by the JSON API, with nothing but Python's standard library.

    INBOX_URL=https://inbox.example.com INBOX_TOKEN=sit_… \
        python text_a_candidate.py "0491 570 156" "Maya Example" "Are you free?"

Needs a token with the scopes candidates:read, candidates:write, conversations:read and messages:send.
"""

import json
import os
import sys
import uuid
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen


def call(method, path, body=None, key=None):
    """One request; the answer as JSON. A refusal ends the program with its sentence."""
    headers = {"Authorization": f"Bearer {os.environ['INBOX_TOKEN']}"}
    if body is not None:
        headers["Content-Type"] = "application/json"
    if key is not None:
        headers["Idempotency-Key"] = key
    content = None if body is None else json.dumps(body).encode()
    request = Request(f"{os.environ['INBOX_URL']}/api/v1{path}", content, headers, method=method)
    try:
        with urlopen(request, timeout=30) as answer:
            return json.load(answer)
    except HTTPError as refusal:
        sys.exit(f"{refusal.code}: {json.load(refusal)['detail']}")


def main(number, name, text):
    """Find the candidate or add them, open the conversation, send the text."""
    found = call("GET", f"/candidates?{urlencode({'number': number})}")["data"]
    candidate = found[0] if found else call("POST", "/candidates", {"name": name, "number": number})
    conversation = call("POST", f"/candidates/{candidate['id']}/conversation")
    # The same key again, after a broken connection for example, gets the same answer and sends nothing twice.
    message = call("POST", f"/conversations/{conversation['id']}/messages", {"body": text}, key=str(uuid.uuid4()))
    print(f"{message['state']}: {message['body']} ({message['segments']} segment)")


if __name__ == "__main__":
    main(*sys.argv[1:4])
