"""Bad input in every form of settings, money, consent, provisioning, users and candidates.

What was typed stays, the field is pointed at, and a sentence says what is and what to do. The tables are held against
the route table and the pages, so a form that is new has to be in them.
"""

from collections.abc import Mapping

import httpx2
import pytest
from sqlalchemy import update
from starlette.routing import Route

from inbox.accounts.roles import Role
from inbox.hooks import endpoints
from inbox.storage import tables
from tests.journeys.elements import Element, parse
from tests.messaging.scene import TOM
from tests.web.bad_input import CHOSEN, ELSEWHERE, FORMS, MARKUP, PRESSED
from tests.web.house import House, shown
from tests.web.test_own_only import address, guarded

pytestmark = pytest.mark.anyio

TYPED = {"text", "tel", "email", "search", "date", "time", "datetime-local", "number", "url", "password", "file", ""}
"""Types of inputs into which something is typed."""
NOT_SHOWN_AGAIN = {"password", "file"}


def test_every_form_of_these_areas_is_in_the_tables() -> None:
    there = {route.path for route, _ in guarded("POST") if not route.path.startswith(ELSEWHERE)}
    assert there == FORMS.keys() | PRESSED | CHOSEN


async def filled(house: House, admin: httpx2.AsyncClient) -> Mapping[str, str]:
    """Something of each kind that a form is about; the ids by their parameter."""
    scene = house.scene
    conversation = await scene.text_in(TOM)
    candidate = (await scene.row(conversation)).candidate_id
    await admin.post(f"/candidates/{candidate}/labels", data={"kind": "tag", "name": "Nurse"})
    await admin.post("/candidates/lists", data={"name": "Spring"})
    await admin.post("/saved-views", data={"name": "Waiting", "query": "?unread=1"})
    brought = await admin.post("/candidates/imports", files={"file": ("x.csv", b"Name,Phone\nLee,0491 570 157\n")})
    endpoint, _ = await endpoints.create(
        scene.tenant, scene.vault, url="https://example.com/hook", wanted=["message.received"], to_private=True
    )
    one = scene.tenant.fetch_val
    return {
        "conversation_id": conversation,
        "candidate_id": candidate,
        "user_id": scene.ana.id,
        "company_id": scene.company.id,
        "import_id": brought.headers["Location"].rpartition("/")[2],
        "label_id": await one(tables.labels.select().with_only_columns(tables.labels.c.id).filter_by(kind="tag")),
        "list_id": await one(tables.labels.select().with_only_columns(tables.labels.c.id).filter_by(kind="list")),
        "view_id": await one(tables.saved_views.select().with_only_columns(tables.saved_views.c.id)),
        "endpoint_id": endpoint.id,
    }


def forms(page: Element) -> list[Element]:
    return [one for one in page if one.tag == "form" and one.attributes.get("method") == "post"]


def form_to(page: Element, action: str) -> Element:
    found = [one for one in forms(page) if one.attributes["action"].partition("#")[0] == action]
    assert found, f"no form leads to {action}"
    return found[0]


def is_typed(field: Element) -> bool:
    return field.tag == "textarea" or (field.tag == "input" and field.attributes.get("type", "") in TYPED)


def value(field: Element) -> str:
    return field.raw if field.tag == "textarea" else field.attributes.get("value", "")


def sent(form: Element) -> dict[str, str]:
    """What a browser would send of the form as it stands."""
    fields: dict[str, str] = {}
    for one in form:
        name, kind = one.attributes.get("name", ""), one.attributes.get("type", "")
        if one.tag == "select":
            options = [option for option in one if option.tag == "option"]
            chosen = [option for option in options if "selected" in option.attributes] or options[:1]
            if chosen:
                fields[name] = chosen[0].attributes.get("value", "")
        elif one.tag == "textarea" or (one.tag == "input" and kind not in ("file", "checkbox", "radio")):
            fields[name] = value(one).removeprefix("\n")
        elif one.tag == "input" and kind in ("checkbox", "radio") and "checked" in one.attributes:
            fields[name] = one.attributes.get("value", "on")
        elif one.tag == "button" and name not in fields:
            fields[name] = one.attributes.get("value", "")
    fields.pop("", None)
    return fields


def complaints(page: Element, action: str, typed: Mapping[str, str], field: str) -> list[str]:
    """What is wrong with the page that came back."""
    form, wrong = form_to(page, action), []
    hidden = {one.attributes.get("name") for one in form if one.attributes.get("type") in {"hidden"} | NOT_SHOWN_AGAIN}
    kept = sent(form)
    for name, was in typed.items():
        now = kept.get(name, "")
        if name not in hidden and now.split() != was.split():
            wrong.append(f"{name} is {now[:60]!r}")
    at = [one for one in form if one.attributes.get("name") == field and one.attributes.get("type") != "hidden"]
    pointed = [one for one in at if one.attributes.get("aria-invalid") == "true"]
    if not pointed:
        return [*wrong, "the field is not pointed at"]
    told = [page.by_id(one) for one in pointed[0].attributes.get("aria-describedby", "").split()]
    if None in told:
        wrong.append("it is described by nothing")
    sentences = [one.words for one in told if one is not None and one.has("field__error")]
    if (
        len(sentences) != 1
        or not sentences[0]
        or {"invalid", "please", "sorry", "oops"} & set(sentences[0].lower().split())
    ):
        wrong.append(f"it says {sentences}")
    focused = [one for one in page if "autofocus" in one.attributes]
    if not focused or focused[0].attributes.get("aria-invalid") != "true":
        wrong.append("the focus is elsewhere")
    title = next((one for one in page if one.tag == "title"), None)
    if title is None or not title.words.startswith("Error:"):
        wrong.append("the title does not say so")
    return wrong


def untold(page: Element, typed_into: Mapping[str, Route]) -> list[str]:
    """Forms of a page that something can be typed into and that are in no table."""
    return [
        route.path
        for form in forms(page)
        if any(is_typed(one) for one in form)
        for route in typed_into.values()
        if route.path_regex.match(form.attributes["action"].partition("#")[0])
    ]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_what_cannot_be_taken_stays_in_its_field_with_a_sentence_beside_it(house: House) -> None:
    scene = house.scene
    role = {"role": Role.ORGANISATION_ADMIN.value}
    await scene.tenant.execute(update(tables.users).where(tables.users.c.id == scene.jo.id).values(**role))
    jo = await house.browser(scene.jo)
    ids = await filled(house, jo)
    routes = {route.path: route for route, _ in guarded("POST")}
    buttons = {path: routes[path] for path in PRESSED | CHOSEN}
    found = []
    for path, one in FORMS.items():
        place = {**ids, "country": "au", "item": one.item} | (
            {"label_id": ids["list_id"]} if one.item == "list" else {}
        )
        action, page = address(routes[path], place), one.page.format(**place) if ":" not in one.page else ""
        page = page or address(Route(one.page, lambda: None), place)
        before = parse((await jo.get(page)).text)
        assert not untold(before, buttons), page
        as_it_stands = sent(form_to(before, action))
        for changes in one.wrong:
            field = next(iter(changes))
            for file in one.files or [None]:
                typed = {**as_it_stands, **changes}
                data = {name: was for name, was in typed.items() if was or name in changes}
                given = {field: file} if file else None
                answer = await jo.post(action, data=data, files=given)
                if answer.status_code != 422:
                    found.append(f"{path} {field}={(file or changes[field])!r:.40}: {answer.status_code}")
                    continue
                again = shown(answer, 422)
                assert MARKUP not in answer.text, path
                found += [
                    f"{path} {field}={(file or changes[field])!r:.40}: {told}"
                    for told in complaints(again, action, typed, field)
                ]
    assert not found, "\n".join(found)


DATED = ("/inbox", "/chat-messages", "/reports/chat", "/reports/response", "/settings/organisation/sms/billing-log")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_days_that_end_before_they_begin_stay_in_their_fields_with_a_sentence(house: House) -> None:
    role = {"role": Role.ORGANISATION_ADMIN.value}
    await house.scene.tenant.execute(update(tables.users).where(tables.users.c.id == house.scene.jo.id).values(**role))
    jo = await house.browser(house.scene.jo)
    for path in DATED:
        for start, end, field in (("2026-03-12", "2026-03-01", "to"), ("2026-02-30", "2026-03-01", "from")):
            page = parse((await jo.get(path, params={"range": "custom", "from": start, "to": end})).text)
            wrong = [one for one in page if one.attributes.get("aria-invalid") == "true"]
            assert [one.attributes["name"] for one in wrong] == [field], path
            assert wrong[0].attributes["value"] == (end if field == "to" else start), path
            told = [page.by_id(one) for one in wrong[0].attributes["aria-describedby"].split()]
            assert any(one is not None and one.words for one in told), path
