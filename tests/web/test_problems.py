"""Errors as pages, as fragments and as JSON."""

import re
from collections.abc import AsyncIterator

import pytest
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from inbox.errors import (
    Changed,
    InboxError,
    Invalid,
    NotAllowed,
    NotFound,
    Refused,
    TooMany,
    Unavailable,
)
from inbox.storage.database import Database
from tests.web.site import ORIGIN, Site, site

pytestmark = pytest.mark.anyio

ERRORS: dict[str, tuple[Exception, int, str]] = {
    "missing": (NotFound(), 404, "There is nothing here."),
    "forbidden": (NotAllowed(), 403, "Your role does not allow this."),
    "invalid": (Invalid({"name": "Enter a name.", "city": "Enter a city."}), 422, "Enter a name."),
    "refused": (Refused("Maya opted out."), 422, "Maya opted out."),
    "changed": (Changed("A new message arrived.", seen=17), 409, "A new message arrived."),
    "often": (TooMany("Try again in 2 minutes.", seconds=120), 429, "Try again in 2 minutes."),
    "away": (Unavailable("Twilio cannot be reached."), 503, "Twilio cannot be reached."),
    "odd": (InboxError("Something odd."), 500, "Something odd."),
    "teapot": (HTTPException(418, "A teapot."), 418, "A teapot."),
}


async def _raise(request: Request) -> Response:
    raise ERRORS[request.path_params["name"]][0]


async def _fault(request: Request) -> Response:
    raise RuntimeError("the password is hunter2")


async def _late_fault(request: Request) -> Response:
    async def half() -> AsyncIterator[bytes]:
        yield b"half"
        raise RuntimeError("too late")

    return StreamingResponse(half())


@pytest.fixture
def broken() -> Site:
    """The site with a page for each error."""
    return site(
        Database("sqlite:////nowhere/unused.db"),
        more=[
            Route("/raise/{name}", _raise, methods=["GET", "POST"]),
            Route("/api/v1/raise/{name}", _raise),
            Route("/fault", _fault),
            Route("/late", _late_fault),
        ],
    )


@pytest.mark.parametrize("name", ERRORS)
async def test_a_person_gets_a_page_with_the_sentence(broken: Site, name: str) -> None:
    _, status, sentence = ERRORS[name]
    async with broken.browser(Accept="text/html,application/xhtml+xml,*/*;q=0.8") as client:
        answer = await client.get(f"/raise/{name}")
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert sentence in answer.text
    assert f">{status}<" in answer.text


@pytest.mark.parametrize("name", ERRORS)
async def test_a_program_gets_a_problem_as_json(broken: Site, name: str) -> None:
    _, status, sentence = ERRORS[name]
    async with broken.browser() as client:
        for path, accept in ((f"/raise/{name}", "application/problem+json"), (f"/api/v1/raise/{name}", "*/*")):
            answer = await client.get(path, headers={"Accept": accept})
            assert answer.status_code == status
            assert answer.headers["Content-Type"] == "application/problem+json"
            assert answer.json()["status"] == status
            assert answer.json()["detail"].startswith(sentence)


@pytest.mark.parametrize("name", ERRORS)
async def test_htmx_gets_no_page_into_its_target(broken: Site, name: str) -> None:
    _, status, sentence = ERRORS[name]
    async with broken.browser(HX_Request="true", HX_Target="thread", Origin=ORIGIN) as client:
        answer = await client.post(f"/raise/{name}")
    assert answer.status_code == status
    assert answer.headers["HX-Reswap"] == "none"
    assert sentence in answer.text
    assert "<html" not in answer.text
    assert ('hx-swap-oob="innerHTML:#composer-notice"' in answer.text) is (status in (409, 422))


async def test_what_programs_want_beside_the_sentence_is_there(broken: Site) -> None:
    async with broken.browser(Accept="application/json") as client:
        invalid, changed, often, away = [
            await client.get(f"/raise/{name}") for name in ("invalid", "changed", "often", "away")
        ]
    assert invalid.json()["fields"] == {"name": "Enter a name.", "city": "Enter a city."}
    assert changed.json()["seen"] == 17
    assert changed.headers["X-Seen"] == "17"
    assert often.headers["Retry-After"] == "120"
    assert away.headers["Retry-After"] == "5"


async def test_a_missing_thing_and_a_missing_address_look_the_same(broken: Site) -> None:
    for accept in ("text/html", "application/json"):
        async with broken.browser(Accept=accept) as client:
            thing, address = await client.get("/raise/missing"), await client.get("/nowhere")
        assert thing.status_code == address.status_code == 404
        assert thing.content == address.content


async def test_a_wrong_method_is_answered_with_the_right_ones(broken: Site) -> None:
    async with broken.browser(Origin=ORIGIN) as client:
        answer = await client.delete("/raise/missing")
    assert answer.status_code == 405
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "POST"}
    assert "This address does not take such a request." in answer.text


async def test_a_fault_of_ours_tells_its_number_and_nothing_else(
    broken: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    for accept in ("text/html", "application/json"):
        async with broken.browser(Accept=accept) as client:
            answer = await client.get("/fault")
        assert answer.status_code == 500
        assert "hunter2" not in answer.text
        assert "RuntimeError" not in answer.text
        assert answer.headers["X-Request-Id"] in answer.text
        assert answer.headers["X-Request-Id"] in capsys.readouterr().out


async def test_a_fault_after_the_answer_began_cuts_it(broken: Site) -> None:
    async with broken.browser() as client:
        with pytest.raises(RuntimeError, match="too late"):
            await client.get("/late")


@pytest.mark.parametrize(
    ("referer", "back"),
    [
        (f"{ORIGIN}/inbox/c/7?tab=shared", "/inbox/c/7?tab=shared"),
        (f"{ORIGIN}/login?next=/x", "/inbox"),
        ("https://evil.example/inbox", "/inbox"),
        ("https://inbox.example.com.evil.example/x", "/inbox"),
        (f"{ORIGIN}//evil.example", "/inbox"),
        ("http://[", "/inbox"),
        ("javascript:alert(1)", "/inbox"),
        ("", "/inbox"),
    ],
)
async def test_a_problem_page_leads_back_to_a_page_of_ours(broken: Site, referer: str, back: str) -> None:
    async with broken.browser(Referer=referer) as client:
        answer = await client.get("/raise/missing")
    assert re.findall(r'<a class="btn" href="([^"]*)"', answer.text) == [back]


@pytest.mark.parametrize("path", ["/write", "/login", "/hooks/x"])
async def test_larger_than_64_kib_is_too_large_announced_or_not(broken: Site, path: str) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(17):
            yield b"x" * 4096

    form = {"Content-Type": "application/x-www-form-urlencoded"}
    async with broken.browser(Origin=ORIGIN, **{"Content_Type": form["Content-Type"]}) as client:
        announced = await client.post(path, content=b"x" * (64 * 1024 + 1))
        assert announced.status_code == 413
        assert "What was sent is larger than we take." in announced.text
        assert (await client.post(path, content=pieces())).status_code == 413
    async with broken.browser(Cookie="__Host-session=x", Content_Type=form["Content-Type"]) as client:
        # Without an Origin it is the write guard that reads the form first.
        answer = await client.post("/write", content=pieces(), headers={"Accept": "application/json"})
        assert answer.status_code == 413
        assert answer.json()["title"] == "Too large"
    assert broken.written == []


async def test_64_kib_are_taken(broken: Site) -> None:
    async with broken.browser(Origin=ORIGIN) as client:
        answer = await client.post("/write", data={"body": "x" * (64 * 1024 - len("body="))})
    assert answer.status_code == 200
