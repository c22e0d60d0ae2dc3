"""Connecting a Twilio account, testing it step by step, and choosing the company's numbers, against the sandbox."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import httpx2
import pytest
from sqlalchemy import select, update

from inbox.accounts.roles import Role
from inbox.errors import NotFound
from inbox.provisioning import company_numbers, credentials
from inbox.storage import tables
from providers.sandbox import SandboxAccount, SandboxNumber
from providers.sandbox.faults import FaultKind
from tests.messaging.scene import MAYA
from tests.messaging.twilio import Twilio
from tests.web.house import House, shown

pytestmark = pytest.mark.anyio

PAGE = "/settings/organisation/sms"
COMPANY = "/settings/company/sms"
OTHER_SID = "AC" + "0b" * 16


@pytest.fixture
async def admin(house: House) -> httpx2.AsyncClient:
    """A browser in which an admin is signed in."""
    await house.scene.tenant.execute(
        update(tables.users).where(tables.users.c.id == house.scene.jo.id).values(role=Role.ORGANISATION_ADMIN.value)
    )
    return await house.browser(house.scene.jo)


@pytest.fixture
async def twilio(house: House) -> AsyncIterator[Twilio]:
    """Twilio, which has the scene's account and number."""
    there = Twilio(house.scene)
    house.app.state.settings = replace(house.app.state.settings, twilio_api_url=f"http://127.0.0.1:{there.port}")
    await there.start()
    yield there
    await there.stop()


async def kept(house: House) -> credentials.ProviderAccount:
    return await credentials.first(house.scene.tenant, house.scene.vault)


async def test_a_first_account_is_connected_and_its_token_never_shown(house: House, admin: httpx2.AsyncClient) -> None:
    for table in (tables.company_numbers, tables.provider_accounts):
        await house.scene.tenant.execute(table.delete())
    assert "No Twilio account is connected yet." in shown(await admin.get(PAGE)).words
    fields = {"account_sid": f" {OTHER_SID} ", "auth_token": "s3cret-token-of-ours"}
    assert (await admin.post(f"{PAGE}/account", data=fields)).status_code == 303
    page = await admin.get(PAGE)
    assert "ends with ours." in shown(page).words
    assert "s3cret" not in page.text
    account = await kept(house)
    assert (account.account_sid, account.auth_token) == (OTHER_SID, "s3cret-token-of-ours")
    assert f"https://inbox.example.com{account.message_path}" in shown(page).words


@pytest.mark.parametrize(
    ("sid", "token", "words"),
    [
        ("SK" + "0" * 32, "x", "Account SID must start with AC"),
        ("AC123", "x", "Account SID must be 34 characters, this one has 5"),
        ("AC" + "<" * 32, "x", "Account SID must be AC and 32 digits or letters from a to f"),
        ("AC" + "xy" * 16, "x", "Account SID must be AC and 32 digits or letters from a to f"),
        (OTHER_SID, "", "Enter the auth token"),
        (OTHER_SID, "a b", "This is not an auth token."),
    ],
)
async def test_what_is_no_account_is_said_beside_the_field_and_changes_nothing(
    house: House, admin: httpx2.AsyncClient, sid: str, token: str, words: str
) -> None:
    before = await kept(house)
    page = await admin.post(f"{PAGE}/account", data={"account_sid": sid, "auth_token": token})
    assert words in shown(page, status=422).words
    assert shown(page, status=422).by_id("account_sid").attributes["value"] == sid  # type: ignore[union-attr]
    assert await kept(house) == before


async def test_a_new_token_takes_over_and_the_old_one_still_verifies_webhooks(
    house: House, admin: httpx2.AsyncClient
) -> None:
    before = await kept(house)
    fields = {"account_sid": before.account_sid, "auth_token": "another-token"}
    assert (await admin.post(f"{PAGE}/account", data=fields)).status_code == 303
    after = await kept(house)
    assert after.auth_tokens == ("another-token", before.auth_token)
    for token in after.auth_tokens:
        answer = await house.call(before.message_path, house.text("Hello"), token=token)
        assert answer.status_code == 200
    # An empty field leaves it.
    await admin.post(f"{PAGE}/account", data={"account_sid": before.account_sid, "auth_token": ""})
    assert await kept(house) == after


async def test_each_step_of_the_connection_is_tried_and_the_webhook_can_be_set(
    house: House, admin: httpx2.AsyncClient, twilio: Twilio
) -> None:
    page = shown(await admin.post(f"{PAGE}/test"))
    assert "Credentials works: Twilio accepted the details." in page.words
    assert "Number +61491570006 works: It belongs to this account." in page.words
    assert "Webhook of +61491570006 does not work: No webhook address is set on it." in page.words
    assert "Signature does not work: https://inbox.example.com" in page.words
    number = await company_numbers.first(house.scene.tenant)
    page = shown(await admin.post(f"{PAGE}/webhook", data={"number_id": number.id}))
    assert "Webhook of +61491570006 works: Texts to it are delivered here." in page.words
    ((owned,),) = [account.numbers.values() for account in twilio.sandbox.accounts]
    assert owned.sms_url == f"https://inbox.example.com{house.scene.account.message_path}"
    assert (await admin.post(f"{PAGE}/webhook", data={"number_id": "x"})).status_code == 404


async def test_a_round_trip_is_proven_by_the_texts_that_went_out_and_came_back(
    house: House, admin: httpx2.AsyncClient, twilio: Twilio
) -> None:
    words = shown(await admin.post(f"{PAGE}/test")).words
    assert "Round trip of +61491570006 was not tried yet: Text a phone of yours from it, and reply from there." in words
    message = await house.scene.reply(await house.scene.text_in(MAYA))
    await house.scene.report(message, "delivered", sid=await house.scene.accepted(message))
    words = shown(await admin.post(f"{PAGE}/test")).words
    assert "Round trip of +61491570006 works: A text from it was delivered, and one came in." in words


@pytest.mark.parametrize(
    "way", [{"recovered_at": datetime(2026, 1, 1, tzinfo=UTC)}, {"at": datetime(2020, 1, 1, tzinfo=UTC)}]
)
async def test_neither_history_nor_what_was_found_later_proves_a_round_trip(
    house: House, admin: httpx2.AsyncClient, twilio: Twilio, way: dict[str, datetime]
) -> None:
    scene = house.scene
    message = await scene.reply(await scene.text_in(MAYA))
    await scene.report(message, "delivered", sid=await scene.accepted(message))
    await scene.tenant.execute(update(tables.messages).where(tables.messages.c.direction == "in").values(way))
    assert "Round trip of +61491570006 was not tried yet" in shown(await admin.post(f"{PAGE}/test")).words


async def test_wrong_details_and_a_silent_twilio_are_said_in_words(
    house: House, admin: httpx2.AsyncClient, twilio: Twilio
) -> None:
    await admin.post(f"{PAGE}/account", data={"account_sid": OTHER_SID, "auth_token": "wrong"})
    words = shown(await admin.post(f"{PAGE}/test")).words
    assert "Credentials does not work:" in words
    assert "Number" not in words.partition("Credentials does not work:")[2].partition("Signature")[0]
    house.app.state.settings = replace(house.app.state.settings, twilio_api_url="http://127.0.0.1:9")
    assert "Twilio could not be reached" in shown(await admin.post(f"{PAGE}/test")).words


async def test_the_number_is_written_plainly_and_must_be_the_accounts(
    house: House, admin: httpx2.AsyncClient, twilio: Twilio
) -> None:
    scene = house.scene
    more = tuple(SandboxNumber(number, "Another", "") for number in ("+61491570008", "+61491570009"))
    twilio.sandbox.accounts.open(SandboxAccount(scene.account.account_sid, scene.account.auth_token, more))
    page = shown(await admin.post(COMPANY, data={"number": "0491 570 008"}), status=422)
    assert "Write it without spaces and signs: +61491570008" in page.words
    assert "Use +61491570008" in page.words
    assert "has letters in it" in shown(await admin.post(COMPANY, data={"number": "me"}), status=422).words
    page = shown(await admin.post(COMPANY, data={"number": "+61491570099"}), status=422)
    assert "Your Twilio account does not have this number." in page.words

    assert (await admin.post(COMPANY, data={"number": "+61491570008"})).status_code == 303
    assert (await admin.post("/settings/company/chatbot", data={"number": "+61491570009"})).status_code == 303
    assert (await company_numbers.first(house.scene.tenant)).number == "+61491570008"
    assert (await company_numbers.first(house.scene.tenant, "chatbot")).number == "+61491570009"
    assert (await admin.post("/settings/company/chatbot", data={"number": " "})).status_code == 303
    with pytest.raises(NotFound):
        await company_numbers.first(house.scene.tenant, "chatbot")
    assert (await admin.post("/settings/company/chatbot", data={"number": "+61491570009"})).status_code == 303
    page = shown(await admin.get(COMPANY))
    assert "Former numbers" in page.words
    assert "+61 491 570 006" in page.words
    page = shown(await admin.post("/settings/company/chatbot", data={"number": "+61491570008"}), status=422)
    assert "The messaging number and the chatbot number must differ." in page.words
    # A former number still takes texts, and can be the one again.
    await house.text_in("Hello")
    assert (await admin.post(COMPANY, data={"number": "+61491570006"})).status_code == 303
    assert (await company_numbers.first(house.scene.tenant)).number == "+61491570006"


async def test_a_twilio_that_cannot_be_asked_keeps_the_number_in_the_field(
    house: House, admin: httpx2.AsyncClient, twilio: Twilio
) -> None:
    twilio.wrong(FaultKind.ERROR, on="account")
    page = shown(await admin.post(COMPANY, data={"number": "+61491570008"}), status=422)
    assert "Twilio could not be asked whether this number is yours." in page.words
    assert page.by_id("messaging-number").attributes["value"] == "+61491570008"  # type: ignore[union-attr]


async def test_replies_take_a_conversation_or_do_not(house: House, admin: httpx2.AsyncClient) -> None:
    assert (await admin.post(f"{COMPANY}/rules", data={})).status_code == 303
    conversation = await house.scene.text_in(MAYA)
    await house.scene.reply(conversation)
    assert (await house.scene.row(conversation)).assignee_id is None
    await admin.post(f"{COMPANY}/rules", data={"claims_on_reply": "1"})
    await house.scene.reply(conversation)
    assert (await house.scene.row(conversation)).assignee_id == house.scene.jo.id


@pytest.mark.parametrize("role", [Role.RECRUITER, Role.REPORTER, Role.GUEST])
async def test_only_who_may_change_settings_does(house: House, admin: Any, role: Role) -> None:
    await house.scene.tenant.execute(
        update(tables.users).where(tables.users.c.id == house.scene.jo.id).values(role=role.value)
    )
    for path in (PAGE, COMPANY, "/settings/company/chatbot"):
        assert (await admin.get(path)).status_code == 403
    for path in (f"{PAGE}/account", f"{PAGE}/test", f"{PAGE}/webhook", COMPANY, f"{COMPANY}/rules"):
        assert (await admin.post(path, data={})).status_code == 403


async def test_settings_are_the_organisations_own(house: House, admin: httpx2.AsyncClient) -> None:
    other = await house.neighbour()
    assert (await admin.post(f"{PAGE}/webhook", data={"number_id": other.number.id})).status_code == 404
    await admin.post(f"{PAGE}/account", data={"account_sid": OTHER_SID, "auth_token": "ours"})
    theirs = await other.tenant.fetch_val(
        select(tables.provider_accounts.c.account_sid).where(
            tables.provider_accounts.c.organisation_id == other.tenant.organisation_id
        )
    )
    assert theirs == other.account.account_sid
