"""What the interface says: `python -m tests.messages` brings it into the catalogues; a test asks what they lack."""

from io import BytesIO
from pathlib import Path

import click
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from inbox.languages import catalogues
from inbox.languages.readers import LANGUAGES
from providers import phone
from providers.twilio import errors

ROOT = Path(__file__).resolve().parent.parent
METHODS = [("inbox/**.py", "python"), ("templates/**.html", "jinja2")]
OPTIONS = {"templates/**.html": {"trimmed": "true", "silent": "false"}}
KEYWORDS = {
    "_": None,
    "gettext": None,
    "N_": (1, 2),
    "forms": (1, 2),
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
HEAD = 'msgid ""\nmsgstr ""\n"Language: %s\\n"\n"Content-Type: text/plain; charset=utf-8\\n"'
SKIPPED = {"tests", "bench", "providers", "realtime", "var", "build", "node_modules"}


def extracted() -> Catalog:
    """Every message of the code and the templates, without translations."""
    found = Catalog(project="Shared Inbox", charset="utf-8")
    for _, _, message, comments, context in extract_from_dir(
        ROOT,
        METHODS,
        OPTIONS,
        KEYWORDS,  # type: ignore[arg-type]
        ("Translators:",),
        directory_filter=lambda folder: not (Path(folder).name.startswith(".") or Path(folder).name in SKIPPED),
    ):
        found.add(message, context=context, auto_comments=comments)
    for sentence in spoken_by_providers():
        found.add(sentence)
    return found


def spoken_by_providers() -> set[str]:
    """What parts below the languages say in English, which is put into words where it is shown (`known`)."""
    reasons = {words for words, _, _ in errors._REASONS.values()} | {errors.explain(None).words}
    numbers = {phone.MISSING, phone.HAS_LETTERS, phone.NO_NUMBER}
    return reasons | numbers | {words for words in errors._BUTTONS.values() if words}


def catalogue(language: str) -> Catalog:
    """The catalogue of a language as it stands; an empty one for a language that is new."""
    file = _file(language)
    if not file.exists():
        return Catalog(locale=language, project="Shared Inbox", charset="utf-8", fuzzy=False)
    with file.open("rb") as text:
        return read_po(text, locale=language)


def update() -> None:
    """Add new messages to each catalogue and take away those that nothing says any more."""
    messages = extracted()
    for language in LANGUAGES.keys() - {"en"}:
        known, file = catalogue(language), _file(language)
        known.update(messages, no_fuzzy_matching=True, update_creation_date=False)
        head = file.read_text(encoding="utf-8").partition("\n\n")[0] if file.exists() else HEAD % language
        body = BytesIO()
        write_po(body, known, width=100, no_location=True, omit_header=True, sort_output=True, ignore_obsolete=True)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"{head}\n\n{body.getvalue().decode().strip()}\n", encoding="utf-8")
        lacking = [message for message in known if message.id and not _is_translated(message.string)]
        click.echo(f"{language}: {len(known)} messages, {len(lacking)} to translate")


def _is_translated(string: str | tuple[str, ...] | None) -> bool:
    return all(string) if isinstance(string, tuple) else bool(string)


def _file(language: str) -> Path:
    return catalogues.LOCALE / language / "LC_MESSAGES" / "inbox.po"


if __name__ == "__main__":
    update()
