"""What becomes of a text, and what the app is told about it."""

import pytest

from tests.providers.sandbox.stage import COMPANY, MAYA, TOM, Host, Stage, stage

DELIVERED = ["sent", "delivered"]


def test_a_delivered_text_is_reported_step_by_step_and_signed(sandbox: Stage) -> None:
    message = sandbox.send(status_callback=f"{sandbox.status_url}?m=7&%20odd=a+b#rc=0")
    sandbox.app.wait_for(lambda: sandbox.app.statuses() == DELIVERED)
    assert all(call.is_signed for call in sandbox.app.calls)
    last = sandbox.app.calls[-1]
    assert last.url == f"{sandbox.status_url}?m=7&%20odd=a+b"
    assert last.headers["user-agent"].startswith("TwilioProxy/")
    assert last.headers["i-twilio-idempotency-token"]
    raw_date = last.fields.pop("RawDlrDoneDate")
    assert len(raw_date) == 10
    assert last.fields == {
        "SmsSid": message.sid,
        "SmsStatus": "delivered",
        "MessageStatus": "delivered",
        "To": MAYA,
        "MessageSid": message.sid,
        "AccountSid": message.account_sid,
        "From": COMPANY,
        "ApiVersion": "2010-04-01",
    }
    fetched = sandbox.twilio.messages(message.sid).fetch()
    assert (fetched.status, fetched.error_code) == ("delivered", None)
    assert fetched.date_sent is not None


def test_user_and_password_in_the_url_are_sent_as_a_header_and_not_signed(sandbox: Stage) -> None:
    with_login = sandbox.status_url.replace("http://", "http://jo:s%40fe@")
    sandbox.send(status_callback=with_login)
    sandbox.app.wait_for(lambda: len(sandbox.app.calls) == 2)
    call = sandbox.app.calls[0]
    assert call.is_signed
    assert call.headers["authorization"] == "Basic am86c0BmZQ=="


@pytest.mark.parametrize(
    ("behaviour", "code"),
    [("landline", 30006), ("switched off", 30003), ("blocks", 30004), ("filtered", 30007)],
)
def test_a_phone_that_cannot_be_reached_brings_twilios_error_code(sandbox: Stage, behaviour: str, code: int) -> None:
    sandbox.behave(MAYA, behaviour)
    message = sandbox.send(status_callback=sandbox.status_url)
    sandbox.app.wait_for(lambda: sandbox.app.statuses() == ["sent", "undelivered"])
    assert "ErrorCode" not in sandbox.app.calls[0].fields
    assert sandbox.app.calls[1].fields["ErrorCode"] == str(code)
    fetched = sandbox.twilio.messages(message.sid).fetch()
    assert (fetched.status, fetched.error_code) == ("undelivered", code)
    assert fetched.error_message


@pytest.mark.parametrize(("number", "code"), [("+61491570159", 30006), ("+61491570158", 30003)])
def test_two_numbers_fail_from_the_start(sandbox: Stage, number: str, code: int) -> None:
    sandbox.send(to=number, status_callback=sandbox.status_url)
    sandbox.app.wait_for(lambda: len(sandbox.app.calls) == 2)
    assert sandbox.app.calls[1].fields["ErrorCode"] == str(code)


def test_a_route_without_receipts_stays_at_sent(sandbox: Stage) -> None:
    sandbox.behave(TOM, "no receipts")
    silent = sandbox.send(to=TOM, status_callback=f"{sandbox.url}/app/silent")
    sandbox.send(status_callback=sandbox.status_url)
    sandbox.app.wait_for(lambda: sandbox.app.statuses() == DELIVERED)
    assert sandbox.app.statuses("silent") == ["sent"]
    assert sandbox.twilio.messages(silent.sid).fetch().status == "sent"


def test_a_phone_that_waits_changes_only_when_told(sandbox: Stage) -> None:
    sandbox.behave(MAYA, "waits")
    message = sandbox.send(status_callback=sandbox.status_url)
    answer = sandbox.http.post("/sandbox/status", json={"sid": message.sid, "status": "failed", "error_code": 30008})
    assert answer.json() == {"sid": message.sid, "status": "failed", "webhook_status": 200}
    assert [(call.fields["MessageStatus"], call.fields["ErrorCode"]) for call in sandbox.app.calls] == [
        ("failed", "30008")
    ]


def test_statuses_can_be_played_in_any_order_and_twice(slow_sandbox: Stage) -> None:
    message = slow_sandbox.send(status_callback=slow_sandbox.status_url)
    played = ["delivered", "sent", "sent", "queued", "read"]
    for status in played:
        slow_sandbox.http.post("/sandbox/status", json={"sid": message.sid, "status": status})
    assert slow_sandbox.app.statuses() == played


def test_after_a_played_status_the_phone_has_no_more_say(host: Host) -> None:
    with stage(host, sent_after=0.2, delivered_after=0.25) as running:
        played = running.send(status_callback=f"{running.url}/app/played")
        running.http.post("/sandbox/status", json={"sid": played.sid, "status": "failed"})
        running.send(status_callback=running.status_url)
        running.app.wait_for(lambda: running.app.statuses() == DELIVERED)
        assert running.app.statuses("played") == ["failed"]


@pytest.mark.parametrize(
    "wrong",
    [{"sid": "SM1", "status": "sent"}, {"status": "gone"}, {"status": "sent", "error_code": "x"}, {}],
)
def test_a_status_that_makes_no_sense_is_refused_with_a_sentence(slow_sandbox: Stage, wrong: dict[str, str]) -> None:
    message = slow_sandbox.send()
    answer = slow_sandbox.http.post("/sandbox/status", json={"sid": message.sid} | wrong)
    assert answer.status_code == 422
    assert answer.json()["error"].endswith(".")


def test_a_busy_app_never_delays_the_answer_to_a_post(sandbox: Stage) -> None:
    sandbox.app.answers["status"] = [(0, "text/plain", "")]
    sandbox.send(status_callback=sandbox.status_url)
    sandbox.app.wait_for(lambda: len(sandbox.app.calls) == 1)
    second = sandbox.send("While the app is busy", to=TOM)
    assert second.status == "queued"
    assert not sandbox.app.gate.is_set()


def test_reports_on_one_text_stay_in_order_behind_a_slow_answer(sandbox: Stage) -> None:
    sandbox.app.answers["status"] = [(0, "text/plain", "")]
    sandbox.send(status_callback=sandbox.status_url)
    sandbox.send(to=TOM, status_callback=f"{sandbox.url}/app/tom")
    sandbox.app.wait_for(lambda: sandbox.app.statuses("tom") == DELIVERED)
    assert sandbox.app.statuses() == ["sent"]
    sandbox.app.gate.set()
    sandbox.app.wait_for(lambda: sandbox.app.statuses() == DELIVERED)


def test_a_text_without_a_callback_is_delivered_all_the_same(sandbox: Stage) -> None:
    quiet = sandbox.send()
    sandbox.send(to=TOM, status_callback=sandbox.status_url)
    sandbox.app.wait_for(lambda: sandbox.app.statuses() == DELIVERED)
    assert sandbox.twilio.messages(quiet.sid).fetch().status == "delivered"


def test_an_unreachable_app_is_tried_once_more_and_then_forgotten(sandbox: Stage) -> None:
    sandbox.behave(MAYA, "waits")
    message = sandbox.send(status_callback="http://127.0.0.1:9/status")
    answer = sandbox.http.post("/sandbox/status", json={"sid": message.sid, "status": "sent"})
    assert answer.json()["webhook_status"] is None
    tries = sandbox.http.get("/sandbox/webhooks", params={"sid": message.sid}).json()["webhooks"]
    assert [(attempt["attempt"], attempt["status"], attempt["error_code"]) for attempt in tries] == [
        (2, None, 11205),
        (1, None, 11205),
    ]


def test_an_unknown_behaviour_is_refused(sandbox: Stage) -> None:
    answer = sandbox.http.post("/sandbox/behaviour", json={"number": MAYA, "behaviour": "on fire"})
    assert answer.status_code == 422
