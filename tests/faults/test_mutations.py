"""The tests that hold a promise fail when what keeps it is taken away: a copy of the code without it, and they run."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.faults.conftest import Figure

ROOT = Path(__file__).resolve().parents[2]
COPIED = ("inbox", "realtime", "providers", "templates", "static", "tests", "pyproject.toml")
LEFT_OUT = shutil.ignore_patterns("node_modules", "__pycache__", ".hypothesis")
SECONDS = 900

SENDING = ("tests/messaging/test_delivery.py", "tests/messaging/test_sending.py")
ANY_ORDER = "tests/faults/test_any_order.py"


@dataclass(frozen=True)
class Mutation:
    """A promise's guard: where it stands, what takes its place, and the tests that have to notice."""

    path: str
    text: str
    instead: str
    noticed_by: Sequence[str]


MUTATIONS = {
    "the key that finds a repeated text": Mutation(
        "inbox/messaging/inbound.py",
        "provider_message_id=sms.provider_message_id,",
        "provider_message_id=message_id,",
        ("tests/messaging/test_inbound.py", "tests/web/test_webhooks.py", ANY_ORDER),
    ),
    "the rank that keeps a status from going down": Mutation(
        "inbox/messaging/delivery.py", "messages.c.rank < status.rank,", "", SENDING
    ),
    "the claim that fences a text": Mutation(
        "inbox/messaging/claims.py", "query = query.where(messages.c.claim == mine)", "pass", SENDING
    ),
    "the claim that fences a job": Mutation(
        "inbox/storage/jobs.py",
        'and_(jobs.c.id == bindparam("job"), jobs.c.claim == bindparam("proof"))',
        'and_(jobs.c.id == bindparam("job"), bindparam("proof") == bindparam("proof"))',
        ("tests/storage/test_jobs.py",),
    ),
    "that only a queued text is claimed": Mutation(
        "inbox/messaging/claims.py",
        "{DeliveryStatus.QUEUED}, DeliveryStatus.CLAIMED, **values)",
        "set(DeliveryStatus), DeliveryStatus.CLAIMED, **values)",
        SENDING,
    ),
    "the place of a job in its queue": Mutation(
        "inbox/storage/jobs.py",
        "earlier.c.place < jobs.c.place,",
        "earlier.c.place < 0,",
        ("tests/storage/test_jobs.py",),
    ),
    "the Origin that may open a socket": Mutation(
        "inbox/web/access.py",
        "return len(given) == 1 and given[0] in origins",
        "return True",
        ("tests/web/test_live_door.py", "tests/web/test_access.py"),
    ),
    "the Origin that may write": Mutation(
        "inbox/web/guard.py", "not set(origins) <= self._settings.origins or", "", ("tests/web/test_guard.py",)
    ),
    "the organisation of a conversation": Mutation(
        "inbox/messaging/conversations.py",
        '.where(conversations.c.organisation_id == bindparam("organisation"))',
        '.where(conversations.c.organisation_id - bindparam("organisation") > -1_000)',
        ("tests/messaging/test_conversations.py",),
    ),
    "the organisation of a message": Mutation(
        "inbox/messaging/messages.py",
        "return select(messages).where(messages.c.organisation_id == tenant.organisation_id)",
        "return select(messages)",
        ("tests/messaging/test_messages.py",),
    ),
}


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The code and its tests in a folder of their own."""
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, tmp_path / name, ignore=LEFT_OUT)
        else:
            shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def run(copy: Path, paths: Sequence[str]) -> tuple[int, str]:
    """Run these tests of the copy until one fails; the exit code of pytest and what it said."""
    # The copy's own packages come before those that are installed.
    command = (sys.executable, "-m", "pytest", "-q", "-x", "--no-header", "-p", "no:cacheprovider", *paths)
    environment = {**os.environ, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        command, cwd=copy, env=environment, capture_output=True, text=True, timeout=SECONDS, check=False
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.long
def test_an_unchanged_copy_passes(copy: Path) -> None:
    code, said = run(copy, sorted({path for mutation in MUTATIONS.values() for path in mutation.noticed_by}))
    assert code == 0, said
    assert (
        f"{copy}"
        in subprocess.run(
            (sys.executable, "-c", "import inbox; print(inbox.__file__)"),
            cwd=copy,
            env={**os.environ, "PYTHONPATH": str(copy)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
    )


@pytest.mark.long
@pytest.mark.parametrize("guard", MUTATIONS)
def test_the_tests_notice_when_this_is_gone(copy: Path, figure: Figure, guard: str) -> None:
    mutation = MUTATIONS[guard]
    file = copy / mutation.path
    text = file.read_text()
    assert text.count(mutation.text) == 1, f"{mutation.path} does not hold exactly once: {mutation.text}"
    file.write_text(text.replace(mutation.text, mutation.instead))

    code, said = run(copy, mutation.noticed_by)

    # 1: a test failed. Any other code means that nothing was tested.
    assert code == 1, said
    (noticed, *_) = re.findall(r"^(?:FAILED|ERROR) (\S+::\w+)", said, re.MULTILINE)
    assert noticed
    figure(f"without {guard}: red is", noticed)


def test_every_guard_stands_where_it_is_taken_away() -> None:
    for mutation in MUTATIONS.values():
        assert (ROOT / mutation.path).read_text().count(mutation.text) == 1, mutation
        assert all((ROOT / path).is_file() for path in mutation.noticed_by), mutation
