"""GET Messages.json: order, pages and filters."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.providers.sandbox.stage import ACCOUNT_SID, AUTH_TOKEN, COMPANY, MAYA, TOM, Stage

PATH = f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json"
AUTH = (ACCOUNT_SID, AUTH_TOKEN)


def bodies(sandbox: Stage, **filters: object) -> list[str]:
    return [message.body for message in sandbox.twilio.messages.list(**filters)]


def test_the_list_is_newest_first_and_comes_to_an_end(slow_sandbox: Stage) -> None:
    for number in range(5):
        slow_sandbox.send(f"Text {number}")
    assert bodies(slow_sandbox, page_size=2) == ["Text 4", "Text 3", "Text 2", "Text 1", "Text 0"]


def test_a_page_is_described_as_twilio_does(slow_sandbox: Stage) -> None:
    for number in range(3):
        slow_sandbox.send(f"Text {number}")
    page = slow_sandbox.http.get(PATH, params={"PageSize": 2, "To": MAYA}, auth=AUTH).json()
    assert (page["page"], page["page_size"], page["start"], page["end"]) == (0, 2, 0, 1)
    assert page["previous_page_uri"] is None
    following = urlsplit(page["next_page_uri"])
    query = parse_qs(following.query)
    assert following.path == PATH
    assert (query["To"], query["PageSize"], query["Page"]) == ([MAYA], ["2"], ["1"])
    assert query["PageToken"][0].startswith("PA")


def test_pages_stay_in_place_while_texts_arrive(slow_sandbox: Stage) -> None:
    for number in range(4):
        slow_sandbox.send(f"Text {number}")
    first = slow_sandbox.twilio.messages.page(page_size=2)
    seen = [message.body for message in first]
    slow_sandbox.send("Text 4")
    second = first.next_page()
    seen += [message.body for message in second]
    assert seen == ["Text 3", "Text 2", "Text 1", "Text 0"]
    assert second.next_page() is None
    assert [message.body for message in second.previous_page()] == ["Text 3", "Text 2"]


def test_both_numbers_filter_the_list_and_its_further_pages(slow_sandbox: Stage) -> None:
    for number in range(3):
        slow_sandbox.send(f"To Maya {number}")
        slow_sandbox.send(f"To Tom {number}", to=TOM)
        slow_sandbox.text_in(f"From Maya {number}")
    assert bodies(slow_sandbox, to=MAYA, page_size=1) == ["To Maya 2", "To Maya 1", "To Maya 0"]
    assert bodies(slow_sandbox, from_=MAYA, page_size=2) == ["From Maya 2", "From Maya 1", "From Maya 0"]
    assert bodies(slow_sandbox, to=COMPANY, from_=MAYA, limit=1) == ["From Maya 2"]
    assert bodies(slow_sandbox, to=TOM, from_=MAYA) == []


def test_a_time_of_sending_filters_from_its_second_on(slow_sandbox: Stage) -> None:
    slow_sandbox.text_in("Hello")
    sent_at = slow_sandbox.twilio.messages.list(limit=1)[0].date_sent
    second = timedelta(seconds=1)
    assert bodies(slow_sandbox, date_sent_after=sent_at) == ["Hello"]
    assert bodies(slow_sandbox, date_sent_after=sent_at + second) == []
    assert bodies(slow_sandbox, date_sent_before=sent_at) == ["Hello"]
    assert bodies(slow_sandbox, date_sent_before=sent_at - second) == []
    assert bodies(slow_sandbox, date_sent_after=sent_at - second, date_sent_before=sent_at + second) == ["Hello"]


def test_a_day_of_sending_is_a_day_in_gmt(slow_sandbox: Stage) -> None:
    slow_sandbox.text_in("Hello")
    today = datetime.now(UTC).date()
    day = timedelta(days=1)

    def listed(**query: str) -> list[str]:
        answer = slow_sandbox.http.get(
            PATH, params={key.replace("_", ""): value for key, value in query.items()}, auth=AUTH
        )
        return [message["body"] for message in answer.json()["messages"]]

    assert listed(DateSent=str(today)) == ["Hello"]
    assert listed(DateSent=str(today - day)) == []
    for name, when, found in [
        (">", today, True),
        (">", today + day, False),
        ("<", today, True),
        ("<", today - day, False),
    ]:
        answer = slow_sandbox.http.get(PATH, params={f"DateSent{name}": str(when)}, auth=AUTH).json()
        assert bool(answer["messages"]) is found, (name, when)


def test_a_text_that_waits_has_no_time_of_sending_yet(slow_sandbox: Stage) -> None:
    slow_sandbox.send()
    assert bodies(slow_sandbox, date_sent_after=datetime(2020, 1, 1, tzinfo=UTC)) == []
    assert len(bodies(slow_sandbox)) == 1


@pytest.mark.parametrize("query", ["PageSize=x", "PageSize=0", "PageToken=nonsense", "DateSent=soon", "Page=-1"])
def test_nonsense_is_refused(slow_sandbox: Stage, query: str) -> None:
    answer = slow_sandbox.http.get(f"{PATH}?{query}", auth=AUTH)
    assert (answer.status_code, answer.json()["code"]) == (400, 20001)


def test_a_page_never_holds_more_than_a_thousand(slow_sandbox: Stage) -> None:
    answer = slow_sandbox.http.get(PATH, params={"PageSize": 5_000}, auth=AUTH).json()
    assert answer["page_size"] == 1_000


def test_texts_of_before_stand_behind_all_others_with_their_own_times(slow_sandbox: Stage) -> None:
    slow_sandbox.send("Now")
    texts = [
        {"from": MAYA, "to": COMPANY, "body": "Second", "at": "2024-03-01T09:30:00+11:00"},
        {"from": COMPANY, "to": MAYA, "body": "First", "at": "2024-02-01T09:30:00Z", "status": "undelivered"},
    ]
    assert slow_sandbox.http.post("/sandbox/past", json={"texts": texts}).json() == {"texts": 2}
    assert bodies(slow_sandbox, page_size=1) == ["Now", "Second", "First"]
    assert bodies(slow_sandbox, date_sent_before=datetime(2024, 2, 10, tzinfo=UTC)) == ["First"]
    first = slow_sandbox.twilio.messages.list(to=MAYA)[-1]
    assert (first.status, first.error_code, first.date_sent.isoformat()) == (
        "undelivered",
        30003,
        "2024-02-01T09:30:00+00:00",
    )
    assert slow_sandbox.app.calls == []
    too_new = {"from": MAYA, "to": COMPANY, "body": "Third", "at": "2024-06-01T00:00:00Z"}
    for wrong in (too_new, {"from": MAYA}, too_new | {"to": TOM, "at": "2020-01-01T00:00:00Z"}):
        assert slow_sandbox.http.post("/sandbox/past", json={"texts": [wrong]}).status_code == 422
