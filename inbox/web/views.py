"""What the address bar asks for, as a View, and for whom."""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request

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


def days_of(request: Request, me: Who, *, otherwise: str = "month") -> tuple[View, dict[str, str]]:
    """The days that the address of a log or a report asks for, else the range `otherwise`; as `asked_for` tells it."""
    given = {name: request.query_params.get(name, "") for name in ("range", "from", "to")}
    return asked_for({name: value for name, value in given.items() if value} or {"range": otherwise}, me)


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
