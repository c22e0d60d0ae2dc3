"""The code keeps the layout that docs/architecture.md promises, and the checker finds what breaks it."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from inbox import LEVELS
from tests import layout, markup

ROOT = Path(__file__).resolve().parent.parent
SOME_LEVELS = (("config", "clock"), ("storage",), ("messaging",), ("web",))


@pytest.fixture(scope="module")
def code() -> Sequence[layout.Module]:
    return layout.ours()


def test_imports_lead_downward_only(code: Sequence[layout.Module]) -> None:
    _assert_none(layout.wrong_imports(code, LEVELS))


def test_no_files_import_each_other_in_a_circle(code: Sequence[layout.Module]) -> None:
    _assert_none(layout.circles(code))


def test_every_import_stands_at_the_top_of_its_file(code: Sequence[layout.Module]) -> None:
    _assert_none(layout.hidden_imports(code))


def test_only_config_reads_the_environment(code: Sequence[layout.Module]) -> None:
    _assert_none(layout.environment_reads(code))


def test_a_file_is_short_enough_to_read_at_once() -> None:
    _assert_none(layout.long_files(ROOT))


def test_templates_escape_everything_and_carry_nothing_inline() -> None:
    _assert_none(markup.unsafe_markup(ROOT))


def test_every_word_of_a_template_can_be_translated() -> None:
    _assert_none(markup.untranslated_words(ROOT))


def test_every_fragment_is_used() -> None:
    _assert_none(markup.unused_fragments(ROOT))


def test_every_icon_is_in_the_sprite() -> None:
    _assert_none(markup.unknown_icons(ROOT))


def test_nothing_is_put_off() -> None:
    _assert_none(markup.promises(ROOT))


def test_the_readme_explains_every_setting_in_its_table() -> None:
    config, readme = (ROOT / "inbox/config.py").read_text(), (ROOT / "README.md").read_text()
    table = "\n".join(line for line in readme.splitlines() if line.startswith("|"))
    _assert_none(markup.undocumented_settings(config, table) if readme else [])


def test_the_example_of_an_environment_names_every_setting() -> None:
    config, example = (ROOT / "inbox/config.py").read_text(), (ROOT / ".env.example").read_text()
    _assert_none(markup.undocumented_settings(config, example))


def _assert_none(places: list[str]) -> None:
    assert not places, "\n" + "\n".join(places)


def _plant(root: Path, files: dict[str, str]) -> list[layout.Module]:
    for path, text in files.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return layout.modules(root)


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("inbox/messaging/inbound.py", "from inbox.web import live"),
        ("inbox/messaging/inbound.py", "from inbox import web"),
        ("inbox/messaging/inbound.py", "import inbox.web.live"),
        ("inbox/messaging/inbound.py", "import inbox"),
        ("inbox/messaging/inbound.py", "from ..web import live"),
        ("inbox/messaging/__init__.py", "from ..web import live"),
        ("inbox/messaging/inbound.py", "def receive():\n    from inbox.web import live"),
        ("inbox/config.py", "from inbox import clock"),
        ("inbox/__init__.py", "from inbox import clock"),
        ("realtime/hub.py", "from inbox.storage import events"),
        ("realtime/hub.py", "import providers.contract"),
        ("providers/twilio/client.py", "from realtime.hub import Hub"),
    ],
)
def test_an_import_upward_sideways_or_across_is_found(tmp_path: Path, path: str, line: str) -> None:
    code = _plant(tmp_path, {path: line})
    (found,) = layout.wrong_imports(code, SOME_LEVELS)
    assert found.startswith(f"{path}:")
    assert "may not import" in found


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("inbox/web/live.py", "from inbox.messaging import inbound"),
        ("inbox/web/live.py", "from inbox.web.access import allowed"),
        ("inbox/web/api/messages.py", "from ..access import allowed"),
        ("inbox/web/live.py", "from . import access"),
        ("inbox/messaging/outbound.py", "from providers.contract import OutgoingSms"),
        ("inbox/web/live.py", "from realtime.hub import Hub\nimport inboxes.web"),
        ("providers/twilio/client.py", "from providers import contract\nfrom ..segments import measure"),
    ],
)
def test_an_import_downward_or_within_a_part_is_allowed(tmp_path: Path, path: str, line: str) -> None:
    assert layout.wrong_imports(_plant(tmp_path, {path: line}), SOME_LEVELS) == []


def test_a_part_without_a_level_is_found(tmp_path: Path) -> None:
    code = _plant(tmp_path, {"inbox/common.py": "from inbox import clock"})
    assert layout.wrong_imports(code, SOME_LEVELS) == [
        "inbox/common.py: inbox.common stands in no level of inbox.LEVELS"
    ]


def test_a_circle_within_a_part_is_found(tmp_path: Path) -> None:
    code = _plant(
        tmp_path,
        {
            "inbox/messaging/__init__.py": "",
            "inbox/messaging/inbound.py": "from inbox.messaging import delivery",
            "inbox/messaging/delivery.py": "from .messages import Message",
            "inbox/messaging/messages.py": "from inbox.messaging.inbound import receive",
        },
    )
    (found,) = layout.circles(code)
    assert all(f"inbox.messaging.{name}" in found for name in ("inbound", "delivery", "messages"))


@pytest.mark.parametrize(
    "text",
    [
        "def send():\n    import json",
        "class Hub:\n    async def start(self):\n        from inbox import clock",
        "from typing import TYPE_CHECKING",
        "import typing\nif typing.TYPE_CHECKING:\n    import json",
        "import importlib\nimportlib.import_module('inbox.web')",
        "web = __import__('inbox.web')",
    ],
)
def test_a_hidden_import_is_found(tmp_path: Path, text: str) -> None:
    assert layout.hidden_imports(_plant(tmp_path, {"inbox/clock.py": text}))


@pytest.mark.parametrize(
    "text",
    [
        "import os\nos.environ['INBOX_PORT']",
        "import os as system\nsystem.getenv('INBOX_PORT')",
        "from os import environ as settings",
        "from starlette.config import Config",
    ],
)
def test_a_look_at_the_environment_outside_config_is_found(tmp_path: Path, text: str) -> None:
    assert layout.environment_reads(_plant(tmp_path, {"providers/twilio/client.py": text}))
    assert layout.environment_reads(_plant(tmp_path, {"inbox/config.py": text, "providers/twilio/client.py": ""})) == []


@pytest.mark.parametrize("path", ["realtime/hub.py", "static/js/thread.js", "static/css/thread.css"])
def test_a_long_file_is_found(tmp_path: Path, path: str) -> None:
    _plant(
        tmp_path,
        {path: "\n" * 250, "static/vendor/htmx.js": "\n" * 900, "inbox/storage/tables.py": "\n" * 900},
    )
    assert layout.long_files(tmp_path) == []
    _plant(tmp_path, {path: "\n" * 251})
    assert layout.long_files(tmp_path) == [f"{path}: 251 lines, 250 at most"]


@pytest.mark.parametrize(
    "text",
    [
        "<p>{{ message.body|safe }}</p>",
        "{% autoescape false %}{{ name }}{% endautoescape %}",
        '<p style="color: red">',
        "<p {% if late %}\n style='color: {{ colour }}'{% endif %}>",
        "<button onclick=\"send('{{ id }}')\">",
        '<form hx-on::after-request="this.reset()">',
        '<a href="javascript:history.back()">',
        "<script>alert(1)</script>",
        "<style>p { color: red }</style>",
    ],
)
def test_unsafe_markup_is_found_with_its_line(tmp_path: Path, text: str) -> None:
    _plant(tmp_path, {"templates/threads/_message.html": f"{{# two\nlines #}}\n{text}"})
    (found, *_) = markup.unsafe_markup(tmp_path)
    assert found.startswith("templates/threads/_message.html:3: ")


def test_plain_markup_passes(tmp_path: Path) -> None:
    text = """{% set style = "quiet" %}<button class="button--{{ style }}" hx-post="/x">{{ onset }}</button>
    <script src="/static/js/thread.js" defer></script>"""
    _plant(tmp_path, {"templates/threads/thread.html": text})
    assert markup.unsafe_markup(tmp_path) == []


def test_words_that_no_catalogue_knows_are_found(tmp_path: Path) -> None:
    text = '{# So #}<p title="{{ _("Yes") }}">{% trans %}Said <b>well</b>{% endtrans %} {{ name }}</p><kbd>Enter</kbd>'
    _plant(tmp_path, {"templates/threads/thread.html": text})
    assert markup.untranslated_words(tmp_path) == []
    _plant(tmp_path, {"templates/threads/thread.html": f'{text}\n<p title="Bare words">{{{{ count }}}} texts</p>'})
    assert markup.untranslated_words(tmp_path) == [
        "templates/threads/thread.html:2: 'Bare words' is in no catalogue",
        "templates/threads/thread.html:2: 'texts' is in no catalogue",
    ]


def test_a_fragment_that_only_names_itself_is_found(tmp_path: Path) -> None:
    used = {
        "templates/threads/thread.html": '{% include "threads/_message.html" %}',
        "templates/threads/_message.html": "",
        "templates/threads/_composer.html": "",
        "inbox/web/threads.py": "fragment(request, 'threads/_composer.html')",
    }
    _plant(tmp_path, used)
    assert markup.unused_fragments(tmp_path) == []
    _plant(tmp_path, {"templates/threads/_old.html": '{% include "threads/_old.html" %}'})
    assert markup.unused_fragments(tmp_path) == ["templates/threads/_old.html: nothing uses it"]


def test_an_icon_that_nobody_drew_is_found(tmp_path: Path) -> None:
    _plant(
        tmp_path,
        {
            "templates/_sprite.html": '<symbol id="i-check"></symbol>',
            "templates/ui.html": '<use href="#i-check"></use><use href="#i-{{ name }}"></use>',
            "templates/page.html": '<use href="#i-chek"></use>{{ icon("check") }}{{ icon("down", "large") }}',
        },
    )
    assert markup.unknown_icons(tmp_path) == [
        "templates/page.html: no icon chek in the sprite",
        "templates/page.html: no icon down in the sprite",
    ]


def test_work_that_is_put_off_is_found(tmp_path: Path) -> None:
    later = "TO" + "DO"
    _plant(
        tmp_path,
        {"static/js/thread.js": f"\n// {later}: retry", "static/vendor/htmx.js": later, "docs/a.md": "todo"},
    )
    assert markup.promises(tmp_path) == [f"static/js/thread.js:2: {later}"]


def test_a_setting_missing_on_either_side_is_found() -> None:
    assert markup.undocumented_settings('env["INBOX_PORT"]', "| `INBOX_HOST` |") == [
        "INBOX_PORT is read and not documented",
        "INBOX_HOST is documented and not read",
    ]
