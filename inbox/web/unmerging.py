"""Undoing a merge: what goes back to whom, said before it does."""

from dataclasses import asdict

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from inbox.accounts import user_names
from inbox.accounts.roles import Act
from inbox.candidates import profiles
from inbox.errors import NotFound, Refused
from inbox.languages import _
from inbox.messaging import merge_records, unmerging
from inbox.messaging.merge_records import KEPT_DAYS, Merge
from inbox.web import forms, pages
from inbox.web.access import Who, allowed, note
from inbox.web.merging import FIELDS, whole


@allowed(Act.MANAGE_CANDIDATES)
async def preview(request: Request) -> Response:
    """What undoing does; the address names who is gone."""
    me = whole(request)
    return await _page(request, me, await _merge(request, me))


@allowed(Act.MANAGE_CANDIDATES)
async def undo(request: Request) -> Response:
    """Make two of one again; 409 with the reason where it cannot be."""
    await forms.read(request)
    me = whole(request)
    merge = await _merge(request, me)
    try:
        async with me.tenant.transaction():
            await unmerging.undo(me.tenant, me.user, merge.id)
            said = _(
                "took candidate %(goes)s out of candidate %(stays)s again", goes=merge.id, stays=merge.candidate_id
            )
            await note(me, "candidate", said)
    except Refused:
        return await _page(request, me, merge, status=409)
    return RedirectResponse(f"/candidates/{merge.id}", status_code=303)


async def _merge(request: Request, me: Who) -> Merge:
    found = await merge_records.find(me.tenant, str(request.path_params["gone_id"]))
    if found is None:
        raise NotFound
    return found


async def _page(request: Request, me: Who, merge: Merge, *, status: int = 200) -> Response:
    why = await unmerging.hindrance(me.tenant, merge)
    facts: list[tuple[str, str, str | None, str | None]] = []
    if why is None and merge.moved is not None:
        now = await profiles.find(me.tenant, merge.candidate_id)
        after = unmerging.returning(now, merge.moved)
        names = await user_names.of(me.tenant, {one for one in (now.owner_id, after.owner_id) if one})
        for field, words in FIELDS.items():
            pair = asdict(now)[field], asdict(after)[field]
            if pair[0] != pair[1]:
                facts.append((field, words, *(names.get(one, one) if field == "owner_id" else one for one in pair)))
    return await pages.page(
        request,
        "merging/undo.html",
        status=status,
        nav="candidates",
        merge=merge,
        why=why,
        facts=facts,
        moving=unmerging.counts(merge.moved) if merge.moved else {},
        kept_days=KEPT_DAYS,
    )
