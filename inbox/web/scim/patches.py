"""PATCH (RFC 7644, 3.5.2): what its operations come to, as an object of the attributes that change."""

import re
from collections.abc import Mapping
from typing import Any

from inbox.web.scim.door import ScimError

_KNOWN = ("userName", "displayName", "externalId", "active", "roles", "emails", "name")
_NAMES = {name.lower(): name for name in _KNOWN}
_SELECTED = re.compile(r"(\w+)\[[^\]]*\](?:\.(\w+))?")
_PREFIX = "urn:ietf:params:scim:schemas:core:2.0:user:"
MOST_OPERATIONS = 50


def merged(body: Mapping[str, Any]) -> dict[str, Any]:
    """The attributes that the operations set; None for those they take away. Raises ScimError."""
    operations = next((value for name, value in body.items() if name.lower() == "operations"), None)
    if not isinstance(operations, list) or not 0 < len(operations) <= MOST_OPERATIONS:
        raise ScimError(400, f"Operations is a list of 1 to {MOST_OPERATIONS}.", "invalidSyntax")
    told: dict[str, Any] = {}
    for operation in operations:
        if not isinstance(operation, dict):
            raise ScimError(400, "Each operation is an object.", "invalidSyntax")
        _apply(told, {str(name).lower(): value for name, value in operation.items()})
    return told


def _apply(told: dict[str, Any], operation: Mapping[str, Any]) -> None:
    kind, path, value = str(operation.get("op", "")).lower(), operation.get("path"), operation.get("value")
    if kind not in {"add", "replace", "remove"}:
        raise ScimError(400, "op is add, replace or remove.", "invalidSyntax")
    if kind == "remove":
        if not isinstance(path, str) or _attribute(path)[0] != "externalId":
            raise ScimError(400, "Only externalId can be removed.", "mutability")
        told["externalId"] = None
    elif path is None:
        if not isinstance(value, dict):
            raise ScimError(400, "An operation without a path has an object as its value.", "invalidValue")
        for name, one in value.items():
            _set(told, str(name), one)
    else:
        _set(told, str(path), value)


def _set(told: dict[str, Any], path: str, value: Any) -> None:
    """Attributes that we do not keep are passed over, as directories send all that they have."""
    name, part = _attribute(path)
    if name is None:
        return
    if name == "name" and part is not None:
        told["name"] = {**told.get("name", {}), part: value}
    elif name == "name" and isinstance(value, dict):
        told["name"] = {**told.get("name", {}), **value}
    else:
        told[name] = value


def _attribute(path: str) -> tuple[str | None, str | None]:
    """The attribute of a path, and its part; a selection such as `[type eq "work"]` is of the only value there is."""
    plain = path.strip()
    if plain.lower().startswith(_PREFIX):
        plain = plain[len(_PREFIX) :]
    selected = _SELECTED.fullmatch(plain)
    head, part = (selected[1], selected[2]) if selected else _halves(plain)
    return _NAMES.get(head.lower()), part


def _halves(path: str) -> tuple[str, str | None]:
    head, dot, part = path.partition(".")
    return head, part if dot else None
