"""Jobs, tags and lists of bulk candidates: some that half of them have, and some that hardly anybody has."""

from collections.abc import Sequence
from dataclasses import dataclass

from inbox.storage import search_documents as documents
from inbox.storage.bulk import Bulk
from inbox.storage.columns import new_id

MEMBER = ("organisation_id", "label_id", "candidate_id", "sort_name")
_LABEL = ("organisation_id", "id", "kind", "name", "sort_name")
# How far apart the candidates are who have it.
_LABELS = (("tag", "Night shifts", 2), ("tag", "Relocating", 400), ("tag", "Weekends", 7), ("list", "Open day", 20))
_JOBS = ("Registered Nurse, Geelong", "Enrolled Nurse, Ballarat", "Physiotherapist, Melbourne", "Care Assistant")
_RARE_JOB, _RARELY = "Perfusionist, Hobart", 300


@dataclass(frozen=True, slots=True)
class Given:
    """A label that every so many-th candidate has."""

    id: str
    is_tag: bool
    every: int


def labels(sink: Bulk, organisation_id: int) -> tuple[Given, ...]:
    """The labels of bulk data, made where they are not there."""
    there = {
        (kind, sort_name): str(label_id)
        for label_id, kind, sort_name in sink.all(
            "select id, kind, sort_name from labels where organisation_id = ?", (organisation_id,)
        )
    }
    missing = [
        (organisation_id, new_id(), kind, name, name.casefold())
        for kind, name, _ in _LABELS
        if (kind, name.casefold()) not in there
    ]
    sink.write("labels", _LABEL, missing)
    there |= {(kind, sort_name): label_id for _, label_id, kind, _, sort_name in missing}
    return tuple(Given(there[kind, name.casefold()], kind == "tag", every) for kind, name, every in _LABELS)


def job_of(place: int) -> str:
    """The job of the `place`-th candidate."""
    return _RARE_JOB if place % _RARELY == 0 else _JOBS[place % len(_JOBS)]


def marks(job: str | None, tag_ids: Sequence[str]) -> str:
    """What a conversation's document says of the candidate."""
    return documents.job_marks(job) + "".join(map(documents.tag_marks, tag_ids))


def count(sink: Bulk, organisation_id: int) -> None:
    """Keep with each label how many candidates have it."""
    sink.do(
        "update labels set size = (select count(*) from label_members m where"
        " m.organisation_id = labels.organisation_id and m.label_id = labels.id) where organisation_id = ?",
        (organisation_id,),
    )
