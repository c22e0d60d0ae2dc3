"""Puts Sourcing Companion together: `python extension/build.py` writes build/companion, and a zip that never differs.

The styles and the segment counter are the product's own files, so that a thread looks and counts alike everywhere.
"""

import re
import shutil
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
STYLES = ("00-layers", "01-tokens", "02-reset", "03-base", "10-button", "11-field", "14-banner", "31-message")
STYLES_AFTER = ("32-composer", "90-utilities")
SCRIPTS = ("53-segments",)
# The earliest that a zip can hold, so that the same files are the same zip.
MOMENT = (1980, 1, 1, 0, 0, 0)


def build(to: Path) -> Path:
    """The unpacked extension in the folder `to`, and beside it the zip for the store, whose path is the answer."""
    shutil.rmtree(to, ignore_errors=True)
    shutil.copytree(HERE, to, ignore=shutil.ignore_patterns("*.py", "__pycache__", "README.md"))
    page = (to / "popup.html").read_text(encoding="utf-8")
    (to / "popup.html").write_text(page.replace("<!-- sprite -->", _sprite()), encoding="utf-8", newline="\n")
    (to / "shared.css").write_text(_joined("css", (*STYLES, *STYLES_AFTER)), encoding="utf-8", newline="\n")
    (to / "shared.js").write_text(_joined("js", SCRIPTS), encoding="utf-8", newline="\n")
    for license in (ROOT / "LICENSE", ROOT / "static/icons/LICENSE-lucide"):
        shutil.copy(license, to)
    packed = to.with_suffix(".zip")
    with ZipFile(packed, "w") as archive:
        for file in sorted(path for path in to.rglob("*") if path.is_file()):
            entry = ZipInfo(file.relative_to(to).as_posix(), MOMENT)
            entry.external_attr, entry.compress_type, entry.create_system = 0o644 << 16, ZIP_DEFLATED, 3
            archive.writestr(entry, file.read_bytes(), compresslevel=9)
    return packed


def _joined(kind: str, names: tuple[str, ...]) -> str:
    return "".join((ROOT / "static" / kind / f"{name}.{kind}").read_text(encoding="utf-8") for name in names)


def _sprite() -> str:
    template = (ROOT / "templates/layouts/_sprite.html").read_text(encoding="utf-8")
    return re.sub(r"\{#.*?#\}\n?", "", template, flags=re.DOTALL).strip()


if __name__ == "__main__":
    print(build(ROOT / "build/companion").relative_to(ROOT))  # noqa: T201 - what it made
