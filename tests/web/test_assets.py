"""Joined files: kept for ever under the name of their content, and there for pages of another build."""

import re

import pytest

from tests.web.house import House

pytestmark = pytest.mark.anyio


async def test_a_bundle_is_kept_for_ever_under_the_name_of_its_content(house: House) -> None:
    browser = await house.browser()
    page = (await browser.get("/login")).text
    addresses = re.findall(r'"(/static/app\.[0-9a-f]{8}\.(?:css|js))"', page)
    assert len(addresses) == 2
    for address in addresses:
        answer = await browser.get(address)
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize(("kind", "media_type"), [("css", "text/css"), ("js", "text/javascript")])
async def test_a_page_of_another_build_gets_ours_and_nobody_keeps_it(house: House, kind: str, media_type: str) -> None:
    browser = await house.browser()
    page = (await browser.get("/login")).text
    ours = re.search(rf'"(/static/app\.[0-9a-f]{{8}}\.{kind})"', page)
    assert ours

    answer = await browser.get(f"/static/app.00000000.{kind}")

    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith(media_type)
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.text == (await browser.get(ours[1])).text


async def test_a_bundle_of_a_kind_that_there_is_not_is_not_found(house: House) -> None:
    assert (await (await house.browser()).get("/static/app.00000000.map")).status_code == 404
