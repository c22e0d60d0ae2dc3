"""Where a sign-in may lead."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inbox.web import way_back

# Each has led a browser to evil.example, or ran a script, somewhere; or it would go in circles.
HOSTILE = [
    "https://evil.example",
    "http://evil.example/inbox",
    "//evil.example",
    "///evil.example",
    "////evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "\\/evil.example",
    "/\\/evil.example",
    "/inbox\\..\\evil",
    "/\t/evil.example",
    "/\n/evil.example",
    "/\r\n/evil.example",
    "\t//evil.example",
    " //evil.example",
    "/ /evil.example",
    "/\x00/evil.example",
    "/\u00a0/evil.example",
    "/\u2028/evil.example",
    "/.//evil.example",
    "/..//evil.example",
    "/inbox//evil.example",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\nscript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:x",
    "https:evil.example",
    "https:/evil.example",
    "http:///evil.example",
    "evil.example",
    "@evil.example",
    "?next=//evil.example",
    "#/inbox",
    "",
    "/inbox\r\nSet-Cookie: session=x",
    "/inbox\r\n\r\n<script>alert(1)</script>",
    "/login",
    "/login?next=/login",
    "/logout",
    "/" + "x" * 3000,
]

FINE = [
    "/inbox",
    "/",
    "/inbox/c/0191e0a1-0000-7000-8000-000000000001?tab=shared&range=custom&from=2026-03-01&to=2026-03-12",
    "/candidates?q=%2F%2Fevil.example",
    "/inbox?q=http://example.com//x",
    "/inbox?q=müller",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_next_leads_to_the_inbox(text: str) -> None:
    assert way_back.checked(text) == "/inbox"


@pytest.mark.parametrize("text", FINE)
def test_a_path_of_ours_with_its_filters_is_kept(text: str) -> None:
    assert way_back.checked(text) == text


@given(st.text(alphabet="/\\:@?#.%\t\r\n \x00evil" + string.ascii_lowercase[:3], max_size=30))
def test_whatever_is_asked_for_stays_on_our_host(text: str) -> None:
    assert _host_by_browser(way_back.checked(text)) == ""


def _host_by_browser(text: str) -> str:
    """The host that a browser would take from a relative address (WHATWG URL, basic URL parser)."""
    seen = "".join(letter for letter in text.strip("".join(map(chr, range(33)))) if letter not in "\t\r\n")
    seen = seen.replace("\\", "/")
    scheme, colon, _ = seen.partition(":")
    if colon and scheme and scheme[0].isalpha() and scheme.isalnum():
        return "another scheme"
    return seen[2:].partition("/")[0] or "nothing" if seen.startswith("//") else ""
