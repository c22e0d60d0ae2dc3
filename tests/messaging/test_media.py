"""Pictures and files of candidates: stored with their text, fetched by a job, and what became of each is said."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx2
import pytest
from sqlalchemy import func, select

from inbox.errors import Invalid, NotFound, Refused
from inbox.messaging import attaching, inbound, media, media_addresses, message_log, messages
from inbox.messaging.fetching_media import GONE_TRIES, MOST_TRIES, MediaFetcher
from inbox.messaging.intake import Intake
from inbox.messaging.media import Media, MediaState
from inbox.messaging.message_log import Log
from inbox.messaging.sending import send_now
from inbox.messaging.unfit import Reason
from inbox.storage import tables
from inbox.storage.columns import db_later, new_id
from inbox.storage.events import EventKind
from inbox.storage.jobs import Job, Postponed
from providers import contract
from providers.contract import DeliveryStatus
from providers.sandbox.incoming import CandidateText
from providers.sandbox.media import File
from providers.twilio.client import TwilioClient
from providers.twilio.media import TwilioMedia
from tests.media import HEIC, HTML, PDF, SVG, VCARD, answer, bomb, jpeg, opened, polyglot
from tests.messaging.scene import MAYA, TOM, Scene
from tests.messaging.twilio import Twilio
from tests.realtime.waiting import until

pytestmark = pytest.mark.anyio

Answers = Callable[[httpx2.Request], httpx2.Response]


def named(scene: Scene, *types: str) -> tuple[contract.Media, ...]:
    """What a webhook says of these files."""
    path = f"https://api.twilio.com/2010-04-01/Accounts/{scene.account.account_sid}/Messages/MM{'b' * 32}/Media/ME"
    return tuple(contract.Media(f"{path}{place:032x}", kind) for place, kind in enumerate(types))


async def text_in(scene: Scene, *types: str, body: str = "", sender: str = MAYA) -> list[Media]:
    """A candidate sends these; what is known of them."""
    assert await inbound.receive(scene.tenant, scene.account, scene.sms(sender, body, media=named(scene, *types)))
    return await carried(scene, await scene.conversation(sender))


async def carried(scene: Scene, conversation: str) -> list[Media]:
    """What the messages of a conversation carry."""
    page = await messages.page(scene.tenant, conversation)
    found = await media.of_messages(scene.tenant, page.messages)
    return [one for message in page.messages for one in found.get(message.id, ())]


def job(scene: Scene, one: Media, tries: int = 1) -> Job:
    return Job(scene.tenant.organisation_id, new_id(), media.FETCH, one.id, tries, new_id())


async def fetched(
    scene: Scene, one: Media, told: bytes | int | Answers, *, tries: int = 1
) -> tuple[float | Postponed | None, Media]:
    """What a worker makes of Twilio's answer, and how the row stands then."""

    def respond(request: httpx2.Request) -> httpx2.Response:
        if callable(told):
            return told(request)
        return httpx2.Response(told) if isinstance(told, int) else answer(told)

    source = TwilioMedia("http://127.0.0.1:9", transport=httpx2.MockTransport(respond))
    outcome = await MediaFetcher(source, scene.vault)(scene.tenant, job(scene, one, tries))
    await source.aclose()
    return outcome, await media.find(scene.tenant, one.conversation_id, one.id)


@pytest.mark.parametrize("path", ["alone", "together"])
async def test_what_a_text_carries_is_stored_with_it_and_promised_to_be_fetched(scene: Scene, path: str) -> None:
    await scene.text_in(MAYA, "First")
    sms = scene.sms(MAYA, "See", media=named(scene, "image/jpeg", "Application/PDF; name=x"))
    if path == "alone" or not await Intake(scene.tenant.database).store(scene.account, sms):
        await inbound.receive(scene.tenant, scene.account, sms)
    assert not await inbound.receive(scene.tenant, scene.account, sms)
    found = await carried(scene, await scene.conversation(MAYA))
    assert [(one.position, one.kind, one.content_type, one.state) for one in found] == [
        (0, "picture", "image/jpeg", MediaState.WAITING),
        (1, "document", "application/pdf", MediaState.WAITING),
    ]
    rows = await scene.tenant.fetch_all(select(tables.jobs.c.subject).where(tables.jobs.c.kind == media.FETCH))
    assert {row.subject for row in rows} == {one.id for one in found}


async def test_a_picture_is_kept_with_a_thumbnail_and_open_threads_hear_of_it(scene: Scene) -> None:
    (one,) = await text_in(scene, "image/jpeg")
    before = await scene.tenant.fetch_val(select(func.max(tables.events.c.seq)))
    outcome, kept = await fetched(scene, one, jpeg(3000, 1500))
    assert outcome is None
    assert (kept.state, kept.content_type, kept.width, kept.height) == (MediaState.KEPT, "image/jpeg", 2048, 1024)
    assert kept.size == len(await media.content(scene.tenant, one.id, "whole"))
    assert opened(await media.content(scene.tenant, one.id, "thumbnail")).size == (512, 256)
    event = await scene.tenant.fetch_one(select(tables.events).where(tables.events.c.seq > before))
    assert event is not None
    assert (event.kind, event.message_id) == (EventKind.MESSAGE_CHANGED, one.message_id)
    assert await fetched(scene, one, jpeg(10, 10)) == (None, kept)  # done twice it does no harm


@pytest.mark.parametrize(
    ("raw", "declared", "content_type", "name"),
    [
        (PDF, "application/pdf", "application/pdf", "document-1.pdf"),
        (VCARD, "text/x-vcard", "text/vcard", "contact-1.vcf"),
        (b"#!AMR\n\x0c", "audio/amr", "audio/amr", "sound-1.amr"),
        (b"\x00\x00\x00\x18ftyp3gp5", "video/3gpp", "video/3gpp", "video-1.3gp"),
    ],
)
async def test_a_file_is_kept_as_it_came(scene: Scene, raw: bytes, declared: str, content_type: str, name: str) -> None:
    (one,) = await text_in(scene, declared)
    _, kept = await fetched(scene, one, raw)
    assert (kept.state, kept.content_type, kept.name, kept.size) == (MediaState.KEPT, content_type, name, len(raw))
    assert await media.content(scene.tenant, one.id, "whole") == raw
    with pytest.raises(NotFound):
        await media.content(scene.tenant, one.id, "thumbnail")


async def _endless() -> AsyncIterator[bytes]:
    while True:
        yield b"x" * 65_536


def _sent_to(location: str) -> Answers:
    return lambda _: httpx2.Response(302, headers={"Location": location})


HOSTILE: dict[str, tuple[Any, str, Reason]] = {
    "a bomb": (bomb(), "image/png", Reason.PIXELS),
    "a drawing with a script": (SVG, "image/svg+xml", Reason.KIND),
    "a page said to be a picture": (HTML, "image/jpeg", Reason.KIND),
    "a picture that browsers cannot show": (HEIC, "image/heic", Reason.HEIC),
    "half a picture": (jpeg()[:900], "image/jpeg", Reason.BROKEN),
    "more than Twilio has": (lambda _: answer(b"x" * 6_000_000), "image/jpeg", Reason.SIZE),
    "an endless body": (lambda _: httpx2.Response(200, content=_endless()), "image/jpeg", Reason.SIZE),
    "a way to a cloud's secrets": (_sent_to("http://169.254.169.254/latest/"), "image/jpeg", Reason.PLACE),
    "a way to another host": (_sent_to("https://evil.example/one"), "image/jpeg", Reason.PLACE),
}


async def test_everything_hostile_is_refused_with_its_own_sentence(scene: Scene) -> None:
    found = await text_in(scene, *(declared for _, declared, _ in HOSTILE.values()))
    for (name, (sent, _, reason)), one in zip(HOSTILE.items(), found, strict=True):
        outcome, refused = await fetched(scene, one, sent)
        assert (outcome, refused.state, refused.reason) == (None, MediaState.REFUSED, reason), name
        assert refused.sentence == reason.sentence
    assert await scene.tenant.fetch_val(select(func.count()).select_from(tables.media_contents)) == 0


async def test_an_address_that_is_none_of_twilios_is_not_asked(scene: Scene) -> None:
    sms = scene.sms(MAYA, "", media=(contract.Media("https://evil.example/one", "image/jpeg"),))
    await inbound.receive(scene.tenant, scene.account, sms)
    (one,) = await carried(scene, await scene.conversation(MAYA))

    def never(_: httpx2.Request) -> httpx2.Response:
        raise AssertionError("it was asked")

    assert (await fetched(scene, one, never))[1].reason is Reason.PLACE


async def test_a_page_in_a_picture_is_gone_from_what_is_kept(scene: Scene) -> None:
    (one,) = await text_in(scene, "image/jpeg")
    assert (await fetched(scene, one, polyglot()))[1].state is MediaState.KEPT
    assert b"script" not in await media.content(scene.tenant, one.id, "whole")


async def test_what_is_away_is_tried_again_later_and_later_and_then_given_up(scene: Scene) -> None:
    (one,) = await text_in(scene, "image/jpeg")
    pauses = []
    for tries in range(1, MOST_TRIES):
        outcome, waiting = await fetched(scene, one, 503, tries=tries)
        pauses.append(outcome)
        assert waiting.state is MediaState.WAITING
    assert pauses[:3] == [5.0, 10.0, 20.0]
    assert pauses == sorted(pauses, key=float)  # type: ignore[arg-type]
    outcome, refused = await fetched(scene, one, 503, tries=MOST_TRIES)
    assert (outcome, refused.reason) == (None, Reason.AWAY)


async def test_what_twilio_does_not_have_is_gone_once_it_has_said_so_three_times(scene: Scene) -> None:
    (one,) = await text_in(scene, "image/jpeg")
    for tries in range(1, GONE_TRIES):
        assert (await fetched(scene, one, 404, tries=tries))[1].state is MediaState.WAITING
    gone = (await fetched(scene, one, 404, tries=GONE_TRIES))[1]
    assert (gone.state, gone.sentence) == (
        MediaState.GONE,
        "Twilio does not have this file any more. Ask for it again.",
    )


async def test_a_few_are_fetched_at_once_and_the_others_wait_their_turn(scene: Scene) -> None:
    found = await text_in(scene, *["image/jpeg"] * 5)
    gate = asyncio.Event()

    async def slowly(_: httpx2.Request) -> httpx2.Response:
        await gate.wait()
        return httpx2.Response(404)

    source = TwilioMedia("http://127.0.0.1:9", transport=httpx2.MockTransport(slowly))
    fetcher = MediaFetcher(source, scene.vault)
    running = [asyncio.create_task(fetcher(scene.tenant, job(scene, one))) for one in found[:4]]
    await asyncio.sleep(0)
    assert await fetcher(scene.tenant, job(scene, found[4])) == Postponed(1.0)
    gate.set()
    assert await asyncio.gather(*running) == [5.0] * 4
    await source.aclose()


@pytest.mark.parametrize(
    ("types", "body", "line"),
    [
        (("image/jpeg",), "", "Picture"),
        (("image/jpeg", "image/png"), "", "2 pictures"),
        (("application/pdf",), "", "Document"),
        (("text/x-vcard", "text/vcard"), "", "2 contacts"),
        (("image/jpeg", "video/mp4", "x"), "", "3 files"),
        (("image/jpeg",), "My licence", "My licence"),
    ],
)
async def test_the_list_and_the_log_say_what_came(scene: Scene, types: tuple[str, ...], body: str, line: str) -> None:
    await text_in(scene, *types, body=body)
    assert (await scene.row(await scene.conversation(MAYA))).last_text == line
    (entry,) = (await message_log.page(scene.tenant, Log())).entries
    assert entry.message.body or entry.carries == line
    assert entry.carries


async def test_messages_without_media_are_asked_nothing_more(scene: Scene) -> None:
    page = await messages.page(scene.tenant, await scene.text_in())
    assert await media.of_messages(scene.tenant, page.messages) == {}


async def test_a_picture_goes_out_once_with_an_address_that_only_lasts_while_it_is_on_its_way(
    scene: Scene, twilio: Twilio
) -> None:
    await twilio.start()
    conversation, id = await scene.text_in(), new_id()
    one = await attaching.add(scene.tenant, scene.jo, conversation, name="map.jpg", raw=jpeg(3000, 1500))
    for _ in range(2):
        message = await scene.reply(conversation, "", id=id, media_ids=[one.id])
    assert (message.body, message.segments, message.media_count) == ("", 1, 1)
    assert (await scene.row(conversation)).last_text == "Picture"
    assert [(other.id, other.message_id) for other in await carried(scene, conversation)] == [(one.id, id)]
    assert await send_now(scene.tenant, twilio.line, id, 1) is None
    (sent,) = twilio.sandbox.messages
    (item,) = sent.media
    assert (sent.body, sent.segments, item.url.startswith("http://127.0.0.1:9/media/")) == ("", 1, True)
    token = item.url.rpartition("/")[2]
    assert media_addresses.opened(scene.vault, token) == (scene.tenant.organisation_id, one.id)
    assert (await media.on_its_way(scene.tenant, one.id)).id == one.id
    # Nobody listens at that address, so Twilio says that it could not fetch it.
    await until(lambda: sent.status == "failed")
    assert sent.error_code == 11200
    assert await scene.report(message, "failed", sid=sent.sid, error_code=11200)
    with pytest.raises(NotFound):
        await media.on_its_way(scene.tenant, one.id)


@pytest.mark.parametrize("token", ["", "x", "x" * 5_000, "gAAAAAB" + "A" * 120, "é"])
async def test_an_address_that_nobody_made_leads_nowhere(scene: Scene, token: str) -> None:
    with pytest.raises(NotFound):
        media_addresses.opened(scene.vault, token)


async def test_an_address_expires_and_cannot_be_changed(scene: Scene) -> None:
    made = media_addresses.address("https://x", scene.vault, scene.tenant, new_id(), seconds=-1)
    with pytest.raises(NotFound):
        media_addresses.opened(scene.vault, made.rpartition("/")[2])
    good = media_addresses.address("https://x", scene.vault, scene.tenant, new_id(), seconds=60).rpartition("/")[2]
    with pytest.raises(NotFound):
        media_addresses.opened(scene.vault, good[:-3] + "AA=")


async def test_the_same_id_with_other_pictures_is_refused(scene: Scene) -> None:
    conversation, id = await scene.text_in(), new_id()
    one, other = [
        await attaching.add(scene.tenant, scene.jo, conversation, name="x.jpg", raw=jpeg(8, 8)) for _ in range(2)
    ]
    await scene.reply(conversation, "Here", id=id, media_ids=[one.id])
    for ids in ([], [other.id], [one.id, other.id]):
        with pytest.raises(Invalid):
            await scene.reply(conversation, "Here", id=id, media_ids=ids)
    with pytest.raises(Invalid, match="not here any more"):
        await scene.reply(conversation, "Here", media_ids=[one.id])


async def test_only_ones_own_pictures_of_this_conversation_can_be_sent(scene: Scene, other: Scene) -> None:
    conversation, elsewhere = await scene.text_in(MAYA), await scene.text_in(TOM)
    foreign = await other.text_in(MAYA)
    ids = [
        (await attaching.add(who.tenant, user, place, name="x.jpg", raw=jpeg(8, 8))).id
        for who, user, place in (
            (scene, scene.ana, conversation),
            (scene, scene.jo, elsewhere),
            (other, other.jo, foreign),
        )
    ]
    for one in (*ids, new_id()):
        with pytest.raises(Invalid, match="not here any more"):
            await scene.reply(conversation, "Here", media_ids=[one])
    assert len((await messages.page(scene.tenant, conversation)).messages) == 1


async def test_too_many_or_too_large_pictures_are_refused_and_stay(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    conversation = await scene.text_in()
    ids = [
        (await attaching.add(scene.tenant, scene.jo, conversation, name="x.jpg", raw=jpeg(8, 8))).id for _ in range(11)
    ]
    with pytest.raises(Invalid, match="11 of 10 pictures"):
        await scene.reply(conversation, "", media_ids=ids)
    monkeypatch.setattr(attaching, "MOST_BYTES", 1_000)
    with pytest.raises(Invalid, match="Remove some"):
        await scene.reply(conversation, "", media_ids=ids[:5])
    assert len(await attaching.added(scene.tenant, scene.jo, conversation, ids)) == 11


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        (PDF, "“x” is no picture that can be sent. Choose a JPEG, PNG, GIF or WebP."),
        (SVG, "“x” is no picture that can be sent. Choose a JPEG, PNG, GIF or WebP."),
        (HEIC, "“x” is HEIC, which many phones cannot show. Save it as JPEG and add that."),
        (bomb(), "“x” has too many pixels. Choose a smaller one."),
        (jpeg()[:900], "“x” is damaged. Choose another one."),
        (b"\xff\xd8\xff" * 5_000_000, "“x” is larger than 12 MB. Choose a smaller one."),
    ],
)
async def test_what_is_no_picture_cannot_be_added(scene: Scene, raw: bytes, sentence: str) -> None:
    conversation = await scene.text_in()
    with pytest.raises(Invalid) as refused:
        await attaching.add(scene.tenant, scene.jo, conversation, name="x", raw=raw)
    assert refused.value.sentence == sentence


async def test_a_number_abroad_gets_words_only(scene: Scene) -> None:
    conversation = await scene.text_in("+447700900123")
    with pytest.raises(Refused, match="within the US and Canada, and within Australia, only"):
        await attaching.add(scene.tenant, scene.jo, conversation, name="x.jpg", raw=jpeg(8, 8))
    with pytest.raises(Refused, match="Send words instead"):
        await scene.reply(conversation, "Here", media_ids=[new_id()])
    assert (await scene.reply(conversation, "Here")).status is DeliveryStatus.QUEUED


async def test_pictures_of_texts_that_were_never_sent_go_after_a_day(scene: Scene) -> None:
    conversation = await scene.text_in()
    sent, kept, old = [
        await attaching.add(scene.tenant, scene.jo, conversation, name="x.jpg", raw=jpeg(8, 8)) for _ in range(3)
    ]
    await scene.reply(conversation, "", media_ids=[sent.id])
    for one in (sent, old):
        await scene.tenant.execute(
            tables.message_media.update()
            .where(media.is_media(scene.tenant, one.id))
            .values(created_at=db_later(-attaching.KEPT_FOR.total_seconds() - 60))
        )
    await attaching.prune(scene.tenant.database)
    assert await attaching.added(scene.tenant, scene.jo, conversation, [kept.id, old.id]) == (kept,)
    rows = await scene.tenant.fetch_all(select(tables.media_contents.c.media_id).distinct())
    assert {row.media_id for row in rows} == {sent.id, kept.id}


async def test_a_picture_of_a_phone_comes_all_the_way_from_twilios_address(scene: Scene, twilio: Twilio) -> None:
    await twilio.start()
    sent = twilio.sandbox.arrive(CandidateText(MAYA, scene.number.number, "", media=(File("image/jpeg", jpeg()),)))
    listed = await twilio_media(twilio, scene, sent.sid)
    sms = scene.sms(MAYA, "", media=listed, provider_message_id=sent.sid)
    await inbound.receive(scene.tenant, scene.account, sms)
    (one,) = await carried(scene, await scene.conversation(MAYA))
    source = TwilioMedia(f"http://127.0.0.1:{twilio.port}")
    try:
        assert await MediaFetcher(source, scene.vault)(scene.tenant, job(scene, one)) is None
    finally:
        await source.aclose()
    assert (await media.find(scene.tenant, one.conversation_id, one.id)).state is MediaState.KEPT


async def twilio_media(twilio: Twilio, scene: Scene, sid: str) -> tuple[contract.Media, ...]:
    """What Twilio's list says that a message carries."""
    client = TwilioClient(twilio.transport, scene.account.account_sid, scene.account.auth_token)
    return await client.list_media(sid)
