"""From a candidate's phone to every open inbox."""

from tests.journeys.installation import ANA, JO, Installation


def test_a_text_becomes_a_row_and_a_bubble_in_every_tab_that_shows_its_conversation(installation: Installation) -> None:
    number = installation.candidate()
    installation.text_in(number, "Is the job still open?")
    conversation = installation.conversation(number)
    in_thread = installation.screen(JO, f"/inbox/c/{conversation}?tab=shared")
    in_list = installation.screen(ANA, "/inbox?tab=shared")

    installation.text_in(number, "Hello? 👋")

    in_thread.until(lambda screen: screen.panes.texts == ["Is the job still open?", "Hello? 👋"])
    for screen in (in_thread, in_list):
        screen.until(lambda screen: screen.rows[conversation].text == "Hello? 👋")
        assert screen.rows[conversation].unread == 2
        assert screen.panes.listed[0].id == conversation
        assert screen.shows_what_a_fresh_page_shows()
    assert in_list.bubbles == {}


def test_the_first_text_of_a_stranger_opens_a_conversation_and_counts_as_unread(installation: Installation) -> None:
    screen = installation.screen(JO, "/inbox?tab=shared")
    before, number = int(screen.counts["shared"]), installation.candidate()

    installation.text_in(number, "Good morning")

    screen.until(lambda screen: screen.panes.listed[0].text == "Good morning")
    screen.until(lambda screen: int(screen.counts["shared"]) == before + 1)
    row = screen.panes.listed[0]
    assert row.name.replace(" ", "") == number
    assert row.unread == 1
    assert screen.shows_what_a_fresh_page_shows()


def test_a_thread_that_was_read_is_no_longer_unread_in_any_tab(installation: Installation) -> None:
    number = installation.candidate()
    installation.text_in(number, "Please call me back")
    conversation = installation.conversation(number)
    thread = installation.screen(JO, f"/inbox/c/{conversation}?tab=shared")
    colleague = installation.screen(ANA, "/inbox?tab=shared")
    before = int(colleague.counts["shared"])

    seen = thread.cursors["thread"].rpartition("-")[2]
    answer = installation.sign_in(JO).post(f"/inbox/c/{conversation}/read", data={"seen": seen})

    assert answer.status_code == 204
    colleague.until(lambda screen: screen.rows[conversation].unread == 0)
    colleague.until(lambda screen: screen.counts["shared"] == (str(before - 1) if before > 1 else ""))
