"""The code keeps the rules of safe code that a program can check, and the checker finds what breaks them."""

import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests import code_rules, layout
from tests.layout import Module

ROOT = Path(__file__).resolve().parent.parent
SCRIPTS = re.compile(r"(?:inner|outer)HTML\s*[=:]|insertAdjacentHTML|document\.write|\beval\(|new Function|\.srcdoc")
# Frames of our own socket, whose words the server has escaped.
OURS = "static/js/20-frames.js"
# Each begins with letters as they stand: those are looked for much faster than all of them together.
TOKENS = tuple(
    map(
        re.compile,
        (
            r"-----BEGIN [A-Z ]*PRIVATE KEY-----",
            r"AKIA[0-9A-Z]{16}\b",
            r"gh[pousr]_[A-Za-z0-9]{36}\b",
            r"xox[abprs]-[A-Za-z0-9-]{10,}",
            r"sk_live_[A-Za-z0-9]{16,}",
            r"SK[0-9a-f]{32}\b",
            r"eyJ[A-Za-z0-9_-]{20,}\.[A-Za-z0-9_-]{20,}\.[A-Za-z0-9_-]{20,}",
            r"si[atr]_[A-Za-z0-9_-]{43}\b",
            r"npm_[A-Za-z0-9]{36}\b",
            r"pypi-[A-Za-z0-9_-]{50,}",
            r"AIza[A-Za-z0-9_-]{35}\b",
            r"INBOX_(?:SECRET_KEY|VAULT_KEYS|METRICS_TOKEN)=[^\s\"'`$|]{16,}",
        ),
    )
)
"""Private keys, tokens of clouds, code hosts, registries and Twilio, and our own."""


def tokens(text: str) -> list[str]:
    """What looks like a secret in a text."""
    return [match.group() for pattern in TOKENS for match in pattern.finditer(text)]


@pytest.fixture(scope="module")
def code() -> Sequence[Module]:
    return layout.ours()


def test_no_sql_is_put_together_from_values(code: Sequence[Module]) -> None:
    assert code_rules.raw_sql(code) == []


def test_nothing_is_announced_sent_or_rendered_inside_a_transaction(code: Sequence[Module]) -> None:
    assert code_rules.told_too_early(code) == []


def test_no_code_is_made_of_words_and_no_markup_goes_unescaped(code: Sequence[Module]) -> None:
    assert code_rules.dangerous_calls(code) == []


def test_secrets_are_compared_in_time_that_tells_nothing(code: Sequence[Module]) -> None:
    assert code_rules.compared_in_the_open(code) == []


def test_scripts_make_no_markup_of_words() -> None:
    found = [
        f"{file.relative_to(ROOT)}: {match.group()}"
        for folder in ("static/js", "extension")
        for file in (ROOT / folder).rglob("*.js")
        if file.relative_to(ROOT).as_posix() != OURS
        for match in SCRIPTS.finditer(file.read_text())
    ]
    assert found == []


def test_no_secret_is_kept_with_the_code() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False).stdout
    found = []
    for name in filter(None, listed.split("\0")):
        file = ROOT / name
        if file.suffix in {".png", ".woff2", ".ttf", ".lock", ".zip", ".gz"} or not file.is_file():
            continue
        text = file.read_bytes().decode("utf-8", "ignore")
        found += [f"{name}: {token[:30]}" for token in tokens(text)]
    assert found == []


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ("raw_sql", 'text(f"select {name}")'),
        ("raw_sql", 'db.fetch_all("select " + name)'),
        ("raw_sql", 'literal_column("%s desc" % name)'),
        ("raw_sql", 'text("select {}".format(name))'),
        ("told_too_early", "async def f():\n    async with tenant.transaction():\n        hub.announce('x')"),
        ("told_too_early", "async def f():\n    async with a, db.transaction():\n        await self._client.post('x')"),
        ("dangerous_calls", "Markup(name)"),
        ("dangerous_calls", "eval(name)"),
        ("dangerous_calls", "pickle.loads(raw)"),
        ("dangerous_calls", "subprocess.run(name, shell=True)"),
        ("dangerous_calls", "Environment(autoescape=False)"),
        ("dangerous_calls", "httpx2.get(url, verify=False)"),
        ("compared_in_the_open", "given.token == self._token"),
        ("compared_in_the_open", "csrf != expected"),
    ],
)
def test_what_breaks_a_rule_is_found_with_its_line(rule: str, text: str) -> None:
    (found,) = getattr(code_rules, rule)([Module("inbox.x", "inbox/x.py", text)])
    assert found.startswith("inbox/x.py:")


@pytest.mark.parametrize(
    "text",
    [
        'text("select 1")',
        "table.c.token == token",
        "re.compile(words)",
        "async def f():\n    async with tenant.transaction():\n        await tenant.execute(x)\n    hub.announce('x')",
        "given.kind == 'token'",
        "Environment(autoescape=True)",
    ],
)
def test_what_keeps_them_passes(text: str) -> None:
    code = [Module("inbox.x", "inbox/x.py", text)]
    rules = (code_rules.raw_sql, code_rules.told_too_early, code_rules.dangerous_calls, code_rules.compared_in_the_open)
    assert [found for rule in rules for found in rule(code)] == []


@pytest.mark.parametrize("secret", ["AKIA" + "A" * 16, "-----BEGIN " + "PRIVATE KEY-----", "sit" + "_" + "a" * 43])
def test_a_secret_in_a_file_would_be_found(secret: str) -> None:
    assert tokens(f'KEY = "{secret}"') == [secret]
