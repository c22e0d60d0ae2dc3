"""Choosing a password by a mailed link: for who forgot it, and for who was invited."""

import re
from collections.abc import AsyncIterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from inbox.accounts import users
from inbox.accounts.roles import Role
from inbox.storage import tables
from inbox.storage.columns import db_later
from providers.mail import MailFolder
from tests import mail_server
from tests.web.house import House, opened, shown

pytestmark = pytest.mark.anyio

FORGOTTEN, CHOOSE = "/login/forgotten", "/login/password"
NEW = "a new long password"


@pytest.fixture
async def house(sqlite_url: str, tmp_path: Path, anyio_backend: str) -> AsyncIterator[House]:
    async with opened(sqlite_url, tmp_path) as house:
        yield house


@pytest.fixture
async def stranger(house: House) -> Any:
    """A browser in which nobody is signed in."""
    return await house.browser(Origin="https://inbox.example.com")


async def mailed(house: House) -> list[EmailMessage]:
    """What has been asked for is sent; all mails so far, oldest first."""
    folder = MailFolder(house.app.state.settings.mail_dir)
    await mail_server.deliver(house.scene.tenant, folder)
    files = sorted(folder.folder.glob("*.eml")) if folder.folder.exists() else []
    return [message_from_bytes(file.read_bytes(), _class=EmailMessage, policy=SMTP) for file in files]


def token(mail: EmailMessage) -> str:
    (found,) = re.findall(r"https://inbox.example.com/login/password\?token=(\S+)", mail_server.text(mail))
    return str(found)


async def test_who_forgot_the_password_chooses_another_by_a_link_that_works_once(house: House, stranger: Any) -> None:
    scene = house.scene
    signed_in = await house.browser(scene.jo)
    page = shown(await stranger.post(FORGOTTEN, data={"email": f" {scene.jo.email.upper()} "}))
    assert "a mail with a link is on its way" in page.words
    (mail,) = await mailed(house)
    assert mail["To"] == scene.jo.email
    link = {"token": token(mail)}
    stored = await scene.tenant.fetch_val(select(tables.password_links.c.token_hash))
    assert link["token"] not in stored
    for _ in range(2):  # looking uses nothing up
        assert scene.jo.email in shown(await stranger.get(CHOOSE, params=link)).words
    short = shown(await stranger.post(CHOOSE, data=link | {"new": "short"}), status=422)
    assert "Choose a password of at least 8 characters." in short.words
    answer = await stranger.post(CHOOSE, data=link | {"new": NEW})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/login?chosen")
    assert (await signed_in.get("/inbox")).status_code == 303
    assert (await stranger.post("/login", data={"email": scene.jo.email, "password": NEW})).status_code == 303
    for again in (await stranger.post(CHOOSE, data=link | {"new": NEW}), await stranger.get(CHOOSE, params=link)):
        assert "This link has been used, or its time is over." in shown(again, status=410).words


async def test_the_answer_is_the_same_for_an_email_of_nobody(house: House, stranger: Any) -> None:
    jo, answers = house.scene.jo, []
    await users.deactivate(house.scene.tenant, house.scene.ana.id)
    for email in (jo.email, "nobody@acme.test", house.scene.ana.email):
        answer = await stranger.post(FORGOTTEN, data={"email": email})
        answers.append((answer.status_code, answer.text.replace(email, "")))
    assert answers[0] == answers[1] == answers[2]
    assert [mail["To"] for mail in await mailed(house)] == [jo.email]


async def test_who_asks_again_and_again_is_held_up_and_can_still_sign_in(house: House, stranger: Any) -> None:
    jo = house.scene.jo
    await users.set_password(house.scene.tenant, jo.id, NEW)
    codes = [(await stranger.post(FORGOTTEN, data={"email": jo.email})).status_code for _ in range(8)]
    assert codes[0] == 200
    assert codes[-1] == 429
    assert (await stranger.post("/login", data={"email": jo.email, "password": NEW})).status_code == 303


async def test_a_link_ends_with_its_hour_the_next_link_a_new_password_and_a_deactivation(
    house: House, stranger: Any
) -> None:
    scene, links = house.scene, tables.password_links

    async def fresh() -> dict[str, str]:
        await stranger.post(FORGOTTEN, data={"email": scene.ana.email})
        return {"token": token((await mailed(house))[-1]), "new": NEW}

    first = await fresh()
    second = await fresh()
    assert (await stranger.post(CHOOSE, data=first)).status_code == 410
    await scene.tenant.execute(update(links).values(expires_at=db_later(-1)))
    assert (await stranger.post(CHOOSE, data=second)).status_code == 410
    third = await fresh()
    await users.set_password(scene.tenant, scene.ana.id, "another password")
    assert (await stranger.post(CHOOSE, data=third)).status_code == 410
    fourth = await fresh()
    await users.deactivate(scene.tenant, scene.ana.id)
    assert (await stranger.post(CHOOSE, data=fourth)).status_code == 410


async def test_a_page_of_another_site_cannot_have_links_mailed(house: House) -> None:
    foreign = await house.browser(Origin="https://evil.example.com")
    assert (await foreign.post(FORGOTTEN, data={"email": house.scene.jo.email})).status_code == 403
    bare = await house.browser(**{"Sec-Fetch-Site": "same-origin"})
    (csrf,) = re.findall(r'name="csrf" value="(\w+)"', (await bare.get(FORGOTTEN)).text)
    fields = {"email": house.scene.jo.email}
    assert (await bare.post(FORGOTTEN, data=fields)).status_code == 403
    assert (await bare.post(FORGOTTEN, data=fields | {"csrf": csrf})).status_code == 200


async def test_who_is_invited_chooses_a_password_and_is_no_guest_of_the_list_any_more(
    house: House, stranger: Any
) -> None:
    scene = house.scene
    await scene.tenant.execute(
        update(tables.users).where(tables.users.c.id == scene.jo.id).values(role=Role.ORGANISATION_ADMIN.value)
    )
    admin = await house.browser(scene.jo)
    fields = {"email": "nia@acme.test", "name": "Nia Bello", "role": "recruiter", "invite": "1"}
    answer = await admin.post("/settings/users", data=fields)
    page = shown(await admin.get(answer.headers["Location"]))
    assert "An invitation is on its way to nia@acme.test." in page.words
    assert "Nia Bello nia@acme.test Recruiter Invited" in shown(await admin.get("/settings/users")).words
    (mail,) = await mailed(house)
    assert mail["Subject"] == "Jo Park invites you to Acme"
    mails_page = shown(await admin.get("/settings/mails"))
    assert "Jo Park invites you to Acme nia@acme.test Sent" in mails_page.words
    mail_id = str(mail["Message-ID"]).strip("<>").split("@")[0]
    shown_mail = shown(await admin.get(f"/settings/mails/{mail_id}"))
    assert f"https://inbox.example.com{CHOOSE}?token={token(mail)}" in shown_mail.words
    again = answer.headers["Location"].split("?")[0] + "/invite"
    assert (await admin.post(again)).status_code == 303
    chosen = {"token": token((await mailed(house))[-1]), "new": NEW}
    assert (await stranger.post(CHOOSE, data=chosen)).status_code == 303
    assert (await stranger.post("/login", data={"email": "nia@acme.test", "password": NEW})).status_code == 303
    assert "Invited" not in shown(await admin.get("/settings/users")).words
    assert shown(await admin.post(again), status=422)
    assert "chose a password by a mailed link" in shown(await admin.get("/settings/audit-log")).words


@pytest.mark.parametrize("role", [Role.COMPANY_ADMIN, Role.RECRUITER, Role.REPORTER, Role.GUEST])
async def test_only_who_may_give_any_password_sees_mails(house: House, role: Role) -> None:
    scene = house.scene
    await scene.tenant.execute(update(tables.users).where(tables.users.c.id == scene.jo.id).values(role=role.value))
    jo = await house.browser(scene.jo)
    for path in ("/settings/mails", f"/settings/mails/{scene.jo.id}"):
        assert (await jo.get(path)).status_code == 403
