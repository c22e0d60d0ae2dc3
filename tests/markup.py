"""The rules of templates, words and settings that a program can check; one line a place that breaks them."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

JINJA_BLOCK = re.compile(r"{%.*?%}|{#.*?#}", re.DOTALL)
JINJA_VALUE = re.compile(r"{{.*?}}", re.DOTALL)
ESCAPING_OFF = re.compile(r"\|\s*safe\b|\bautoescape\b|\bMarkup\(")
PROMISE = re.compile(r"\b(?:TO" r"DO|FIX" r"ME)\b")
TRANSLATED = re.compile(r"{%-?\s*trans\b.*?{%-?\s*endtrans\s*-?%}", re.DOTALL)
WORD = re.compile(r"[^\W\d_]{2,}")
SPOKEN = {"title", "aria-label", "placeholder", "alt"}
PAGE_CLASS = re.compile(r"{% block page_class %}.*?{% endblock %}")
NAMES = re.compile(r"Shared Inbox|Text Engage|Sourcing Companion")
LITERAL_TAGS = {"kbd", "code", "script", "symbol"}
# For programmers, in the language of the interface that it describes.
IN_ENGLISH = {"templates/api/docs.html"}
SETTING = re.compile(r"\bINBOX_[A-Z_]+\b")
DRAWN_ICON = re.compile(r'<symbol id="[a-z]+-([a-z-]+)"')
SHOWN_ICON = re.compile(r'<use href="[^"#]*#[a-z]+-([a-z-]+)"|\bicon\("([a-z-]+)"')
OURS = ("inbox", "realtime", "providers", "templates", "static", "tests", "bench", "docs", "extension")
TEXT = {".py", ".html", ".js", ".css", ".md", ".json", ".toml", ".yml"}


def templates(root: Path) -> dict[str, str]:
    """Text of every page and fragment of ours, by its path from the root of the project."""
    return {
        file.relative_to(root).as_posix(): file.read_text(encoding="utf-8")
        for folder in ("templates", "providers", "extension")
        for file in sorted((root / folder).rglob("*.html"))
    }


def unsafe_markup(root: Path) -> list[str]:
    """Templates that switch escaping off, or carry what the page's policy blocks."""
    found = []
    for path, text in templates(root).items():
        for match in ESCAPING_OFF.finditer(text):
            line = text.count("\n", 0, match.start()) + 1
            found.append(f"{path}:{line}: {match.group()} switches escaping off")
        reader = _Reader()
        reader.feed(_without_jinja(text))
        reader.close()
        found += [f"{path}:{line}: {what}" for line, what in reader.found]
    return found


def _without_jinja(text: str) -> str:
    """The bare HTML, line by line where it was."""
    text = JINJA_BLOCK.sub(lambda match: " " + "\n" * match.group().count("\n"), text)
    return JINJA_VALUE.sub(lambda match: "x" + "\n" * match.group().count("\n"), text)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[int, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        line = self.getpos()[0]
        self.found += [(line, f"{words} in <{tag}>") for words in _blocked_attributes(attrs)]
        if tag == "style" or (tag == "script" and not any(name == "src" for name, _ in attrs)):
            self.found.append((line, f"inline <{tag}>"))


def _blocked_attributes(attrs: list[tuple[str, str | None]]) -> Iterator[str]:
    for name, value in attrs:
        if name == "style" or name.startswith(("on", "hx-on", "data-hx-on")):
            yield f"attribute {name}"
        if (value or "").strip().lower().startswith("javascript:"):
            yield f"script address in {name}"


def untranslated_words(root: Path) -> list[str]:
    """Words of our templates, as text or in attributes that are read out, that no catalogue knows."""
    found = []
    for path, html in templates(root).items():
        text = html
        if not path.startswith("templates/") or path in IN_ENGLISH:
            continue
        for pattern in (TRANSLATED, PAGE_CLASS, JINJA_BLOCK, JINJA_VALUE):
            text = pattern.sub(lambda match: " " + "\n" * match.group().count("\n"), text)
        reader = _Words()
        reader.feed(text)
        reader.close()
        found += [f"{path}:{line}: {words!r} is in no catalogue" for line, words in reader.found]
    return found


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[int, str]] = []
        self._literal = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._literal += tag in LITERAL_TAGS
        for name, value in attrs:
            if name in SPOKEN:
                self._look(value or "")

    def handle_endtag(self, tag: str) -> None:
        self._literal -= tag in LITERAL_TAGS

    def handle_data(self, data: str) -> None:
        if not self._literal:
            self._look(data)

    def _look(self, text: str) -> None:
        words = " ".join(NAMES.sub("", text).split())
        if WORD.search(words) and not words.startswith("aria-"):  # attributes that a macro makes
            self.found.append((self.getpos()[0], words))


def unused_fragments(root: Path) -> list[str]:
    """Fragments (`_name.html`) that no other template and no Python file names."""
    texts = templates(root)
    for package in ("inbox", "providers"):
        for file in (root / package).rglob("*.py"):
            texts[str(file)] = file.read_text(encoding="utf-8")
    return [
        f"{path}: nothing uses it"
        for path in texts
        if path.endswith(".html") and Path(path).name.startswith("_")
        if not any(_name(path) in text for other, text in texts.items() if other != path)
    ]


def _name(path: str) -> str:
    """The name by which Jinja knows a template: its path below the folder of templates."""
    return path.rpartition("templates/")[2]


def unknown_icons(root: Path) -> list[str]:
    """Icons that a template shows by name and no sprite draws; browsers pass over them in silence."""
    texts = templates(root)
    drawn = {name for text in texts.values() for name in DRAWN_ICON.findall(text)}
    return [
        f"{path}: no icon {name} in the sprite"
        for path, text in texts.items()
        for name in sorted({used or called for used, called in SHOWN_ICON.findall(text)} - drawn)
    ]


def promises(root: Path) -> list[str]:
    """Places in our own text that put work off instead of doing it."""
    return [
        f"{file.relative_to(root)}:{number}: {match.group()}"
        for folder in OURS
        for file in sorted((root / folder).rglob("*"))
        if file.suffix in TEXT and not {"vendor", "node_modules", ".venv"} & set(file.parts)
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
        if (match := PROMISE.search(line))
    ]


def undocumented_settings(config: str, document: str) -> list[str]:
    """Settings that the text of config.py names and the document does not, and the other way round."""
    read, told = set(SETTING.findall(config)), set(SETTING.findall(document))
    return [f"{name} is read and not documented" for name in sorted(read - told)] + [
        f"{name} is documented and not read" for name in sorted(told - read)
    ]
