"""Jinja's `{% trans %}` and `_("…")`, put into words when a template is compiled, so that they cost nothing later."""

import gettext
import re
from collections.abc import Iterator
from typing import Any

from jinja2 import nodes
from jinja2.ext import InternationalizationExtension
from jinja2.lexer import Token, TokenStream
from markupsafe import Markup

from inbox.languages import readers, sentences

_VALUE = re.compile(r"%\((\w+)\)s")


class Translated(InternationalizationExtension):
    """For an environment of one language, whose catalogue is `environment.catalogue`."""

    def filter_stream(self, stream: TokenStream) -> Iterator[Token]:
        """Read `_("words")` as the words of the language."""
        tokens, place = list(stream), 0
        while place < len(tokens):
            kinds = [(token.type, token.value) for token in tokens[place : place + 4]]
            match kinds:
                case [("name", "_"), ("lparen", _), ("string", message), ("rparen", _)]:
                    words = self._catalogue.gettext(message).replace("%%", "%")
                    yield Token(tokens[place].lineno, "string", words)
                    place += 4
                case _:
                    yield tokens[place]
                    place += 1

    @property
    def _catalogue(self) -> gettext.NullTranslations:
        catalogue: gettext.NullTranslations = self.environment.catalogue  # type: ignore[attr-defined]
        return catalogue

    def _make_node(
        self,
        singular: str,
        plural: str | None,
        context: str | None,
        variables: dict[str, nodes.Expr],
        plural_expr: nodes.Expr | None,
        vars_referenced: bool,
        num_called_num: bool,
    ) -> nodes.Output:
        if plural is not None and plural_expr is not None:
            words = [nodes.Const(singular), nodes.Const(plural), plural_expr]
            values: list[nodes.Keyword] = [nodes.Keyword(name, value) for name, value in variables.items()]
            return nodes.Output([nodes.Call(nodes.Name("ngettext_markup", "load"), words, values, None, None)])
        find = self._catalogue
        said = find.gettext(singular) if context is None else find.pgettext(context, singular)
        pieces: list[nodes.Expr] = []
        for place, piece in enumerate(_VALUE.split(said)):
            if place % 2:
                pieces.append(variables[piece])
            elif piece:
                pieces.append(nodes.TemplateData(piece.replace("%%", "%")))
        return nodes.Output(pieces)


def callables(catalogue: gettext.NullTranslations) -> dict[str, Any]:
    """What templates of a language may call: `_` with values, `pgettext`, `ngettext`."""

    def simple(message: str, /, **values: object) -> str:
        return sentences.filled(catalogue.gettext(message), values, readers.current())

    def in_context(context: str, message: str, /, **values: object) -> str:
        return sentences.filled(catalogue.pgettext(context, message), values, readers.current())

    def counted(one: str, more: str, number: int, /, **values: object) -> str:
        words = catalogue.ngettext(one, more, number)
        return sentences.filled(words, {"num": number, **values}, readers.current())

    def counted_markup(one: str, more: str, number: int, /, **values: object) -> str:
        reader = readers.current()
        worded = {name: sentences.worded(value, reader) for name, value in values.items()}
        # Words of a template or a catalogue, as safe as the template itself; the values are escaped.
        return Markup(catalogue.ngettext(one, more, number)) % worded  # noqa: S704 # nosec B704

    def forms(one: str, more: str, /) -> dict[str, str]:
        """The forms of a plural for scripts, by the category that `Intl.PluralRules` names."""
        return {"one": catalogue.ngettext(one, more, 1), "other": catalogue.ngettext(one, more, 2)}

    return {"forms": forms, "_": simple, "pgettext": in_context, "ngettext": counted, "ngettext_markup": counted_markup}
