"""An organisation in which there is one of everything that an address can name."""

import re
from collections.abc import Mapping

from sqlalchemy import select, update
from starlette.routing import Route

from inbox.accounts import companions, users
from inbox.accounts.roles import Role
from inbox.accounts.users import User
from inbox.candidates import people, profiles
from inbox.candidates.choices import EVERYBODY
from inbox.embeds import keys as embed_keys
from inbox.hooks import deliveries, endpoints
from inbox.messaging import label_changes
from inbox.reports import exports
from inbox.storage import tables
from inbox.storage.database import Tenant
from tests.media import PDF
from tests.messaging.scene import Scene
from tests.web import test_exports, test_own_only
from tests.web.house import House
from tests.web.test_candidate_imports import FILE as CANDIDATES
from tests.web.test_history import FILE as HISTORY

Ids = Mapping[str, str]

WORDS = {"country": "au", "item": "business", "kind": "bundle", "version": "1", "file_name": "texts.csv"}
"""What stands in addresses and names no row."""


async def filled(house: House, secret: str) -> Ids:
    """One of everything in the house's organisation, with a word in it that nobody else has; the ids by parameter."""
    ids = dict(await test_own_only.filled(house, secret))
    scene, database = house.scene, house.scene.tenant.database
    admin = await as_role(scene, Role.ORGANISATION_ADMIN)
    browser = await house.browser(admin)

    async def led_to(path: str, **form: object) -> str:
        answer = await browser.post(path, **form)  # type: ignore[arg-type]
        assert answer.status_code == 303, f"{path}: {answer.status_code} {answer.text[:500]}"
        return answer.headers["Location"].partition("?")[0].rpartition("/")[2]

    async def newest(table: object, **columns: object) -> str:
        columns["organisation_id"] = scene.tenant.organisation_id
        query = select(table.c.id).filter_by(**columns).order_by(table.c.id.desc())  # type: ignore[attr-defined]
        return str(await scene.tenant.fetch_val(query.limit(1)))

    await led_to(f"/candidates/{ids['candidate_id']}/labels", data={"kind": "tag", "name": f"Tag {secret}"})
    await led_to("/candidates/lists", data={"name": f"List {secret}"})
    await led_to("/message-templates", data={"name": f"Template {secret}", "body": f"Hello {secret}"})
    person = {"name": f"Nia {secret}", "email": f"nia@{secret}.test", "role": "recruiter", "every_company": "1"}
    await led_to("/settings/users", data={**person, "invite": "1"})
    token = await browser.post("/settings/api-tokens", data={"name": secret, "scopes": "candidates:read", "days": ""})
    assert token.status_code == 200, token.text[:500]
    await companions.connect(database, await companions.new_code(scene.tenant, admin), name="Chrome")
    endpoint, _ = await endpoints.create(
        scene.tenant, scene.vault, url=f"https://{secret}.example.com/", wanted=["message.received"], to_private=True
    )
    await deliveries.test(scene.tenant, endpoint.id)
    key, _ = await embed_keys.create(scene.tenant, scene.vault)
    paper = {"document": (f"{secret}.pdf", PDF)}
    await led_to("/settings/provisioning/au/business/documents", files=paper)
    stays, goes = [await people.create(scene.tenant, name=f"{name} {secret}") for name in ("Ines", "Inés")]
    marks = [(await profiles.find(scene.tenant, one)).mark for one in (stays, goes)]
    await led_to(
        f"/candidates/{stays}/merge", data={"with": goes, "mark": marks[0], "other_mark": marks[1], "name": "other"}
    )
    changed = await label_changes.begin(
        scene.tenant, admin, "add", "tag", f"Tag {secret}", chosen=[ids["candidate_id"]], choice=EVERYBODY
    )
    asked = await exports.ask(scene.tenant, admin, "consents", {"q": secret})
    await test_exports.worked(house)
    listed = {"file": (f"{secret}.csv", CANDIDATES.encode(), "text/csv")}
    texts = {"file": (f"{secret}.csv", HISTORY.encode(), "text/csv")}
    return {
        **ids,
        "gone_id": goes,
        "import_id": await led_to("/candidates/imports", files=listed),
        "file_id": await led_to("/campaigns/files", files=listed),
        "history_id": await led_to("/settings/history/files", files=texts),
        "label_id": await newest(tables.labels, kind="tag"),
        "list_id": await newest(tables.labels, kind="list"),
        "template_id": await newest(tables.message_templates),
        "mail_id": await newest(tables.mails),
        "token_id": await newest(tables.api_tokens),
        "companion_id": await newest(tables.companions),
        "company_id": scene.company.id,
        "number_id": scene.number.id,
        "key_id": key.id,
        "endpoint_id": endpoint.id,
        "delivery_id": await newest(tables.webhook_deliveries),
        "document_id": await newest(tables.provisioning_documents),
        "change_id": changed.id,
        "export_id": asked.id,
        "file_name": asked.file_name,
    }


async def as_role(scene: Scene, role: Role, **more: object) -> User:
    """Jo with another role."""
    jo = tables.users.c.id == scene.jo.id
    await scene.tenant.execute(update(tables.users).where(jo).values(role=role.value, **more))
    return await users.find(scene.tenant, scene.jo.id)


def named(path: str) -> list[str]:
    """The parameters of an address that name a row."""
    return [one for one in re.findall(r"\{(\w+)(?::\w+)?\}", path) if one not in WORDS]


def address(path: str, ids: Ids) -> str:
    """The address with these ids in it; lists and tags are labels of two kinds."""
    known = {**WORDS, **ids} | ({"label_id": ids["list_id"]} if path.startswith("/candidates/lists") else {})
    asked = "?of=reached" if path.endswith("/executions") else ""  # of nobody there is no list
    return re.sub(r"\{(\w+)(:\w+)?\}", lambda found: known[found[1]], path) + asked


def methods(route: Route) -> list[str]:
    """What may be asked of a route."""
    return sorted((route.methods or {"GET"}) - {"HEAD"})


async def rows_of(tenant: Tenant) -> Mapping[str, list[str]]:
    """Everything that is stored of an organisation, by table, as text."""
    found = {}
    for table in tables.metadata.sorted_tables:
        if "organisation_id" in table.c:
            rows = await tenant.fetch_all(select(table).where(table.c.organisation_id == tenant.organisation_id))
            found[table.name] = sorted(str(tuple(row)) for row in rows)
    return found
