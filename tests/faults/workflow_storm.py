"""Many candidates in one workflow at the same moment."""

from itertools import count
from uuid import uuid4

from tests.faults.installation import Breakable
from tests.journeys.installation import JO
from tests.journeys.waiting import until

_areas = count(201)


def candidates(installation: Breakable, number: int) -> dict[str, str]:
    """So many who never wrote: their ids, by their numbers, which are kept for fiction; at any hour of theirs."""
    areas = [next(_areas) for _ in range(-(-number // 100))]
    found = {f"+1{areas[place // 100]}55501{place % 100:02d}": str(uuid4()) for place in range(number)}
    installation.database.tell("update companies set texting_hours = null")
    for some in _slices([*found.items()]):
        people = ", ".join(
            f"((select min(id) from organisations), '{one}', 'Sam {no}', 'sam {no}')" for no, one in some
        )
        held = ", ".join(f"((select min(id) from organisations), '{no}', '{one}')" for no, one in some)
        installation.database.tell(f"insert into candidates (organisation_id, id, name, sort_name) values {people}")
        installation.database.tell(
            f"insert into candidate_numbers (organisation_id, number, candidate_id) values {held}"
        )
    return found


def workflow(installation: Breakable, *steps: tuple[str, str]) -> str:
    """A workflow of these steps, made by Jo; its id."""
    form = {"name": f"Storm {uuid4()}", "aside": "reply", "trigger": "manual"}
    for place, (kind, words) in enumerate(steps):
        form |= {f"kind-{place}": kind, f"words-{place}": words}
    answer = installation.sign_in(JO).post("/workflows", data=form)
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"].rpartition("/")[2]


def begin(installation: Breakable, workflow_id: str, candidate_ids: list[str]) -> None:
    """All of them come into it in one moment, with their jobs."""
    for some in _slices([(one, str(uuid4())) for one in candidate_ids]):
        listed = ", ".join(f"('{candidate}'::uuid, '{execution}'::uuid)" for candidate, execution in some)
        installation.database.tell(
            f"with who (candidate_id, id) as (values {listed}), begun as ("
            " insert into workflow_executions (organisation_id, id, workflow_id, candidate_id, steps)"
            " select workflows.organisation_id, who.id, workflows.id, who.candidate_id, workflows.steps"
            f" from who join workflows on workflows.id = '{workflow_id}' returning organisation_id, id)"
            " insert into jobs (organisation_id, id, kind, subject)"
            " select organisation_id, gen_random_uuid(), 'workflow_step', id from begun"
        )


def left(installation: Breakable, workflow_id: str) -> int:
    """How many of them are not done."""
    rows = installation.ask(
        f"select count(*) from workflow_executions where workflow_id = '{workflow_id}' and state <> 'done'"
    )
    return int(rows[0][0])


def until_fewer(installation: Breakable, workflow_id: str, number: int) -> int:
    """Wait until no more than so many are left; how many are."""
    until(lambda: left(installation, workflow_id) <= max(0, number), seconds=600, every=0.1)
    return left(installation, workflow_id)


def texted(installation: Breakable, workflow_id: str) -> int:
    """How many of its texts have left the outbox."""
    rows = installation.ask(f"select count(*) from messages where origin_id = '{workflow_id}' and status <> 'queued'")
    return int(rows[0][0])


def _slices(found: list[tuple[str, str]]) -> list[list[tuple[str, str]]]:
    return [found[start : start + 500] for start in range(0, len(found), 500)]
