"""A text as the list shows it."""

PREVIEW = 160


def shown(text: str) -> str:
    """The beginning of a text, on one line."""
    return " ".join(text.split())[:PREVIEW]
