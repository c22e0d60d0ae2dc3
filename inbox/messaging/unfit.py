"""Why a picture or file is not kept, in words for whoever looks at the thread."""

from enum import StrEnum

from inbox.languages import _


class Reason(StrEnum):
    """As it is stored; the sentence is written when it is shown."""

    KIND = "kind"
    HEIC = "heic"
    SIZE = "size"
    PIXELS = "pixels"
    BROKEN = "broken"
    PLACE = "place"
    AWAY = "away"

    @property
    def sentence(self) -> str:
        """What happened, and what to do where there is something."""
        return _SENTENCES[self]


_SENTENCES = {
    Reason.KIND: _("A file was not kept: it is no picture, PDF, contact, sound or video."),
    Reason.HEIC: _("A picture was not kept: it is HEIC, which browsers cannot show. Ask for it as JPEG."),
    Reason.SIZE: _("A file was not kept: it is larger than 5 MB."),
    Reason.PIXELS: _("A picture was not kept: it has too many pixels. Ask for a smaller one."),
    Reason.BROKEN: _("A picture was not kept: it is damaged. Ask for it again."),
    Reason.PLACE: _("A file was not fetched: it does not lie at Twilio."),
    Reason.AWAY: _("A file could not be fetched from Twilio. Ask for it again."),
}


class Unfit(Exception):
    """A file that is not kept."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.sentence)
        self.reason = reason
