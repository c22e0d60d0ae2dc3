"""`python -m tests`: the linters and every test, in streams at once, as browsers and broken processes mostly wait."""

import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from typing import IO

BROKEN = tuple(f"tests/{folder}" for folder in ("faults", "journeys", "realtime"))
BESIDE = tuple(f"tests/{folder}" for folder in ("accounts", "storage"))
BELOW = tuple(f"tests/{folder}" for folder in ("providers", "automation", "billing", "reports"))
STREAMS = (
    ("tests/browser", "--ignore=tests/browser/test_accessibility.py"),
    ("tests/browser/test_accessibility.py", *BELOW),
    BROKEN,
    ("tests/web", *BESIDE),
    ("tests", *(f"--ignore={folder}" for folder in ("tests/browser", "tests/web", *BROKEN, *BELOW, *BESIDE))),
)

IMPORTERS = ("tests/web/test_inbox.py", "tests/web/api/test_contract.py", "tests/browser/test_accessibility.py")
"""Tests that import between them nearly all of the code that the streams have in common."""


def main() -> int:
    """Run the streams; what the first ones print follows after the last. The worst exit code is the answer."""
    with ExitStack() as stack:
        lint, *printed = [stack.enter_context(tempfile.TemporaryFile()) for _ in STREAMS]
        behind = [subprocess.Popen(("make", "lint"), stdout=lint, stderr=lint)]
        compile_once()
        behind += [start(stream, output) for stream, output in zip(STREAMS[:-1], printed, strict=True)]
        code = start(STREAMS[-1], None).wait()
        for stream, output in zip(behind, (lint, *printed), strict=True):
            code = max(code, stream.wait())
            output.seek(0)
            sys.stdout.write(output.read().decode(errors="replace"))
    return code


def compile_once() -> None:
    """Keep the compiled code of what all streams import: begun at once, each of them would compile it for itself."""
    collecting = (sys.executable, "-m", "pytest", "-qq", "--collect-only", *IMPORTERS)
    # What is wrong with them, the streams will say.
    subprocess.run(collecting, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)


def start(stream: Sequence[str], output: IO[bytes] | None) -> subprocess.Popen[bytes]:
    """Run the tests of a stream; what they print goes to `output`, or straight on."""
    return subprocess.Popen((sys.executable, "-m", "pytest", "-q", *stream), stdout=output, stderr=output)


sys.exit(main())
