"""Pictures made anew, and what else is kept: by its bytes, whatever anybody says of it."""

from io import BytesIO

import pytest

from inbox.messaging import pictures
from inbox.messaging.media_kinds import recognized
from inbox.messaging.unfit import Reason, Unfit
from tests.media import HEIC, HTML, PDF, SVG, VCARD, bomb, jpeg, opened, picture, polyglot


@pytest.mark.parametrize(("kind", "kept"), [("JPEG", "jpeg"), ("GIF", "jpeg"), ("PNG", "png"), ("WEBP", "png")])
def test_a_picture_is_kept_with_a_thumbnail_and_its_size(kind: str, kept: str) -> None:
    colour = (0, 128, 128, 90) if kept == "png" else "teal"
    made = pictures.remake(picture(kind, 3000, 1500, colour))  # type: ignore[arg-type]
    assert (made.content_type, made.width, made.height) == (f"image/{kept}", 2048, 1024)
    assert opened(made.whole).size == (2048, 1024)
    assert opened(made.thumbnail).size == (512, 256)
    assert opened(made.whole).format == opened(made.thumbnail).format == kept.upper()


def test_a_camera_that_takes_two_pictures_at_once_has_sent_the_first() -> None:
    first, second = opened(jpeg(400, 300)), opened(jpeg(200, 100))
    written = BytesIO()
    first.save(written, "MPO", save_all=True, append_images=[second])
    made = pictures.remake(written.getvalue())
    assert (made.content_type, made.width, made.height) == ("image/jpeg", 400, 300)


def test_a_picture_stands_upright_and_tells_nothing_of_where_it_was_taken() -> None:
    exif = opened(jpeg()).getexif()
    exif[0x0112] = 6  # orientation: turned by a quarter
    exif[0x010F] = "A camera"
    exif.get_ifd(0x8825)[1] = "S"  # a place
    made = pictures.remake(jpeg(640, 480, exif=exif.tobytes()))
    assert (made.width, made.height) == (480, 640)
    for content in (made.whole, made.thumbnail):
        assert (dict(opened(content).getexif()), b"camera" in content) == ({}, False)


def test_a_picture_that_is_a_page_too_is_only_a_picture_afterwards() -> None:
    made = pictures.remake(polyglot())
    for content in (made.whole, made.thumbnail):
        assert b"script" not in content
        assert "comment" not in opened(content).info


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (bomb(), Reason.PIXELS),
        (bomb(8_000, 6_000), Reason.PIXELS),
        (bomb(4_000, 3_001), Reason.PIXELS),
        (bomb(500, 500), Reason.BROKEN),
        (jpeg()[:900], Reason.BROKEN),
        (b"\xff\xd8\xff", Reason.BROKEN),
        (picture("TIFF"), Reason.BROKEN),
    ],
)
def test_what_is_too_much_or_broken_is_refused(raw: bytes, reason: Reason) -> None:
    with pytest.raises(Unfit) as refused:
        pictures.remake(raw)
    assert refused.value.reason is reason


def test_a_small_picture_is_not_made_larger_and_a_thin_one_has_a_line() -> None:
    assert pictures.shown_size(40, 20) == (40, 20)
    assert pictures.shown_size(2048, 1024) == (256, 128)
    assert pictures.shown_size(1, 20_000) == (1, 288)


@pytest.mark.parametrize(
    ("raw", "declared", "kept"),
    [
        (jpeg(), "text/html", "image/*"),
        (picture("WEBP"), "", "image/*"),
        (PDF, "image/jpeg", "application/pdf"),
        (VCARD, "text/plain", "text/vcard"),
        (b"\xef\xbb\xbf" + VCARD.lower(), "", "text/vcard"),
        (b"#!AMR\n\x0c", "audio/amr", "audio/amr"),
        (b"ID3\x04", "audio/mpeg", "audio/mpeg"),
        (b"\x00\x00\x00\x18ftyp3gp5", "video/3gpp", "video/3gpp"),
        (b"\x00\x00\x00\x18ftypM4A ", "audio/mp4", "audio/mp4"),
        (b"\x00\x00\x00\x18ftypisom", "", "video/mp4"),
    ],
)
def test_what_something_is_its_bytes_tell(raw: bytes, declared: str, kept: str) -> None:
    assert recognized(raw, declared) == kept


@pytest.mark.parametrize(
    ("raw", "declared", "reason"),
    [
        (SVG, "image/svg+xml", Reason.KIND),
        (SVG, "image/png", Reason.KIND),
        (HTML, "text/html", Reason.KIND),
        (HTML, "image/jpeg", Reason.KIND),
        (HTML, "application/pdf", Reason.KIND),
        (b"", "image/jpeg", Reason.KIND),
        (b"PK\x03\x04", "application/zip", Reason.KIND),
        (b"MZ\x90", "audio/mpeg", Reason.KIND),
        (b"\x00\x00\x00\x18ftypavif", "image/avif", Reason.KIND),
        (HEIC, "image/jpeg", Reason.HEIC),
    ],
)
def test_what_could_do_harm_or_cannot_be_shown_is_refused(raw: bytes, declared: str, reason: Reason) -> None:
    with pytest.raises(Unfit) as refused:
        recognized(raw, declared)
    assert refused.value.reason is reason
