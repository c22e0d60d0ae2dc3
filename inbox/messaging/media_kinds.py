"""What a file is, by its bytes: what the sender says of it only decides where bytes tell nothing."""

from typing import Literal

from inbox.messaging.unfit import Reason, Unfit

Kind = Literal["picture", "document", "contact", "sound", "video", "file"]

_PICTURES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF87a", b"GIF89a")
_HEIC_BRANDS = {b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1"}
_SOUND_BRANDS = {b"M4A ", b"M4B "}
_LONGEST_TYPE = 40

ENDINGS = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "application/pdf": "pdf",
    "text/vcard": "vcf",
    "audio/mpeg": "mp3",
    "audio/amr": "amr",
    "audio/ogg": "ogg",
    "audio/wav": "wav",
    "audio/mp4": "m4a",
    "video/mp4": "mp4",
    "video/3gpp": "3gp",
    "video/quicktime": "mov",
    "video/webm": "webm",
}
"""Everything that is kept, and what its file is called at the end."""


def recognized(raw: bytes, declared: str) -> str:
    """The type that `raw` is kept as, "image/*" for a picture that has to be made anew; raises Unfit."""
    if raw.startswith(_PICTURES) or (raw[:4] == b"RIFF" and raw[8:12] == b"WEBP"):
        return "image/*"
    if raw.startswith(b"%PDF-"):
        return "application/pdf"
    if raw[:64].lstrip(b"\xef\xbb\xbf").upper().startswith(b"BEGIN:VCARD"):
        return "text/vcard"
    if raw[4:8] == b"ftyp":
        return _in_a_box(raw[8:12])
    played = _played(raw, declared)
    if played is None:
        raise Unfit(Reason.KIND)
    return played


def kind_of(content_type: str) -> Kind:
    """What people call a file of this type, as it was declared or as it is kept."""
    main, _, sub = content_type.lower().partition("/")
    if main == "image":
        return "picture"
    if sub in ("vcard", "x-vcard", "directory"):
        return "contact"
    if sub == "pdf":
        return "document"
    return "sound" if main == "audio" else "video" if main == "video" else "file"


def storable_type(declared: str) -> str:
    """A declared type as it is stored: without parameters, and never longer than any real one."""
    return declared.partition(";")[0].strip().lower()[:_LONGEST_TYPE]


def _in_a_box(brand: bytes) -> str:
    if brand in _HEIC_BRANDS:
        raise Unfit(Reason.HEIC)
    if brand[:3] in (b"avi", b"crx"):  # AVIF, raw pictures
        raise Unfit(Reason.KIND)
    if brand in _SOUND_BRANDS:
        return "audio/mp4"
    if brand[:2] == b"3g":
        return "video/3gpp"
    return "video/quicktime" if brand == b"qt  " else "video/mp4"


def _played(raw: bytes, declared: str) -> str | None:
    if raw.startswith(b"#!AMR"):
        return "audio/amr"
    if raw.startswith(b"OggS"):
        return "audio/ogg"
    if raw[:4] == b"RIFF" and raw[8:12] == b"WAVE":
        return "audio/wav"
    if raw.startswith(b"\x1a\x45\xdf\xa3"):
        return "video/webm"
    is_mp3 = raw.startswith(b"ID3") or (raw[:1] == b"\xff" and raw[1:2] and raw[1] & 0xE0 == 0xE0)
    return "audio/mpeg" if is_mp3 and declared.startswith("audio/") else None
