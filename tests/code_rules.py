"""Rules of safe code that need its syntax tree: one line a place that breaks them."""

import ast
from collections.abc import Iterator, Sequence
from functools import cache

from tests.layout import Module

RAW_SQL = {"text", "literal_column", "exec_driver_sql", "column", "table"}
"""What takes SQL as words; `execute` of a bare string is found as well."""
RUNS = {"execute", "fetch_all", "fetch_one", "fetch_val", "iterate"}
TELLS = {"announce", "publish", "send_now", "fetch", "post", "request", "deliver", "render", "dismiss"}
"""What speaks to browsers, Redis or the provider, or takes the time of a page."""
TELLERS = {"hub", "transport", "client", "source", "sender", "broadcast", "mailer", "rendering", "line"}
DANGEROUS = {
    "eval", "exec", "compile", "Markup", "from_string", "loads_pickle", "system", "popen", "mktemp",
}  # fmt: skip
MAY = {("inbox/languages/folding.py", "Markup"), ("inbox/storage/statements.py", "compile")}
"""Words of a catalogue, whose values are escaped; and a statement's own method."""
OF_SCHEMAS = (
    "inbox/storage/migrations/",
    "inbox/storage/sqlite.py",
    "inbox/storage/sqlite_pool.py",
    "inbox/storage/copies.py",
    "inbox/storage/migrate.py",
    "inbox/storage/row_security.py",
    "inbox/storage/scrubbing.py",
    "inbox/storage/grants.py",
    "inbox/storage/postgresql.py",
)
"""Where statements name tables, functions, settings and files of ours, which cannot be bound."""
NO_SECRETS = {("inbox/storage/audit.py", "entry.hash"), ("inbox/provisioning/credentials.py", "known.auth_token")}
"""A hash that anybody may know, and what an admin types compared with what the same form keeps."""
PRECIOUS = {"token", "auth_token", "signature", "csrf", "secret", "password", "hash", "mac", "digest"}


def raw_sql(code: Sequence[Module]) -> list[str]:
    """SQL that is put together from values instead of having them bound."""
    return [
        f"{module.path}:{call.lineno}: {_name(call)} of words that are put together"
        for module in code
        if module.path.startswith("inbox/") and not module.path.startswith(OF_SCHEMAS)
        for call in _calls(module)
        if _name(call) in RAW_SQL | RUNS and call.args and _is_put_together(call.args[0])
    ]


def told_too_early(code: Sequence[Module]) -> list[str]:
    """What is said to others inside of a transaction, which may yet be undone and holds its locks meanwhile."""
    return [
        f"{module.path}:{call.lineno}: {ast.unparse(call.func)} inside of a transaction"
        for module in code
        for block in _nodes(module)
        if isinstance(block, ast.AsyncWith) and any(_is_transaction(item.context_expr) for item in block.items)
        for statement in block.body
        for call in ast.walk(statement)
        if isinstance(call, ast.Call) and _tells(call)
    ]


def dangerous_calls(code: Sequence[Module]) -> list[str]:
    """Code made of words, markup that is not escaped, and programs that are run by a shell."""
    return [
        f"{module.path}:{call.lineno}: {_name(call)}"
        for module in code
        for call in _calls(module)
        if (_name(call) in DANGEROUS and not _is_of_re(call) and (module.path, _name(call)) not in MAY)
        or (_name(call) == "loads" and ast.unparse(call.func).split(".")[0] in {"pickle", "marshal", "yaml"})
        or any(word.arg == "shell" for word in call.keywords)
        or any(word.arg == "autoescape" and _is(word.value, False) for word in call.keywords)
        or any(word.arg == "verify" and _is(word.value, False) for word in call.keywords)
    ]


def compared_in_the_open(code: Sequence[Module]) -> list[str]:
    """Secrets compared by `==`, whose time tells how much of a guess was right."""
    return [
        f"{module.path}:{node.lineno}: {ast.unparse(node)}"
        for module in code
        for node in _nodes(module)
        if isinstance(node, ast.Compare)
        and any(isinstance(one, ast.Eq | ast.NotEq) for one in node.ops)
        and all(not isinstance(side, ast.Constant) for side in (node.left, *node.comparators))
        and any(_last_word(side) in PRECIOUS for side in (node.left, *node.comparators))
        and not any(_is_column(side) for side in (node.left, *node.comparators))
        and not any((module.path, ast.unparse(side)) in NO_SECRETS for side in (node.left, *node.comparators))
    ]


@cache
def _nodes(module: Module) -> tuple[ast.AST, ...]:
    """What the rules look at, walked once for all of them."""
    return tuple(node for node in ast.walk(module.tree) if isinstance(node, ast.Call | ast.Compare | ast.AsyncWith))


def _calls(module: Module) -> Iterator[ast.Call]:
    return (node for node in _nodes(module) if isinstance(node, ast.Call))


def _name(call: ast.Call) -> str:
    return ast.unparse(call.func).rpartition(".")[2]


def _is_of_re(call: ast.Call) -> bool:
    return ast.unparse(call.func).split(".")[0] in {"re", "regex"}


def _is_put_together(words: ast.expr) -> bool:
    if isinstance(words, ast.JoinedStr):
        return any(isinstance(part, ast.FormattedValue) for part in words.values)
    if isinstance(words, ast.BinOp) and isinstance(words.op, ast.Add | ast.Mod):
        return any(isinstance(one, ast.Constant) and isinstance(one.value, str) for one in (words.left, words.right))
    return isinstance(words, ast.Call) and _name(words) == "format"


def _is_transaction(opened: ast.expr) -> bool:
    return isinstance(opened, ast.Call) and _name(opened) == "transaction"


def _tells(call: ast.Call) -> bool:
    if not isinstance(call.func, ast.Attribute) or call.func.attr not in TELLS:
        return False
    return _last_word(call.func.value) in TELLERS


def _last_word(node: ast.expr) -> str:
    return ast.unparse(node).rpartition(".")[2].strip("_") if isinstance(node, ast.Name | ast.Attribute) else ""


def _is_column(node: ast.expr) -> bool:
    return ".c." in ast.unparse(node)


def _is(node: ast.expr, value: object) -> bool:
    return isinstance(node, ast.Constant) and node.value is value
