"""Sentences made in Python: English as text, and in the reader's language where a template shows them."""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from markupsafe import Markup, escape

from inbox.languages import catalogues, dates, readers
from inbox.languages.readers import ENGLISH, Reader

_MARK = "\x1f"
"""Between the English of a stored sentence and its parts: the unit separator of ASCII, which nobody types."""


class Sentence(str):
    """A text that knows how to say itself in other languages.

    As a `str` it is English: in logs, in the database, in an interface for programs. Putting it together with `+`,
    `join` or an f-string therefore leaves English behind; give it as a value to another sentence instead.
    """

    __slots__ = ("_say", "parts")
    _say: Callable[[Reader], str]
    parts: Mapping[str, Any] | None
    """What it is made of, for `stored`; None where its English says all."""

    def __new__(cls, say: Callable[[Reader], str], parts: Mapping[str, Any] | None = None) -> "Sentence":
        """The sentence that `say` puts into words for a reader."""
        made = super().__new__(cls, say(ENGLISH))
        made._say = say
        made.parts = parts
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
        {"message": message, "values": values} if values else None,
    )


def pgettext(context: str, message: str, /, **values: object) -> Sentence:
    """Like `_`, for a word that other languages say in several ways: `context` tells which one is meant."""
    return Sentence(
        lambda reader: filled(catalogues.of(reader.language).pgettext(context, message), values, reader),
        {"context": context, "message": message, "values": values},
    )


def ngettext(one: str, more: str, number: int, /, **values: object) -> Sentence:
    """The sentence for this number of things, which is also its value `num`."""
    return Sentence(
        lambda reader: filled(
            catalogues.of(reader.language).ngettext(one, more, number), {"num": number, **values}, reader
        ),
        {"one": one, "more": more, "number": number, "values": values},
    )


def N_(one: str, more: str) -> tuple[str, str]:
    """Two messages that are given to `ngettext` somewhere else, marked for the catalogues."""
    return one, more


def stored(text: str) -> str:
    """A sentence as it is kept: its English, and behind a mark what `known` needs to say it in other languages."""
    parts = text.parts if isinstance(text, Sentence) else None
    return f"{text}{_MARK}{json.dumps(_plain(parts), ensure_ascii=False)}" if parts else str(text)


def known(text: str) -> Sentence:
    """A sentence of ours that was stored, or made where languages are not known; others stay as they are."""
    english, _mark, parts = text.partition(_MARK)
    if parts:
        restored: Sentence = _restored(json.loads(parts))
        return restored
    return Sentence(lambda reader: catalogues.of(reader.language).gettext(english) if english else "")


def gathered(parts: Iterable[str], between: str = " ") -> Sentence:
    """Several sentences in a row."""
    kept = tuple(parts)
    return Sentence(
        lambda reader: between.join(said(part, reader) for part in kept), {"gathered": kept, "between": between}
    )


def _plain(value: Any) -> Any:
    """Parts as JSON has them; a sentence among them is an object, and whatever else is written in some way a text."""
    match value:
        case Sentence():
            return _plain(value.parts) if value.parts else {"known": str(value)}
        case Mapping():
            return {name: _plain(part) for name, part in value.items()}
        case list() | tuple():
            return [_plain(part) for part in value]
        case str() | int() | float() | None:
            return value
        case _:
            return str(value)


def _restored(value: Any) -> Any:
    match value:
        case {"gathered": parts, "between": between}:
            return gathered(map(_restored, parts), between)
        case {"one": one, "more": more, "number": number, "values": values}:
            return ngettext(one, more, number, **_each(values))
        case {"context": context, "message": message, "values": values}:
            return pgettext(context, message, **_each(values))
        case {"message": message, "values": values}:
            return _(message, **_each(values))
        case {"known": text}:
            return known(text)
        case _:
            return value


def _each(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _restored(value) for name, value in values.items()}


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
