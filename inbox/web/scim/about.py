"""What SCIM here can do, and of which attributes its resources are (RFC 7643, 5 to 7)."""

from typing import Any

from inbox.web.scim import resources
from inbox.web.scim.door import Call

_CONFIG = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"
_TYPE = "urn:ietf:params:scim:schemas:core:2.0:ResourceType"
_SCHEMA = "urn:ietf:params:scim:schemas:core:2.0:Schema"
_USER = (
    ("userName", "string", True),
    ("displayName", "string", False),
    ("externalId", "string", False),
    ("active", "boolean", False),
    ("name", "complex", False),
    ("emails", "complex", False),
    ("roles", "complex", False),
    ("groups", "complex", False),
)
_GROUP = (("displayName", "string", True), ("members", "complex", False))


async def config(call: Call) -> tuple[int, Any]:
    """What is supported."""
    off = {"supported": False}
    return 200, {
        "schemas": [_CONFIG],
        "documentationUri": f"{call.request.app.state.settings.public_url}/api/v1/docs",
        "patch": {"supported": True},
        "bulk": {**off, "maxOperations": 0, "maxPayloadSize": 0},
        "filter": {"supported": True, "maxResults": resources.MOST_LISTED},
        "changePassword": off,
        "sort": off,
        "etag": off,
        "authenticationSchemes": [
            {"type": "oauthbearertoken", "name": "API token", "description": "A token with the scope scim."}
        ],
        "meta": {"resourceType": "ServiceProviderConfig", "location": f"{call.address}/ServiceProviderConfig"},
    }


async def types(call: Call) -> tuple[int, Any]:
    """Users and groups."""
    found = [
        {
            "schemas": [_TYPE],
            "id": name,
            "name": name,
            "endpoint": f"/{name}s",
            "schema": schema,
            "meta": {"resourceType": "ResourceType", "location": f"{call.address}/ResourceTypes/{name}"},
        }
        for name, schema in (("User", resources.USER), ("Group", resources.GROUP))
    ]
    return 200, resources.page(found, len(found), 1)


async def schemas(call: Call) -> tuple[int, Any]:
    """The attributes of each."""
    found = [
        {
            "schemas": [_SCHEMA],
            "id": schema,
            "name": name,
            "attributes": [_attribute(*one, reads=name == "Group" or one[0] == "groups") for one in attributes],
        }
        for name, schema, attributes in (("User", resources.USER, _USER), ("Group", resources.GROUP, _GROUP))
    ]
    return 200, resources.page(found, len(found), 1)


def _attribute(name: str, kind: str, is_needed: bool, *, reads: bool) -> dict[str, Any]:
    return {
        "name": name,
        "type": kind,
        "multiValued": name in {"emails", "roles", "groups", "members"},
        "required": is_needed,
        "caseExact": False,
        "mutability": "readOnly" if reads else "readWrite",
        "returned": "default",
        "uniqueness": "server" if name == "userName" else "none",
    }
