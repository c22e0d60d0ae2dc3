"""Every failure is a sentence with a next step."""

import pytest

from providers.twilio.errors import NOT_REACHED, FailureAction, explain

CODES = [
    *(11751, 14107, 20003, 20404, 20429, 20500, 20503, 21211, 21212, 21214, 21217, 21219, 21408, 21601),
    *(21602, 21606, 21608, 21610, 21611, 21612, 21614, 21617, 21635, 21659, 21703, 21705, 21712),
    *(30001, 30002, 30003, 30004, 30005, 30006, 30007, 30008, 30009, 30011, 30017, 30018, 30019, 30022),
    *(30023, 30024, 30027, 30032, 30033, 30034, 30035, 30036, 30410, 30450, 30610, 30640),
    *(63003, 63014, 63016, 63018, 63024, 63038),
]


@pytest.mark.parametrize(
    ("code", "words", "action", "kind"),
    [
        (30003, "The phone could not be reached: off, or out of range.", "try-again", "temporary"),
        (30004, "The person's carrier or phone blocked this message.", "call", "permanent"),
        (30005, "This number is not in service.", "change-number", "permanent"),
        (
            30006,
            "The carrier says this number is a landline. It cannot receive texts.",
            "change-number",
            "permanent",
        ),
        (
            30007,
            "The carrier filtered this message as unwanted. Links and repeated texts are common causes.",
            "edit",
            "permanent",
        ),
        (30008, "The carrier gave no reason.", "try-again", "temporary"),
        (30034, "Our US number is not registered yet, so US carriers refuse it.", "settings", "account"),
        (21610, "This person opted out.", "none", "permanent"),
        (21211, "This is not a number that can receive texts.", "change-number", "permanent"),
        (21614, "This is not a number that can receive texts.", "change-number", "permanent"),
        (20003, "Our account details were refused.", "settings", "account"),
    ],
)
def test_the_common_failures_have_the_words_of_the_specification(code: int, words: str, action: str, kind: str) -> None:
    failure = explain(code)
    assert (failure.words, failure.action, failure.kind) == (words, action, kind)


@pytest.mark.parametrize("code", CODES)
def test_every_code_that_twilio_sends_for_texts_is_explained(code: int) -> None:
    failure = explain(code)
    assert failure.code == code
    assert not failure.words.startswith("Not delivered.")
    assert failure.words.endswith(".")
    assert len(failure.words) < 100
    assert not {"invalid", "please", "sorry", "oops"} & set(failure.words.lower().split())


@pytest.mark.parametrize("code", [30999, 99999])
def test_a_code_nobody_knows_still_gets_a_sentence(code: int) -> None:
    failure = explain(code)
    assert failure.words == f"Not delivered. Code {code}."
    assert (failure.action, failure.kind) == (FailureAction.TRY_AGAIN, "unknown")


def test_what_never_got_to_twilio_has_no_code_of_twilios() -> None:
    failure = explain(NOT_REACHED)
    assert (failure.code, failure.words) == (None, "Twilio could not be reached.")
    assert failure.action is FailureAction.TRY_AGAIN


def test_a_failure_without_a_code_says_so() -> None:
    failure = explain(None)
    assert failure.words == "Not delivered. Twilio gave no reason."
    assert (failure.code, failure.kind) == (None, "unknown")


def test_an_account_at_fault_leads_to_its_settings() -> None:
    failures = [explain(code) for code in CODES]
    assert all((failure.kind == "account") == (failure.action == FailureAction.SETTINGS) for failure in failures)


def test_every_action_but_none_is_a_button() -> None:
    assert [action for action in FailureAction if not action.words] == [FailureAction.NONE]
