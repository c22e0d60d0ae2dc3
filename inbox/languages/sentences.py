"""Sentences made in Python: English as text, and in the reader's language where a template shows them."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from markupsafe import Markup, escape

from inbox.languages import catalogues, dates, readers
from inbox.languages.readers import ENGLISH, Reader


class Sentence(str):
    """A text that knows how to say itself in other languages.

    As a `str` it is English: in logs, in the database, in an interface for programs. Putting it together with `+`,
    `join` or an f-string therefore leaves English behind; give it as a value to another sentence instead.
    """

    __slots__ = ("_say",)
    _say: Callable[[Reader], str]

    def __new__(cls, say: Callable[[Reader], str]) -> "Sentence":
        """The sentence that `say` puts into words for a reader."""
        made = super().__new__(cls, say(ENGLISH))
        made._say = say
        return made

    def said(self, reader: Reader) -> str:
        """The words for `reader`."""
        return self._say(reader)

    def __html__(self) -> Markup:
        """The words for whom the template is being rendered."""
        return escape(self._say(readers.current()))


def said(text: str, reader: Reader) -> str:
    """A text for `reader`, whether it is a sentence of ours or somebody's words."""
    return text.said(reader) if isinstance(text, Sentence) else text


def _(message: str, /, **values: object) -> Sentence:
    """The sentence `message` with its `%(name)s` filled in; whole numbers are grouped, sentences translated."""
    return Sentence(
        lambda reader: filled(catalogues.of(reader.language).gettext(message), values, reader),
    )


def pgettext(context: str, message: str, /, **values: object) -> Sentence:
    """Like `_`, for a word that other languages say in several ways: `context` tells which one is meant."""
    return Sentence(
        lambda reader: filled(catalogues.of(reader.language).pgettext(context, message), values, reader),
    )


def ngettext(one: str, more: str, number: int, /, **values: object) -> Sentence:
    """The sentence for this number of things, which is also its value `num`."""
    return Sentence(
        lambda reader: filled(
            catalogues.of(reader.language).ngettext(one, more, number), {"num": number, **values}, reader
        ),
    )


def N_(one: str, more: str) -> tuple[str, str]:
    """Two messages that are given to `ngettext` somewhere else, marked for the catalogues."""
    return one, more


def known(text: str) -> Sentence:
    """A sentence of ours that was stored, or made where languages are not known; others stay as they are."""
    return Sentence(lambda reader: catalogues.of(reader.language).gettext(text) if text else "")


def gathered(parts: Iterable[str], between: str = " ") -> Sentence:
    """Several sentences in a row."""
    kept = tuple(parts)
    return Sentence(lambda reader: between.join(said(part, reader) for part in kept))


def filled(message: str, values: Mapping[str, object], reader: Reader) -> str:
    """A message with its values, as `reader` writes them; a lone "%" is written "%%" even where there are none."""
    return message % {name: worded(value, reader) for name, value in values.items()}


def worded(value: object, reader: Reader) -> Any:
    """A value as it stands in a sentence for `reader`."""
    match value:
        case Sentence():
            return value.said(reader)
        case bool() | str():
            return value
        case int():
            return dates.number(value, reader)
        case _:
            return value
