"""What the address bar asks for, as a View, and for whom."""

from collections.abc import Mapping
from typing import Any

from inbox.accounts.organisations import Organisation
from inbox.accounts.users import User
from inbox.errors import Invalid
from inbox.messaging import views
from inbox.messaging.views import View


def asked_for(parameters: Mapping[str, Any], user: User, organisation: Organisation) -> tuple[View, dict[str, str]]:
    """The view of these query parameters, and a sentence per field that could not be taken.

    Who sees only their own conversations has them on Mine, whatever an address or a saved view says of Shared.
    With a wrong date the view leaves the days out, so that the page still shows something.
    """
    if user.own_only:
        parameters = {name: value for name, value in parameters.items() if name != "tab"}
    try:
        return views.read(parameters, user_id=user.id, zone=organisation.time_zone, reader=user.reader), {}
    except Invalid as error:
        kept = {name: value for name, value in parameters.items() if name not in {"from", "to", "range"}}
        return views.read(kept, user_id=user.id, zone=organisation.time_zone, reader=user.reader), error.fields
