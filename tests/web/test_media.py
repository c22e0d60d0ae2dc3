"""Pictures and files in a browser: shown, saved, added to a text, and fetched by Twilio; nobody else sees them."""

import csv
import io
import json
from uuid import uuid4

import httpx2
import pytest
from sqlalchemy import update

from inbox.accounts import sessions
from inbox.accounts.roles import ALLOWED, Act, Role
from inbox.messaging import attaching, media, media_addresses, messages
from inbox.messaging.fetching_media import MediaFetcher
from inbox.messaging.media import Media
from inbox.storage import events, tables
from inbox.storage.columns import new_id
from inbox.storage.jobs import Job
from inbox.web.topics import ThreadTopic
from providers.twilio.media import TwilioMedia
from tests.media import HTML, PDF, SVG, answer, jpeg, opened
from tests.messaging.scene import MAYA, Scene
from tests.web.house import HTMX, House, shown
from tests.web.test_live_frames import Reader

pytestmark = pytest.mark.anyio


async def text_in(house: House, *raws: bytes | None, body: str = "", sender: str = MAYA) -> tuple[str, list[Media]]:
    """Twilio tells of a text with these files, and those that are given are fetched; None waits."""
    scene, sid = house.scene, f"MM{uuid4().hex}"
    path = f"https://api.twilio.com/2010-04-01/Accounts/{scene.account.account_sid}/Messages/{sid}/Media/ME"
    fields = {"MessageSid": sid, "NumMedia": str(len(raws)), "From": sender}
    for place in range(len(raws)):
        fields |= {f"MediaUrl{place}": f"{path}{place:032x}", f"MediaContentType{place}": "image/jpeg"}
    assert (await house.text_in(body, **fields)).status_code == 200
    conversation = await scene.conversation(sender)
    found = await carried(scene, conversation)
    for one, raw in zip(found[-len(raws) :], raws, strict=True):
        if raw is not None:
            await fetched(scene, one, raw)
    return conversation, await carried(scene, conversation)


async def fetched(scene: Scene, one: Media, raw: bytes) -> None:
    source = TwilioMedia("http://127.0.0.1:9", transport=httpx2.MockTransport(lambda _: answer(raw)))
    fetcher = MediaFetcher(source, scene.vault)
    await fetcher(scene.tenant, Job(scene.tenant.organisation_id, new_id(), media.FETCH, one.id, 1, new_id()))
    await source.aclose()


async def carried(scene: Scene, conversation: str) -> list[Media]:
    page = await messages.page(scene.tenant, conversation)
    found = await media.of_messages(scene.tenant, page.messages)
    return [one for message in page.messages for one in found.get(message.id, ())]


async def added(browser: httpx2.AsyncClient, conversation: str, raw: bytes | None = None) -> str:
    """A picture that is added to the text in the box; its id."""
    told = await browser.post(f"/inbox/c/{conversation}/media", files={"file": ("map.jpg", raw or jpeg())})
    assert told.status_code == 200, told.text
    return str(told.json()["id"])


async def test_a_thread_shows_each_picture_and_file_as_it_stands(house: House) -> None:
    conversation, (picture, document, refused, waiting) = await text_in(
        house, jpeg(1600, 800), PDF, HTML, None, body="My licence"
    )
    jo = await house.browser(house.scene.jo)
    page = shown(await jo.get(f"/inbox/c/{conversation}?tab=shared"))
    address = f"/inbox/c/{conversation}/media"
    (image,) = [element for element in page if element.tag == "img" and "loading" in element.attributes]
    assert image.attributes["src"] == f"{address}/{picture.id}/thumbnail"
    assert (image.attributes["width"], image.attributes["height"]) == ("256", "128")
    assert image.attributes["alt"].startswith("Picture from +61")
    (link,) = page.all("msg__file")
    assert (link.attributes["href"], link.attributes["download"]) == (f"{address}/{document.id}", "document-2.pdf")
    for one, words in ((refused, "it is no picture"), (waiting, "Picture is being fetched…")):
        (place,) = [element for element in page if element.id == f"media-{one.id}"]
        assert words in place.words
    assert "My licence" in page.words


async def test_a_picture_is_served_to_its_organisation_and_can_do_nothing(house: House) -> None:
    conversation, (picture, document) = await text_in(house, jpeg(1600, 800), PDF)
    jo = await house.browser(house.scene.jo)
    whole = await jo.get(f"/inbox/c/{conversation}/media/{picture.id}")
    assert opened(whole.content).size == (1600, 800)
    small = await jo.get(f"/inbox/c/{conversation}/media/{picture.id}/thumbnail")
    assert opened(small.content).size == (512, 256)
    saved = await jo.get(f"/inbox/c/{conversation}/media/{document.id}")
    for got, kind, way in (
        (whole, "image/jpeg", 'inline; filename="picture-1.jpg"'),
        (small, "image/jpeg", 'inline; filename="picture-1.jpg"'),
        (saved, "application/pdf", 'attachment; filename="document-2.pdf"'),
    ):
        assert (got.headers["Content-Type"], got.headers["Content-Disposition"]) == (kind, way)
        policy = "default-src 'none'; frame-ancestors 'none'; sandbox"
        assert got.headers["Content-Security-Policy"].removesuffix("; style-src 'unsafe-inline'") == policy
        assert got.headers["X-Content-Type-Options"] == "nosniff"
        assert got.headers["Cache-Control"] == "private, max-age=86400, immutable"
    assert saved.content == PDF
    missing = await jo.get(f"/inbox/c/{conversation}/media/{document.id}/thumbnail")
    assert (missing.status_code, missing.headers["Cache-Control"]) == (404, "no-store")


async def test_nobody_else_gets_it(house: House) -> None:
    conversation, (picture,) = await text_in(house, jpeg())
    other = await house.neighbour()
    elsewhere, foreign = await house.scene.text_in("+61491570156"), await other.text_in()
    neighbour, stranger = await house.browser(), await house.browser()
    neighbour.cookies.set("__Host-session", await sessions.start(other.tenant, other.jo.id))
    jo = await house.browser(house.scene.jo)
    for form in ("", "/thumbnail"):
        address = f"/media/{picture.id}{form}"
        for place in (conversation, foreign):
            assert (await neighbour.get(f"/inbox/c/{place}{address}")).status_code == 404
        assert (await jo.get(f"/inbox/c/{elsewhere}{address}")).status_code == 404
        assert (await jo.get(f"/inbox/c/{conversation}/media/{new_id()}{form}")).status_code == 404
        led = await stranger.get(f"/inbox/c/{conversation}{address}")
        assert (led.status_code, led.headers["Location"][:6]) == (303, "/login")
    assert (await jo.get(f"/media/{picture.id}")).status_code == 404


async def test_a_role_sees_and_adds_what_it_may(house: House) -> None:
    conversation, (picture,) = await text_in(house, jpeg())
    ana = await house.browser(house.scene.ana)
    for role in Role:
        await house.scene.tenant.execute(update(tables.users).values(role=role.value))
        seen = await ana.get(f"/inbox/c/{conversation}/media/{picture.id}")
        assert seen.status_code == (200 if Act.READ in ALLOWED[role] else 403), role
        sent = await ana.post(f"/inbox/c/{conversation}/media", files={"file": ("x.jpg", jpeg(8, 8))})
        assert sent.status_code == (200 if Act.REPLY in ALLOWED[role] else 403), role


async def test_open_threads_get_the_picture_once_it_is_there(house: House) -> None:
    conversation, (waiting,) = await text_in(house, None)
    reader, topic = Reader(house.scene), ThreadTopic(conversation)
    since = await events.head(house.scene.tenant)
    await fetched(house.scene, waiting, jpeg(800, 400))
    frame = (await reader.show(topic, since=since))[topic]
    (image,) = [element for element in frame if element.tag == "img"]
    assert image.attributes["src"].endswith(f"{waiting.id}/thumbnail")


async def test_a_picture_is_added_and_sent_under_one_id(house: House) -> None:
    conversation, id = await house.scene.text_in(), str(uuid4())
    jo = await house.browser(house.scene.jo)
    ids = [await added(jo, conversation) for _ in range(2)]
    fields = {"body": "", "id": id, "seen": "1", "media": ",".join(ids)}
    for _ in range(2):
        root = shown(await jo.post(f"/inbox/c/{conversation}/messages", data=fields, headers=HTMX))
        (bubble,) = root.all("msg")
        images = [element.attributes["src"] for element in bubble if element.tag == "img"]
        assert (bubble.id, images) == (
            f"msg-{id}",
            [f"/inbox/c/{conversation}/media/{one}/thumbnail" for one in ids],
        )
    (row,) = shown(await jo.get("/inbox?tab=shared")).all("conv")
    assert "2 pictures" in row.words
    (_, line) = shown(await jo.get("/chat-messages")).all("log__text")[::-1]
    assert line.words == "2 pictures"
    await house.scene.tenant.execute(update(tables.users).values(role=Role.REPORTER.value))
    rows = list(csv.DictReader(io.StringIO((await jo.get("/chat-messages.csv")).text)))
    assert [(one["Text"], one["Carries"]) for one in rows] == [("2 pictures", "2 pictures"), ("Hello", "")]


async def test_a_refused_text_keeps_its_pictures_without_scripts_too(house: House) -> None:
    conversation = await house.scene.text_in()
    await house.scene.text_in(MAYA, "Wait")
    jo = await house.browser(house.scene.jo)
    address, fields = f"/inbox/c/{conversation}/messages", {"body": "Here", "id": "", "seen": "1"}
    held = await jo.post(address, data=fields, files=[("files", ("map.jpg", jpeg())), ("files", ("", b""))])
    page = shown(held, 409)
    (tick,) = [element for element in page if element.attributes.get("name") == "media"]
    assert "checked" in tick.attributes
    many = await jo.post(address, data=fields, files=[("files", ("x.jpg", jpeg(8, 8)))] * 11)
    assert "11 of 10 pictures. Remove 1." in shown(many, 422).by_id("composer-notice").words  # type: ignore[union-attr]
    (image,) = page.all("added__picture")
    assert (await jo.get(image.attributes["src"])).status_code == 200
    form = page.by_id("composer")
    assert form is not None
    assert form.attributes["enctype"] == "multipart/form-data"
    more = {"body": "Here", "seen": "2", "media": tick.attributes["value"]}
    sent = await jo.post(address, data=more, files=[("files", ("gate.jpg", jpeg()))])
    assert sent.status_code == 303
    (*_, message) = (await messages.page(house.scene.tenant, conversation)).messages
    assert (message.body, message.media_count) == ("Here", 2)


async def test_a_scheduled_text_keeps_its_pictures_and_shows_them(house: House) -> None:
    conversation = await house.scene.text_in()
    jo = await house.browser(house.scene.jo)
    address, one = f"/inbox/c/{conversation}/scheduled", await added(jo, conversation)
    fields = {"body": "", "preset": "hour", "seen": "1"}
    refused = shown(
        await jo.post(address, data=fields | {"preset": "never", "media": one}, files={"files": ("", b"")}), 422
    )
    assert [tick.attributes["value"] for tick in refused if tick.attributes.get("name") == "media"] == [one]
    more = [("files", ("gate.jpg", jpeg()))]
    assert (await jo.post(address, data=fields | {"media": one}, files=more)).status_code == 303
    page = shown(await jo.get(f"/inbox/c/{conversation}?tab=shared"))
    (text,) = page.all("scheduled__text")
    pictures = [str(element.attributes["src"]) for element in text if element.tag == "img"]
    assert len(pictures) == 2
    assert pictures[0] == f"/inbox/c/{conversation}/media/{one}/thumbnail"
    assert (await jo.get(pictures[1])).status_code == 200
    edit = f"{address}/{text.id.removeprefix('scheduled-')}"
    assert (await jo.post(edit, data=fields | {"version": "0"}, files=more)).status_code == 422
    assert (await jo.post(edit, data=fields | {"version": "0"}, files={"files": ("", b"")})).status_code == 303
    sent = await jo.post(f"{edit}/send")
    assert sent.status_code == 303
    (*_, message) = (await messages.page(house.scene.tenant, conversation)).messages
    assert (message.body, message.media_count) == ("", 2)
    assert next(picture.id for picture in await carried(house.scene, conversation)) == one


@pytest.mark.parametrize(
    ("name", "raw", "sentence"),
    [
        ("x.svg", SVG, "“x.svg” is no picture that can be sent. Choose a JPEG, PNG, GIF or WebP."),
        ("x.jpg", jpeg()[:700], "“x.jpg” is damaged. Choose another one."),
        ("x.jpg", b"\xff\xd8\xff" + b"x" * attaching.MOST_RAW_BYTES, "“x.jpg” is larger than 12 MB."),
    ],
)
async def test_what_cannot_be_sent_is_said_and_the_words_stay(
    house: House, name: str, raw: bytes, sentence: str
) -> None:
    conversation = await house.scene.text_in()
    jo = await house.browser(house.scene.jo)
    told = await jo.post(
        f"/inbox/c/{conversation}/media", files={"file": (name, raw)}, headers={"Accept": "application/json"}
    )
    assert (told.status_code, told.json()["detail"][: len(sentence)]) == (422, sentence)
    page = shown(
        await jo.post(f"/inbox/c/{conversation}/messages", data={"body": "Words"}, files={"files": (name, raw)}), 422
    )
    assert page.by_id("body").raw == "Words"  # type: ignore[union-attr]
    assert sentence in page.by_id("composer-notice").words  # type: ignore[union-attr]


async def test_nothing_is_added_from_elsewhere_and_nothing_endless_is_read(house: House) -> None:
    conversation = await house.scene.text_in()
    jo = await house.browser(house.scene.jo)
    address, files = f"/inbox/c/{conversation}/media", {"file": ("x.jpg", jpeg())}
    assert (await jo.post(address, files=files, headers={"Origin": "https://evil.example"})).status_code == 403
    assert (await jo.post(address, data={"file": "words"}, headers={"Accept": "application/json"})).status_code == 422
    huge = {"file": ("x.jpg", b"x" * (33 * 1024 * 1024))}
    assert (await jo.post(address, files=huge)).status_code == 413
    for odd in ("x", "1,2", "é"):
        told = await jo.post(f"/inbox/c/{conversation}/messages", data={"body": "Hi", "media": odd}, headers=HTMX)
        assert told.status_code == 422
    stranger = await house.browser(Origin="https://inbox.example.com")
    assert (await stranger.post(address, files=files)).status_code == 303
    del jo.headers["Origin"]
    assert (await jo.post(address, files={"file": ("x.jpg", b"x" * 70_000)})).status_code == 413
    foreign = await (await house.neighbour()).text_in()
    ours = await house.browser(house.scene.jo)
    assert (await ours.post(f"/inbox/c/{foreign}/media", files=files)).status_code == 404


async def test_where_no_picture_can_be_sent_there_is_no_button_and_a_sentence(house: House) -> None:
    conversation = await house.scene.text_in("+447700900123")
    jo = await house.browser(house.scene.jo)
    page = shown(await jo.get(f"/inbox/c/{conversation}?tab=shared"))
    form = page.by_id("composer")
    assert form is not None
    assert "within the US and Canada" in form.attributes["data-no-pictures"]
    assert [element for element in form if element.attributes.get("type") == "file"] == []
    told = await jo.post(
        f"/inbox/c/{conversation}/media", files={"file": ("x.jpg", jpeg())}, headers={"Accept": "application/json"}
    )
    assert (told.status_code, told.json()["detail"]) == (422, form.attributes["data-no-pictures"])


async def test_twilio_fetches_a_picture_by_its_address_while_the_text_is_on_its_way(house: House) -> None:
    scene = house.scene
    conversation = await scene.text_in()
    jo, twilio = await house.browser(scene.jo), await house.browser()
    one = await added(jo, conversation)

    def address(seconds: float = 60) -> str:
        return media_addresses.address("", scene.vault, scene.tenant, one, seconds=seconds)

    assert (await twilio.get(address())).status_code == 404  # not sent yet
    message = await scene.reply(conversation, "", media_ids=[one])
    got = await twilio.get(address())
    assert (got.status_code, got.headers["Content-Type"]) == (200, "image/jpeg")
    assert (got.headers["Cache-Control"], got.headers["X-Content-Type-Options"]) == ("no-store", "nosniff")
    assert opened(got.content).size == (640, 480)
    assert (await twilio.head(address())).status_code == 200
    assert (await twilio.get(address(-1))).status_code == 404
    assert (await twilio.get(f"{address()}x")).status_code == 404
    assert (await twilio.get(f"/media/{one}")).status_code == 404
    sid = await scene.accepted(message)
    assert (await twilio.get(address())).status_code == 200
    await scene.report(message, "sent", sid=sid)
    assert (await twilio.get(address())).status_code == 404


async def test_the_emoji_are_a_file_of_our_own(house: House) -> None:
    jo = await house.browser(house.scene.jo)
    page = shown(await jo.get(f"/inbox/c/{await house.scene.text_in()}?tab=shared"))
    listed = await jo.get(page.by_id("emoji").attributes["data-list"])  # type: ignore[union-attr]
    lines = json.loads(listed.text)
    assert len({line.split(" ")[0] for line in lines}) == len(lines) > 100
    assert all(" · " in line for line in lines)
