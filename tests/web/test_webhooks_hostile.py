"""What candidates may write: everything is kept and shown as the text it is, on the page and in frames."""

import pytest
from sqlalchemy import select

from inbox.messaging.views import View
from inbox.storage import events, tables
from inbox.storage.events import EventLog
from inbox.web.frames import Frames
from inbox.web.topics import ThreadTopic
from realtime.hub import Cursor
from tests.journeys.elements import Element, parse
from tests.messaging.scene import MAYA, TOM
from tests.web.house import House, shown

pytestmark = pytest.mark.anyio

SHARED = View(user_id=None, zone="UTC")
HOSTILE: tuple[bytes, ...] = tuple(
    text if isinstance(text, bytes) else text.encode()
    for text in (
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        '"><svg onload=alert(1)>',
        "' onfocus='alert(1)' autofocus='",
        "</span></p></li></ol><script src=//evil.example></script>",
        '<b hx-get="/logout" hx-trigger="load">x</b>',
        '" hx-post="/logout" hx-trigger="load" x="',
        '<i id="thread-cursor" data-before="x-0" data-upto="x-999999"></i>',
        '<div id="page" hx-swap-oob="true">gone</div>',
        '{"t":"resync","slot":"list"}',
        "</textarea><script>alert(1)</script>",
        "<!-- <script> -->",
        "<template><p>x",
        "]]><![CDATA[",
        "&lt;script&gt; &amp; &#60;",
        "{{7*7}} {% raw %} {{ config }} ${7*7} #{7*7} <%= 7*7 %>",
        "'; drop table messages; -- \" or 1=1",
        "%s %(x)s %n $1 ? :name \\x00",
        "javascript:alert(1) https://evil.example/?q=<x>",
        '=HYPERLINK("https://evil.example") +1 -1 @sum(1)',
        "one\r\ntwo\rthree\n\nfour",
        "\u202egnp.exe\u202c and \u2066\u2069",
        "z\u0335\u0321\u0358a\u0337\u0345l\u0336\u0315g\u0338\u0322o" + "\u0301" * 60,
        "👨‍👩‍👧‍👦 👩🏽‍⚕️ 🏳️‍🌈 🇦🇺",
        "👍" * 1600,
        "\ufeffbom \u00ad soft \u200b zero \u2028 line \u2029 end",
        "\ud7ff\ue000\ufdd0\uffff\U0010ffff",
        "\x01\x02\x07\x08\x0b\x1b[31m\x7f\x80\x9f",
        "NULL",
        "0",
        " ",
        "x" * 1600,
        "العربية עברית 中文 ไทย",
        "<a href=javascript:alert(1)>x</a>",
        '<form action="/logout" method="post"><button autofocus>x</button></form>',
        '<iframe srcdoc="<script>alert(1)</script>"></iframe>',
        '<meta http-equiv="refresh" content="0;url=https://evil.example">',
        '<base href="https://evil.example/">',
        '<link rel="stylesheet" href="https://evil.example/x.css"><style>*{display:none}</style>',
        "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
        '<details open ontoggle="alert(1)">x</details>',
        '<input hx-get="/inbox" hx-trigger="load" hx-target="body">',
        '<div hx-ws="send" ws-connect="/live" hx-ext="ws">x</div>',
        '<script type="text/hyperscript">on load alert(1)</script>',
        '<b hx-on:load="alert(1)" hx-vals="js:{x: alert(1)}" data-hx-get="/logout" data-hx-trigger="load">x</b>',
        '<hx-partial hx-target="body">x</hx-partial>',
        '<link rel="prefetch" href="/logout"><img src="/logout">',
        '<audio src=x onerror=alert(1)><video poster="/logout">',
        "\\u003cscript\\u003ealert(1)\\u003c/script\\u003e \\x3cscript\\x3e",
        "+ADw-script+AD4-alert(1)+ADw-/script+AD4-",
        "{{constructor.constructor('alert(1)')()}} [[${7*7}]] @{7*7} *{7*7}",
        "1' UNION SELECT auth_token FROM provider_accounts; -- ",
        "../../../../etc/passwd %2e%2e%2f %00 \\..\\",
        "\u0628\u200f\u202dabc\u202e\u2067def\u2069",
        "X-Injected: yes\r\nSet-Cookie: a=b\r\n\r\n<html>",
        b"nothing \x00 here \x00",
        b"half \xed\xa0\xbd of it",
        b"\xed\xbf\xbf\xed\xa0\x80",
        b"latin-1 caf\xe9",
        b"\xff\xfe\x00\x01 \xc0\xaf \xf5\x80\x80\x80",
    )
)


def words_of(root: Element, message_id: str) -> str:
    """The text of a bubble, which holds nothing but text."""
    bubble = root.by_id(f"msg-{message_id}")
    assert bubble is not None
    text = next(element for element in bubble if "data-text" in element.attributes)
    assert not any(text), "markup in a text"
    return text.raw


@pytest.mark.parametrize("bodies", [HOSTILE[:30], HOSTILE[30:]], ids=["one half", "the other half"])
async def test_whatever_is_written_is_stored_and_shown_as_text(house: House, bodies: tuple[bytes, ...]) -> None:
    scene = house.scene
    for body in bodies:
        assert (await house.text_in(body)).status_code == 200, body
    stored = await scene.tenant.fetch_all(select(tables.messages).order_by(tables.messages.c.seq))
    assert len(stored) == len(bodies)
    for row, body in zip(stored, bodies, strict=True):
        assert (row.body.encode() == body) == (row.raw_body is None)
        assert row.raw_body in (None, body)
        assert "\x00" not in row.body
    assert sum(row.raw_body is not None for row in stored) == (5 if bodies[-1] == HOSTILE[-1] else 0)

    conversation, jo = await scene.conversation(MAYA), await house.browser(scene.jo)
    page = shown(await jo.get(f"/inbox/c/{conversation}?tab=shared"))
    topic = ThreadTopic(conversation)
    head = await events.head(scene.tenant)
    happened = await EventLog(scene.tenant.database).read(scene.tenant.channel, 0, 100)
    start = Cursor(head.epoch, 0)
    pieces = Frames(scene.tenant.database)(scene.tenant.channel, {topic: start, SHARED: start}, happened, head)
    frame = parse({topic: text async for piece in pieces for topic, text in piece.items()}[topic])
    for root in (page, frame):
        assert [bubble.id for bubble in root.all("msg") if bubble.id != "msg-"] == [f"msg-{row.id}" for row in stored]
        for row in stored:
            assert words_of(root, row.id) == row.body
    assert [element.id for element in frame if element.id.endswith("-cursor")] == ["thread-cursor"]
    assert sum(element.id == "page" for element in page) == 1


async def test_a_row_of_the_list_shows_it_as_text_too(house: House) -> None:
    jo = await house.browser(house.scene.jo)
    for body in (body for body in HOSTILE if b"<" in body or b'"' in body or b"&" in body):
        await house.text_in(body)
        (row,) = shown(await jo.get("/inbox?tab=shared")).all("conv")
        text = row.first("conv__text")
        assert text is not None
        assert not any(text)
        assert text.words == " ".join(body.decode().split())


async def test_a_sender_and_a_name_full_of_markup_are_text_in_every_place(house: House) -> None:
    hostile = '"><img src=x onerror=alert(1)>'
    assert (await house.text_in(From=hostile)).status_code == 200
    await house.text_in(From=TOM)
    scene = house.scene
    await scene.tenant.execute(
        tables.candidates.update().where(tables.candidates.c.sort_name == TOM).values(name=f"{hostile} {hostile}")
    )
    jo = await house.browser(scene.jo)
    for number in (hostile, TOM):
        conversation = await scene.conversation(number)
        candidate = (await scene.row(conversation)).candidate_id
        for path in (
            f"/inbox/c/{conversation}?tab=shared",
            f"/candidates/{candidate}",
            f"/candidates/{candidate}?tab=sms",
            f"/candidates/{candidate}/preview?tab=sms",
            "/candidates",
            "/inbox?tab=shared&q=%22%3E%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E",
        ):
            page = shown(await jo.get(path))
            assert not [element for element in page if element.tag == "img"], path
            assert not [name for element in page for name in element.attributes if name.startswith("on")], path
            assert "onerror" in page.words, path
