"""A candidate texts, and Twilio tells the app."""

from typing import Any

import pytest
from twilio.base.exceptions import TwilioRestException

from tests.providers.sandbox.stage import ACCOUNT_SID, CHATBOT, COMPANY, MAYA, TWIML, Stage

OPTED_OUT = "You have successfully been unsubscribed."


def tries(sandbox: Stage, sid: str) -> list[tuple[str, int | None]]:
    log = sandbox.http.get("/sandbox/webhooks", params={"sid": sid}).json()["webhooks"]
    return [(attempt["kind"], attempt["status"]) for attempt in reversed(log)]


def hook(sandbox: Stage, path: str) -> None:
    """Set the messaging number's webhook to a path of the played app, options and all."""
    number = sandbox.twilio.incoming_phone_numbers.list(phone_number=COMPANY)[0]
    number.update(sms_url=f"{sandbox.url}/app/{path}")


def test_an_incoming_text_is_told_in_full_and_signed(sandbox: Stage) -> None:
    answer = sandbox.text_in("  Yes 👋, at 10?  ")
    assert answer["webhook_status"] == 200
    assert answer["webhook_body"] == TWIML[1]
    (call,) = sandbox.app.to("message")
    assert call.is_signed
    assert call.headers["content-type"].startswith("application/x-www-form-urlencoded")
    assert call.headers["i-twilio-idempotency-token"]
    assert call.fields == {
        "MessageSid": answer["sid"],
        "SmsSid": answer["sid"],
        "SmsMessageSid": answer["sid"],
        "SmsStatus": "received",
        "AccountSid": ACCOUNT_SID,
        "ApiVersion": "2010-04-01",
        "From": MAYA,
        "To": COMPANY,
        "Body": "  Yes 👋, at 10?  ",
        "NumMedia": "0",
        "NumSegments": "1",
        "FromCountry": "AU",
        "FromCity": "",
        "FromState": "",
        "FromZip": "",
        "ToCountry": "AU",
        "ToCity": "",
        "ToState": "",
        "ToZip": "",
    }


def test_an_incoming_text_stands_in_the_list(sandbox: Stage) -> None:
    sid = sandbox.text_in("Hello")["sid"]
    fetched = sandbox.twilio.messages(sid).fetch()
    assert (fetched.direction, fetched.status, fetched.from_) == ("inbound", "received", MAYA)
    assert fetched.date_sent is not None


def test_pictures_come_as_addresses(sandbox: Stage) -> None:
    media = [{"url": "https://files.example/cv.pdf", "content_type": "application/pdf"}, "https://files.example/me.jpg"]
    sid = sandbox.text_in("", media=media)["sid"]
    fields = sandbox.app.calls[0].fields
    assert sid.startswith("MM")
    assert (fields["NumMedia"], fields["Body"]) == ("2", "")
    assert (fields["MediaUrl0"], fields["MediaContentType0"]) == ("https://files.example/cv.pdf", "application/pdf")
    assert (fields["MediaUrl1"], fields["MediaContentType1"]) == ("https://files.example/me.jpg", "image/jpeg")


def test_advanced_opt_out_adds_its_type(sandbox: Stage) -> None:
    sandbox.text_in("ARRET", opt_out_type="STOP")
    assert sandbox.app.calls[0].fields["OptOutType"] == "STOP"


def test_odd_characters_survive(sandbox: Stage) -> None:
    text = rf'{{"from": "{MAYA}", "to": "{COMPANY}", "body": "nul \u0000 lone \ud83d end"}}'
    assert sandbox.http.post("/sandbox/inbound", content=text.encode()).status_code == 201
    assert sandbox.app.calls[0].fields["Body"] == "nul \x00 lone ? end"
    assert sandbox.app.calls[0].is_signed
    assert sandbox.twilio.messages.list(limit=1)[0].body == "nul \x00 lone ? end"


def test_stop_blocks_the_pair_until_start(sandbox: Stage) -> None:
    sandbox.text_in(" stop ")
    assert sandbox.app.calls[0].fields["Body"] == " stop "
    with pytest.raises(TwilioRestException) as refused:
        sandbox.send()
    assert (refused.value.status, refused.value.code) == (400, 21610)
    assert sandbox.send(from_=CHATBOT).status == "queued"
    sandbox.text_in("START")
    assert sandbox.send().status == "queued"


@pytest.mark.parametrize("keyword", ["STOPALL", "Unsubscribe", "cancel", "END", "quit", "REVOKE", "OptOut"])
def test_every_keyword_opts_out(sandbox: Stage, keyword: str) -> None:
    sandbox.text_in(keyword)
    with pytest.raises(TwilioRestException):
        sandbox.send()


def test_stop_inside_a_sentence_opts_nobody_out(sandbox: Stage) -> None:
    sandbox.text_in("Please stop")
    assert sandbox.send().status == "queued"


def test_twilios_own_confirmation_is_on_the_phone_and_nowhere_else(sandbox: Stage) -> None:
    sandbox.text_in("STOP")
    sandbox.text_in("STOP")
    confirmations = [message for message in sandbox.seen(to=MAYA) if message["body"].startswith(OPTED_OUT)]
    assert [message["is_listed"] for message in confirmations] == [False]
    assert [message.body for message in sandbox.twilio.messages.list(limit=10)] == ["STOP", "STOP"]
    with pytest.raises(TwilioRestException):
        sandbox.twilio.messages(confirmations[0]["sid"]).fetch()


def test_an_outage_of_the_webhook_can_be_played(sandbox: Stage) -> None:
    missed = sandbox.text_in("Did you get this?", webhook=False)
    assert missed["webhook_status"] is None
    assert sandbox.app.calls == []
    assert [message.sid for message in sandbox.twilio.messages.list(limit=10)] == [missed["sid"]]


def test_the_caller_need_not_wait_for_the_app(sandbox: Stage) -> None:
    sandbox.app.answers["message"] = [(0, *TWIML)]
    assert sandbox.text_in("Hello", wait=False)["webhook_status"] is None
    sandbox.app.wait_for(lambda: len(sandbox.app.calls) == 1)


def test_by_default_an_error_is_not_tried_again(sandbox: Stage) -> None:
    sandbox.app.answers["message"] = [(500, "text/plain", "broken")]
    answer = sandbox.text_in("Hello")
    assert (answer["webhook_status"], answer["webhook_body"]) == (500, "broken")
    assert tries(sandbox, answer["sid"]) == [("message", 500)]


def test_the_fragment_asks_for_more_tries_with_the_same_token(sandbox: Stage) -> None:
    hook(sandbox, "message?x=1#rc=3&rp=5xx,ct&rt=4000")
    sandbox.app.answers["message"] = [(503, "text/plain", ""), (500, "text/plain", "")]
    answer = sandbox.text_in("Hello")
    assert tries(sandbox, answer["sid"]) == [("message", 503), ("message", 500), ("message", 200)]
    assert len({call.headers["i-twilio-idempotency-token"] for call in sandbox.app.calls}) == 1
    assert all(call.is_signed and call.url.endswith("?x=1") for call in sandbox.app.calls)


def test_a_refusal_is_not_tried_again_when_only_server_errors_are(sandbox: Stage) -> None:
    hook(sandbox, "message#rc=3&rp=5xx")
    sandbox.app.answers["message"] = [(403, "text/plain", "")]
    assert tries(sandbox, sandbox.text_in("Hello")["sid"]) == [("message", 403)]


def test_a_silent_app_is_left_after_the_time_limit(sandbox: Stage) -> None:
    hook(sandbox, "message#rt=100&rc=1&rp=rt")
    sandbox.app.answers["message"] = [(0, *TWIML), (0, *TWIML)]
    answer = sandbox.text_in("Hello")
    assert answer["webhook_status"] is None
    assert tries(sandbox, answer["sid"]) == [("message", None), ("message", None)]


def test_all_tries_together_keep_to_the_total_time(sandbox: Stage) -> None:
    hook(sandbox, "message#tt=150&rc=5&rp=all")
    sandbox.app.answers["message"] = [(0, *TWIML)] * 6
    assert len(tries(sandbox, sandbox.text_in("Hello")["sid"])) == 1


def test_a_failed_webhook_falls_back_with_the_reason(sandbox: Stage) -> None:
    number = sandbox.twilio.incoming_phone_numbers.list(phone_number=COMPANY)[0]
    number.update(sms_fallback_url=f"{sandbox.url}/app/fallback")
    sandbox.app.answers["message"] = [(500, "text/plain", "")]
    answer = sandbox.text_in("Hello")
    assert tries(sandbox, answer["sid"]) == [("message", 500), ("fallback", 200)]
    (fallback,) = sandbox.app.to("fallback")
    assert fallback.is_signed
    assert fallback.fields["ErrorCode"] == "11200"
    assert fallback.fields["ErrorUrl"] == f"{sandbox.url}/app/message"


def test_a_webhook_may_be_called_with_get(sandbox: Stage) -> None:
    number = sandbox.twilio.incoming_phone_numbers.list(phone_number=COMPANY)[0]
    number.update(sms_url=f"{sandbox.url}/app/message?team=1", sms_method="GET")
    sandbox.text_in("Hello")
    (call,) = sandbox.app.calls
    assert (call.method, call.fields["team"], call.fields["Body"]) == ("GET", "1", "Hello")
    assert call.is_signed


@pytest.mark.parametrize(
    "url", ["/hook", "https://", "http://127.0.0.1:x/", "http://127.0.0.1/a b", "http://é.example/"]
)
def test_a_webhook_that_is_no_address_fails_without_a_call(sandbox: Stage, url: str) -> None:
    sandbox.twilio.incoming_phone_numbers.list(phone_number=COMPANY)[0].update(sms_url=url)
    answer = sandbox.text_in("Hello")
    assert answer["webhook_status"] is None
    assert tries(sandbox, answer["sid"]) == []


def test_a_number_without_webhook_keeps_the_text(sandbox: Stage) -> None:
    sandbox.twilio.incoming_phone_numbers.list(phone_number=COMPANY)[0].update(sms_url="")
    assert sandbox.text_in("Hello")["webhook_status"] is None
    assert len(sandbox.twilio.messages.list(limit=5)) == 1


@pytest.mark.parametrize(
    ("answer", "sent"),
    [
        ((200, *TWIML), []),
        ((200, "text/xml", "<Response><Message>Thanks!</Message></Response>"), ["Thanks!"]),
        ((200, "text/xml", "<Response><Message><Body>Thanks!</Body></Message></Response>"), ["Thanks!"]),
        ((200, "text/plain", "OK"), ["OK"]),
        ((200, "text/xml", "not xml"), []),
        ((200, "application/json", '{"ok": true}'), []),
        ((500, "text/plain", "Oops"), []),
    ],
)
def test_what_the_app_answers_may_become_a_text(sandbox: Stage, answer: tuple[int, str, str], sent: list[str]) -> None:
    sandbox.app.answers["message"] = [answer]
    sandbox.text_in("Hello")
    replies = [message for message in sandbox.twilio.messages.list(to=MAYA) if message.direction == "outbound-reply"]
    assert [message.body for message in replies] == sent


@pytest.mark.parametrize(
    "wrong",
    [{"to": "+61491570099"}, {"to": ""}, {"from": ""}, {"account_sid": "AC0"}, {"media": [{"type": "image/png"}]}],
)
def test_what_no_phone_can_do_is_refused_with_a_sentence(sandbox: Stage, wrong: dict[str, Any]) -> None:
    answer = sandbox.http.post("/sandbox/inbound", json={"from": MAYA, "to": COMPANY, "body": "Hello"} | wrong)
    assert answer.status_code == 422
    assert answer.json()["error"].endswith(".")
    assert sandbox.seen() == []


def test_json_that_is_no_object_is_refused(sandbox: Stage) -> None:
    for content in (b"[]", b"not json"):
        assert sandbox.http.post("/sandbox/inbound", content=content).status_code == 422


def test_another_sites_page_may_not_text_in(sandbox: Stage) -> None:
    answer = sandbox.http.post(
        "/sandbox/inbound", json={"from": MAYA, "to": COMPANY}, headers={"Sec-Fetch-Site": "cross-site"}
    )
    assert answer.status_code == 403
    assert sandbox.seen() == []
