"""Twilio's two doors: only what Twilio signed comes in, and it is stored once."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import func, select, update

from inbox.messaging import messages
from inbox.storage import events, tables
from inbox.storage.columns import new_id
from providers.contract import DeliveryStatus
from tests.messaging.scene import MAYA, TOM, Scene
from tests.web.away import until
from tests.web.house import ORIGIN, House, sign

pytestmark = [pytest.mark.anyio, pytest.mark.both_databases]


async def how_many(house: House, table: object) -> int:
    return int(await house.scene.tenant.fetch_val(select(func.count()).select_from(table)))  # type: ignore[arg-type]


async def test_a_text_is_stored_before_it_is_answered_with_nothing_to_say(house: House) -> None:
    answer = await house.text_in("Is the job still open?")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/xml; charset=utf-8")
    assert answer.text == '<?xml version="1.0" encoding="UTF-8"?><Response />'
    conversation = await house.scene.conversation(MAYA)
    (message,) = (await messages.page(house.scene.tenant, conversation)).messages
    assert message.body == "Is the job still open?"


async def test_a_text_repeated_fifty_times_at_once_is_one_row_and_one_event(house: House) -> None:
    fields = house.text("Only once")
    answers = await asyncio.gather(*(house.call(house.scene.account.message_path, fields) for _ in range(50)))
    assert {answer.status_code for answer in answers} == {200}
    for table in (tables.messages, tables.conversations, tables.candidates, tables.events):
        assert await how_many(house, table) == 1
    assert (await events.head(house.scene.tenant)).seq == 1


async def test_two_hundred_texts_of_a_stranger_at_once_are_one_conversation_without_a_gap(house: House) -> None:
    async def text_in(place: int) -> int:
        return (await house.text_in(f"Text {place}")).status_code

    async def are_stored() -> bool:
        return await how_many(house, tables.messages) == 200

    assert set(await asyncio.gather(*(text_in(place) for place in range(200)))) == {200}
    await until(are_stored)  # what the database did not take within 3 s lay in the spool for a moment
    assert await how_many(house, tables.candidates) == await how_many(house, tables.conversations) == 1
    rows = await house.scene.tenant.fetch_all(select(tables.messages).order_by(tables.messages.c.seq))
    assert [row.seq for row in rows] == list(range(1, 201))
    assert {row.body for row in rows} == {f"Text {place}" for place in range(200)}
    row = await house.scene.row(await house.scene.conversation(MAYA))
    assert (row.unread, row.last_message_at) == (200, max(row.at for row in rows))


FORGERIES: dict[str, dict[str, Any]] = {
    "no signature": {"headers": {"X-Twilio-Signature": ""}},
    "a signature of nothing": {"headers": {"X-Twilio-Signature": "A" * 28}},
    "letters that are no signature": {"headers": {"X-Twilio-Signature": "ÄÖÜ".encode()}},
    "another account's token": {"token": "the token of somebody else"},
    "a changed value": {"fields": {"Body": "Send me money"}},
    "a trimmed value": {"signed": {"Body": "Hello "}},
    "a value more": {"fields": {"OptOutType": "STOP"}},
    "a value less": {"signed": {"OptOutType": "STOP"}},
    "a value twice": {"fields": {"Body ": "Hello"}},
    "another address": {"at": f"{ORIGIN}/hooks/twilio/other/message"},
    "the address in another scheme": {"at": "http://inbox.example.com{path}"},
    "another host": {"at": "https://evil.example{path}", "headers": {"Host": "evil.example"}},
    "another host told by a proxy": {
        "at": "https://evil.example{path}",
        "headers": {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https", "Forwarded": "host=evil.example"},
    },
    "the status address": {"at": ORIGIN + "{status}"},
    "a query more": {"query": "?x=1"},
}


async def test_what_twilio_did_not_sign_is_refused_and_stores_nothing(house: House) -> None:
    genuine, account = house.text(), house.scene.account
    for forgery, told in FORGERIES.items():
        at = told.get("at")
        answer = await house.call(
            account.message_path + told.get("query", ""),
            genuine | told.get("fields", {}),
            signed=genuine | told.get("signed", {}),
            token=told.get("token"),
            at=at.format(path=account.message_path, status=account.status_path)
            if at
            else ORIGIN + account.message_path,
            headers=told.get("headers"),
        )
        assert answer.status_code == 403, forgery
    for table in (tables.messages, tables.conversations, tables.candidates, tables.events):
        assert await how_many(house, table) == 0
    assert (await house.call(account.message_path, genuine)).status_code == 200


async def test_a_text_for_another_account_is_refused_though_it_is_signed(house: House) -> None:
    answer = await house.text_in(AccountSid="AC" + "f" * 32)
    assert answer.status_code == 403
    assert await how_many(house, tables.messages) == 0


async def test_one_organisations_text_does_not_come_in_by_anothers_door(house: House) -> None:
    other = await house.neighbour()
    fields = house.text()
    door = other.account.message_path
    assert (await house.call(door, fields, token=house.scene.account.auth_token)).status_code == 403
    assert (await house.call(door, fields, token=other.account.auth_token)).status_code == 403
    assert await how_many(house, tables.messages) == 0


async def test_an_address_nobody_has_is_not_there(house: House) -> None:
    for path in ("/hooks/twilio/guessed/message", "/hooks/twilio/guessed/status", "/hooks/twilio//message"):
        assert (await house.call(path, house.text())).status_code == 404


async def test_the_token_before_this_one_still_counts_during_a_rotation(house: House) -> None:
    scene = house.scene
    sealed = scene.vault.seal("the one before", bound_to=f"provider_accounts.auth_token:{scene.account.id}")
    await scene.tenant.execute(update(tables.provider_accounts).values(previous_auth_token=sealed))
    for token in ("the one before", scene.account.auth_token):
        assert (await house.call(scene.account.message_path, house.text(), token=token)).status_code == 200
    assert await how_many(house, tables.messages) == 2


async def test_the_signature_is_checked_against_our_address_whatever_the_request_names(house: House) -> None:
    """Behind a proxy the host and the scheme we see are not those that Twilio called."""
    for headers in ({"Host": "10.0.0.7:8000"}, {"X-Forwarded-Proto": "http"}, {"X-Original-URL": "/x"}):
        answer = await house.call(house.scene.account.message_path, house.text(), headers=headers)
        assert answer.status_code == 200


async def test_a_port_in_the_signed_address_does_not_matter(house: House) -> None:
    path = house.scene.account.message_path
    answer = await house.call(path, house.text(), at=f"https://inbox.example.com:443{path}")
    assert answer.status_code == 200


async def test_a_text_without_words_is_stored_and_one_without_a_sender_is_not(house: House) -> None:
    fields = house.text()
    del fields["Body"]
    assert (await house.call(house.scene.account.message_path, fields)).status_code == 200
    (message,) = (await messages.page(house.scene.tenant, await house.scene.conversation(MAYA))).messages
    assert message.body == ""
    for missing in ("From", "To", "MessageSid"):
        fields = house.text()
        del fields[missing]
        answer = await house.call(house.scene.account.message_path, fields)
        assert (answer.status_code, answer.text) == (400, f"The webhook call has no {missing}.")
    assert await how_many(house, tables.messages) == 1


async def test_odd_facts_about_a_text_do_not_keep_it_out(house: House) -> None:
    for changes in (
        {"NumSegments": "many"},
        {"NumSegments": "-1", "NumMedia": "x"},
        {"NumMedia": "2", "MediaUrl0": "https://api.twilio.com/a", "MediaUrl1": "https://api.twilio.com/b"},
        {"OptOutType": "DANCE"},
        {"FutureField": "x" * 5_000},
        {"From": "HARBOUR"},
        {"From": "32665"},
    ):
        assert (await house.text_in(**changes)).status_code == 200
    assert await how_many(house, tables.messages) == 7
    pictures = await house.scene.tenant.fetch_all(
        select(tables.messages.c.media_count).where(tables.messages.c.media_count > 0)
    )
    assert [row.media_count for row in pictures] == [2]


async def test_a_call_that_is_too_large_or_of_another_kind_is_refused(house: House) -> None:
    assert (await house.text_in("x" * 70_000)).status_code == 413
    browser = await house.browser()
    assert (await browser.get(house.scene.account.message_path)).status_code == 405
    for kind in ("application/json", "text/plain", "multipart/form-data; boundary=x"):
        answer = await browser.post(
            house.scene.account.message_path,
            content=b'{"Body": "Hello"}',
            headers={"Content-Type": kind, "X-Twilio-Signature": sign(ORIGIN, {}, "x")},
        )
        assert answer.status_code == 403
    assert await how_many(house, tables.messages) == 0


async def test_a_status_is_taken_by_our_own_id_in_the_signed_address(house: House) -> None:
    scene = house.scene
    message = await scene.reply(await scene.text_in())
    path = f"{scene.account.status_path}?m={message.id}"
    for word, code, status in (
        ("sent", "", DeliveryStatus.SENT),
        ("partially_delivered", "", DeliveryStatus.SENT),
        ("undelivered", "30006", DeliveryStatus.UNDELIVERED),
        ("sent", "", DeliveryStatus.UNDELIVERED),
        ("undelivered", "30006", DeliveryStatus.UNDELIVERED),
    ):
        answer = await house.call(path, _status(scene, "SMone", word, ErrorCode=code))
        assert (answer.status_code, answer.content) == (204, b"")
        found = await messages.find(scene.tenant, message.id)
        assert (found.status, found.provider_message_id) == (status, "SMone")
    assert found.error_code == 30006
    assert (await scene.row(message.conversation_id)).failed == 1
    assert await how_many(house, tables.message_status_log) == 5


async def test_statuses_of_many_texts_at_once_all_count(house: House) -> None:
    scene = house.scene
    conversations = [await scene.text_in(number) for number in (MAYA, TOM)]
    sent = [await scene.reply(conversations[place % 2], f"Text {place}") for place in range(20)]
    await asyncio.gather(
        *(
            house.call(f"{scene.account.status_path}?m={message.id}", _status(scene, f"SM{message.id}", word))
            for message in sent
            for word in ("sent", "delivered")
        )
    )
    for message in sent:
        assert (await messages.find(scene.tenant, message.id)).status is DeliveryStatus.DELIVERED


async def test_a_status_of_a_text_nobody_knows_is_answered_and_forgotten(house: House) -> None:
    for query in ("", "?m=", "?m=x", f"?m={new_id()}", "?m=%00", "?attempt=x", "?m=x&attempt=99999999999999999", "?x"):
        answer = await house.call(
            house.scene.account.status_path + query, _status(house.scene, "SMnobody", "delivered")
        )
        assert answer.status_code == 204, query
    assert await how_many(house, tables.message_status_log) == 0


async def test_a_status_of_another_organisations_text_changes_nothing_there(house: House) -> None:
    other = await house.neighbour()
    message = await other.reply(await other.text_in())
    sid = await other.accepted(message)
    for query in (f"?m={message.id}", ""):
        answer = await house.call(house.scene.account.status_path + query, _status(house.scene, sid, "failed"))
        assert answer.status_code == 204
    assert (await messages.find(other.tenant, message.id)).status is DeliveryStatus.ACCEPTED
    assert await how_many(house, tables.message_status_log) == 0


async def test_a_status_that_twilio_did_not_sign_is_refused(house: House) -> None:
    scene = house.scene
    message = await scene.reply(await scene.text_in(MAYA))
    victim = await scene.reply(await scene.text_in(TOM))
    genuine, fields = f"{scene.account.status_path}?m={message.id}", _status(scene, "SMone", "failed")
    elsewhere = fields | {"AccountSid": "AC" + "0" * 32}
    for path, told, token in (
        (f"{scene.account.status_path}?m={victim.id}", fields, None),
        (f"{genuine}&attempt=2", fields, None),
        (genuine, fields, "another token"),
        (genuine, elsewhere, None),
    ):
        answer = await house.call(path, told, at=ORIGIN + genuine, token=token)
        assert answer.status_code == 403, path
    for one in (message, victim):
        assert (await messages.find(scene.tenant, one.id)).status is DeliveryStatus.QUEUED


async def test_a_status_without_a_status_is_malformed(house: House) -> None:
    fields = _status(house.scene, "SMone", "sent")
    del fields["MessageStatus"]
    assert (await house.call(house.scene.account.status_path, fields)).status_code == 400


def _status(scene: Scene, sid: str, word: str, **more: str) -> dict[str, str]:
    """The form of a report."""
    fields = {
        "SmsSid": sid,
        "SmsStatus": word,
        "MessageStatus": word,
        "To": MAYA,
        "MessageSid": sid,
        "AccountSid": scene.account.account_sid,
        "From": scene.number.number,
        "ApiVersion": "2010-04-01",
    }
    return fields | {name: value for name, value in more.items() if value}
