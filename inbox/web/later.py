"""What the composer shows of a text that goes out later: the fields of its time, and of which text they are."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from inbox import rendering
from inbox.messaging.scheduled_texts import ScheduledText
from inbox.web.forms import Form


@dataclass(frozen=True, slots=True)
class Later:
    """As typed, or as the text stands that is edited (`edits`, `version`); `body` is what its box then begins with."""

    send_at: str
    regardless: bool
    edits: str = ""
    version: str = ""
    body: str = ""

    @staticmethod
    def of(text: ScheduledText, zone: ZoneInfo) -> "Later":
        """The fields of a text that is edited by somebody whose clock is in `zone`."""
        send_at = rendering.local_input(text.send_at, zone)
        return Later(send_at, text.regardless, text.id, str(text.version), text.body)

    @staticmethod
    def typed(form: Form, edits: str = "") -> "Later":
        """The fields as they were posted."""
        return Later(form.raw("send_at"), bool(form.raw("regardless")), edits, form.raw("version"))
