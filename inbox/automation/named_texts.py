"""A text under a name, as message templates and campaigns are: both checked before they are kept."""

from inbox.automation import merge_fields
from inbox.errors import Invalid, too_long
from inbox.languages import _

MOST_NAME, MOST_BODY = 80, 1_600


def checked(name: str, body: str, *, unnamed: str = _("Enter a name.")) -> dict[str, str]:
    """Both as they are kept; `unnamed` is said where there is no name. Raises Invalid."""
    sentences: dict[str, str] = {}
    name, body = " ".join(name.split()), body.replace("\r\n", "\n").strip()
    if not name:
        sentences["name"] = unnamed
    elif len(name) > MOST_NAME:
        sentences["name"] = too_long(len(name), MOST_NAME)
    if not body:
        sentences["body"] = _("Write something first.")
    elif len(body) > MOST_BODY:
        sentences["body"] = too_long(len(body), MOST_BODY)
    elif complaint := merge_fields.complaint(body):
        sentences["body"] = complaint
    if sentences:
        raise Invalid(sentences)
    return {"name": name, "body": body}
