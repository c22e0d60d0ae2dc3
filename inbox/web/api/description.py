"""The OpenAPI 3.1 document of the API, made of its operations: https://spec.openapis.org/oas/v3.1.0."""

from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from re import findall
from typing import Any

import msgspec
from msgspec import Struct

from inbox.accounts.scopes import Scope
from inbox.web.api.operations import BASE, Nothing, Operation

_REF = "#/components/schemas/{name}"
_EVERY_REFUSAL = (422, 429, 503)
_INTRODUCTION = (
    "Texts, candidates and conversations of one organisation. A token is sent as `Authorization: Bearer <token>` and "
    "acts in the name of its owner: within its scopes and never beyond the owner's role. Errors are problem details "
    "(RFC 9457). Lists are read page by page with `cursor`. A write with an `Idempotency-Key` is done once, and a "
    "repeated one within a day gets the same answer. Reads answer 304 to an `If-None-Match` that still holds."
)


class Problem(Struct):
    """What went wrong: `detail` is a sentence fit for people, `fields` has one for each field that cannot be taken.

    `asks` names the field that lets it pass; `seen` is the newest message that a held text has to name.
    """

    type: str
    title: str
    status: int
    detail: str
    fields: dict[str, str] | None = None
    asks: str | None = None
    seen: int | None = None


def openapi(operations: Sequence[Operation], *, server: str) -> dict[str, Any]:
    """The document; `server` is the address that the product is reached under."""
    types = _types(operations)
    schemas, components = msgspec.json.schema_components(types, ref_template=_REF)
    schema_of = dict(zip(map(repr, types), schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _described(operation, schema_of)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Shared Inbox", "version": "1", "description": _INTRODUCTION},
        "servers": [{"url": server + BASE}],
        "tags": [{"name": name} for name in dict.fromkeys(operation.resource for operation in operations)],
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "Scopes: " + "; ".join(f"`{scope}`: {scope.words}" for scope in Scope) + ".",
                }
            },
        },
    }


def _types(operations: Iterable[Operation]) -> list[Any]:
    mentioned = [Problem, *(kind for one in operations for kind in (one.answers, one.takes) if kind is not None)]
    return list({repr(kind): kind for kind in mentioned}.values())


def _described(operation: Operation, schema_of: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {
        "operationId": operation.name,
        "tags": [operation.resource],
        "summary": operation.summary,
        "description": _about(operation),
        "parameters": [*_path_parameters(operation), *_query_parameters(operation), *_header_parameters(operation)],
        "responses": _responses(operation, schema_of),
        "security": [{"token": []}] if operation.needs_token else [],
    }
    if operation.takes is not None:
        content = {"application/json": {"schema": schema_of[repr(operation.takes)]}}
        found["requestBody"] = {"required": True, "content": content}
    if operation.scope is not None:
        found["x-scope"] = str(operation.scope)
    return found


def _about(operation: Operation) -> str:
    told = (operation.call.__doc__ or "").strip()
    return f"{told} Needs the scope `{operation.scope}`." if operation.scope else told


def _path_parameters(operation: Operation) -> list[dict[str, Any]]:
    schema = {"type": "string", "format": "uuid"}
    return [
        {"name": name, "in": "path", "required": True, "schema": schema} for name in findall(r"{(\w+)}", operation.path)
    ]


def _query_parameters(operation: Operation) -> list[dict[str, Any]]:
    if operation.asks is Nothing:
        return []
    _, components = msgspec.json.schema_components([operation.asks], ref_template=_REF)
    properties = components[operation.asks.__name__]["properties"]
    return [
        {"name": name, "in": "query", "required": False, "schema": _of_text(schema)}
        for name, schema in properties.items()
    ]


def _of_text(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The schema of a query parameter: one that is not there has no null to stand for it."""
    choices = [choice for choice in schema.get("anyOf", ()) if choice != {"type": "null"}]
    shown = {**schema, **choices[0]} if len(choices) == 1 else dict(schema)
    shown.pop("anyOf", None)
    if shown.get("default", "") is None:
        del shown["default"]
    return shown


def _header_parameters(operation: Operation) -> list[dict[str, Any]]:
    if not operation.is_write or not operation.needs_token:
        return []
    schema = {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$"}
    return [{"name": "Idempotency-Key", "in": "header", "required": False, "schema": schema}]


def _responses(operation: Operation, schema_of: Mapping[str, Any]) -> dict[str, Any]:
    done: dict[str, Any] = {"description": HTTPStatus(operation.status).phrase}
    if operation.answers is not None:
        done["content"] = {"application/json": {"schema": schema_of[repr(operation.answers)]}}
    statuses = {*_EVERY_REFUSAL, *operation.refusals}
    statuses |= {400, 413, 415} if operation.takes else set()
    statuses |= {401, 403} if operation.needs_token else set()
    statuses |= {404} if "{" in operation.path or operation.asks is not Nothing else set()
    problem = {"application/problem+json": {"schema": schema_of[repr(Problem)]}}
    refused = {
        str(status): {"description": HTTPStatus(status).phrase, "content": problem} for status in sorted(statuses)
    }
    return {str(operation.status): done, **refused}
