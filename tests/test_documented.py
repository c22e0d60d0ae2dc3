"""Every test that docs/security.md names as a proof is there, and what it says of SECURITY.md leads somewhere."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs" / "security.md"


def written() -> dict[str, bool]:
    """Every test there is, and whether it is one of the long ones."""
    found = {}
    for file in (ROOT / "tests").rglob("test_*.py"):
        text = file.read_text()
        whole = re.search(r"^pytestmark = .*pytest\.mark\.long", text, re.MULTILINE) is not None
        for match in re.finditer(r"^((?:@.*\n(?:[ )].*\n)*)*)(?:async )?def (test_\w+)", text, re.MULTILINE):
            found[match[2]] = whole or "pytest.mark.long" in match[1]
    return found


def test_every_proof_is_a_test_that_is_there() -> None:
    named, there = set(re.findall(r"`(test_\w+)`", DOCS.read_text())), written()
    assert len(named) > 60
    assert sorted(named - there.keys()) == []


def test_the_long_ones_are_called_so_and_no_others() -> None:
    there = written()
    said = {name: "long" in more for name, more in re.findall(r"`(test_\w+)`(?: \(([^)]*)\))?", DOCS.read_text())}
    assert {name: is_long for name, is_long in said.items() if is_long != there[name]} == {}


def test_links_between_the_pages_on_security_lead_somewhere() -> None:
    for page in (ROOT / "SECURITY.md", DOCS, ROOT / "docs/deploy.md"):
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
