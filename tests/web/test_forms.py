"""Fields of posted forms."""

from datetime import date

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from inbox.errors import Invalid
from inbox.storage.database import Database
from inbox.web import forms
from inbox.web.forms import Form
from tests.web.site import ORIGIN, site

pytestmark = pytest.mark.anyio


def sentences(form: Form) -> dict[str, str]:
    with pytest.raises(Invalid) as raised:
        form.check()
    return raised.value.fields


async def test_a_field_comes_without_blanks_around_it_and_with_plain_line_feeds() -> None:
    form = Form({"body": "  one\r\ntwo\rthree\n "})
    assert form.text("body", most=20) == "one\ntwo\nthree"
    assert form.raw("body") == "  one\ntwo\nthree\n "
    form.check()


async def test_what_a_database_cannot_store_is_replaced() -> None:
    form = Form({"body": "a\x00b\ud800c"})
    assert form.text("body", most=20) == "a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}c"


async def test_a_missing_field_is_empty_unless_it_is_needed() -> None:
    form = Form({"name": "  "})
    assert form.raw("nothing") == ""
    assert form.text("city", most=20) == ""
    assert form.date("from", label="From") is None
    form.check()
    form.text("name", most=20, needed="Enter a name.")
    assert sentences(form) == {"name": "Enter a name."}


async def test_too_long_a_text_says_by_how_much() -> None:
    form = Form({"body": "x" * 1612})
    form.text("body", most=1600)
    assert sentences(form) == {"body": "1,612 of 1,600 characters. Shorten it by 12."}


async def test_a_date_is_a_real_day() -> None:
    assert Form({"from": " 2026-02-28 "}).date("from", label="From") == date(2026, 2, 28)
    for wrong in ("2026-02-30", "yesterday", "2026-13-01", "28.02.2026", "9" * 5000):
        form = Form({"from": wrong})
        assert form.date("from", label="From") is None
        assert sentences(form) == {"from": "From must be a real date"}


async def test_everything_that_is_wrong_is_said_at_once() -> None:
    form = Form({"from": "x", "name": ""})
    form.date("from", label="From")
    form.text("name", most=9, needed="Enter a name.")
    assert sentences(form) == {"from": "From must be a real date", "name": "Enter a name."}


async def _echo(request: Request) -> Response:
    form = await forms.read(request)
    return JSONResponse({name: form.raw(name) for name in ("a", "b")})


async def test_forms_of_both_kinds_are_read() -> None:
    echo = site(Database("sqlite:////nowhere/unused.db"), more=[Route("/echo", _echo, methods=["POST"])])
    async with echo.browser(Origin=ORIGIN) as client:
        answer = await client.post("/echo", data={"a": ["1", "2"], "b": "é"})
        assert answer.json() == {"a": "2", "b": "é"}
        answer = await client.post("/echo", files={"a": (None, "1"), "b": (None, "é")})
        assert answer.json() == {"a": "1", "b": "é"}
        assert (await client.post("/echo", json={"a": "1"})).json() == {"a": "", "b": ""}
        assert (await client.post("/echo")).json() == {"a": "", "b": ""}


async def test_files_and_forms_without_end_are_refused() -> None:
    echo = site(Database("sqlite:////nowhere/unused.db"), more=[Route("/echo", _echo, methods=["POST"])])
    async with echo.browser(Origin=ORIGIN) as client:
        assert (await client.post("/echo", files={"a": ("a.txt", b"text")})).status_code == 400
        many = {f"field{number}": "x" for number in range(101)}
        assert (await client.post("/echo", data=many)).status_code == 400
        broken = {"Content-Type": "multipart/form-data; boundary=x"}
        assert (await client.post("/echo", content=b"\x00nonsense", headers=broken)).status_code == 400
        odd = {"Content-Type": "multipart/form-data; boundary=x; charset=unicode_escape"}
        content = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n\\ud800\r\n--x--\r\n'
        answer = await client.post("/echo", content=content, headers=odd)
        assert answer.json()["a"] == "\N{REPLACEMENT CHARACTER}"
