"""What the address bar asks for, as a View, and for whom."""

from collections.abc import Mapping
from typing import Any

from inbox.accounts.organisations import Organisation
from inbox.accounts.users import User
from inbox.errors import Invalid
from inbox.messaging import views
from inbox.messaging.views import View
from inbox.web.access import Who


def asked_for(parameters: Mapping[str, Any], me: Who) -> tuple[View, dict[str, str]]:
    """The view of these query parameters in the chosen company, and a sentence per field that could not be taken.

    With a wrong date the view leaves the days out, so that the page still shows something.
    """
    return of(parameters, me.user, me.organisation, me.company_id, names_company=len(me.companies) > 1)


def of(
    parameters: Mapping[str, Any],
    user: User,
    organisation: Organisation,
    company_id: str,
    *,
    names_company: bool = False,
) -> tuple[View, dict[str, str]]:
    """The same for whoever asks, in a company in which they work."""
    if user.own_only:
        parameters = {name: value for name, value in parameters.items() if name != "tab"}
    whose: dict[str, Any] = {
        "user_id": user.id,
        "zone": organisation.time_zone,
        "reader": user.reader,
        "company_id": company_id,
        "names_company": names_company,
    }
    try:
        return views.read(parameters, **whose), {}
    except Invalid as error:
        kept = {name: value for name, value in parameters.items() if name not in {"from", "to", "range"}}
        return views.read(kept, **whose), error.fields
