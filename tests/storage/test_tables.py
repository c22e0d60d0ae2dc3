"""The tables keep the promises that their page makes."""

import pytest
from sqlalchemy import BigInteger, Integer, Table

from inbox.storage.columns import Id, Utc
from inbox.storage.tables import login_failures, metadata, organisations

TABLES = [pytest.param(table, id=table.name) for table in metadata.sorted_tables]
OF_NOBODY = {organisations.name, login_failures.name}


@pytest.mark.parametrize("table", TABLES)
def test_defaults_are_the_databases_own(table: Table) -> None:
    # `databases` never applies a Python default: the column would silently be NULL.
    assert [column.name for column in table.columns if column.default or column.onupdate] == []


@pytest.mark.parametrize("table", TABLES)
def test_every_row_belongs_to_an_organisation(table: Table) -> None:
    assert ("organisation_id" in table.columns) is (table.name not in OF_NOBODY)


@pytest.mark.parametrize("table", TABLES)
def test_every_reference_stays_within_the_organisation(table: Table) -> None:
    for key in table.foreign_key_constraints:
        pairs = [(element.parent.name, element.column.name) for element in key.elements]
        if key.referred_table is organisations:
            assert pairs == [("organisation_id", "id")]
        else:
            assert pairs[0] == ("organisation_id", "organisation_id")
            assert len(pairs) == 2


@pytest.mark.parametrize("table", TABLES)
def test_names_are_short_enough_for_postgresql(table: Table) -> None:
    names = [part.name for part in (*table.constraints, *table.indexes)]
    assert None not in names
    assert [name for name in names if len(str(name)) > 63] == []


@pytest.mark.parametrize("table", TABLES)
def test_ids_that_travel_outside_cannot_be_guessed(table: Table) -> None:
    counted = {
        "organisations",
        "login_failures",
        "message_status_log",
        "search_documents",
        "candidate_documents",
        "synchronizations",
        "segment_log",
        "consents",
    }  # nobody outside finds anything by these ids
    if "id" in table.columns and table.name not in counted:
        assert isinstance(table.c.id.type, Id)
    assert {type(column.type) for column in table.columns if column.name.endswith("_at")} <= {Utc}


def test_a_number_that_counts_up_does_so_on_both_databases() -> None:
    for table in (organisations, login_failures):
        assert isinstance(table.c.id.type, BigInteger)
        assert isinstance(table.c.id.type._variant_mapping["sqlite"], Integer)
