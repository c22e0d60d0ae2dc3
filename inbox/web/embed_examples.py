"""What an admin copies from Settings > Embeds into the other system's page and server."""

from dataclasses import dataclass

from inbox.web import widget

_NO_KEY_YET = "KEY-ID"

_SCRIPT = """\
<script src="{script}" defer></script>
<shared-inbox-thread token="TOKEN" theme="auto" height="640"></shared-inbox-thread>
<script>
document.addEventListener('shared-inbox-token-needed', async ({{ target }}) => {{
  target.setAttribute('token', await (await fetch('/your/route/for/tokens')).text());
}});
</script>"""

_FRAME = """\
<iframe title="Texts" width="100%" height="640"
  src="{frame}?key={key}&amp;theme=auto#token=TOKEN"></iframe>"""

_PYTHON = """\
import time, uuid, jwt  # PyJWT

now = int(time.time())
claims = {{"aud": "{at}", "sub": "kim@example.com", "candidate": "+61491570156",
          "iat": now, "exp": now + 300, "jti": str(uuid.uuid4())}}
token = jwt.encode(claims, SECRET, algorithm="HS256", headers={{"kid": "{key}"}})"""

_CURL = """\
b64() {{ openssl base64 -A | tr '+/' '-_' | tr -d '='; }}
now=$(date +%s)
head=$(printf '{{"alg":"HS256","typ":"JWT","kid":"%s"}}' {key} | b64)
body=$(printf '{{"aud":"%s","sub":"%s","candidate":"%s","iat":%s,"exp":%s,"jti":"%s"}}' \\
  {at} kim@example.com +61491570156 "$now" "$((now + 300))" "$(openssl rand -hex 16)" | b64)
sign=$(printf '%s' "$head.$body" | openssl dgst -sha256 -hmac "$SECRET" -binary | b64)
curl --data-urlencode "token=$head.$body.$sign" {at}/embed/session"""


@dataclass(frozen=True, slots=True)
class Examples:
    """The texts, filled in with the installation's address and the newest key."""

    script: str
    frame: str
    python: str
    curl: str


def examples(at: str, key_id: str | None) -> Examples:
    """Those of an installation whose widgets are `at` this address."""
    filled = {
        "at": at,
        "key": key_id or _NO_KEY_YET,
        "script": at + widget.SCRIPT,
        "frame": at + widget.FRAME,
    }
    return Examples(*(text.format(**filled) for text in (_SCRIPT, _FRAME, _PYTHON, _CURL)))
