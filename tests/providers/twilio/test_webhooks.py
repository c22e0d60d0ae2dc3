"""Webhook calls, recorded and broken: what they tell, and that no byte of it is lost."""

from urllib.parse import quote_from_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.contract import DeliveryStatus, MalformedWebhook, Media
from providers.twilio.webhooks import EMPTY_TWIML, delivery_report, incoming_sms, parse_form
from tests.providers.twilio.calls import ACCOUNT, body_of, form_of, recorded


def test_a_recorded_text_is_read() -> None:
    sms = incoming_sms(parse_form(recorded("inbound_sms")))
    assert sms.provider_message_id == "SM" + "0" * 30 + "a1"
    assert sms.account_id == ACCOUNT
    assert (sms.sender, sms.recipient) == ("+61491570156", "+61491570006")
    assert sms.body == "Yes, Tuesday at 3 works for me. Thanks!"
    assert (sms.segments, sms.media, sms.opt_out, sms.raw_body) == (1, (), None, None)


def test_a_long_text_with_emoji_keeps_every_character() -> None:
    sms = incoming_sms(parse_form(recorded("inbound_long_with_emoji")))
    assert sms.body.startswith("Hi Jo 👋🏽 it’s Maya – I’d love to come in.\nIs parking free?")
    assert sms.body.endswith("about 90 minutes + a coffee ☕️ ")
    assert (sms.segments, sms.raw_body) == (3, None)


def test_a_picture_message_brings_its_media_in_order() -> None:
    sms = incoming_sms(parse_form(recorded("inbound_mms")))
    base = f"https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT}/Messages/{sms.provider_message_id}/Media"
    assert sms.body == ""
    assert sms.media == (
        Media(f"{base}/ME{0:032x}", "image/jpeg"),
        Media(f"{base}/ME{1:032x}", "application/pdf"),
    )


def test_blanks_around_a_text_stay() -> None:
    assert incoming_sms(parse_form(recorded("inbound_us_with_places"))).body == " ok "


@pytest.mark.parametrize(
    ("told", "opt_out"),
    [("STOP", "stop"), ("START", "start"), ("HELP", "help"), ("stop", "stop"), ("", None), ("PAUSE", None)],
)
def test_a_keyword_counts_only_when_twilio_says_that_it_answered(told: str, opt_out: str | None) -> None:
    assert incoming_sms(form_of(Body="anything", OptOutType=told)).opt_out == opt_out
    assert incoming_sms(form_of(Body=told)).opt_out is None


def test_a_recorded_stop_is_an_opt_out() -> None:
    assert incoming_sms(parse_form(recorded("inbound_stop_advanced_opt_out"))).opt_out == "stop"


@pytest.mark.parametrize(
    ("percent_encoded", "body", "is_changed"),
    [
        ("a%00b", "a\u2400b", True),
        ("a%ED%A0%80b", "a\ufffdb", True),
        ("a%FFb", "a\ufffdb", True),
        ("%F0%9F%91", "\ufffd", True),
        ("%C3%A9+%E2%82%AC", "é €", False),
        ("%ED%9F%BF", "\ud7ff", False),
        ("%EF%BF%BD", "\ufffd", False),
        ("", "", False),
        ("%2", "%2", False),
        ("Qk1XIGlzIG15IGZhdm91cml0ZSBjYXIgYW5kIEkgbGlrZSBpdCBhIGxvdCB0b2RheQ", None, False),
    ],
)
def test_odd_bytes_are_made_storable_and_kept_beside(percent_encoded: str, body: str | None, is_changed: bool) -> None:
    form = parse_form(body_of() + f"&Body={percent_encoded}".encode())
    sms = incoming_sms(form)
    assert sms.body == (percent_encoded if body is None else body)
    assert sms.raw_body == (form.raw("Body") if is_changed else None)


def test_bytes_that_were_not_percent_encoded_survive_as_well() -> None:
    raw = body_of() + b"&Body=caf\xc3\xa9+\xff"
    sms = incoming_sms(parse_form(raw))
    assert (sms.body, sms.raw_body) == ("café \ufffd", b"caf\xc3\xa9 \xff")


@given(st.binary(max_size=60))
def test_any_body_can_be_stored_and_is_known_to_the_byte(body: bytes) -> None:
    form = parse_form(body_of() + b"&Body=" + quote_from_bytes(body).encode())
    sms = incoming_sms(form)
    assert (sms.body.encode() if sms.raw_body is None else sms.raw_body) == body
    assert "\0" not in sms.body


@given(st.binary(max_size=300))
def test_no_request_body_makes_the_parser_fail(raw: bytes) -> None:
    form = parse_form(raw)
    with pytest.raises(MalformedWebhook):
        incoming_sms(form)


@pytest.mark.parametrize("segments", ["", "x", "-1", "0", "1.5", "²", "٣", "9" * 30, "1000", "1e3"])
def test_a_strange_number_of_segments_is_counted_again(segments: str) -> None:
    assert incoming_sms(form_of(Body="a" * 161, NumSegments=segments)).segments == 2


@pytest.mark.parametrize("media", ["", "x", "-1", "99", "1e3"])
def test_a_strange_number_of_media_loses_none_and_invents_none(media: str) -> None:
    url = "https://api.twilio.com/2010-04-01/Accounts/A/Messages/M/Media/E"
    assert incoming_sms(form_of(NumMedia=media, MediaUrl0=url)).media == (Media(url, "application/octet-stream"),)
    assert incoming_sms(form_of(NumMedia=media)).media == ()


def test_a_missing_body_is_an_empty_one() -> None:
    assert incoming_sms(form_of()).body == ""


@pytest.mark.parametrize("missing", ["MessageSid", "AccountSid", "From", "To"])
def test_a_text_without_what_every_text_has_is_malformed(missing: str) -> None:
    with pytest.raises(MalformedWebhook, match=missing):
        incoming_sms(form_of(**{missing: ""}))


@pytest.mark.parametrize(
    ("name", "status", "error_code"),
    [
        ("status_sent", DeliveryStatus.SENT, None),
        ("status_delivered", DeliveryStatus.DELIVERED, None),
        ("status_undelivered", DeliveryStatus.UNDELIVERED, 30003),
        ("status_failed", DeliveryStatus.FAILED, 30007),
    ],
)
def test_a_recorded_report_tells_status_and_code(name: str, status: DeliveryStatus, error_code: int | None) -> None:
    report = delivery_report(parse_form(recorded(name)), "our-id")
    assert (report.status, report.raw_status, report.error_code) == (status, status.value, error_code)
    assert (report.message_id, report.account_id) == ("our-id", ACCOUNT)


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("accepted", DeliveryStatus.ACCEPTED),
        ("scheduled", DeliveryStatus.ACCEPTED),
        ("queued", DeliveryStatus.ACCEPTED),
        ("sending", DeliveryStatus.SENDING),
        ("canceled", DeliveryStatus.CANCELED),
        ("read", DeliveryStatus.READ),
        ("receiving", DeliveryStatus.RECEIVED),
        ("Delivered", DeliveryStatus.DELIVERED),
        ("partially_delivered", None),
        ("teleported", None),
    ],
)
def test_twilios_words_become_our_statuses(word: str, status: DeliveryStatus | None) -> None:
    report = delivery_report(form_of(MessageStatus=word), None)
    assert (report.status, report.raw_status, report.message_id) == (status, word, None)


@pytest.mark.parametrize("code", ["", "none", "0", "-30003", "9" * 20])
def test_a_strange_error_code_is_none(code: str) -> None:
    assert delivery_report(form_of(MessageStatus="failed", ErrorCode=code), None).error_code is None


@pytest.mark.parametrize("missing", ["MessageSid", "AccountSid", "MessageStatus"])
def test_a_report_without_what_every_report_has_is_malformed(missing: str) -> None:
    with pytest.raises(MalformedWebhook, match=missing):
        delivery_report(form_of(**({"MessageStatus": "sent"} | {missing: ""})), None)


def test_order_repetition_and_blanks_of_a_form_are_kept() -> None:
    form = parse_form(b"b=2&a=&b=1&a=&c")
    assert form.fields == ((b"b", b"2"), (b"a", b""), (b"b", b"1"), (b"a", b""), (b"c", b""))


def test_a_flood_of_fields_is_malformed() -> None:
    parse_form(b"&".join(b"a=1" for _ in range(1000)))
    with pytest.raises(MalformedWebhook, match="too many fields"):
        parse_form(b"&".join(b"a=1" for _ in range(1001)))


def test_the_silent_answer_sends_nothing() -> None:
    assert EMPTY_TWIML == '<?xml version="1.0" encoding="UTF-8"?><Response />'
