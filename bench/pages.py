"""Lighthouse's grades for the pages of a seeded installation, on its slow phone and on its desktop.

Pages are loaded with nothing in the cache and with the session of a recruiter. The grades of a busy machine are lower:
Lighthouse counts the browser's own time.
"""

import json
import os
import re
import statistics
import subprocess
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import environments
from bench.contest import number
from bench.environments import PEERS
from bench.report import Report, Verdict
from tests import services
from tests.journeys import installation as installations
from tests.journeys.installation import JO, Installation

LEAST = 0.95
MOST_BYTES = 100_000
CATEGORIES = {"performance": "performance", "accessibility": "accessibility", "best-practices": "best practices"}
CANDIDATE = "+61491570110"
FLAGS = (
    "--headless=new --no-sandbox --disable-gpu --disable-background-networking --disable-component-update"
    " --no-first-run"
)
RUN_SECONDS = 180
_PROFILE = re.compile(r'href="(/candidates/[0-9a-f-]{36})"')


@dataclass(frozen=True, slots=True)
class Grades:
    """Of one load: the grades from 0 to 1, bytes over the wire, milliseconds, and the audits that are not perfect."""

    grades: Mapping[str, float]
    weight: float
    contentful_ms: float
    blocked_ms: float
    complaints: frozenset[str]


def measure(rounds: int) -> list[Report]:
    """One line for each page and device, the medians of the rounds."""
    node = environments.node_of("lighthouse")
    with tempfile.TemporaryDirectory() as folder, installations.embedded(Path(folder)) as installation:
        pages, cookie = _pages(installation), _cookie(installation)
        lines: list[dict[str, str]] = []
        verdicts: list[Verdict] = []
        notes: list[str] = []
        for device in ("mobile", "desktop"):
            for name, path in pages.items():
                header = {} if name == "sign-in" else {"Cookie": cookie}
                runs = [_graded(node, f"{installation.url}{path}", device, header) for _ in range(rounds)]
                line, verdict = _line(name, device, runs), _verdict(name, device, runs)
                lines.append(line)
                verdicts.append(verdict)
                complaints = sorted(frozenset.union(*(run.complaints for run in runs)))
                notes += [f"{name}, {device}: {complaint}" for complaint in complaints]
    return [Report("Pages, by Lighthouse", lines, verdicts, notes, data={"pages": lines})]


def _pages(installation: Installation) -> dict[str, str]:
    conversation = installation.conversation(CANDIDATE)
    jo = installation.sign_in(JO)
    profile = _PROFILE.search(jo.get("/candidates").text)
    if profile is None:
        raise RuntimeError("the list of candidates links to no profile")
    return {
        "sign-in": "/login",
        "inbox": "/inbox?tab=shared",
        "thread": f"/inbox/c/{conversation}?tab=shared",
        "candidates": "/candidates",
        "profile": f"{profile[1]}?tab=sms",
    }


def _cookie(installation: Installation) -> str:
    return "; ".join(f"{name}={value}" for name, value in installation.sign_in(JO).cookies.items())


def _graded(node: list[str], url: str, device: str, headers: Mapping[str, str]) -> Grades:
    """Load a page once in a browser of its own."""
    command = [
        *node,
        str(PEERS / "lighthouse" / "node_modules" / "lighthouse" / "cli" / "index.js"),
        url,
        "--quiet",
        "--output=json",
        "--no-enable-error-reporting",
        f"--only-categories={','.join(CATEGORIES)}",
        f"--chrome-flags={FLAGS}",
        f"--extra-headers={json.dumps(dict(headers))}",
        *(["--preset=desktop"] if device == "desktop" else []),
    ]
    environment = {**os.environ, "CHROME_PATH": services.chromium_path()}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=RUN_SECONDS)
    if done.returncode:
        raise RuntimeError(f"Lighthouse did not grade {url}: {done.stderr[-500:]}")
    return _read(json.loads(done.stdout))


def _read(told: Mapping[str, Any]) -> Grades:
    audits = told["audits"]
    wanted = [one["id"] for name in CATEGORIES for one in told["categories"][name]["auditRefs"] if one["weight"]]
    poor = [audits[one] for one in wanted if (audits[one]["score"] is not None and audits[one]["score"] < LEAST)]
    return Grades(
        grades={name: told["categories"][name]["score"] for name in CATEGORIES},
        weight=audits["total-byte-weight"]["numericValue"],
        contentful_ms=audits["largest-contentful-paint"]["numericValue"],
        blocked_ms=audits["total-blocking-time"]["numericValue"],
        complaints=frozenset(f"{audit['id']} {audit.get('displayValue', '')}".strip() for audit in poor),
    )


def _line(name: str, device: str, runs: list[Grades]) -> dict[str, str]:
    grades = {CATEGORIES[one]: number(_median(run.grades[one] for run in runs)) for one in CATEGORIES}
    return {
        "page": name,
        "device": device,
        **grades,
        "kB": number(_median(run.weight for run in runs) / 1000),
        "largest paint ms": number(_median(run.contentful_ms for run in runs)),
        "blocked ms": number(_median(run.blocked_ms for run in runs)),
    }


def _verdict(name: str, device: str, runs: list[Grades]) -> Verdict:
    grade, weight = _median(run.grades["performance"] for run in runs), _median(run.weight for run in runs)
    goal = f"{name}, {device}: performance at least {LEAST}, at most {MOST_BYTES / 1000:g} kB"
    return Verdict(goal, f"{number(grade)}, {number(weight / 1000)} kB", grade >= LEAST and weight <= MOST_BYTES)


def _median(values: Iterable[float]) -> float:
    return statistics.median(values)
