"""The dialogue asks each question once, goes back and on again, and always comes to an end."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inbox.automation import chatbot_dialogue, chatbot_scripts, chatbot_words
from inbox.automation.chatbot_dialogue import Dialogue, Heard, Turn
from tests.automation.chatbot import SCRIPT

TODAY = date(2026, 11, 27)
GOOD = {"yes_no": "Yes", "text": "Maya Chen", "choice": "2", "date": "5 March", "email": "maya@example.com"}
BAD = {"yes_no": "perhaps", "text": "", "choice": "7", "date": "soon", "email": "none"}
TEXTS = st.lists(
    st.sampled_from(["good", "good", "good", "bad", "back", "help", "start over", "no", "person"]), max_size=80
)


def hear(dialogue: Dialogue, text: str, *, month_first: bool = False) -> Turn:
    return chatbot_dialogue.hear(SCRIPT, dialogue, Heard(text, "2026-11-27T09:00:00+00:00", TODAY, month_first))


def good(dialogue: Dialogue) -> str:
    return GOOD[chatbot_dialogue.question_of(SCRIPT, dialogue).kind]


def values(dialogue: Dialogue) -> list[str]:
    return [answer.value for answer in dialogue.answers]


def test_the_questions_are_asked_one_after_the_other_up_to_the_goodbye() -> None:
    turn = chatbot_dialogue.begin(SCRIPT, ())
    heard = [turn.say]
    while turn.end is None:
        turn = hear(turn.dialogue, good(turn.dialogue))
        heard.append(turn.say)
    assert heard == [
        "Welcome!\n\nMay we keep your answers? (YES or NO)",
        "What is your name?",
        "What do you do?\n1 Nurse\n2 Carer\n3 Something else",
        "When could you start?",
        "What is your e-mail?",
        "Goodbye!",
    ]
    assert turn.end == "done"
    assert values(turn.dialogue) == ["Yes", "Maya Chen", "Carer", "2027-03-05", "maya@example.com"]


def test_what_is_known_is_not_asked() -> None:
    turn = chatbot_dialogue.begin(SCRIPT, ["name", "email"])
    assert hear(turn.dialogue, "yes").say.startswith("What do you do?")
    all_known = replace(SCRIPT, consent="", questions=SCRIPT.questions[:1])
    turn = chatbot_dialogue.begin(all_known, ["name"])
    assert (turn.end, turn.say) == ("done", "Welcome!\n\nGoodbye!")


def test_an_answer_that_is_none_is_asked_for_again_and_then_a_person_takes_over() -> None:
    turn = chatbot_dialogue.begin(SCRIPT, ())
    turn = hear(turn.dialogue, "perhaps")
    assert turn.say == "Please text YES or NO.\n\nMay we keep your answers? (YES or NO)"
    turn = hear(turn.dialogue, "what?")
    assert (turn.end, turn.say) == ("handed", "A person comes.")
    assert turn.reason == "no answer to “May we keep your answers?” was understood"


@pytest.mark.parametrize(
    ("text", "end", "say", "reason"),
    [
        ("Can I talk to a person please", "handed", "A person comes.", "they asked for a person"),
        ("Please stop texting me", "handed", "", "they asked not to be texted"),
        ("don’t contact me again", "handed", "", "they asked not to be texted"),
        ("No thanks", "declined", "Nothing is kept.", "they did not agree"),
    ],
)
def test_words_that_end_it(text: str, end: str, say: str, reason: str) -> None:
    turn = hear(chatbot_dialogue.begin(SCRIPT, ()).dialogue, text)
    assert (turn.end, turn.say, turn.reason) == (end, say, reason)


def test_help_says_what_can_be_texted_and_asks_again_without_counting_it() -> None:
    turn = hear(chatbot_dialogue.begin(SCRIPT, ()).dialogue, "?")
    assert turn.say == f"{chatbot_dialogue.HELP}\n\nMay we keep your answers? (YES or NO)"
    assert turn.dialogue.tries == 0


@settings(max_examples=60, deadline=None)
@given(TEXTS)
def test_in_any_order_of_texts_it_keeps_its_place_and_comes_to_its_end(texts: list[str]) -> None:
    turn = chatbot_dialogue.begin(SCRIPT, ())
    for kind in texts:
        before = turn.dialogue
        question = chatbot_dialogue.question_of(SCRIPT, before)
        text = {"good": good(before), "bad": BAD[question.kind]}.get(kind, kind)
        turn = hear(before, text)
        if turn.end is not None:
            return
        now = turn.dialogue
        assert turn.say.endswith(SCRIPT.words(chatbot_dialogue.question_of(SCRIPT, now)))
        if kind == "good":
            # Answered once, never asked again, and taken back by BACK alone.
            assert now.answers[:-1] == before.answers
            assert hear(now, "back").dialogue.answers == before.answers
        elif kind == "back":
            assert now.answers == before.answers[:-1]
        elif kind == "start over":
            assert now.answers == ()
        elif kind in ("bad", "help"):
            assert now.answers == before.answers
    for _ in range(chatbot_dialogue.MOST_TEXTS):
        turn = hear(turn.dialogue, "help")
        if turn.end is not None:
            return
    raise AssertionError("whoever asks for help for ever is handed over")


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("yes_no", "YES!", "Yes"),
        ("yes_no", " nope. ", "No"),
        ("yes_no", "yes and no", None),
        ("choice", "2)", "Enrolled nurse"),
        ("choice", "registered", "Registered nurse"),
        ("choice", "nurse", None),
        ("choice", "0", None),
        ("date", "2027-02-29", None),
        ("date", "29/2/2028", "2028-02-29"),
        ("date", "3.5.85", "1985-05-03"),
        ("date", "3/5", "2027-05-03"),
        ("date", "28 November", "2026-11-28"),
        ("date", "March 5th, 2027", "2027-03-05"),
        ("date", "tomorrow", "2026-11-28"),
        ("date", "99/99/9999", None),
        ("date", "5. März 2027", "2027-03-05"),
        ("date", "1. Mai", "2027-05-01"),
        ("date", "morgen", "2026-11-28"),
        ("email", "it is Maya@Example.com, thanks", "Maya@Example.com"),
        ("email", "maya at example", None),
        ("text", " two\n words ", "two words"),
        ("text", "x" * 301, None),
    ],
)
def test_answers_are_read_as_people_write_them(kind: str, text: str, value: str | None) -> None:
    options = ("Registered nurse", "Enrolled nurse")
    read = chatbot_words.read(kind, text, options=options, today=TODAY, month_first=False)  # type: ignore[arg-type]
    assert read == value


def test_americans_write_the_month_first() -> None:
    assert chatbot_words.read("date", "3/5/2027", today=TODAY, month_first=True) == "2027-03-05"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("hi, i'm maya chen.", "Maya Chen"),
        ("My name is Maya", "Maya"),
        ("McKay", "McKay"),
        ("Hallo, ich heiße Maya", "Maya"),
        ("12345", None),
        ("👍", None),
    ],
)
def test_a_name_is_read_out_of_a_sentence(text: str, name: str | None) -> None:
    assert chatbot_words.name(text) == name


@pytest.mark.parametrize(
    "text", ["I can start on Monday", "I am a people person", "Stop & Shop, two years", "My last day is the end of May"]
)
def test_ordinary_answers_steer_nothing(text: str) -> None:
    assert chatbot_words.command(text) is None


def test_a_script_is_read_as_it_was_written() -> None:
    assert chatbot_scripts.read(chatbot_scripts.written(SCRIPT)) == SCRIPT
    assert chatbot_scripts.checked(chatbot_scripts.typed_of(SCRIPT)) == SCRIPT


def test_it_helps_and_is_steered_in_its_own_language() -> None:
    german = replace(SCRIPT, consent="Dürfen wir das behalten?", language="de")
    turn = chatbot_dialogue.begin(german, ())
    assert turn.say == "Welcome!\n\nDürfen wir das behalten? (JA oder NEIN)"
    heard = [
        ("vielleicht", "Bitte antworten Sie mit JA oder NEIN."),
        ("zurück", "Das ist die erste Frage."),
        ("hilfe", "ZURÜCK"),
    ]
    for text, words in heard:
        turn = chatbot_dialogue.hear(german, turn.dialogue, Heard(text, "", TODAY))
        assert words in turn.say
    turn = chatbot_dialogue.hear(german, turn.dialogue, Heard("Ja", "", TODAY))
    assert values(turn.dialogue) == ["Yes"]
    turn = chatbot_dialogue.hear(german, turn.dialogue, Heard("Kann ich mit jemandem sprechen?", "", TODAY))
    assert (turn.end, turn.reason) == ("handed", "they asked for a person")
    assert chatbot_scripts.checked(chatbot_scripts.typed_of(german)) == german
