"""Twilio's REST paths for the Trust Hub and for addresses."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from providers.sandbox import compliance, policies, resources
from providers.sandbox.accounts import Account
from providers.sandbox.compliance import Resource
from providers.sandbox.refusals import TwilioRefusal
from providers.sandbox.rest_compliance import attributes, found, page, shown
from providers.sandbox.sandbox import Sandbox

Handler = Callable[[Request, Sandbox, Account], Awaitable[Response]]
_ADDRESS = ("CustomerName", "Street", "City", "Region", "PostalCode", "IsoCountry")


async def create_address(request: Request, sandbox: Sandbox, account: Account) -> Response:
    form = await request.form()
    lacks = [name for name in _ADDRESS if not form.get(name)]
    if lacks:
        raise TwilioRefusal(20001, words=f"{lacks[0]} is required")
    values: dict[str, Any] = {resources.snake(name): str(form[name]) for name in _ADDRESS}
    values |= {"friendly_name": str(form.get("FriendlyName", "")), "validated": True, "verified": False}
    values["emergency_enabled"] = str(form.get("EmergencyEnabled", "")).lower() == "true"
    return JSONResponse(shown(sandbox.compliance.add(account.sid, "AD", values)), 201)


async def list_addresses(request: Request, sandbox: Sandbox, account: Account) -> Response:
    name = request.query_params.get("FriendlyName")
    there = [shown(one) for one in sandbox.compliance.of(account.sid, "AD") if one.values["friendly_name"] == name]
    return JSONResponse({"addresses": there, "page": 0, "page_size": 50, "next_page_uri": None})


async def create_end_user(request: Request, sandbox: Sandbox, account: Account) -> Response:
    form = await request.form()
    values = {"friendly_name": form["FriendlyName"], "type": form["Type"], "attributes": attributes(form)}
    return JSONResponse(shown(sandbox.compliance.add(account.sid, "IT", values)), 201)


async def create_document(request: Request, sandbox: Sandbox, account: Account) -> Response:
    form = await request.form()
    told = attributes(form)
    if sandbox.compliance.get(account.sid, str(told.get("address_sids"))) is None:
        raise TwilioRefusal(20404, 404, "The address was not found")
    values = {"friendly_name": form["FriendlyName"], "type": form["Type"], "attributes": told}
    return JSONResponse(shown(sandbox.compliance.add(account.sid, "RD", values)), 201)


async def list_policies(request: Request, _sandbox: Sandbox, _account: Account) -> Response:
    return page(request, "results", policies.listed())


async def list_profiles(request: Request, sandbox: Sandbox, account: Account) -> Response:
    return page(request, "results", [shown(one) for one in _profiles(request, sandbox, account)])


async def create_profile(request: Request, sandbox: Sandbox, account: Account) -> Response:
    form = await request.form()
    policy = str(form["PolicySid"])
    if policy not in policies.NEEDED:
        raise TwilioRefusal(20001, words="There is no such policy, or profiles of it are made in the console.")
    values = {"friendly_name": form["FriendlyName"], "email": form["Email"], "policy_sid": policy}
    return JSONResponse(shown(sandbox.compliance.add(account.sid, "BU", values)), 201)


async def fetch_profile(request: Request, sandbox: Sandbox, account: Account) -> Response:
    one = found(request, sandbox, account)
    return JSONResponse(shown(one) | {"errors": [{"description": one.reason}] if one.reason else []})


async def update_profile(request: Request, sandbox: Sandbox, account: Account) -> Response:
    one = found(request, sandbox, account)
    if (await request.form()).get("Status") == "pending-review":
        if _missing(one):
            raise TwilioRefusal(20001, words="The profile is not compliant.")
        sandbox.compliance.send(one, "pending-review")
    return JSONResponse(shown(one))


async def assign(request: Request, sandbox: Sandbox, account: Account) -> Response:
    one, form = found(request, sandbox, account), await request.form()
    item = sandbox.compliance.get(account.sid, str(form["ObjectSid"]))
    if item is None:
        raise TwilioRefusal(20404, 404)
    one.items.append(item)
    address = sandbox.compliance.get(account.sid, str((item.values.get("attributes") or {}).get("address_sids")))
    one.items += [address] if address is not None else []
    return JSONResponse({"sid": "BV" + item.sid[2:], "object_sid": item.sid, "account_sid": account.sid}, 201)


async def evaluate(request: Request, sandbox: Sandbox, account: Account) -> Response:
    one = found(request, sandbox, account)
    lacks = _missing(one)
    results = [{"passed": False, "failure_reason": words} for words in lacks] or [{"passed": True}]
    status = "noncompliant" if lacks else "compliant"
    answer = {"sid": "EL" + "0" * 32, "policy_sid": one.values["policy_sid"], "results": results}
    return JSONResponse(answer | {"status": status}, 201)


_OF_A_PROFILE: Mapping[str, dict[str, Handler]] = {
    "": {"GET": list_profiles, "POST": create_profile},
    "/{sid}": {"GET": fetch_profile, "POST": update_profile},
    "/{sid}/EntityAssignments": {"POST": assign},
    "/{sid}/Evaluations": {"POST": evaluate},
}
SERVED: Sequence[tuple[str, dict[str, Handler]]] = (
    ("/v1/Policies", {"GET": list_policies}),
    ("/v1/EndUsers", {"POST": create_end_user}),
    ("/v1/SupportingDocuments", {"POST": create_document}),
    *(
        (f"/v1/{kind}{path}", handlers)
        for kind in ("CustomerProfiles", "TrustProducts")
        for path, handlers in _OF_A_PROFILE.items()
    ),
)
ADDRESSES: dict[str, Handler] = {"GET": list_addresses, "POST": create_address}


def _profiles(request: Request, sandbox: Sandbox, account: Account) -> list[Resource]:
    """Those of the kind that the address names."""
    is_product = "TrustProducts" in request.url.path
    name, policy = request.query_params.get("FriendlyName"), request.query_params.get("PolicySid")
    return [
        one
        for one in sandbox.compliance.of(account.sid, "BU")
        if (one.values.get("policy_sid") == policies.MESSAGING) == is_product
        if (name is None or one.values["friendly_name"] == name)
        if (policy is None or one.values.get("policy_sid") == policy)
    ]


def _missing(profile: Resource) -> list[str]:
    return compliance.not_told(profile, policies.NEEDED[profile.values["policy_sid"]])
