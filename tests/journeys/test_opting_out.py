"""STOP and START: the candidate decides whether anybody may text."""

from tests.journeys.elements import parse
from tests.journeys.installation import JO, Installation
from tests.journeys.screen import page
from tests.journeys.waiting import until


def test_stop_closes_the_composer_for_everybody_and_only_start_opens_it_again(installation: Installation) -> None:
    number = installation.candidate()
    installation.text_in(number, "Hello")
    conversation = installation.conversation(number)
    jo = installation.sign_in(JO)
    screen = installation.screen(JO, f"/inbox/c/{conversation}?tab=shared")

    installation.text_in(number, "Stop.")

    screen.until(lambda screen: screen.composer not in {"", "open"})
    screen.until(lambda screen: screen.rows[conversation].flags == "Opted out")
    (words,) = screen.panes.events.values()
    assert words == "This person opted out. Nobody here can text this number until This person sends START."
    composer = parse(jo.get(f"/inbox/c/{conversation}/composer").text).by_id("composer")
    assert composer is not None
    assert composer.tag == "div"
    assert "Nobody here can text this number until" in composer.words
    refused = installation.reply(jo, conversation, "But why?")
    assert refused.status_code == 422
    assert "opted out on" in parse(refused.text).words
    assert screen.shows_what_a_fresh_page_shows()

    installation.text_in(number, "START")

    screen.until(lambda screen: screen.composer == "open")
    screen.until(lambda screen: screen.rows[conversation].flags == "")
    assert page(jo, f"/inbox/c/{conversation}").by_id("body") is not None
    assert installation.reply(jo, conversation, "Welcome back").status_code == 200
    screen.until(lambda screen: "delivered" in {bubble.state for bubble in screen.bubbles.values()})
    assert "Welcome back" in [text["body"] for text in installation.sent_to(number)]


def test_what_twilio_knows_of_an_opt_out_closes_the_composer_too(installation: Installation) -> None:
    """21610: the candidate has texted STOP in a way that we were not told of."""
    number = installation.candidate()
    installation.text_in(number, "Hello")
    installation.fault("refuse", number, code=21610)
    conversation = installation.conversation(number)
    jo = installation.sign_in(JO)
    screen = installation.screen(JO, f"/inbox/c/{conversation}?tab=shared")

    assert installation.reply(jo, conversation, "Are you free?").status_code == 200

    screen.until(lambda screen: screen.composer not in {"", "open"})
    screen.until(lambda screen: "Opted out" in screen.rows[conversation].flags)
    (sent,) = [bubble for bubble in screen.bubbles.values() if bubble.direction == "out"]
    assert sent.failure == "This person opted out. 21610"
    assert installation.reply(jo, conversation, "Hello?").status_code == 422
    until(lambda: len(installation.asked_to_send(number)) == 1)
