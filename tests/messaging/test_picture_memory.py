"""What the largest pictures that are read cost a process, by the kernel's own count; `make security` runs it."""

import subprocess
import sys

import pytest

pytestmark = pytest.mark.long

MOST_MEGABYTES = 250
MEASURE = """
import sys
from pathlib import Path
from contextlib import suppress
from inbox.messaging import pictures
from inbox.messaging.pictures import Unfit
from tests.media import bomb, jpeg, picture
raw = {made}
def peak():
    # Not getrusage: that begins at what the process that started this one had.
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) // 1024
pictures.remake(jpeg(100, 100))
before = peak()
with suppress(Unfit):
    pictures.remake(raw)
print(peak() - before)
"""


@pytest.mark.parametrize(
    "made",
    ["bomb()", "bomb(8_000, 6_000)", "open(sys.argv[1], 'rb').read()"],
    ids=["a bomb of 3.6 billion pixels", "a bomb of 48 million pixels", "a photo of 39 million pixels"],
)
def test_a_hostile_or_large_picture_costs_no_more_than_docs_say(
    made: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    large = tmp_path_factory.mktemp("pictures") / "large.jpg"
    # In a process of its own: to make it costs more than to read it.
    make = f"from tests.media import jpeg; open({str(large)!r}, 'wb').write(jpeg(7_200, 5_400))"
    subprocess.run([sys.executable, "-c", make], check=True)
    measured = [sys.executable, "-c", MEASURE.format(made=made), str(large)]
    told = subprocess.run(measured, capture_output=True, text=True, check=True).stdout
    print(f"{made}: {told.strip()} MB")  # noqa: T201
    assert int(told) < MOST_MEGABYTES
    assert int(told) > 50 or "open" not in made  # so it measures
