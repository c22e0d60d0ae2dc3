"""What Twilio keeps: single messages, whole lists page by page, and whether our details are good."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from providers.contract import DeliveryStatus, ListedSms, Media, NotReached, Refused, Throttled, Unconfirmed
from providers.twilio.client import TwilioClient, TwilioTransport
from tests.providers.twilio.calls import ACCOUNT
from tests.providers.twilio.wire import Wire, answers, hangs

pytestmark = pytest.mark.anyio

LIST = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"


def message(number: int = 1, **fields: Any) -> dict[str, Any]:
    return {
        "sid": f"SM{number:032x}",
        "account_sid": ACCOUNT,
        "direction": "inbound",
        "from": "+61491570156",
        "to": "+61491570006",
        "body": f"text {number}",
        "status": "received",
        "error_code": None,
        "num_segments": "1",
        "num_media": "0",
        "date_created": "Tue, 24 Nov 2026 03:00:00 +0000",
        "date_sent": "Tue, 24 Nov 2026 03:00:01 +0000",
        "date_updated": "Tue, 24 Nov 2026 03:00:02 +0000",
    } | fields


def page(messages: list[dict[str, Any]], following: str | None = None) -> dict[str, Any]:
    return {"messages": messages, "page": 0, "page_size": 100, "next_page_uri": following, "uri": LIST}


async def test_a_message_is_fetched_by_its_id(client: TwilioClient, wire: Wire) -> None:
    wire.plays(
        answers(
            200,
            message(7, direction="outbound-api", status="undelivered", error_code=30003, num_media="2"),
        )
    )
    assert await client.fetch(f"SM{7:032x}") == ListedSms(
        provider_message_id=f"SM{7:032x}",
        direction="outbound",
        sender="+61491570156",
        recipient="+61491570006",
        body="text 7",
        status=DeliveryStatus.UNDELIVERED,
        error_code=30003,
        segments=1,
        created_at=datetime(2026, 11, 24, 3, 0, 0, tzinfo=UTC),
        sent_at=datetime(2026, 11, 24, 3, 0, 1, tzinfo=UTC),
        media_count=2,
    )
    assert wire.requests[0].path == f"/2010-04-01/Accounts/{ACCOUNT}/Messages/SM{7:032x}.json"


@pytest.mark.parametrize("body", [{"code": 20404, "message": "not found", "status": 404}, ""])
async def test_a_message_that_the_account_does_not_have_is_refused(client: TwilioClient, wire: Wire, body: Any) -> None:
    wire.plays(answers(404, body))
    with pytest.raises(Refused) as refused:
        await client.fetch("SM404")
    assert refused.value.code == 20404


async def test_a_message_still_waiting_has_no_time_of_sending(client: TwilioClient, wire: Wire) -> None:
    wire.plays(answers(200, message(date_sent=None, status="queued", direction="outbound-api", **{"from": None})))
    sms = await client.fetch("SM1")
    assert (sms.sent_at, sms.status, sms.sender) == (None, DeliveryStatus.ACCEPTED, "")


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"body": "a\0b\ud83dc"}, {"body": "a\u2400b\ufffdc"}),
        ({"body": None}, {"body": ""}),
        ({"num_segments": None, "body": "a" * 161}, {"segments": 2}),
        ({"num_segments": "0"}, {"segments": 1}),
        ({"num_media": "some"}, {"media_count": 0}),
        ({"status": "teleported"}, {"status": DeliveryStatus.UNKNOWN}),
        ({"status": "receiving"}, {"status": DeliveryStatus.UNKNOWN}),
        ({"error_code": "30008"}, {"error_code": 30008}),
        ({"error_code": "?"}, {"error_code": None}),
        ({"date_created": None}, {"created_at": datetime(2026, 11, 24, 3, 0, 1, tzinfo=UTC)}),
    ],
)
async def test_strange_fields_of_a_kept_message_are_read_as_well_as_they_can(
    client: TwilioClient, wire: Wire, fields: dict[str, Any], expected: dict[str, Any]
) -> None:
    wire.plays(answers(200, message(**fields)))
    sms = await client.fetch("SM1")
    assert {name: getattr(sms, name) for name in expected} == expected


async def test_a_list_is_read_page_by_page_to_its_end(client: TwilioClient, wire: Wire) -> None:
    wire.plays(
        answers(200, page([message(1), message(2)], f"{LIST}?PageSize=100&Page=1&PageToken=PASM2")),
        answers(200, page([message(3)], f"{LIST}?PageSize=100&Page=2&PageToken=PASM3")),
        answers(200, page([])),
    )
    bodies = [sms.body async for sms in client.list_messages()]
    assert bodies == ["text 1", "text 2", "text 3"]
    assert [request.query.get("PageToken") for request in wire.requests] == [None, "PASM2", "PASM3"]
    assert {request.path for request in wire.requests} == {LIST}


async def test_a_list_asks_for_what_was_wanted_in_utc(client: TwilioClient, wire: Wire) -> None:
    wire.plays(answers(200, page([])))
    melbourne = timezone(timedelta(hours=11))
    wanted = client.list_messages(
        recipient="+61491570006",
        sender="+61491570156",
        sent_after=datetime(2026, 11, 24, 9, 30, 15, tzinfo=melbourne),
        sent_before=datetime(2026, 11, 25, 9, 30, 15, tzinfo=melbourne),
    )
    assert [sms async for sms in wanted] == []
    assert wire.requests[0].query == {
        "To": "+61491570006",
        "From": "+61491570156",
        "DateSent>": "2026-11-23T22:30:15Z",
        "DateSent<": "2026-11-24T22:30:15Z",
        "PageSize": "100",
    }


async def test_the_pictures_of_a_message_are_listed_with_the_addresses_that_a_webhook_would_tell(
    client: TwilioClient, wire: Wire
) -> None:
    path = f"/2010-04-01/Accounts/{ACCOUNT}/Messages/MM1/Media"
    kinds = ("image/jpeg", "image/png")
    items = [{"uri": f"{path}/ME{place}.json", "content_type": kind} for place, kind in enumerate(kinds)]
    wire.plays(answers(200, {"media_list": items, "next_page_uri": None}))
    assert await client.list_media("MM1") == (
        Media(f"https://api.twilio.com{path}/ME0", "image/jpeg"),
        Media(f"https://api.twilio.com{path}/ME1", "image/png"),
    )


@pytest.mark.parametrize(("limit", "page_size"), [(2, "2"), (100, "100"), (250, "100"), (None, "100")])
async def test_a_list_asks_for_no_larger_pages_than_it_needs(
    client: TwilioClient, wire: Wire, limit: int | None, page_size: str
) -> None:
    wire.plays(answers(200, page([])))
    assert [sms async for sms in client.list_messages(limit=limit)] == []
    assert wire.requests[0].query == {"PageSize": page_size}


async def test_a_list_stops_at_its_limit_without_asking_for_more(client: TwilioClient, wire: Wire) -> None:
    wire.plays(answers(200, page([message(number) for number in range(5)], f"{LIST}?Page=1")))
    assert len([sms async for sms in client.list_messages(limit=3)]) == 3
    assert len(wire.requests) == 1


async def test_a_reader_that_has_enough_asks_for_no_further_page(client: TwilioClient, wire: Wire) -> None:
    wire.plays(answers(200, page([message(1), message(2)], f"{LIST}?Page=1")))
    async for sms in client.list_messages():
        if sms.body == "text 2":
            break
    assert len(wire.requests) == 1


async def test_a_list_that_breaks_off_keeps_what_came_and_says_why(client: TwilioClient, wire: Wire) -> None:
    wire.plays(
        answers(200, page([message(1)], f"{LIST}?Page=1")),
        answers(429, {"code": 20429, "message": "Too many requests"}, {"Retry-After": "2"}),
    )
    listed = client.list_messages()
    assert (await anext(listed)).body == "text 1"
    with pytest.raises(Throttled) as throttled:
        await anext(listed)
    assert (throttled.value.code, throttled.value.retry_after) == (20429, 2.0)


@pytest.mark.parametrize(
    "body", ["", "[]", {"nothing": 1, "known": 2}, page([message(sid=None)]), page([{"sid": "SM1"}])]
)
async def test_a_list_that_cannot_be_read_is_unconfirmed(client: TwilioClient, wire: Wire, body: Any) -> None:
    wire.plays(answers(200, body))
    with pytest.raises(Unconfirmed):
        [sms async for sms in client.list_messages()]


async def test_a_list_without_an_answer_ends(client: TwilioClient, wire: Wire) -> None:
    wire.plays(hangs)
    with pytest.raises(Unconfirmed):
        [sms async for sms in client.list_messages()]


async def test_good_details_are_accepted(client: TwilioClient, wire: Wire) -> None:
    wire.plays(answers(200, {"sid": ACCOUNT, "status": "active", "type": "Full"}))
    await client.check_credentials()
    assert wire.requests[0].path == f"/2010-04-01/Accounts/{ACCOUNT}.json"
    assert wire.requests[0].credentials == f"{ACCOUNT}:the-auth-token"


async def test_wrong_details_are_refused(client: TwilioClient, wire: Wire) -> None:
    wire.plays(answers(401, {"code": 20003, "message": "Authenticate", "status": 401}))
    with pytest.raises(Refused) as refused:
        await client.check_credentials()
    assert refused.value.code == 20003


@pytest.mark.parametrize("status", ["suspended", "closed"])
async def test_an_account_that_twilio_has_shut_is_refused(client: TwilioClient, wire: Wire, status: str) -> None:
    wire.plays(answers(200, {"sid": ACCOUNT, "status": status}))
    with pytest.raises(Refused, match=status):
        await client.check_credentials()


async def test_details_are_not_judged_while_twilio_is_out_of_reach(anyio_backend: str) -> None:
    transport = TwilioTransport("http://no-such-host.invalid")
    with pytest.raises(NotReached):
        await TwilioClient(transport, ACCOUNT, "token").check_credentials()
    await transport.aclose()
