"""HTTP to servers that anybody may name: each request by itself, with no cookie, no redirect and no proxy."""

from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpx2

from providers.twilio.transport import certificates

CONNECT_SECONDS = 5.0


def client(*, seconds: float, connections: int) -> httpx2.AsyncClient:
    """A client with a time for each step, and so many connections at once; `aclose` it at the end."""
    return httpx2.AsyncClient(
        timeout=httpx2.Timeout(seconds, connect=CONNECT_SECONDS),
        # Hosts that share an address must not share a connection, nor its certificate.
        limits=httpx2.Limits(max_connections=connections, max_keepalive_connections=0),
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        follow_redirects=False,
        trust_env=False,
        verify=certificates(True),
    )
