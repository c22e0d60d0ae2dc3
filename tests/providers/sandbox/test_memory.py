"""The sandbox forgets the oldest and stays quick to ask."""

import pytest

from providers.sandbox import NoSuchNumber, Sandbox, SandboxAccount, SandboxNumber
from providers.sandbox.message import Message, Status
from providers.sandbox.messages import Messages
from tests.providers.sandbox.stage import ACCOUNT_SID, AUTH_TOKEN, COMPANY, MAYA, TOM, Host, Stage, stage


def add(messages: Messages, body: str, recipient: str = MAYA) -> Message:
    return messages.add(
        account_sid=ACCOUNT_SID,
        sender=COMPANY,
        recipient=recipient,
        body=body,
        segments=1,
        direction="outbound-api",
        status=Status.QUEUED,
    )


def bodies(messages: Messages, **filters: str) -> list[str]:
    return [message.body for message in messages.newest_first(ACCOUNT_SID, **filters)]


def test_the_oldest_messages_are_forgotten_everywhere() -> None:
    messages = Messages(most=3)
    first = add(messages, "0", recipient=TOM)
    for number in range(1, 5):
        add(messages, str(number))
    assert len(messages) == 3
    assert messages.get(first.sid) is None
    assert bodies(messages) == ["4", "3", "2"]
    assert bodies(messages, recipient=TOM) == []
    assert bodies(messages, recipient=MAYA) == ["4", "3", "2"]
    assert [message.body for message in messages.with_candidate(MAYA, 2)] == ["3", "4"]
    assert messages.with_candidate(TOM, 2) == []


def test_a_place_in_the_list_outlives_what_was_forgotten() -> None:
    messages = Messages(most=50)
    kept = [add(messages, str(number)) for number in range(120)]
    older = messages.newest_first(ACCOUNT_SID, before=kept[90].seq)
    assert [message.body for message in older] == [str(number) for number in range(89, 69, -1)]
    newer = messages.oldest_first(ACCOUNT_SID, after=kept[110].seq)
    assert [message.body for message in newer] == [str(number) for number in range(111, 120)]


def test_a_deleted_message_is_in_no_list() -> None:
    messages = Messages(most=3)
    gone = add(messages, "gone")
    add(messages, "kept")
    messages.delete(gone)
    assert bodies(messages) == ["kept"]
    assert [message.body for message in messages] == ["kept"]
    assert len(messages) == 1


def test_a_running_sandbox_keeps_to_its_bound(host: Host) -> None:
    with stage(host, most_messages=4) as running:
        for number in range(6):
            running.send(f"Text {number}")
        assert [message["body"] for message in running.seen()] == ["Text 2", "Text 3", "Text 4", "Text 5"]
        assert running.http.get("/sandbox/messages", params={"limit": 1}).json()["total"] == 4
        assert len(running.seen(limit=1)) == 1


def test_a_large_run_can_be_counted_without_listing_it(slow_sandbox: Stage) -> None:
    slow_sandbox.send("Once")
    for _time in range(3):
        slow_sandbox.send("Too often", to=TOM)
    slow_sandbox.text_in("Hello")
    assert slow_sandbox.http.get("/sandbox/summary").json() == {
        "inbound": 1,
        "outbound": 4,
        "statuses": {"queued": 4},
        "recipients": 2,
        "doubles": 2,
    }


def test_a_number_belongs_to_one_account() -> None:
    number = SandboxNumber(COMPANY, "Messaging number", "")
    sandbox = Sandbox(SandboxAccount(ACCOUNT_SID, AUTH_TOKEN, (number,)))
    with pytest.raises(ValueError, match="belongs to another account"):
        sandbox.open_account(SandboxAccount("AC" + "0" * 32, "other", (number,)))


def test_a_webhook_can_be_set_from_code_only_for_a_number_that_is_ours() -> None:
    sandbox = Sandbox(SandboxAccount(ACCOUNT_SID, AUTH_TOKEN, (SandboxNumber(COMPANY, "Messaging number", ""),)))
    sandbox.set_webhook(COMPANY, "https://inbox.example/hook")
    owned = sandbox.accounts.number(COMPANY)
    assert owned is not None
    assert owned.sms_url == "https://inbox.example/hook"
    with pytest.raises(NoSuchNumber):
        sandbox.set_webhook(MAYA, "https://inbox.example/hook")
