"""Only Twilio's own calls are genuine: whatever else reaches a webhook address is not."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from providers.twilio.webhooks import TwilioForm, is_genuine, parse_form
from tests.providers.twilio.calls import body_of, recorded

URL = "https://inbox.example.org/hooks/twilio/abc123/message"
TOKEN = "0123456789abcdef0123456789abcdef"
EXAMPLE = b"CallSid=CA1234567890ABCDE&Caller=%2B14158675309&Digits=1234&From=%2B14158675309&To=%2B18005551212"
FIELDS = st.lists(st.tuples(st.binary(max_size=8), st.binary(max_size=12)), max_size=8).map(
    lambda pairs: TwilioForm(tuple(pairs))
)


def signed(url: str, form: TwilioForm, token: str = TOKEN) -> str:
    """The signature by the letter of Twilio's page, made without Twilio's library."""
    text = url.encode() + b"".join(name + value for name, value in sorted(set(form.fields)))
    return base64.b64encode(hmac.new(token.encode(), text, hashlib.sha1).digest()).decode()


def test_the_signature_of_twilios_own_example_is_genuine() -> None:
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    signature = "RSOYDt4T1cUTdK1PDd93/VVr8B8="
    assert is_genuine(url, parse_form(EXAMPLE), signature, ["12345"])
    assert not is_genuine(url, parse_form(EXAMPLE), signature, ["12346"])


@pytest.mark.parametrize("name", ["inbound_sms", "inbound_long_with_emoji", "inbound_mms", "inbound_us_with_places"])
def test_a_recorded_call_is_genuine_as_the_official_library_signs_it(name: str) -> None:
    form = parse_form(recorded(name))
    fields = {key.decode(): value.decode() for key, value in form.fields}
    signature = RequestValidator(TOKEN).compute_signature(URL, fields)
    assert is_genuine(URL, form, signature, [TOKEN])
    assert signature == signed(URL, form)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda raw: raw.replace(b"Yes", b"No"), id="another word"),
        pytest.param(lambda raw: raw.replace(b"Thanks%21", b"Thanks%21+"), id="a blank more"),
        pytest.param(lambda raw: raw + b"&Extra=1", id="a field more"),
        pytest.param(lambda raw: raw + b"&Extra=", id="an empty field more"),
        pytest.param(lambda raw: raw.replace(b"ToZip=&", b""), id="an empty field less"),
        pytest.param(lambda raw: raw + b"&NumSegments=2", id="a field repeated with another value"),
        pytest.param(lambda raw: raw.replace(b"Tuesday", b"%FF"), id="an odd byte"),
        pytest.param(lambda raw: b"", id="nothing"),
    ],
)
def test_a_call_changed_on_the_way_is_not_genuine(change: Callable[[bytes], bytes]) -> None:
    raw = recorded("inbound_sms")
    assert change(raw) != raw
    assert not is_genuine(URL, parse_form(change(raw)), signed(URL, parse_form(raw)), [TOKEN])


@pytest.mark.parametrize("signature", [None, "", " ", "no", "é" * 28, "\udcff", "A" * 5000])
def test_a_call_without_a_real_signature_is_not_genuine(signature: str | None) -> None:
    assert not is_genuine(URL, parse_form(recorded("inbound_sms")), signature, [TOKEN])
    assert not is_genuine(URL, parse_form(b"Body=%FF"), signature, [TOKEN])


@pytest.mark.parametrize("body", [b"Body=caf%C3%A9", b"Body=%FF"])
def test_the_port_may_be_signed_or_not(body: bytes) -> None:
    form = parse_form(body)
    plain, with_port = "https://inbox.example.org/h?m=1", "https://inbox.example.org:443/h?m=1"
    for called in (plain, with_port):
        for signed_url in (plain, with_port):
            assert is_genuine(called, form, signed(signed_url, form), [TOKEN])
    assert not is_genuine(plain, form, signed("https://inbox.example.org:8443/h?m=1", form), [TOKEN])


@pytest.mark.parametrize(
    "other",
    [
        "http://inbox.example.org/hooks/twilio/abc123/message",
        "https://inbox.example.org/hooks/twilio/abc123/message/",
        "https://inbox.example.org/hooks/twilio/abc124/message",
        "https://inbox.example.org/hooks/twilio/abc123/message?m=1",
        "https://elsewhere.example.org/hooks/twilio/abc123/message",
    ],
)
def test_a_call_made_for_another_address_is_not_genuine(other: str) -> None:
    form = parse_form(recorded("inbound_sms"))
    assert not is_genuine(URL, form, signed(other, form), [TOKEN])


def test_the_query_is_part_of_what_is_signed_to_the_letter() -> None:
    form = parse_form(recorded("status_delivered"))
    url = "https://inbox.example.org/hooks/twilio/abc123/status?m=0190%20a"
    assert is_genuine(url, form, signed(url, form), [TOKEN])
    assert not is_genuine(url.replace("%20", "+"), form, signed(url, form), [TOKEN])


def test_an_address_with_odd_characters_is_not_genuine_and_does_not_fail() -> None:
    form = parse_form(recorded("inbound_sms"))
    assert not is_genuine(f"{URL}?m=\udcff", form, signed(URL, form), [TOKEN])


def test_both_tokens_are_good_while_one_replaces_the_other() -> None:
    form = parse_form(recorded("inbound_sms"))
    for token in ("old-token", "new-token"):
        assert is_genuine(URL, form, signed(URL, form, token), ["new-token", "old-token"])
    assert not is_genuine(URL, form, signed(URL, form, "third-token"), ["new-token", "old-token"])


def test_an_account_without_a_token_takes_no_call() -> None:
    form = parse_form(recorded("inbound_sms"))
    assert not is_genuine(URL, form, signed(URL, form), [])
    assert not is_genuine(URL, form, signed(URL, form, ""), [""])


@pytest.mark.parametrize("odd", ["%ED%A0%80", "%FF", "a%00%FFb", "%F0%9F"])
def test_a_call_with_odd_bytes_is_genuine_by_its_bytes(odd: str) -> None:
    form = parse_form(body_of() + f"&Body={odd}".encode())
    assert is_genuine(URL, form, signed(URL, form), [TOKEN])
    replaced = parse_form(body_of() + b"&Body=%EF%BF%BD")
    assert not is_genuine(URL, replaced, signed(URL, form), [TOKEN])


@pytest.mark.parametrize(
    "fields",
    [b"Body=%00", b"Body=", b"b=2&b=1&b=2&a=", b"Body=+x+", b"Body=%F0%9F%91%8B", b"%FF=1&%FF=2&%FF=1", b""],
)
def test_blank_repeated_and_strange_values_are_genuine(fields: bytes) -> None:
    form = parse_form(fields)
    assert is_genuine(URL, form, signed(URL, form), [TOKEN])


def test_json_is_not_genuine_even_with_twilios_signature_for_json() -> None:
    body = json.dumps({"MessageSid": "SM1", "Body": "hello"}).encode()
    url = f"{URL}?bodySHA256={hashlib.sha256(body).hexdigest()}"
    signature = RequestValidator(TOKEN).compute_signature(url, {})
    assert RequestValidator(TOKEN).validate(url, body.decode(), signature)
    assert not is_genuine(url, parse_form(body), signature, [TOKEN])


@given(FIELDS)
def test_whatever_is_signed_by_the_rule_is_genuine(form: TwilioForm) -> None:
    assert is_genuine(URL, form, signed(URL, form), [TOKEN])


@given(FIELDS, FIELDS)
def test_a_signature_is_good_for_its_own_form_only(form: TwilioForm, other: TwilioForm) -> None:
    assume(signed(URL, form) != signed(URL, other))
    assert not is_genuine(URL, other, signed(URL, form), [TOKEN])
