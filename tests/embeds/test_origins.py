"""Origins are taken exactly as browsers write them, and everything else is refused with the reason."""

import pytest

from inbox.embeds import origins
from inbox.errors import Invalid


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("https://ats.example.com", "https://ats.example.com"),
        (" https://ATS.Example.com:443 ", "https://ats.example.com"),
        ("https://ats.example.com:8443", "https://ats.example.com:8443"),
        ("http://localhost:3000", "http://localhost:3000"),
        ("http://127.0.0.1:80", "http://127.0.0.1"),
        ("http://[::1]:8080", "http://[::1]:8080"),
    ],
)
def test_an_origin_is_stored_as_a_browser_writes_it(typed: str, stored: str) -> None:
    assert origins.checked(typed) == stored


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "Enter an origin"),
        ("ats.example.com", "Enter an origin"),
        ("http://ats.example.com", "has to begin with https://"),
        ("ftp://ats.example.com", "has to begin with https://"),
        ("https://ats.example.com/", "Leave out everything but"),
        ("https://ats.example.com/candidates", "Leave out everything but"),
        ("https://ats.example.com?", "Leave out everything but"),
        ("https://me@ats.example.com", "Leave out everything but"),
        ("https://*.example.com", "Name each host for itself"),
        ("https://bücher.example", "xn--"),
        ("https://ats.example.com:99999", "The port has to be"),
        ("https://ats.example.com:", "The port has to be"),
        ("https://ats.example.com; script-src *", "Name each host"),
        ("https://ats.example.com 'unsafe-inline'", "Enter an origin"),
        ("https://ats.example.com;", "Enter an origin"),
        ("https://a..b", "Enter an origin"),
        ("https://[:::1]", "Enter an origin"),
        ("null", "Enter an origin"),
    ],
)
def test_what_is_no_origin_is_refused_with_the_reason(typed: str, words: str) -> None:
    with pytest.raises(Invalid) as refused:
        origins.checked(typed)
    assert words in refused.value.fields["origin"]
