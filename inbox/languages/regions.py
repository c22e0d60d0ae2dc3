"""The names of countries and regions as a reader says them: CLDR's, through Babel, looked up once."""

from collections.abc import Mapping
from functools import cache

from babel import Locale

from inbox.languages.sentences import Sentence


def name(code: str) -> Sentence:
    """The region's name, such as "New Zealand"; the code itself (ISO 3166, two letters) where it has none."""
    return Sentence(lambda reader: _names(reader.language).get(code.upper(), code.upper()))


@cache
def _names(language: str) -> Mapping[str, str]:
    return dict(Locale.parse(language).territories)
