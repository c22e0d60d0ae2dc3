"""Every address of SCIM."""

from starlette.routing import Mount, Route

from inbox.web.scim import about, groups, users
from inbox.web.scim.door import BASE, Door, Operation

_TABLE: tuple[tuple[str, str, Operation], ...] = (
    ("GET", "/ServiceProviderConfig", about.config),
    ("GET", "/ResourceTypes", about.types),
    ("GET", "/Schemas", about.schemas),
    ("GET", "/Users", users.index),
    ("POST", "/Users", users.create),
    ("GET", "/Users/{user_id}", users.show),
    ("PUT", "/Users/{user_id}", users.replace),
    ("PATCH", "/Users/{user_id}", users.patch),
    ("DELETE", "/Users/{user_id}", users.remove),
    ("GET", "/Groups", groups.index),
    ("POST", "/Groups", groups.refuse),
    ("GET", "/Groups/{role}", groups.show),
    ("PUT", "/Groups/{role}", groups.refuse),
    ("PATCH", "/Groups/{role}", groups.refuse),
    ("DELETE", "/Groups/{role}", groups.refuse),
)


def mounted() -> Mount:
    """SCIM below its address. It knows no cookies: a token is all that counts."""
    door = Door()
    routes = [Route(path, door.to(operation), methods=[method]) for method, path, operation in _TABLE]
    every = ["GET", "POST", "PUT", "PATCH", "DELETE"]
    return Mount(BASE, routes=[*routes, Route("/{path:path}", door.nothing, methods=every)])
