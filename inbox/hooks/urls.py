"""Addresses that an endpoint may have."""

from urllib.parse import urlsplit

from inbox.errors import too_long
from inbox.languages import _
from providers.addresses import may_be_public

MOST_URL = 500


def wrong_with(url: str, *, to_private: bool) -> str | None:
    """The sentence about an address that cannot be told anything; None for one that can."""
    if len(url) > MOST_URL:
        return too_long(len(url), MOST_URL)
    try:
        parts = urlsplit(url)
        host, usable = parts.hostname or "", parts.port != 0 and url.isascii() and url.isprintable() and " " not in url
    except ValueError:
        host, usable = "", False
    if not usable or not host or parts.scheme not in {"https", "http"} or parts.username or parts.fragment:
        return _("Enter an address such as https://ats.example.com/hooks.")
    if parts.scheme != "https" and not to_private:
        return _("The address has to begin with https://, so that nobody reads along.")
    if not to_private and not may_be_public(host):
        return _("This address is in a private network, which we do not reach.")
    return None
