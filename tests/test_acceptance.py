"""The tests that `docs/acceptance.md` names are there."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def test_whatever_the_page_names_is_a_test() -> None:
    named = set(re.findall(r"`(test_\w+)`", (ROOT / "docs/acceptance.md").read_text()))
    code = "\n".join(file.read_text() for file in (ROOT / "tests").rglob("test_*.py"))
    assert len(named) > 20
    assert not named - set(re.findall(r"def (test_\w+)\(", code))
