"""Every file that can be exported, with a formula in every place into which somebody types: none is left in it.

The addresses are taken from the application, so that one that is new is walked as well.
"""

import csv
import io
import re
import zipfile
from itertools import cycle

import pytest
from sqlalchemy import String, Text, update

from inbox.accounts.roles import Role
from inbox.storage import tables
from tests.web.house import House
from tests.web.test_foreign_pages import walked
from tests.web.test_own_only import address, filled

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.both_databases,
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]

FORMULAS = (
    "=1+1",
    "+1-1",
    "-1+1",
    "@SUM(1)",
    "\t=1",
    "\r=1",
    '=HYPERLINK("https://evil.example")',
    "=cmd|' /C calc'!A0",
)
TYPED = {"name", "body", "label", "city", "job", "stage", "consent", "title", "note", "words", "why", "what"}
TYPED |= {"actor_name", "email", "subject", "heard", "keyword"}
FORMULA = re.compile(r"[=+\-@\t\r\x00]")


async def with_formulas(house: House) -> None:
    """Write a formula into every column that holds what people typed, whatever table it is of."""
    for number, table in enumerate(tables.metadata.sorted_tables):
        columns = [one for one in table.columns if isinstance(one.type, String | Text) and one.name in TYPED]
        columns = [one for one in columns if not one.unique and not one.foreign_keys and not one.primary_key]
        for column in columns:
            turn = cycle(FORMULAS[number % len(FORMULAS) :] + FORMULAS)
            try:
                await house.scene.tenant.database.execute(update(table).values({column.name: next(turn)}))
            except Exception:
                continue


async def test_no_export_holds_a_formula(house: House) -> None:
    scene, ids = house.scene, await filled(house)
    await scene.tenant.execute(tables.users.update().values(role=Role.ORGANISATION_ADMIN.value))
    jo = await house.browser(scene.jo)
    await with_formulas(house)
    files, disarmed = 0, 0
    for route in walked(house.app.routes):
        if not route.path.endswith((".csv", ".xlsx")):
            continue
        answer = await jo.get(address(route, ids))
        if answer.status_code == 404:  # of an import that there is not here: tests of imports look at theirs
            continue
        assert answer.status_code == 200, route.path
        files += 1
        if route.path.endswith(".csv"):
            cells = [cell for row in csv.reader(io.StringIO(answer.text, newline="")) for cell in row]
            assert [cell for cell in cells if FORMULA.match(cell)] == [], route.path
            disarmed += sum(cell.startswith("'") for cell in cells)
        else:
            book = zipfile.ZipFile(io.BytesIO(answer.content))
            sheets = [book.read(name).decode() for name in book.namelist() if "worksheets/sheet" in name]
            assert sheets
            assert [name for sheet in sheets for name in re.findall(r"<(f|hyperlink)[ >]", sheet)] == [], route.path
    assert files > 14
    assert disarmed > 10
