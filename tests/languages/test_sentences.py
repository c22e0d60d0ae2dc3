"""A sentence is English as text and the reader's language where it is shown, with its values."""

import gettext
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
import time_machine
from jinja2 import DictLoader, Environment

from inbox.errors import Invalid
from inbox.languages import (
    _,
    catalogues,
    dates,
    folding,
    gathered,
    known,
    moments,
    ngettext,
    pgettext,
    readers,
    stored,
)
from inbox.languages.readers import Reader

GERMAN = Reader(zone="Europe/Berlin", language="de")
WORDS = {
    "%(name)s took it.": "%(name)s hat es übernommen.",
    "Stop <b>%(name)s</b> at 5%% or <i>later</i>": "Bei 5%% oder <i>später</i> <b>%(name)s</b> stoppen",
    "Send": "Senden",
    "menu\x04Open": "Öffnen",
    ("%(num)s candidate of %(name)s", 0): "%(num)s Kandidat von %(name)s",
    ("%(num)s candidate of %(name)s", 1): "%(num)s Kandidaten von %(name)s",
}


@pytest.fixture(autouse=True)
def german(monkeypatch: pytest.MonkeyPatch) -> gettext.NullTranslations:
    """A catalogue with a few words."""
    made = gettext.GNUTranslations()
    made._catalog, made.plural = WORDS, lambda n: int(n != 1)  # type: ignore[attr-defined]
    monkeypatch.setattr(catalogues, "of", lambda code: made if code == "de" else gettext.NullTranslations())
    return made


def test_a_sentence_is_english_as_text_and_german_for_a_german_reader() -> None:
    sentence = _("%(name)s took it.", name="Jo <3")
    assert (sentence, sentence.said(GERMAN)) == ("Jo <3 took it.", "Jo <3 hat es übernommen.")
    with readers.reading(GERMAN):
        assert sentence.__html__() == "Jo &lt;3 hat es übernommen."


def test_values_are_numbers_and_sentences_of_the_same_reader() -> None:
    many = ngettext("%(num)s candidate of %(name)s", "%(num)s candidates of %(name)s", 12_000, name=_("Send"))
    assert (many, many.said(GERMAN)) == ("12,000 candidates of Send", "12.000 Kandidaten von Senden")
    assert pgettext("menu", "Open").said(GERMAN) == "Öffnen"
    assert gathered([_("Send"), "x", pgettext("menu", "Open")], ", ").said(GERMAN) == "Senden, x, Öffnen"


def test_a_sentence_that_was_stored_comes_back_in_every_language() -> None:
    many = ngettext("%(num)s candidate of %(name)s", "%(num)s candidates of %(name)s", 12_000, name=_("Send"))
    kept = stored(gathered((_("%(name)s took it.", name="Jo"), many, pgettext("menu", "Open"), "x")))
    english = "Jo took it. 12,000 candidates of Send Open x"
    assert kept.startswith(english)
    assert known(kept) == english
    assert known(kept).said(GERMAN) == "Jo hat es übernommen. 12.000 Kandidaten von Senden Öffnen x"
    assert [known(stored(words)).said(GERMAN) for words in (_("Send"), "Somebody's")] == ["Senden", "Somebody's"]


def test_an_error_says_its_sentences_in_the_readers_language() -> None:
    error = Invalid({"name": _("%(name)s took it.", name="Jo"), "other": _("Send")})
    assert error.sentence == "Jo took it. Send"
    assert error.sentence.said(GERMAN) == "Jo hat es übernommen. Senden"  # type: ignore[attr-defined]


TEMPLATE = (
    '<p title="{{ _("Send") }}">{% trans name=who %}Stop <b>{{ name }}</b> at 5% or <i>later</i>{% endtrans %} '
    "{% trans number=many, name=who %}{{ number }} candidate of {{ name }}{% pluralize %}"
    '{{ number }} candidates of {{ name }}{% endtrans %} {% trans "menu" %}Open{% endtrans %}'
)


def test_a_template_is_compiled_in_its_language_and_escapes_what_is_filled_in(
    german: gettext.NullTranslations,
) -> None:
    WORDS["%(number)s candidates of %(name)s"] = ""
    WORDS[("%(number)s candidate of %(name)s", 1)] = "%(number)s Kandidaten von %(name)s"
    environment = Environment(loader=DictLoader({"page": TEMPLATE}), autoescape=True)
    environment.extend(catalogue=german)
    environment.add_extension(folding.Translated)
    environment.globals.update(folding.callables(german))
    with readers.reading(GERMAN):
        shown = environment.get_template("page").render(who="<Jo>", many=1_200)
    assert shown == (
        '<p title="Senden">Bei 5% oder <i>später</i> <b>&lt;Jo&gt;</b> stoppen 1.200 Kandidaten von &lt;Jo&gt; Öffnen'
    )


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "en"),
        ("de-AT,de;q=0.9,en;q=0.8", "de"),
        ("fr, en;q=0.5, de;q=0.7", "de"),
        ("de;q=0, *", "en"),
        ("en-AU,en;q=0.9,de;q=0.8", "en"),
        (";;,q=x,de;q=many", "en"),
    ],
)
def test_the_browsers_language_is_the_best_of_ours_that_it_asks_for(accepted: str, language: str) -> None:
    assert readers.preferred(accepted) == language


AT = datetime(2026, 3, 3, 13, 2, 7, tzinfo=UTC)
NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("language", "style", "hours", "expected"),
    [
        ("en", "words", 24, ("3 Mar", "Tue 3 March", "Tue 3 March 2026, 14:02", "3 March, 14:02")),
        ("en", "month-first", 12, ("Mar 3", "Tue, March 3", "Tue, March 3, 2026, 2:02 PM", "March 3, 2:02 PM")),
        ("en", "dots", 24, ("03.03.", "Tue 03.03.2026", "Tue 03.03.2026, 14:02", "03.03.2026, 14:02")),
        ("en", "iso", 24, ("03-03", "Tue 2026-03-03", "Tue 2026-03-03, 14:02", "2026-03-03, 14:02")),
        ("de", "words", 24, ("3. März", "Di, 3. März", "Di, 3. März 2026, 14:02", "3. März, 14:02")),
        ("de", "dots", 24, ("03.03.", "Di 03.03.2026", "Di 03.03.2026, 14:02", "03.03.2026, 14:02")),
    ],
)
def test_days_are_written_as_the_reader_does(language: str, style: str, hours: int, expected: tuple[str, ...]) -> None:
    berlin, reader = ZoneInfo("Europe/Berlin"), Reader("Europe/Berlin", language, style, hours)
    with time_machine.travel(NOW, tick=False):
        written = [write(AT, berlin, reader) for write in (dates.row_time, dates.day, dates.full, dates.moment)]
        assert tuple(written) == expected
        assert moments.when(AT, berlin) == "on Tue 3 March at 14:02"


def test_a_moment_of_today_is_told_with_its_day_too() -> None:
    with time_machine.travel(AT, tick=False):
        assert dates.moment(AT, ZoneInfo("Europe/Berlin"), Reader("Europe/Berlin")) == "3 March, 14:02:07"
