"""The rules of the code's layout that a program can check; one line a place that breaks them."""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("inbox", "realtime", "providers")
MOST_LINES = 250
MAY_BE_LONG = {"inbox/storage/tables.py", "inbox/storage/migrations/versions/0001_first.py"}
READS_THE_ENVIRONMENT = "inbox/config.py"
ENVIRONMENT = {"environ", "environb", "getenv", "getenvb"}
LOADS_BY_NAME = "inbox/__main__.py"  # the command that was asked for, alone
HIDDEN_IMPORTS = {"TYPE_CHECKING", "__import__", "import_module"}

Levels = Sequence[Sequence[str]]


@dataclass(frozen=True)
class Module:
    """One Python file: its dotted name, its path from the root of the project and its text."""

    name: str
    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        """The parsed file."""
        return ast.parse(self.text, self.path)

    @cached_property
    def imports(self) -> tuple[tuple[int, str], ...]:
        """Line and full dotted name of everything this file imports, wherever it does."""
        return tuple(self._imports())

    def takes(self) -> Iterator[tuple[int, str]]:
        """Line and name of everything this file takes from elsewhere: imported, called, or as an attribute."""
        yield from ((line, target.rpartition(".")[2]) for line, target in self.imports)
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Attribute):
                yield node.lineno, node.attr
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                yield node.lineno, node.func.id

    def _imports(self) -> Iterator[tuple[int, str]]:
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from ((node.lineno, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                start = self._start_of(node)
                yield from ((node.lineno, f"{start}.{alias.name}") for alias in node.names)

    def _start_of(self, node: ast.ImportFrom) -> str:
        if not node.level:
            return node.module or ""
        mine = self.name.split(".")
        is_package = self.path.endswith("__init__.py")
        package = mine[: len(mine) - node.level + is_package]
        return ".".join([*package, node.module] if node.module else package)


def modules(root: Path) -> list[Module]:
    """Every Python file of the three packages under `root`."""
    found = []
    for package in PACKAGES:
        for file in sorted((root / package).rglob("*.py")):
            path = file.relative_to(root)
            parts = path.with_suffix("").parts
            name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
            found.append(Module(name, path.as_posix(), file.read_text(encoding="utf-8")))
    return found


@cache
def ours() -> tuple[Module, ...]:
    """The files of this project, read and parsed once for all tests that look at them."""
    return tuple(modules(ROOT))


def wrong_imports(code: Sequence[Module], levels: Levels) -> list[str]:
    """Imports that do not lead downward: between packages, or up or sideways between the parts of inbox."""
    height = {part: at for at, parts in enumerate(levels) for part in parts}
    strangers = [
        f"{module.path}: inbox.{part} stands in no level of inbox.LEVELS"
        for module in code
        if (part := _part(module.name)) and part not in height
    ]
    return strangers + [
        f"{module.path}:{line}: {module.name} may not import {target}"
        for module in code
        for line, target in module.imports
        if not _may_import(module.name, target, height)
    ]


def _may_import(source: str, target: str, height: dict[str, int]) -> bool:
    package, other = source.partition(".")[0], target.partition(".")[0]
    if other not in PACKAGES or package == other != "inbox":
        return True
    if package != "inbox":
        return False
    part, other_part = _part(source), _part(target)
    if other != "inbox" or (part and part == other_part) or (part and part not in height):
        return True
    return height.get(part, -1) > height.get(other_part, len(height))


def _part(name: str) -> str:
    """The part of inbox that a dotted name belongs to, "" for anything else."""
    package, _, rest = name.partition(".")
    return rest.split(".")[0] if package == "inbox" else ""


def circles(code: Sequence[Module]) -> list[str]:
    """A circle of files that import each other, if there is one."""
    known = {module.name for module in code}
    needs = {
        module.name: {_file_of(target, known) for _, target in module.imports} - {None, module.name} for module in code
    }
    try:
        TopologicalSorter(needs).prepare()
    except CycleError as error:
        return ["circle: " + " <- ".join(error.args[1])]
    return []


def _file_of(target: str, known: set[str]) -> str | None:
    while target and target not in known:
        target = target.rpartition(".")[0]
    return target or None


def hidden_imports(code: Sequence[Module]) -> list[str]:
    """Imports inside functions, and the ways around an import statement."""
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    inside = {
        f"{module.path}:{node.lineno}: import inside {function.name}()"
        for module in code
        for function in ast.walk(module.tree)
        if isinstance(function, functions)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    }
    around = {
        f"{module.path}:{line}: {name}"
        for module in code
        if module.path != LOADS_BY_NAME
        for line, name in module.takes()
        if name in HIDDEN_IMPORTS
    }
    return sorted(inside | around)


def environment_reads(code: Sequence[Module]) -> list[str]:
    """Places outside config.py that read the environment."""
    return [
        f"{module.path}:{line}: {name} is for {READS_THE_ENVIRONMENT} alone"
        for module in code
        if module.path != READS_THE_ENVIRONMENT
        for line, name in module.takes()
        if name in ENVIRONMENT
    ] + [
        f"{module.path}:{line}: {target} reads the environment"
        for module in code
        if module.path != READS_THE_ENVIRONMENT
        for line, target in module.imports
        if target.startswith("starlette.config")
    ]


def long_files(root: Path) -> list[str]:
    """Files of code, scripts and styles with more than MOST_LINES lines."""
    files = [file for package in PACKAGES for file in (root / package).rglob("*.py")]
    files += [file for kind in ("js", "css") for file in (root / "static" / kind).rglob(f"*.{kind}")]
    lengths = {file.relative_to(root).as_posix(): len(file.read_text().splitlines()) for file in files}
    return [
        f"{path}: {length} lines, {MOST_LINES} at most"
        for path, length in sorted(lengths.items())
        if length > MOST_LINES and path not in MAY_BE_LONG
    ]
