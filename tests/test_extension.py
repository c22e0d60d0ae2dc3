"""Sourcing Companion as it is packed: always the same, with the least rights, and no code but its own."""

import json
import re
import subprocess
from pathlib import Path
from zipfile import ZipFile

import pytest

from extension import build
from inbox.accounts import companions
from inbox.accounts.scopes import Scope
from tests import services

SOURCE = build.HERE


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build.build(tmp_path_factory.mktemp("extension") / "companion")


def test_the_same_files_are_the_same_zip(packed: Path, tmp_path: Path) -> None:
    assert build.build(tmp_path / "elsewhere").read_bytes() == packed.read_bytes()


def test_it_may_read_the_tab_in_front_when_its_icon_is_pressed_and_nothing_else(packed: Path) -> None:
    with ZipFile(packed) as archive:
        manifest = json.loads(archive.read("manifest.json"))
        names = set(archive.namelist())
    assert manifest["manifest_version"] == 3
    assert manifest["permissions"] == ["activeTab", "scripting", "storage"]
    assert not manifest.keys() & {"host_permissions", "content_scripts", "background", "externally_connectable"}
    assert not manifest.keys() & {"web_accessible_resources", "key"}
    assert "script-src 'self';" in manifest["content_security_policy"]["extension_pages"]
    assert set(manifest["icons"].values()) | {manifest["action"]["default_popup"]} <= names


def test_it_runs_no_code_and_shows_no_markup_of_others(packed: Path) -> None:
    with ZipFile(packed) as archive:
        texts = {name: archive.read(name).decode() for name in archive.namelist() if name.endswith((".js", ".html"))}
    for name, text in texts.items():
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function", text), (
            name
        )
        assert not re.search(r"(?:src|href)=\"(?:https?:)?//|import\(|from 'http", text), name
    page = texts["popup.html"]
    loaded = re.findall(r'(?:src|href)="([^"#]+)"', page)
    with ZipFile(packed) as archive:
        assert set(loaded) <= set(archive.namelist())
    wanted = set(
        re.findall(r"['\"]((?:candidates|conversations|messages|message-templates):\w+)['\"]", "".join(texts.values()))
    )
    assert wanted <= {str(scope) for scope in Scope}
    assert companions.PREFIX not in "".join(texts.values())


def test_whatever_it_says_it_says_in_german_too() -> None:
    script = (
        f"import({json.dumps((SOURCE / 'js/words-de.js').as_uri())}).then(m => console.log(JSON.stringify(m.GERMAN)))"
    )
    told = subprocess.run([services.node_path(), "-e", script], capture_output=True, text=True, check=True)
    german: dict[str, str] = json.loads(told.stdout)
    code = "".join(file.read_text() for file in (SOURCE / "js").glob("*.js") if "words" not in file.name)
    said = set(re.findall(r"\b_\('([^']+)'", code)) | set(
        re.findall(r"^const [A-Z]+ = '([^']+ [^']+)';", code, re.MULTILINE)
    )
    page = re.sub(r"<title>.*?</title>", "", (SOURCE / "popup.html").read_text())
    said |= {text.strip() for text in re.findall(r">([^<>]+)<", page) if text.strip()} - {"Sourcing Companion"}
    said |= set(re.findall(r'(?:title|aria-label)="([^"]+)"', page))
    assert said - german.keys() == set()
    assert [one for one, other in german.items() if one.count("%s") != other.count("%s")] == []
