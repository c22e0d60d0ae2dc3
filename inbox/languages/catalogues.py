"""The catalogues of the languages, read once a process from their .po files: nothing has to be compiled."""

import gettext
from functools import cache
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LOCALE = Path(__file__).resolve().parent.parent / "locale"


@cache
def of(language: str) -> gettext.NullTranslations:
    """The translations into `language`; English, and what a catalogue lacks, is the message itself."""
    file = LOCALE / language / "LC_MESSAGES" / "inbox.po"
    if language == "en" or not file.exists():
        return gettext.NullTranslations()
    compiled = BytesIO()
    with file.open("rb") as text:
        write_mo(compiled, read_po(text, locale=language, domain="inbox"))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
