"""Faults on demand: what the caller sees, what the sandbox kept, and what the app is told."""

import base64
import fcntl
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx2
import pytest
from twilio.base.exceptions import TwilioRestException

from tests.providers.sandbox.stage import ACCOUNT_SID, AUTH_TOKEN, COMPANY, MAYA, TOM, Stage

PATH = f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json"
AUTH = (ACCOUNT_SID, AUTH_TOKEN)
FORM = {"To": MAYA, "From": COMPANY, "Body": "Hello"}


def post(sandbox: Stage, seconds: float = 5, **form: str) -> httpx2.Response:
    return sandbox.http.post(PATH, data=FORM | form, auth=AUTH, timeout=seconds)


def outcomes(sandbox: Stage) -> list[str]:
    return [request["outcome"] for request in sandbox.http.get("/sandbox/requests").json()["requests"]]


def test_a_refusal_has_the_code_that_was_asked_for(slow_sandbox: Stage) -> None:
    slow_sandbox.fault("refuse", code=21614, times=1)
    with pytest.raises(TwilioRestException) as refused:
        slow_sandbox.send()
    assert (refused.value.status, refused.value.code) == (400, 21614)
    assert slow_sandbox.send().status == "queued"
    assert outcomes(slow_sandbox) == ["refused 21614", "accepted"]
    assert len(slow_sandbox.seen()) == 1


def test_throttling_says_when_to_come_back_and_takes_nothing(slow_sandbox: Stage) -> None:
    slow_sandbox.fault("throttle", retry_after=1.5, times=2)
    for _try in range(2):
        answer = post(slow_sandbox)
        assert (answer.status_code, answer.json()["code"]) == (429, 20429)
        assert answer.headers["Retry-After"] == "1.5"
    assert post(slow_sandbox).status_code == 201
    assert len(slow_sandbox.seen()) == 1


def test_an_error_before_acceptance_takes_nothing(slow_sandbox: Stage) -> None:
    slow_sandbox.fault("error", times=1)
    answer = post(slow_sandbox)
    assert (answer.status_code, answer.json()["code"]) == (500, 20500)
    assert slow_sandbox.seen() == []


def test_an_error_after_acceptance_has_taken_the_text(sandbox: Stage) -> None:
    sandbox.fault("error_after_accept", status=503, code=20503, times=1)
    answer = post(sandbox, StatusCallback=sandbox.status_url)
    assert (answer.status_code, answer.json()["code"]) == (503, 20503)
    sandbox.app.wait_for(lambda: sandbox.app.statuses() == ["sent", "delivered"])
    assert len(sandbox.seen()) == 1


def test_a_hanging_answer_has_taken_the_text(sandbox: Stage) -> None:
    sandbox.fault("hang_after_accept", seconds=20, times=1)
    with pytest.raises(httpx2.ReadTimeout):
        post(sandbox, seconds=0.2, StatusCallback=sandbox.status_url)
    sandbox.app.wait_for(lambda: sandbox.app.statuses() == ["sent", "delivered"])
    assert outcomes(sandbox) == ["hang_after_accept"]


@pytest.mark.parametrize(("kind", "kept"), [("reset", 0), ("reset_after_accept", 1)])
def test_a_reset_connection_gives_no_answer_at_all(slow_sandbox: Stage, kind: str, kept: int) -> None:
    slow_sandbox.fault(kind, times=1)
    with pytest.raises((httpx2.ReadError, httpx2.RemoteProtocolError)):
        post(slow_sandbox)
    assert len(slow_sandbox.seen()) == kept
    assert outcomes(slow_sandbox) == [kind]
    assert post(slow_sandbox).status_code == 201


def test_a_reset_lets_go_of_no_file_that_the_process_has_locked(slow_sandbox: Stage, tmp_path: Path) -> None:
    lock = "import fcntl, sys; fcntl.lockf(open(sys.argv[1], 'a'), fcntl.LOCK_EX | fcntl.LOCK_NB)"
    with (tmp_path / "inbox.db").open("w") as file:
        fcntl.lockf(file, fcntl.LOCK_EX)
        slow_sandbox.fault("reset", times=1)
        with pytest.raises((httpx2.ReadError, httpx2.RemoteProtocolError)):
            post(slow_sandbox)

        other = subprocess.run([sys.executable, "-c", lock, file.name], capture_output=True, text=True, check=False)

    assert other.stderr.splitlines()[-1].startswith("BlockingIOError")


def test_a_delay_comes_before_acceptance(slow_sandbox: Stage) -> None:
    slow_sandbox.fault("delay", seconds=0.2, times=1)
    before = time.monotonic()
    assert post(slow_sandbox).status_code == 201
    assert time.monotonic() - before >= 0.2


def test_a_hidden_text_is_missing_from_the_list_but_can_be_fetched(slow_sandbox: Stage) -> None:
    slow_sandbox.fault("hide_from_list", seconds=0.3, times=1)
    hidden = slow_sandbox.send("Hidden for a moment")
    slow_sandbox.send("In sight")
    assert [message.body for message in slow_sandbox.twilio.messages.list(limit=5)] == ["In sight"]
    assert slow_sandbox.twilio.messages(hidden.sid).fetch().body == "Hidden for a moment"
    deadline = time.monotonic() + 5
    while len(slow_sandbox.twilio.messages.list(limit=5)) < 2:
        assert time.monotonic() < deadline, "still hidden"


def test_an_incoming_text_can_be_hidden_too(slow_sandbox: Stage) -> None:
    slow_sandbox.fault("hide_from_list", seconds=60)
    slow_sandbox.text_in("Hello")
    assert slow_sandbox.twilio.messages.list(limit=5) == []


def test_dropped_callbacks_never_come(sandbox: Stage) -> None:
    sandbox.fault("drop_callbacks", times=1)
    sandbox.send(status_callback=sandbox.status_url)
    sandbox.app.wait_for(lambda: sandbox.app.statuses() == ["delivered"])


def test_duplicate_callbacks_come_twice(sandbox: Stage) -> None:
    sandbox.fault("duplicate_callbacks")
    sandbox.send(status_callback=sandbox.status_url)
    sandbox.app.wait_for(lambda: sandbox.app.statuses() == ["sent", "sent", "delivered", "delivered"])


def test_reordered_callbacks_come_the_wrong_way_round(sandbox: Stage) -> None:
    sandbox.fault("reorder_callbacks", times=1)
    sandbox.send(status_callback=sandbox.status_url)
    sandbox.app.wait_for(lambda: sandbox.app.statuses() == ["delivered", "sent"])


def test_a_fault_meets_only_what_it_matches(slow_sandbox: Stage) -> None:
    slow_sandbox.fault("refuse", code=21614, match={"to": TOM, "body": "Thursday"})
    assert slow_sandbox.send("On Thursday").status == "queued"
    assert slow_sandbox.send("On Friday", to=TOM).status == "queued"
    with pytest.raises(TwilioRestException):
        slow_sandbox.send("On Thursday", to=TOM)


@pytest.mark.parametrize("on", ["list", "any"])
def test_a_fault_can_meet_the_list(slow_sandbox: Stage, on: str) -> None:
    slow_sandbox.fault("error", on=on, times=1)
    assert slow_sandbox.http.get(PATH, auth=AUTH).status_code == 500
    assert slow_sandbox.http.get(PATH, auth=AUTH).status_code == 200


def test_a_fault_can_meet_a_fetch_and_the_account(slow_sandbox: Stage) -> None:
    message = slow_sandbox.send()
    slow_sandbox.fault("throttle", on="fetch")
    slow_sandbox.fault("refuse", on="account", code=20003, status=401)
    with pytest.raises(TwilioRestException) as throttled:
        slow_sandbox.twilio.messages(message.sid).fetch()
    with pytest.raises(TwilioRestException) as refused:
        slow_sandbox.twilio.api.v2010.accounts(ACCOUNT_SID).fetch()
    assert (throttled.value.status, refused.value.status) == (429, 401)
    assert slow_sandbox.send().status == "queued"


def test_faults_are_listed_and_cleared(slow_sandbox: Stage) -> None:
    slow_sandbox.fault("error")
    listed = slow_sandbox.http.get("/sandbox/faults").json()["faults"]
    assert [(fault["kind"], fault["times"]) for fault in listed] == [("error", None)]
    assert slow_sandbox.http.delete("/sandbox/faults").status_code == 204
    assert post(slow_sandbox).status_code == 201


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"kind": "explode"},
        {"kind": "error", "on": "sundays"},
        {"kind": "error", "match": {"from": MAYA}},
        {"kind": "error", "match": "Maya"},
        {"kind": "error", "time": 1},
        {"kind": "delay", "seconds": "long"},
    ],
)
def test_a_fault_that_makes_no_sense_is_refused_with_a_sentence(slow_sandbox: Stage, wrong: dict[str, Any]) -> None:
    answer = slow_sandbox.http.post("/sandbox/faults", json=wrong)
    assert answer.status_code == 422
    assert answer.json()["error"].endswith(".")


def test_a_caller_that_dies_in_the_middle_of_its_request_is_no_fault_of_ours(
    slow_sandbox: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    address = slow_sandbox.http.base_url
    credentials = base64.b64encode(":".join(AUTH).encode()).decode()
    half = f"POST {PATH} HTTP/1.1\r\nHost: x\r\nAuthorization: Basic {credentials}\r\nContent-Length: 99\r\n\r\nTo="
    for _ in range(20):
        with socket.create_connection((address.host, address.port)) as line:
            line.sendall(half.encode())
    for _ in range(3):
        assert post(slow_sandbox).status_code == 201
    assert [record.message for record in caplog.records if record.exc_info] == []
    assert len(slow_sandbox.seen()) == 3
