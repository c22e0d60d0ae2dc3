"""Statements mean the same on both databases, also the second time, when they are not compiled again."""

from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import (
    Integer,
    bindparam,
    case,
    exists,
    func,
    literal,
    select,
    text,
    tuple_,
    union_all,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.dialects.sqlite import pysqlite

from inbox.storage.columns import Id, Utc, db_later, db_now, new_id
from inbox.storage.database import Database, Tenant
from inbox.storage.rows import Row
from inbox.storage.statements import Translator, bind
from inbox.storage.tables import (
    companies,
    login_failures,
    organisations,
    provider_accounts,
    users,
)
from tests.storage.notes import note, notes

pytestmark = pytest.mark.anyio

MOMENT = datetime(2026, 3, 29, 1, 30, 15, 123456, tzinfo=UTC)


async def test_values_come_back_as_the_types_that_the_tables_promise(tenant: Tenant) -> None:
    written = new_id()
    await tenant.execute(
        insert(provider_accounts).values(
            organisation_id=tenant.organisation_id,
            id=written,
            account_sid="AC",
            auth_token=b"\x00\xff sealed",
            channel_token="t",
            synchronize_from=MOMENT,
        )
    )
    row = await tenant.fetch_one(select(provider_accounts))
    assert row is not None
    assert (row.id, type(row.id)) == (written, str)
    assert (row.auth_token, type(row.auth_token)) == (b"\x00\xff sealed", bytes)
    assert row.synchronize_from == MOMENT
    assert row.synchronize_from.tzinfo is UTC
    assert row.previous_auth_token is None
    assert row.provider == "twilio"  # the database's own default
    assert abs(row.created_at - datetime.now(UTC)) < timedelta(minutes=1)
    company = select(organisations.c.is_demo).where(organisations.c.id == tenant.organisation_id)
    assert await tenant.fetch_val(company) is False


async def test_a_moment_of_another_zone_is_the_same_moment(database: Database) -> None:
    melbourne = MOMENT.astimezone(timezone(timedelta(hours=11)))
    await database.execute(insert(login_failures).values(subject="x", at=melbourne))
    assert await database.fetch_val(select(login_failures.c.at)) == MOMENT
    assert await database.fetch_val(select(login_failures.c.subject).where(login_failures.c.at == melbourne)) == "x"


async def test_a_moment_without_a_zone_is_refused(database: Database) -> None:
    with pytest.raises(ValueError, match="time zone"):
        await database.execute(insert(login_failures).values(subject="x", at=MOMENT.replace(tzinfo=None)))


async def test_an_id_is_found_however_it_is_written(tenant: Tenant) -> None:
    known = new_id()
    await tenant.execute(insert(companies).values(organisation_id=tenant.organisation_id, id=known.upper(), name="A"))
    for spelling in (known, known.upper(), UUID(known)):
        assert await tenant.fetch_val(select(companies.c.id).where(companies.c.id == spelling)) == known


async def test_an_update_that_matches_nothing_says_so(database: Database) -> None:
    await note(database, "other")
    renamed = update(login_failures).where(login_failures.c.subject == "none").values(subject="x")
    assert await database.execute(renamed) is None
    assert await database.fetch_all(renamed.returning(login_failures.c.id)) == []
    assert await database.fetch_one(renamed.returning(login_failures.c.id)) is None
    assert await database.fetch_val(renamed.returning(login_failures.c.id)) is None


async def test_changes_are_counted_by_what_they_return(database: Database) -> None:
    for subject in ("a", "a", "b"):
        await note(database, subject)
    renamed = update(login_failures).where(login_failures.c.subject == "a").values(subject="c")
    assert len(await database.fetch_all(renamed.returning(login_failures.c.id))) == 2
    assert await notes(database) == ["c", "c", "b"]


async def test_a_single_returned_row_is_stored_like_all_others(database: Database) -> None:
    added = insert(login_failures).values(subject="x").returning(login_failures.c.id)
    ids = [await database.execute(added), await database.fetch_val(added), (await database.fetch_one(added)).id]
    assert len(set(ids)) == 3
    assert len(await notes(database)) == 3


async def test_an_insert_that_meets_its_like_does_nothing_or_updates(tenant: Tenant) -> None:
    company = insert(companies).values(organisation_id=tenant.organisation_id, id=new_id(), name="first")
    key = ["organisation_id", "id"]
    added = company.on_conflict_do_nothing(index_elements=key).returning(companies.c.id)
    assert len(await tenant.fetch_all(added)) == 1
    assert await tenant.fetch_all(added) == []
    renamed = company.on_conflict_do_update(index_elements=key, set_={"name": company.excluded.name + "!"})
    assert await tenant.fetch_val(renamed.returning(companies.c.name)) == "first!"


async def test_the_same_statement_with_other_values_gives_other_rows(database: Database) -> None:
    for subject in ("a", "b", "c"):
        await note(database, subject)

    async def chosen(subject: str | None) -> list[str]:
        query = select(login_failures.c.subject).where(login_failures.c.subject == subject)
        return [row.subject for row in await database.fetch_all(query)]

    assert [await chosen(subject) for subject in ("a", "b", "none", None, "c")] == [["a"], ["b"], [], [], ["c"]]


async def test_a_list_may_be_longer_or_shorter_the_next_time(database: Database) -> None:
    for subject in ("a", "b", "c"):
        await note(database, subject)

    async def chosen(*subjects: str, but: str = "") -> list[str]:
        query = (
            select(login_failures.c.subject)
            .where(login_failures.c.subject.in_(subjects), login_failures.c.subject != but)
            .order_by(login_failures.c.id)
        )
        return [row.subject for row in await database.fetch_all(query)]

    assert await chosen("a", "c") == ["a", "c"]
    assert await chosen() == []
    assert await chosen("c", "b", "a", "z", but="b") == ["a", "c"]
    assert await chosen("b") == ["b"]
    pairs = tuple_(login_failures.c.subject, login_failures.c.subject)
    query = select(func.count()).where(pairs.in_([("a", "a"), ("b", "x")]))
    assert await database.fetch_val(query) == 1


async def test_ids_and_moments_in_lists_are_written_as_in_columns(tenant: Tenant) -> None:
    known = new_id()
    await tenant.execute(insert(companies).values(organisation_id=tenant.organisation_id, id=known, name="A"))
    query = select(companies.c.id).where(companies.c.id.in_([known.upper(), new_id()]))
    assert await tenant.fetch_val(query) == known
    await tenant.execute(update(companies).values(created_at=MOMENT))
    query = select(companies.c.created_at).where(companies.c.created_at.in_([MOMENT]))
    assert await tenant.fetch_val(query) == MOMENT


async def test_pages_of_one_statement_differ(database: Database) -> None:
    for number in range(10):
        await note(database, str(number))

    async def page(size: int, skip: int) -> list[str]:
        query = select(login_failures.c.subject).order_by(login_failures.c.id).limit(size).offset(skip)
        return [row.subject for row in await database.fetch_all(query)]

    assert [await page(2, 0), await page(3, 4), await page(1, 9)] == [["0", "1"], ["4", "5", "6"], ["9"]]


async def test_optional_conditions_make_statements_of_their_own(database: Database) -> None:
    for subject in ("a", "ab", "b"):
        await note(database, subject)

    async def chosen(start: str | None, end: str | None) -> list[str]:
        query = select(login_failures.c.subject).order_by(login_failures.c.id)
        if start is not None:
            query = query.where(login_failures.c.subject.startswith(start, autoescape=True))
        if end is not None:
            query = query.where(login_failures.c.subject.endswith(end, autoescape=True))
        return [row.subject for row in await database.fetch_all(query)]

    for _ in range(2):
        assert await chosen(None, None) == ["a", "ab", "b"]
        assert await chosen("a", None) == ["a", "ab"]
        assert await chosen(None, "b") == ["ab", "b"]
        assert await chosen("a", "b") == ["ab"]


async def test_the_usual_constructs_of_core_work(tenant: Tenant) -> None:
    await tenant.execute(
        insert(companies).from_select(
            ["organisation_id", "id", "name"],
            select(literal(tenant.organisation_id), literal(new_id(), Id()), literal("A")),
        )
    )
    inner = select(companies.c.name).cte("inner_names")
    row = await tenant.fetch_one(
        select(
            exists().where(companies.c.name == "A").label("there"),
            case((companies.c.name == "A", "yes"), else_="no").label("is_a"),
            select(func.count()).select_from(inner).scalar_subquery().label("count"),
            func.coalesce(companies.c.name, "-").label("keys"),
        ).join_from(companies, organisations)
    )
    assert row is not None
    assert (bool(row.there), row.is_a, row.count, row.keys) == (True, "yes", 1, "A")
    both = union_all(select(companies.c.id), select(companies.c.id))
    assert len(await tenant.fetch_all(both)) == 2


async def test_numbers_in_an_expression_stay_numbers(database: Database) -> None:
    await note(database, "a")
    is_a = case((login_failures.c.subject == "a", 1), else_=0)
    row = await database.fetch_one(
        select(
            literal(7).label("seven"), is_a.label("one"), (is_a + 1).label("two"), func.sum(is_a).over().label("sum")
        )
    )
    assert row is not None
    assert (row.seven, row.one, row.two, row.sum) == (7, 1, 2, 1)


async def test_columns_of_the_same_name_keep_their_types(tenant: Tenant) -> None:
    known = new_id()
    await tenant.execute(insert(companies).values(organisation_id=tenant.organisation_id, id=known, name="A"))
    query = select(organisations.c.id, organisations.c.created_at, companies.c.id, companies.c.created_at)
    row = await tenant.fetch_one(query.join_from(organisations, companies))
    assert row is not None
    assert (row[0], row[2]) == (tenant.organisation_id, known)
    assert row[1].tzinfo is UTC
    assert row[3].tzinfo is UTC


async def test_text_queries_take_values_and_percent_signs(database: Database) -> None:
    for subject in ("a%b", "ab"):
        await note(database, subject)
    query = "select subject from login_failures where subject like 'a%%b' or subject = :subject order by subject"
    assert len(await database.fetch_all(query, {"subject": "none"})) == 2
    query = "select subject from login_failures where subject like '%b' and subject <> :subject"
    assert await database.fetch_val(query, {"subject": "ab"}) == "a%b"


async def test_text_queries_may_be_given_types(database: Database) -> None:
    known = new_id()
    if database.dialect == "sqlite":
        query = f"select '2026-03-29 01:30:15.123456' as at, '{known}' as id, 1 as other"
    else:
        query = f"select timestamptz '2026-03-29 12:30:15.123456+11' as at, uuid '{known}' as id, 1 as other"
    by_name = await database.fetch_one(text(query).columns(at=Utc(), id=Id()))
    assert by_name is not None
    assert (by_name.at, by_name.id, by_name.other) == (MOMENT, known, 1)


async def test_the_databases_clock_counts_seconds(database: Database) -> None:
    row = await database.fetch_one(
        select(db_now().label("now"), db_later(90.5).label("later"), db_later(-0.25).label("before"))
    )
    assert row is not None
    assert timedelta(seconds=90) < row.later - row.now < timedelta(seconds=91)
    assert timedelta(seconds=0.2) < row.now - row.before < timedelta(seconds=0.3)
    again = await database.fetch_one(select(db_now().label("now"), db_later(10).label("later")))
    assert again is not None
    assert timedelta(seconds=9) < again.later - again.now < timedelta(seconds=11)


async def test_many_rows_are_written_all_or_none(database: Database) -> None:
    await database.execute_many(insert(login_failures), [{"subject": "a"}, {"subject": "b", "at": MOMENT}])
    assert await notes(database) == ["a", "b"]
    with pytest.raises(Exception, match=r"(?i)not.null"):
        await database.execute_many(insert(login_failures), [{"subject": "c"}, {"subject": None}])
    await database.execute_many("insert into login_failures (subject) values (:s)", [{"s": "d"}, {"s": "e"}])
    assert await notes(database) == ["a", "b", "d", "e"]


async def test_more_texts_than_are_remembered_are_still_right(database: Database) -> None:
    for number in range(1_100):
        assert await database.fetch_val(f"select {number}") == number
    assert await database.fetch_val("select 0") == 0


async def test_a_statement_built_once_takes_values_each_time(tenant: Tenant) -> None:
    added = insert(companies).values(
        organisation_id=tenant.organisation_id, id=bindparam("new_id"), name=bindparam("new_name")
    )
    chosen = (
        select(companies.c.name)
        .where(companies.c.id.in_(bindparam("ids", expanding=True)), companies.c.created_at > bindparam("since"))
        .order_by(companies.c.name)
    )
    one, two = new_id(), new_id()
    for known, name in ((one, "A"), (two, "B")):
        await tenant.execute(added, {"new_id": known, "new_name": name})
    found = await tenant.fetch_all(chosen, {"ids": [one, two.upper()], "since": MOMENT})
    assert [row.name for row in found] == ["A", "B"]
    assert await tenant.fetch_val(chosen, {"ids": [two], "since": MOMENT}) == "B"
    assert await tenant.fetch_val(chosen, {"ids": [], "since": MOMENT}) is None


async def test_values_for_an_insert_or_update_without_any_are_its_columns(database: Database) -> None:
    await database.execute(insert(login_failures), {"subject": "a"})
    await database.execute(update(login_failures), {"subject": "b"})
    assert await notes(database) == ["b"]


async def test_a_value_that_the_statement_does_not_name_is_refused(database: Database) -> None:
    with pytest.raises(TypeError, match="typo"):
        await database.fetch_all("select 1 where 1 = :one", {"one": 1, "typo": 2})
    with pytest.raises(Exception, match="value is required"):
        await database.fetch_all("select 1 where 1 = :one")


async def test_text_queries_take_ids_and_moments(tenant: Tenant) -> None:
    known = new_id()
    await tenant.execute(insert(companies).values(organisation_id=tenant.organisation_id, id=known, name="A"))
    await tenant.execute(update(companies).values(created_at=MOMENT))
    query = "select name from companies where id = :id and created_at = :at and organisation_id < :large"
    values = {"id": known, "at": MOMENT.astimezone(timezone(timedelta(hours=-5))), "large": 2**60}
    assert await tenant.fetch_val(query, values) == "A"
    with pytest.raises(ValueError, match="time zone"):
        await tenant.fetch_val(query, values | {"at": MOMENT.replace(tzinfo=None)})


async def test_values_given_by_name_are_taken(database: Database) -> None:
    query = select(literal(1)).where(bindparam("left", type_=Integer()) == bindparam("right", type_=Integer()))
    assert await database.fetch_val(query.params(left=1, right=1)) == 1
    assert await database.fetch_val(query.params(left=1, right=2)) is None


async def test_a_row_is_read_by_name_by_position_and_by_unpacking(database: Database) -> None:
    row = await database.fetch_one(select(literal("a").label("first"), literal("b").label("index")))
    assert row is not None
    first, second = row
    assert (first, second) == ("a", "b") == (row.first, row.index) == (row["first"], row["index"]) == (row[0], row[1])
    assert len(row) == 2
    assert dict(row._mapping) == {"first": "a", "index": "b"}
    with pytest.raises(AttributeError, match="third"):
        _ = row.third
    with pytest.raises(KeyError):
        row["third"]


def test_a_row_does_not_show_its_values_in_logs() -> None:
    assert "private" not in repr(Row(["private"], {"body": 0}))


async def test_schema_statements_run(database: Database) -> None:
    await database.execute("create table scratch (id integer primary key)")
    await database.execute("insert into scratch values (1)")
    assert await database.fetch_val("select id from scratch") == 1


@given(body=st.text(alphabet=st.characters(exclude_characters="\x00", exclude_categories=["Cs"])))
def test_any_text_is_compiled_once_and_bound_as_it_is(body: str) -> None:
    translator = Translator(pysqlite.dialect(paramstyle="qmark"))
    query = select(users.c.id).where(users.c.name == body, users.c.email == f"{body}!")
    statement = translator.translate(bind(query))
    assert statement.args == (body, f"{body}!")
    assert body not in statement.text or len(body) < 20
