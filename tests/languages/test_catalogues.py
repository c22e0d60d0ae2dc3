"""Every language says everything: no message is missing, and none has lost or made up a value."""

import json
import re

import pytest
from babel.messages.catalog import Catalog

from inbox.languages import dates
from inbox.languages.readers import LANGUAGES
from tests import messages

STATIC = messages.ROOT / "static"
VALUE = re.compile(r"%\(\w+\)s|\{\w+\}|</?\w+[^>]*>")


@pytest.fixture(scope="module")
def said() -> Catalog:
    """What the code and the templates say."""
    return messages.extracted()


@pytest.mark.parametrize("language", sorted(LANGUAGES.keys() - {"en"}))
def test_a_catalogue_lacks_nothing_and_keeps_every_value(said: Catalog, language: str) -> None:
    translated, wrong = messages.catalogue(language), []
    for message in said:
        if not message.id:
            continue
        found = translated.get(message.id, message.context)
        forms = found.string if found else ""
        forms = forms if isinstance(forms, tuple) else (forms,)
        if not all(forms):
            wrong.append(f"not translated: {message.id!r}, run `make messages`")
            continue
        ids = message.id if isinstance(message.id, tuple) else (message.id,)
        wanted = set(VALUE.findall(ids[-1]))
        wrong += [
            f"{wanted} became {set(VALUE.findall(form))}: {form}"
            for form in forms[-1:]
            if set(VALUE.findall(form)) != wanted
        ]
    assert not wrong, "\n" + "\n".join(wrong)
    obsolete = [message.id for message in translated if message.id and said.get(message.id, message.context) is None]
    assert not obsolete, f"nothing says these any more, run `make messages`: {obsolete}"


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_a_language_has_its_days_in_every_style(language: str) -> None:
    for style in dates.styles(language):
        assert dates._style(language, style).day


@pytest.mark.parametrize("language", sorted(LANGUAGES.keys() - {"en"}))
def test_the_emoji_have_names_in_a_language(language: str) -> None:
    english, others = (
        [line.partition(" ")[::2] for line in json.loads((STATIC / f"emoji.{code}.json").read_text())]
        for code in ("en", language)
    )
    assert [emoji for emoji, _names in others] == [emoji for emoji, _names in english]
    assert all(" · " in names for _emoji, names in others)
