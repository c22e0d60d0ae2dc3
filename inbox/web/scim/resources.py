"""Users and groups as SCIM writes them (RFC 7643, 4.1 and 4.2), and what it says of users as we understand it."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from inbox.accounts.directory import Listed, Wanted
from inbox.accounts.roles import Role
from inbox.accounts.users import User
from inbox.web.scim.door import ScimError

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
_LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
_FILTER = re.compile(r'\s*([\w.]+)\s+(eq)\s+"((?:[^"\\]|\\.)*)"\s*', re.IGNORECASE)
MOST_LISTED = 200


def user(listed: Listed, address: str) -> dict[str, Any]:
    """Somebody of the team. The name is one field here, so its halves are told by its first blank."""
    found = listed.user
    given, _, family = found.name.partition(" ")
    told: dict[str, Any] = {
        "schemas": [USER],
        "id": found.id,
        "userName": found.email,
        "name": {"formatted": found.name, "givenName": given, "familyName": family},
        "displayName": found.name,
        "emails": [{"value": found.email, "type": "work", "primary": True}],
        "active": not found.deactivated,
        "roles": [{"value": found.role.value, "display": str(found.role.words), "primary": True}],
        "groups": [_membership(found.role, address)],
        "meta": {
            "resourceType": "User",
            "created": listed.created_at.isoformat(),
            "location": f"{address}/Users/{found.id}",
        },
    }
    return told | ({"externalId": listed.external_id} if listed.external_id else {})


def group(role: Role, members: Sequence[User] | None, address: str) -> dict[str, Any]:
    """A role, with whoever has it unless they were not asked for."""
    told: dict[str, Any] = {
        "schemas": [GROUP],
        "id": role.value,
        "displayName": str(role.words),
        "meta": {"resourceType": "Group", "location": f"{address}/Groups/{role.value}"},
    }
    if members is not None:
        told["members"] = [
            {"value": one.id, "display": one.name, "$ref": f"{address}/Users/{one.id}", "type": "User"}
            for one in members
        ]
    return told


def page(found: Sequence[Mapping[str, Any]], total: int, first: int) -> dict[str, Any]:
    """Some of a list; `first` counts from 1."""
    return {
        "schemas": [_LIST],
        "totalResults": total,
        "startIndex": first,
        "itemsPerPage": len(found),
        "Resources": list(found),
    }


def asked(query: Mapping[str, str]) -> tuple[int, int]:
    """Where a page begins, counted from 1, and how many are on it. Raises ScimError."""
    try:
        first, most = int(query.get("startIndex", "1")), int(query.get("count", "100"))
    except ValueError:
        raise ScimError(400, "startIndex and count are numbers.", "invalidValue") from None
    return min(max(first, 1), 10**9), min(max(most, 0), MOST_LISTED)


def equals(text: str) -> tuple[str, str]:
    """The attribute, in lower case, and the value of a filter `attribute eq "value"`. Raises ScimError for others."""
    found = _FILTER.fullmatch(text)
    if found is None:
        raise ScimError(400, 'Only a filter such as userName eq "jo@example.com" is understood.', "invalidFilter")
    return found[1].lower(), re.sub(r"\\(.)", r"\1", found[3])


def wanted(told: Mapping[str, Any], now: User | None = None) -> tuple[Wanted, bool | None]:
    """What an object says of somebody, whose name is `now`'s as far as it is not told; and `active`.

    Raises ScimError for what is of another type.
    """
    told = {name.lower(): value for name, value in told.items()}
    names = {name.lower(): value for name, value in _object(told.get("name")).items()}
    email = _text(told, "username")
    if email is not None and "@" not in email:
        email = next((address for address in _values(told.get("emails")) if "@" in address), email)
    roles = _values(told.get("roles"))
    words = Wanted(
        email=email,
        name=_text(told, "displayname") or _text(names, "formatted") or _halves(names, now),
        role=roles[0] if roles else None,
        external_id=_text(told, "externalid") or "" if "externalid" in told else None,
    )
    return words, _flag(told["active"]) if "active" in told else None


def _halves(names: Mapping[str, Any], now: User | None) -> str | None:
    if "givenname" not in names and "familyname" not in names:
        return None
    first, _, last = (now.name if now else "").partition(" ")
    given, family = _text(names, "givenname"), _text(names, "familyname")
    return f"{first if given is None else given} {last if family is None else family}".strip()


def _membership(role: Role, address: str) -> dict[str, str]:
    return {"value": role.value, "display": str(role.words), "$ref": f"{address}/Groups/{role.value}"}


def _text(told: Mapping[str, Any], name: str) -> str | None:
    value = told.get(name)
    if value is not None and not isinstance(value, str):
        raise ScimError(400, f"{name} is text.", "invalidValue")
    return value


def _object(value: object) -> Mapping[str, Any]:
    if value is not None and not isinstance(value, dict):
        raise ScimError(400, "name is an object.", "invalidValue")
    return value or {}


def _values(value: object) -> list[str]:
    """The values of an attribute with several; the primary one first."""
    several = value if isinstance(value, list) else [] if value is None else [value]
    ordered = sorted(several, key=lambda one: not (isinstance(one, dict) and one.get("primary") is True))
    found = [one.get("value") if isinstance(one, dict) else one for one in ordered]
    if not all(isinstance(one, str) for one in found):
        raise ScimError(400, "Each value is text.", "invalidValue")
    return [str(one) for one in found]


def _flag(value: object) -> bool:
    """True or false; some directories write them as words."""
    if isinstance(value, str) and value.lower() in {"true", "false"}:
        return value.lower() == "true"
    if not isinstance(value, bool):
        raise ScimError(400, "active is true or false.", "invalidValue")
    return value
