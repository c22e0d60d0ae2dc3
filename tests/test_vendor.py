"""The code of others that browsers get is the code its page names, byte for byte, with its licence."""

import hashlib
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENDOR = ROOT / "static" / "vendor"


def _rows() -> list[tuple[str, ...]]:
    """File, package and path, version, licence and SHA-256 of every line of the table."""
    lines = (VENDOR / "VENDOR.md").read_text().splitlines()
    rows = [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in lines if line.startswith("|")]
    return rows[2:]


def test_every_file_is_listed_with_its_hash() -> None:
    listed = {file: digest for file, _, _, _, digest in _rows()}
    there = {
        file.name: hashlib.sha256(file.read_bytes()).hexdigest()
        for file in VENDOR.iterdir()
        if file.name != "VENDOR.md" and not file.name.startswith("LICENSE-")
    }
    assert there == listed


def test_every_file_carries_its_version_and_lies_beside_its_licence() -> None:
    for file, _, version, licence, _ in _rows():
        name, _, licence_file = licence.partition(", ")
        assert f"-{version}." in file
        assert name == "0BSD"
        assert "Zero" in (VENDOR / licence_file).read_text()


def test_templates_load_only_what_is_there() -> None:
    loaded = {
        name
        for template in (ROOT / "templates").rglob("*.html")
        for name in re.findall(r"vendor/([\w.-]+)", template.read_text())
    }
    assert loaded <= {file for file, *_ in _rows()}
