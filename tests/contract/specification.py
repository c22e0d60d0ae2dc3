"""Twilio's own OpenAPI file, made strict enough to check against.

As published it cannot be enforced: its links are relative though their format is `uri`, and its lists of form fields
lack the note that a field is repeated (both tried with Prism 5.14).
"""

import json
from pathlib import Path
from typing import Any

_LINKS = frozenset({"uri", "first_page_uri", "next_page_uri", "previous_page_uri"})
_PATHS = ("/Messages", "/IncomingPhoneNumbers", "/Balance", "/Accounts/{Sid}.json")


def write_enforceable(published: Path, target: Path) -> Path:
    """Write the part of the specification that we use, so that Prism can hold both sides to it."""
    specification = json.loads(published.read_text())
    specification["paths"] = {
        path: operations
        for path, operations in specification["paths"].items()
        if any(wanted in path for wanted in _PATHS)
    }
    for operations in specification["paths"].values():
        for operation in operations.values():
            if isinstance(operation, dict):
                _let_fields_repeat(operation)
    _let_links_be_relative(specification)
    target.write_text(json.dumps(specification))
    return target


def _let_fields_repeat(operation: dict[str, Any]) -> None:
    for content in operation.get("requestBody", {}).get("content", {}).values():
        for name, schema in content["schema"].get("properties", {}).items():
            if schema.get("type") == "array":
                content.setdefault("encoding", {})[name] = {"style": "form", "explode": True}


def _let_links_be_relative(node: Any) -> None:
    if isinstance(node, list):
        for item in node:
            _let_links_be_relative(item)
    if isinstance(node, dict):
        for name, schema in node.items():
            if name in _LINKS and isinstance(schema, dict) and schema.get("format") == "uri":
                schema["format"] = "uri-reference"
            _let_links_be_relative(schema)
