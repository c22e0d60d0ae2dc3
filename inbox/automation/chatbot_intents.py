"""What Text Engage can talk about: intents with their keywords, and every version of their scripts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Select, and_, delete, func, insert, select, update
from sqlalchemy.sql.elements import ColumnElement

from inbox.accounts.users import User
from inbox.automation import chatbot_scripts, chatbot_words
from inbox.automation.chatbot_scripts import Script
from inbox.automation.chatbot_wishes import Settled
from inbox.errors import Changed, Invalid, NotFound
from inbox.languages import _
from inbox.storage.columns import db_now, new_id
from inbox.storage.database import Tenant
from inbox.storage.tables import chatbot_intents as table
from inbox.storage.tables import chatbot_keywords as keyword_rows
from inbox.storage.tables import chatbot_versions as versions

State = Literal["active", "paused", "archived"]


@dataclass(frozen=True, slots=True)
class Intent:
    """`version` and `script` are those that new dialogues have; `keywords` are lower case."""

    id: str
    company_id: str
    name: str
    kind: str
    job: str
    tag: str
    hours: int
    tells: bool
    state: State
    version: int
    script: Script
    keywords: tuple[str, ...]
    changed_at: datetime
    author: str
    """Who wrote this version."""

    @property
    def keyword(self) -> str:
        """The word to text, as it is shown."""
        return self.keywords[0].upper() if self.keywords else ""


async def create(tenant: Tenant, user: User, company_id: str, settled: Settled) -> str:
    """A new one, active at once; its id. In a transaction. Raises Invalid when a keyword is another intent's."""
    intent_id = new_id()
    await tenant.execute(
        insert(table).values(
            organisation_id=tenant.organisation_id, id=intent_id, company_id=company_id, **settled.columns
        )
    )
    await _add_version(tenant, user, intent_id, 1, settled.script)
    await _take_keywords(tenant, company_id, intent_id, settled.keywords)
    return intent_id


async def change(tenant: Tenant, user: User, intent_id: str, settled: Settled, *, version: int) -> None:
    """Other words for it; who is in a dialogue goes on with the version it began with. In a transaction.

    Raises Invalid as `create` does, Changed when somebody changed it since `version`, NotFound.
    """
    intent = await find(tenant, intent_id)
    new = intent.version + (settled.script != intent.script)
    changed = await tenant.fetch_one(
        update(table)
        .where(is_intent(tenant, intent_id), table.c.version == version)
        .values(version=new, changed_at=db_now(), **settled.columns)
        .returning(table.c.id)
    )
    if changed is None:
        raise Changed(_("%(name)s changed this intent meanwhile. Nothing was saved.", name=intent.author), seen=0)
    if new != intent.version:
        await _add_version(tenant, user, intent_id, new, settled.script)
    await _take_keywords(tenant, intent.company_id, intent_id, settled.keywords)


async def set_state(tenant: Tenant, intent_id: str, state: State) -> None:
    """Pause it, start it again, or put it away: in none but the active state anybody new comes into it.

    One that is put away lets go of its keywords. In a transaction. Raises NotFound.
    """
    changed = await tenant.fetch_one(
        update(table)
        .where(is_intent(tenant, intent_id), table.c.state != "archived")
        .values(state=state, changed_at=db_now())
        .returning(table.c.id)
    )
    if changed is None:
        raise NotFound
    if state == "archived":
        await _release_keywords(tenant, intent_id)


async def find(tenant: Tenant, intent_id: str) -> Intent:
    """The intent with its newest script; raises NotFound."""
    row = await tenant.fetch_one(_selected(tenant).where(table.c.id == intent_id))
    if row is None:
        raise NotFound
    return (await _read(tenant, [row]))[0]


async def at_version(tenant: Tenant, intent_id: str, version: int) -> Intent:
    """The intent with the script that it had as this version; raises NotFound."""
    intent = await find(tenant, intent_id)
    if intent.version == version:
        return intent
    row = await tenant.fetch_one(
        select(versions.c.script, versions.c.author).where(
            versions.c.organisation_id == tenant.organisation_id,
            versions.c.intent_id == intent_id,
            versions.c.version == version,
        )
    )
    if row is None:
        raise NotFound
    return replace(intent, version=version, script=chatbot_scripts.read(row.script), author=row.author)


async def all_of(tenant: Tenant, company_id: str, *, archived: bool = False) -> Sequence[Intent]:
    """Those of a company by name: in use, or put away."""
    is_archived = table.c.state == "archived"
    query = _selected(tenant).where(table.c.company_id == company_id, is_archived if archived else ~is_archived)
    return await _read(tenant, await tenant.fetch_all(query.order_by(func.lower(table.c.name), table.c.id)))


async def active(tenant: Tenant, company_id: str) -> Sequence[Intent]:
    """Those of a company that can be begun, by name."""
    return [one for one in await all_of(tenant, company_id) if one.state == "active" and one.keywords]


def chosen(intents: Sequence[Intent], text: str) -> Intent | None:
    """The intent whose keyword the text is, or begins with; None when it names none."""
    words = chatbot_words.plain(text)
    for intent in intents:
        if words in intent.keywords:
            return intent
    first = chatbot_words.plain(words.partition(" ")[0])
    return next((intent for intent in intents if first in intent.keywords), None)


def is_intent(tenant: Tenant, intent_id: str) -> ColumnElement[bool]:
    """The condition that finds one intent of the organisation."""
    return and_(table.c.organisation_id == tenant.organisation_id, table.c.id == intent_id)


async def _add_version(tenant: Tenant, user: User, intent_id: str, version: int, script: Script) -> None:
    await tenant.execute(
        insert(versions).values(
            organisation_id=tenant.organisation_id,
            intent_id=intent_id,
            version=version,
            script=chatbot_scripts.written(script),
            author=user.name,
        )
    )


async def _take_keywords(tenant: Tenant, company_id: str, intent_id: str, keywords: Sequence[str]) -> None:
    await _release_keywords(tenant, intent_id)
    rows = await tenant.fetch_all(
        select(keyword_rows.c.keyword, table.c.name)
        .join(table, and_(table.c.organisation_id == keyword_rows.c.organisation_id, _names_intent))
        .where(
            keyword_rows.c.organisation_id == tenant.organisation_id,
            keyword_rows.c.company_id == company_id,
            keyword_rows.c.keyword.in_(keywords),
        )
    )
    if rows:
        taken, name = rows[0].keyword.upper(), rows[0].name
        sentence = _("“%(word)s” begins “%(name)s” already. Choose another word.", word=taken, name=name)
        raise Invalid({"keywords": sentence})
    for place, keyword in enumerate(keywords):
        await tenant.execute(
            insert(keyword_rows).values(
                organisation_id=tenant.organisation_id,
                company_id=company_id,
                keyword=keyword,
                intent_id=intent_id,
                place=place,
            )
        )


_names_intent = table.c.id == keyword_rows.c.intent_id


async def _release_keywords(tenant: Tenant, intent_id: str) -> None:
    await tenant.execute(
        delete(keyword_rows).where(
            keyword_rows.c.organisation_id == tenant.organisation_id, keyword_rows.c.intent_id == intent_id
        )
    )


def _selected(tenant: Tenant) -> Select[Any]:
    is_newest = and_(
        versions.c.organisation_id == table.c.organisation_id,
        versions.c.intent_id == table.c.id,
        versions.c.version == table.c.version,
    )
    return (
        select(table, versions.c.script, versions.c.author)
        .join(versions, is_newest)
        .where(table.c.organisation_id == tenant.organisation_id)
    )


async def _read(tenant: Tenant, rows: Sequence[Any]) -> list[Intent]:
    words = await _keywords(tenant, [row.id for row in rows])
    facts = ("id", "company_id", "name", "kind", "job", "tag", "hours", "state", "version", "changed_at", "author")
    return [
        Intent(
            tells=bool(row.tells),
            script=chatbot_scripts.read(row.script),
            keywords=tuple(words.get(row.id, ())),
            **{fact: getattr(row, fact) for fact in facts},
        )
        for row in rows
    ]


async def _keywords(tenant: Tenant, intent_ids: Sequence[str]) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = {}
    rows = await tenant.fetch_all(
        select(keyword_rows)
        .where(keyword_rows.c.organisation_id == tenant.organisation_id, keyword_rows.c.intent_id.in_(intent_ids))
        .order_by(keyword_rows.c.intent_id, keyword_rows.c.place)
    )
    for row in rows:
        found.setdefault(row.intent_id, []).append(row.keyword)
    return found
