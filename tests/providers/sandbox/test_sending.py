"""POST Messages.json as the official client sees it."""

from typing import Any

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from tests.providers.sandbox.stage import ACCOUNT_SID, AUTH_TOKEN, CHATBOT, COMPANY, MAYA, Stage

MAGIC = "+1500555000"


def test_a_text_is_taken_and_described_as_twilio_does(slow_sandbox: Stage) -> None:
    message = slow_sandbox.send("Are you free on Thursday?")
    assert message.sid.startswith("SM")
    assert len(message.sid) == 34
    assert (message.to, message.from_, message.body) == (MAYA, COMPANY, "Are you free on Thursday?")
    assert (message.status, message.direction) == ("queued", "outbound-api")
    assert (message.num_segments, message.num_media, message.date_sent) == ("1", "0", None)
    assert message.date_created.tzinfo is not None
    assert message.uri == f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages/{message.sid}.json"


def test_a_sent_text_can_be_fetched(slow_sandbox: Stage) -> None:
    sent = slow_sandbox.send()
    fetched = slow_sandbox.twilio.messages(sent.sid).fetch()
    assert (fetched.sid, fetched.body, fetched.status) == (sent.sid, sent.body, "queued")


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"to": ""}, 21604),
        ({"body": ""}, 21602),
        ({"body": "a" * 1_601}, 21617),
        ({"from_": ""}, 21603),
        ({"from_": "", "messaging_service_sid": "MG" + "0" * 32}, 21705),
        ({"from_": "+61491570099"}, 21606),
        ({"to": "0491 570 110"}, 21211),
        ({"to": "Maya"}, 21211),
        ({"to": COMPANY}, 21266),
        ({"status_callback": "app.example/status"}, 21609),
        ({"status_callback": "http://[broken"}, 21609),
    ],
)
def test_a_wrong_text_is_refused_with_twilios_code(slow_sandbox: Stage, fields: dict[str, Any], code: int) -> None:
    with pytest.raises(TwilioRestException) as refused:
        slow_sandbox.send(**fields)
    assert (refused.value.status, refused.value.code) == (400, code)
    assert slow_sandbox.seen() == []


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"from_": f"{MAGIC}1"}, 21212),
        ({"from_": f"{MAGIC}7"}, 21606),
        ({"from_": f"{MAGIC}8"}, 21611),
        ({"to": f"{MAGIC}1"}, 21211),
        ({"to": f"{MAGIC}2"}, 21612),
        ({"to": f"{MAGIC}3"}, 21408),
        ({"to": f"{MAGIC}4"}, 21610),
        ({"to": f"{MAGIC}9"}, 21614),
        ({"from_": f"{MAGIC}6", "to": f"{MAGIC}9"}, 21614),
    ],
)
def test_twilios_magic_numbers_are_refused_as_documented(
    slow_sandbox: Stage, fields: dict[str, Any], code: int
) -> None:
    with pytest.raises(TwilioRestException) as refused:
        slow_sandbox.send(**fields)
    assert refused.value.code == code


def test_a_text_from_the_magic_sender_is_taken_and_goes_nowhere(sandbox: Stage) -> None:
    magic = sandbox.send(from_=f"{MAGIC}6", status_callback=sandbox.status_url)
    real = sandbox.send("The next one", status_callback=sandbox.status_url)
    sandbox.app.wait_for(lambda: sandbox.app.statuses() == ["sent", "delivered"])
    assert sandbox.twilio.messages(magic.sid).fetch().status == "queued"
    assert {call.fields["MessageSid"] for call in sandbox.app.calls} == {real.sid}


def test_a_number_written_with_blanks_is_understood(slow_sandbox: Stage) -> None:
    assert slow_sandbox.send(to="+61 491 570 110").to == MAYA


@pytest.mark.parametrize(("length", "segments"), [(160, "1"), (161, "2"), (1_600, "11")])
def test_segments_are_counted(slow_sandbox: Stage, length: int, segments: str) -> None:
    assert slow_sandbox.send("a" * length).num_segments == segments


def test_smart_encoding_rewrites_the_text_and_saves_segments(slow_sandbox: Stage) -> None:
    curly = "It’s on Thursday. " * 5
    plain = slow_sandbox.send(curly)
    smart = slow_sandbox.send(curly, smart_encoded=True)
    assert (plain.body, plain.num_segments) == (curly, "2")
    assert (smart.body, smart.num_segments) == (curly.replace("’", "'"), "1")


def test_pictures_are_listed_with_their_text(slow_sandbox: Stage) -> None:
    message = slow_sandbox.send(media_url=["https://files.example/map.jpg", "https://files.example/gate.jpg"])
    listed = slow_sandbox.twilio.messages(message.sid).media.list()
    assert message.sid.startswith("MM")
    assert message.num_media == "2"
    assert [item.parent_sid for item in listed] == [message.sid, message.sid]
    assert slow_sandbox.twilio.messages(slow_sandbox.send().sid).media.list() == []


def test_a_wrong_token_is_refused(slow_sandbox: Stage) -> None:
    right = slow_sandbox.twilio
    stranger = Client(ACCOUNT_SID, AUTH_TOKEN + "x", http_client=right.http_client)
    stranger.api.base_url = slow_sandbox.url
    with pytest.raises(TwilioRestException) as refused:
        stranger.api.v2010.accounts(ACCOUNT_SID).fetch()
    assert (refused.value.status, refused.value.code) == (401, 20003)
    assert right.api.v2010.accounts(ACCOUNT_SID).fetch().status == "active"


def test_another_accounts_path_is_refused(slow_sandbox: Stage) -> None:
    with pytest.raises(TwilioRestException) as refused:
        slow_sandbox.twilio.api.v2010.accounts("AC" + "0" * 32).fetch()
    assert (refused.value.status, refused.value.code) == (401, 20003)


def test_no_credentials_and_odd_ones_are_refused(slow_sandbox: Stage) -> None:
    path = f"/2010-04-01/Accounts/{ACCOUNT_SID}/Balance.json"
    for header in ({}, {"Authorization": "Basic !"}, {"Authorization": "Basic /w=="}, {"Authorization": "Bearer x"}):
        answer = slow_sandbox.http.get(path, headers=header)
        assert answer.status_code == 401
        assert answer.json()["code"] == 20003


def test_what_does_not_exist_is_not_found(slow_sandbox: Stage) -> None:
    with pytest.raises(TwilioRestException) as missing:
        slow_sandbox.twilio.messages("SM" + "0" * 32).fetch()
    assert (missing.value.status, missing.value.code) == (404, 20404)
    assert slow_sandbox.http.get("/2010-04-01/Nothing.json").json()["code"] == 20404


def test_an_unknown_method_is_refused(slow_sandbox: Stage) -> None:
    path = f"/2010-04-01/Accounts/{ACCOUNT_SID}/Balance.json"
    answer = slow_sandbox.http.delete(path, auth=(ACCOUNT_SID, AUTH_TOKEN))
    assert (answer.status_code, answer.json()["code"]) == (405, 20004)


def test_the_balance_goes_down_by_what_is_sent(slow_sandbox: Stage) -> None:
    before = float(slow_sandbox.twilio.balance.fetch().balance)
    slow_sandbox.send("a" * 161)
    after = slow_sandbox.twilio.balance.fetch()
    assert before - float(after.balance) == pytest.approx(2 * 0.0515)
    assert after.currency == "USD"


def test_a_waiting_text_can_be_cancelled_and_a_sent_one_not(sandbox: Stage) -> None:
    sandbox.behave(MAYA, "waits")
    waiting = sandbox.send()
    assert sandbox.twilio.messages(waiting.sid).update(status="canceled").status == "canceled"
    with pytest.raises(TwilioRestException) as late:
        sandbox.twilio.messages(waiting.sid).update(status="canceled")
    assert late.value.code == 30409


def test_a_body_can_be_redacted(slow_sandbox: Stage) -> None:
    message = slow_sandbox.send("My bank details")
    assert slow_sandbox.twilio.messages(message.sid).update(body="").body == ""


def test_a_text_can_be_deleted_only_when_it_is_done(sandbox: Stage) -> None:
    sandbox.behave(MAYA, "waits")
    waiting = sandbox.send()
    with pytest.raises(TwilioRestException) as early:
        sandbox.twilio.messages(waiting.sid).delete()
    assert (early.value.status, early.value.code) == (409, 20009)
    inbound = sandbox.text_in("Hello")["sid"]
    assert sandbox.twilio.messages(inbound).delete() is True
    assert [message.sid for message in sandbox.twilio.messages.list(limit=10)] == [waiting.sid]


def test_the_company_numbers_are_listed_and_their_webhook_can_be_set(slow_sandbox: Stage) -> None:
    numbers = slow_sandbox.twilio.incoming_phone_numbers.list()
    assert [number.phone_number for number in numbers] == [COMPANY, CHATBOT]
    found = slow_sandbox.twilio.incoming_phone_numbers.list(phone_number=CHATBOT)
    assert [number.capabilities["sms"] for number in found] == [True]
    found[0].update(sms_url=f"{slow_sandbox.url}/app/elsewhere")
    slow_sandbox.text_in("Hello", to=CHATBOT)
    assert [call.fields["To"] for call in slow_sandbox.app.to("elsewhere")] == [CHATBOT]


def test_the_numbers_come_in_pages_too(slow_sandbox: Stage) -> None:
    numbers = slow_sandbox.twilio.incoming_phone_numbers.list(page_size=1)
    assert [number.phone_number for number in numbers] == [COMPANY, CHATBOT]
