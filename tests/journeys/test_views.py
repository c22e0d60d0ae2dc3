"""Each tab and each choice of days stays what it says, text by text, without a reload."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from tests.journeys.installation import ANA, JO, Installation

OFFICE = ZoneInfo("Australia/Melbourne")
AMIR = "+61491570737"


def days_ago(days: int) -> str:
    """A day of the organisation's calendar."""
    return (datetime.now(OFFICE).date() - timedelta(days=days)).isoformat()


def claimed(installation: Installation, who: str) -> tuple[str, str]:
    """Number and conversation of a candidate whom this user has answered."""
    number = installation.candidate()
    installation.text_in(number, "Hello")
    conversation = installation.conversation(number)
    assert installation.reply(installation.sign_in(who), conversation, "Hi").status_code == 200
    return number, conversation


def test_a_text_to_nobodys_conversation_shows_in_shared_and_never_in_mine(installation: Installation) -> None:
    mine, stranger = claimed(installation, JO), installation.candidate()
    in_mine, in_shared = installation.screen(JO, "/inbox"), installation.screen(JO, "/inbox?tab=shared")

    installation.text_in(stranger, "I am new here")
    installation.text_in(mine[0], "I am not")

    in_shared.until(lambda screen: {"I am new here", "I am not"} <= {row.text for row in screen.rows.values()})
    in_mine.until(lambda screen: screen.rows[mine[1]].text == "I am not")
    strange = installation.conversation(stranger)
    assert strange in in_shared.rows
    assert not any(strange in frame for frame in in_mine.slots("list"))
    for screen in (in_mine, in_shared):
        assert screen.shows_what_a_fresh_page_shows()


def test_a_conversation_moves_into_mine_of_the_one_who_answers_it(installation: Installation) -> None:
    anas, number = claimed(installation, ANA), installation.candidate()
    installation.text_in(number, "Anybody there?")
    conversation = installation.conversation(number)
    jo, ana = installation.screen(JO, "/inbox"), installation.screen(ANA, "/inbox")
    today = installation.screen(JO, "/inbox?range=today")
    assert conversation not in jo.rows

    assert installation.reply(installation.sign_in(JO), conversation, "Yes, me").status_code == 200
    installation.text_in(anas[0], "Something else")

    for screen in (jo, today):
        screen.until(lambda screen: conversation in screen.rows)
        assert screen.rows[conversation].text == "Jo: Yes, me"
        assert screen.shows_what_a_fresh_page_shows()
    ana.until(lambda screen: screen.rows[anas[1]].text == "Something else")
    assert conversation not in ana.rows
    assert ana.shows_what_a_fresh_page_shows()


def test_days_that_are_over_gain_no_conversation_by_new_texts(installation: Installation) -> None:
    past = installation.screen(JO, f"/inbox?tab=shared&range=custom&from={days_ago(6)}&to={days_ago(2)}")
    today = installation.screen(JO, "/inbox?tab=shared&range=today")
    before, number = past.panes.listed, installation.candidate()
    assert before

    installation.text_in(number, "New today")

    today.until(lambda screen: "New today" in {row.text for row in screen.rows.values()})
    past.until(lambda screen: bool(screen.slots("list")))
    assert past.panes.listed == before
    for screen in (past, today):
        assert screen.shows_what_a_fresh_page_shows()


def test_a_conversation_of_days_that_are_over_shows_its_newest_text_there(installation: Installation) -> None:
    past = installation.screen(JO, f"/inbox?tab=shared&range=custom&from={days_ago(6)}&to={days_ago(2)}")
    amir = next(row.id for row in past.panes.listed if row.name == "Amir Haddad")

    installation.text_in(AMIR, "Good morning again")

    past.until(lambda screen: screen.rows[amir].text == "Good morning again")
    assert past.panes.listed[0].id == amir
    assert past.shows_what_a_fresh_page_shows()


def test_the_unread_view_lets_go_of_what_was_answered(installation: Installation) -> None:
    number = installation.candidate()
    installation.text_in(number, "Question")
    conversation = installation.conversation(number)
    unread = installation.screen(ANA, "/inbox?tab=shared&unread=1")
    assert conversation in unread.rows

    installation.reply(installation.sign_in(JO), conversation, "Answer")

    unread.until(lambda screen: conversation not in screen.rows)
    assert unread.shows_what_a_fresh_page_shows()


def test_a_search_is_told_to_look_again(installation: Installation) -> None:
    number = installation.candidate()
    screen = installation.screen(JO, f"/inbox?tab=shared&q={number.removeprefix('+')}")
    assert screen.panes.listed == []

    installation.text_in(number, "Found?")

    screen.until(lambda screen: {"t": "refetch", "slot": "list"} in screen.signals)
    assert [row.text for row in screen.fresh().listed] == ["Found?"]
