"""What is taken from others: known to the byte, under a licence that was agreed to, and listed."""

import json
import re
from pathlib import Path

from tests import bill_of_materials

ROOT = Path(__file__).resolve().parent.parent
PERMISSIVE = {
    "0BSD",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "CNRI-Python",
    "MIT",
    "MIT-0",
    "MIT-CMU",
    "PSF-2.0",
}
AS_THEY_ARE = {"fpdf2", "psycopg", "psycopg-binary"}
"""LGPL: used as libraries, unchanged and replaceable."""
BY_FILE = {"certifi", "hypothesis", "pathspec"}
"""MPL: nothing of their files is changed. Only the certificates are part of the product."""


def test_every_package_is_locked_with_its_hashes() -> None:
    locked = bill_of_materials.locked()
    assert [name for name, (_, hashes) in locked.items() if not hashes] == []
    needed = bill_of_materials.parts(for_tests=True)
    assert [part.name for part in needed if part.name not in locked] == []
    assert [part.name for part in needed if locked[part.name][0] != part.version] == []


def test_what_is_installed_is_held_against_the_lock() -> None:
    makefile = (ROOT / "Makefile").read_text()
    (line,) = re.findall(r"^INSTALL := (.*)$", makefile, re.MULTILINE)
    # uv compares each download with the hashes of the constraints, unless it is told not to.
    assert "-c requirements.lock" in line
    assert "no-verify-hashes" not in makefile
    for lock in ROOT.glob("*/*/package-lock.json"):
        packages = {name: one for name, one in json.loads(lock.read_text())["packages"].items() if name}
        assert [name for name, one in packages.items() if not one["integrity"].startswith("sha512-")] == []


def test_every_licence_was_agreed_to() -> None:
    others = {
        part.name: part.licence
        for part in bill_of_materials.parts(for_tests=True)
        if not set(re.split(r" (?:AND|OR) ", part.licence)) <= PERMISSIVE
    }
    assert {name for name, licence in others.items() if licence.startswith("LGPL-3.0")} <= AS_THEY_ARE
    assert {name for name, licence in others.items() if licence == "MPL-2.0"} <= BY_FILE
    assert {name: licence for name, licence in others.items() if name not in AS_THEY_ARE | BY_FILE} == {}


def test_the_bill_of_materials_names_everything_once() -> None:
    bill = bill_of_materials.bill()
    refs = [one["bom-ref"] for one in bill["components"]]
    assert len(refs) == len(set(refs))
    assert {one.split("/")[1].split("@")[0] for one in refs} >= set(bill_of_materials.declared(for_tests=False))
    assert {"pkg:npm/htmx.org@2.0.11"} <= set(refs)
    assert {one["ref"] for one in bill["dependencies"]} - {bill["metadata"]["component"]["bom-ref"]} <= set(refs)
    assert all(one["externalReferences"] for one in bill["components"])
    assert not [one for one in refs if "playwright" in one or "pytest" in one]
