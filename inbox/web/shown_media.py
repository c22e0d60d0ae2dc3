"""Pictures and files as a bubble shows them."""

from collections.abc import Mapping
from dataclasses import dataclass

from inbox.languages import _
from inbox.messaging.media import Media, MediaState
from inbox.messaging.media_kinds import Kind
from inbox.messaging.pictures import SHOWN, shown_size

_KINDS: Mapping[Kind, str] = {
    "picture": _("Picture"),
    "document": _("Document"),
    "contact": _("Contact"),
    "sound": _("Sound"),
    "video": _("Video"),
    "file": _("File"),
}


@dataclass(frozen=True, slots=True)
class ShownMedia:
    """One of them; `width` and `height` are those of the bubble, in CSS pixels."""

    id: str
    kind: Kind
    address: str
    name: str
    state: MediaState
    sentence: str | None
    """Why there is nothing to see."""
    size: str
    width: int
    height: int

    @property
    def kind_words(self) -> str:
        """What it is: "Picture"."""
        return _KINDS[self.kind]

    @property
    def is_seen(self) -> bool:
        """Whether it is a picture that can be looked at."""
        return self.state is MediaState.KEPT and self.kind == "picture"


def shown_media(one: Media) -> ShownMedia:
    """A picture or file for the widget."""
    width, height = shown_size(one.width, one.height) if one.width and one.height else (SHOWN[0], SHOWN[0] * 3 // 4)
    return ShownMedia(
        id=one.id,
        kind=one.kind,
        address=f"/inbox/c/{one.conversation_id}/media/{one.id}",
        name=one.name,
        state=one.state,
        sentence=one.sentence,
        size=f"{one.size / 2**20:.1f} MB" if one.size >= 2**20 else f"{-(-one.size // 1024)} kB",
        width=width,
        height=height,
    )
