"""What the character is called that makes a text cost more, for those who cannot tell it from a plain one by sight."""

from collections.abc import Mapping

from inbox.languages import _

_NAMES: Mapping[str, str] = {
    **dict.fromkeys("“”„«»", _("A curly quotation mark")),
    **dict.fromkeys("‘’‚", _("A curly apostrophe")),
    **dict.fromkeys("–—", _("A long dash")),
    "…": _("Three dots in one character"),
    "\N{NO-BREAK SPACE}": _("A space that does not break"),
}


def named(character: str | None) -> str | None:
    """Its name at the beginning of a sentence; None for one that is plain to see, such as a letter or an emoji."""
    return _NAMES.get(character) if character else None
