"""A conversation on paper, for who sees it."""

import json
from io import BytesIO

import pytest
from sqlalchemy import select

from inbox.reports import paper
from inbox.storage import tables
from tests.web.house import House, shown

pytestmark = pytest.mark.anyio


async def test_the_whole_thread_is_printed_with_days_authors_and_states_and_drawn_as_pdf(house: House) -> None:
    scene = house.scene
    for place in range(60):  # more than a page of a thread
        conversation = await scene.text_in(body=f"Grüße {place} \N{WAVING HAND SIGN}")
    await scene.failed(conversation)
    jo = await house.browser(scene.jo)
    page = shown(await jo.get(f"/inbox/c/{conversation}/transcript"))
    assert [f"Grüße {place} \N{WAVING HAND SIGN}" in page.words for place in (0, 59)] == [True, True]
    assert "Australia/Melbourne" in page.words
    assert "Jo Park · Not delivered" in page.words
    file = await jo.get(f"/inbox/c/{conversation}/transcript.pdf")
    assert (file.headers["Content-Type"], file.content[:5]) == ("application/pdf", b"%PDF-")
    told = await scene.tenant.fetch_all(select(tables.audit_log.c.what).order_by(tables.audit_log.c.seq))
    assert [row.what.partition(" the ")[0] for row in told] == ["opened", "downloaded"]
    stranger = await house.neighbour()
    theirs = await stranger.text_in()
    for path in ("transcript", "transcript.pdf"):
        assert (await jo.get(f"/inbox/c/{theirs}/{path}")).status_code == 404


def test_what_the_font_lacks_is_named_and_longer_threads_have_more_pages() -> None:
    drawable = set(map(ord, "abc ü"))
    assert paper.drawn("aü\N{WAVING HAND SIGN}\N{EMOJI MODIFIER FITZPATRICK TYPE-4} b\u05d0日\ufe0f", drawable) == (
        "aü[waving hand sign] b\N{WHITE SQUARE}\N{WHITE SQUARE}"
    )
    sizes = []
    for number in (1, 200):
        lines = [{"kind": "title", "words": "Čeština"}] + number * [{"kind": "text", "words": "Ελλάδα"}]
        told = {"language": "en", "made_at": "2026-11-28T01:00:00+00:00", "lines": lines}
        written = BytesIO()
        paper.main(BytesIO(json.dumps(told).encode()), written)
        sizes.append(written.getvalue().count(b"/Type /Page\n"))
    assert sizes[0] == 1
    assert sizes[1] > 3
