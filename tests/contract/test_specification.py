"""Our client and our sandbox, with Twilio's own OpenAPI description standing between them as a judge.

Prism answers 4xx to a request and 5xx to an answer that breaks the description, so each of these tests would fail on
the first broken field.
"""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import httpx2
import pytest

from providers.contract import DeliveryStatus, ListedSms, OutgoingSms, Refused, Throttled, Unconfirmed
from providers.twilio.client import TwilioClient, TwilioTransport
from tests.clients import LOCAL
from tests.providers.sandbox.stage import ACCOUNT_SID, AUTH_TOKEN, COMPANY, MAYA, TOM, Stage

pytestmark = pytest.mark.anyio

MESSAGES = f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages"
ANA = "+61491570157"
AUTH = (ACCOUNT_SID, AUTH_TOKEN)


@pytest.fixture
async def client(prism: str) -> AsyncIterator[TwilioClient]:
    """Our client, whose way to the sandbox leads through Prism."""
    transport = TwilioTransport(prism)
    yield TwilioClient(transport, ACCOUNT_SID, AUTH_TOKEN)
    await transport.aclose()


def sms(sandbox: Stage, body: str, recipient: str = MAYA) -> OutgoingSms:
    return OutgoingSms("m-1", COMPANY, recipient, body, f"{sandbox.status_url}?m=m-1")


async def listed(client: TwilioClient, **filters: object) -> list[ListedSms]:
    return [message async for message in client.list_messages(**filters)]  # type: ignore[arg-type]


async def test_sending_and_fetching_keep_to_the_specification(client: TwilioClient, sandbox: Stage) -> None:
    accepted = await client.send(sms(sandbox, "Hallo Maya 👋 – passt’s am Donnerstag?"))
    assert accepted.status is DeliveryStatus.ACCEPTED
    fetched = await client.fetch(accepted.provider_message_id)
    assert fetched.recipient == MAYA
    sandbox.app.wait_for(lambda: "delivered" in sandbox.app.statuses())
    assert (await client.fetch(accepted.provider_message_id)).status is DeliveryStatus.DELIVERED


async def test_a_failed_text_keeps_to_the_specification(client: TwilioClient, sandbox: Stage) -> None:
    accepted = await client.send(sms(sandbox, "Hello?", "+61491570159"))
    sandbox.app.wait_for(lambda: "undelivered" in sandbox.app.statuses())
    assert (await client.fetch(accepted.provider_message_id)).error_code == 30006


async def test_pages_keep_to_the_specification(client: TwilioClient, sandbox: Stage) -> None:
    for number in range(150):
        sandbox.send(f"Text {number}", to=TOM)
    sandbox.text_in("A reply", **{"from": TOM})
    bodies = [message.body for message in await listed(client, recipient=TOM)]
    assert bodies == [f"Text {number}" for number in range(149, -1, -1)]
    an_hour_ago = datetime.now(UTC) - timedelta(hours=1)
    replies = await listed(client, recipient=COMPANY, sender=TOM, sent_after=an_hour_ago)
    assert [message.body for message in replies] == ["A reply"]
    assert await listed(client, recipient=TOM, sent_after=datetime.now(UTC) + timedelta(days=1)) == []


async def test_the_account_keeps_to_the_specification(client: TwilioClient, prism: str, sandbox: Stage) -> None:
    await client.check_credentials()
    async with httpx2.AsyncClient(base_url=prism, auth=AUTH, **LOCAL) as http:
        account = f"/2010-04-01/Accounts/{ACCOUNT_SID}"
        numbers = await http.get(f"{account}/IncomingPhoneNumbers.json")
        balance = await http.get(f"{account}/Balance.json")
        url = sandbox.sandbox.accounts.numbers()[0].sms_url
        sid = numbers.json()["incoming_phone_numbers"][0]["sid"]
        changed = await http.post(f"{account}/IncomingPhoneNumbers/{sid}.json", data={"SmsUrl": url})
    for answer in (numbers, balance, changed):
        assert answer.status_code == 200, answer.text
        assert "sl-violations" not in answer.headers


async def test_pictures_keep_to_the_specification(prism: str, sandbox: Stage) -> None:
    urls = ["https://files.example/1.jpg", "https://files.example/2.jpg"]
    form = {"To": MAYA, "From": COMPANY, "Body": "Map", "MediaUrl": urls}
    async with httpx2.AsyncClient(base_url=prism, auth=AUTH, **LOCAL) as http:
        created = await http.post(f"{MESSAGES}.json", data=form)
        assert created.status_code == 201, created.text
        media = await http.get(f"{MESSAGES}/{created.json()['sid']}/Media.json")
    assert len(media.json()["media_list"]) == 2


async def test_changing_and_deleting_keep_to_the_specification(prism: str, sandbox: Stage) -> None:
    sandbox.behave(ANA, "waits")
    waiting = sandbox.send(to=ANA)
    arrived = sandbox.text_in("Hello")["sid"]
    async with httpx2.AsyncClient(base_url=prism, auth=AUTH, **LOCAL) as http:
        canceled = await http.post(f"{MESSAGES}/{waiting.sid}.json", data={"Status": "canceled"})
        redacted = await http.post(f"{MESSAGES}/{arrived}.json", data={"Body": ""})
        deleted = await http.delete(f"{MESSAGES}/{arrived}.json")
    assert (canceled.status_code, canceled.json()["status"]) == (200, "canceled")
    assert (redacted.status_code, redacted.json()["body"]) == (200, "")
    assert deleted.status_code == 204


async def test_refusals_reach_our_client_as_they_are(client: TwilioClient, sandbox: Stage) -> None:
    with pytest.raises(Refused) as unknown:
        await client.fetch("SM" + "0" * 32)
    assert unknown.value.code == 20404
    with pytest.raises(Refused) as no_number:
        await client.send(sms(sandbox, "Hello", "+15005550001"))
    assert no_number.value.code == 21211
    sandbox.fault("throttle", retry_after=2, times=1)
    with pytest.raises(Throttled) as throttled:
        await client.send(sms(sandbox, "Hello"))
    assert throttled.value.retry_after == 2
    sandbox.fault("error_after_accept", times=1)
    with pytest.raises(Unconfirmed):
        await client.send(sms(sandbox, "Hello"))


@pytest.mark.parametrize(
    ("method", "path", "form"),
    [
        ("POST", f"{MESSAGES}/{'SM' + '0' * 32}.json", {"Status": "delivered"}),
        ("GET", f"{MESSAGES}/SM123.json", None),
        ("GET", f"{MESSAGES}.json?PageSize=5000", None),
        ("POST", f"{MESSAGES}.json", {"To": MAYA, "From": COMPANY, "Body": "x", "ValidityPeriod": "soon"}),
        ("POST", f"{MESSAGES}.json", {"From": COMPANY, "Body": "x"}),
    ],
)
async def test_the_judge_refuses_a_wrong_request(
    prism: str, method: str, path: str, form: dict[str, str] | None
) -> None:
    async with httpx2.AsyncClient(base_url=prism, auth=AUTH, **LOCAL) as http:
        answer = await http.request(method, path, data=form)
    assert answer.status_code == 422, answer.text
    assert "code" not in answer.json()


async def test_the_judge_refuses_a_wrong_answer(prism: str, sandbox: Stage) -> None:
    sid = sandbox.text_in("Hello")["sid"]
    kept = sandbox.sandbox.messages.get(sid)
    assert kept is not None
    kept.error_code = "30006"  # type: ignore[assignment]
    async with httpx2.AsyncClient(base_url=prism, auth=AUTH, **LOCAL) as http:
        answer = await http.get(f"{MESSAGES}/{sid}.json")
    assert answer.status_code == 500
    assert "error_code" in answer.text
