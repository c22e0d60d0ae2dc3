"""The rows of an imported file become candidates, or fill in what is missing of those who are here."""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy.dialects.postgresql import insert

from inbox.candidates import consents, imported_rows, profiles, removing
from inbox.candidates.imported_rows import ImportedRow, key_of
from inbox.candidates.imports import Import
from inbox.candidates.numbers import FREE
from inbox.candidates.profiles import Profile
from inbox.messaging import renaming
from inbox.storage import search_documents
from inbox.storage.columns import new_id
from inbox.storage.database import Tenant
from inbox.storage.tables import candidate_documents, candidate_numbers, candidates


async def take_in(tenant: Tenant, file: Import, rows: Sequence[ImportedRow]) -> None:
    """Do these rows. In a transaction."""
    taken = [(row, row.profile) for row in rows if row.profile is not None]
    held = await imported_rows.holders(tenant, [profile for _, profile in taken])
    await _add(tenant, file, [(row, profile) for row, profile in taken if key_of(profile) not in held])
    changed = [
        await _meet(tenant, file, row, profile, held[key_of(profile)])
        for row, profile in taken
        if key_of(profile) in held
    ]
    # Last, as what is told locks the event log.
    for candidate_id, before, after in changed:
        await renaming.renamed(tenant, candidate_id, before, after, actor_id=None)


async def _add(tenant: Tenant, file: Import, rows: Sequence[tuple[ImportedRow, Profile]]) -> None:
    """New candidates. A number that somebody got at this very moment stays theirs."""
    if not rows:
        return
    ids = {row.line.number: new_id() for row, _ in rows}
    organisation = tenant.organisation_id
    people = [
        {"organisation_id": organisation, "id": ids[row.line.number], **profiles.columns_of(profile)}
        for row, profile in rows
    ]
    await tenant.execute(insert(candidates).values(people))
    numbers = [
        {"organisation_id": organisation, "number": profile.number, "candidate_id": ids[row.line.number]}
        for row, profile in rows
        if profile.number
    ]
    got: set[str] = set()
    if numbers:
        statement = insert(candidate_numbers).values(numbers)
        only_free = statement.on_conflict_do_nothing(**FREE)
        got = {row.number for row in await tenant.fetch_all(only_free.returning(candidate_numbers.c.number))}
    late = [row.line.number for row, profile in rows if profile.number and profile.number not in got]
    await removing.remove(tenant, [ids.pop(line) for line in late])
    await imported_rows.settle(tenant, file.id, late, "left")
    added = [(row, profile) for row, profile in rows if row.line.number in ids]
    await _make_searchable(tenant, [(ids[row.line.number], profile) for row, profile in added])
    agreed = [(profile.number, profile.consent) for _, profile in added if profile.number and profile.consent]
    await consents.record_many(tenant, agreed, source="import", author=f"Import of {file.file_name}")
    for row, _ in added:
        line = row.line.number
        await imported_rows.settle(tenant, file.id, [line], "added", candidate_id=ids[line])


async def _make_searchable(tenant: Tenant, people: Sequence[tuple[str, Profile]]) -> None:
    documents = []
    for candidate_id, profile in people:
        numbers = [profile.number] if profile.number else []
        made = search_documents.of_candidate(tenant.organisation_id, profile.name, profile.email, numbers)
        documents.append(
            {
                "organisation_id": tenant.organisation_id,
                "candidate_id": candidate_id,
                "sort_name": profile.sort_name,
                "words": made.words,
                "marks": made.marks,
            }
        )
    if documents:
        await tenant.execute(insert(candidate_documents).values(documents))


async def _meet(
    tenant: Tenant, file: Import, row: ImportedRow, profile: Profile, candidate_id: str
) -> tuple[str, Profile, Profile]:
    """Somebody who is here already gets the facts that are missing, if that is wanted; the profile before and after."""
    known = await profiles.find(tenant, candidate_id)
    missing = {
        name: getattr(profile, name)
        for name in Profile.__slots__
        if file.known == "fill" and getattr(known, name) is None and getattr(profile, name) is not None
    }
    after = replace(known, **missing)
    if missing:
        by = f"Import of {file.file_name}"
        await profiles.change(tenant, candidate_id, after, mark=known.mark, by=by, source="import")
    outcome = "filled" if missing else "left"
    await imported_rows.settle(
        tenant, file.id, [row.line.number], outcome, candidate_id=candidate_id, filled=list(missing)
    )
    return candidate_id, known, after
