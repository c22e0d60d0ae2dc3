"""Twilio's REST paths for regulatory compliance and for texting in the United States (A2P 10DLC)."""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from providers.sandbox import compliance
from providers.sandbox.accounts import Account
from providers.sandbox.compliance import Resource
from providers.sandbox.refusals import TwilioRefusal
from providers.sandbox.sandbox import Sandbox

Handler = Callable[[Request, Sandbox, Account], Awaitable[Response]]
_TAKEN = ("application/pdf", "image/jpeg", "image/png")


async def list_regulations(request: Request, _sandbox: Sandbox, _account: Account) -> Response:
    country = request.query_params.get("IsoCountry", "")
    found = (
        [{"sid": f"RN{country.encode().hex():0>32}", "iso_country": country}] if country in compliance.NEEDED else []
    )
    return page(request, "results", found)


async def create_end_user(request: Request, sandbox: Sandbox, account: Account) -> Response:
    form = await request.form()
    values = {"friendly_name": form["FriendlyName"], "type": form["Type"], "attributes": attributes(form)}
    return JSONResponse(shown(sandbox.compliance.add(account.sid, "IT", values)), 201)


async def create_document(request: Request, sandbox: Sandbox, account: Account) -> Response:
    """With its file, at the host that takes uploads."""
    async with request.form(max_files=1) as form:
        file = form.get("File")
        if not isinstance(file, UploadFile) or file.content_type not in _TAKEN:
            raise TwilioRefusal(20001, words="The file must be a PDF, JPEG or PNG.")
        values = {"friendly_name": form["FriendlyName"], "type": form["Type"], "mime_type": file.content_type}
        one = sandbox.compliance.add(account.sid, "RD", values | {"attributes": attributes(form)})
    return JSONResponse(shown(one), 201)


async def fetch_document(request: Request, sandbox: Sandbox, account: Account) -> Response:
    return JSONResponse(shown(found(request, sandbox, account)))


async def list_bundles(request: Request, sandbox: Sandbox, account: Account) -> Response:
    name = request.query_params.get("FriendlyName")
    found = [one for one in sandbox.compliance.of(account.sid, "BU") if one.values["friendly_name"] == name or not name]
    return page(request, "results", [shown(one) for one in found])


async def create_bundle(request: Request, sandbox: Sandbox, account: Account) -> Response:
    form = await request.form()
    country = bytes.fromhex(str(form["RegulationSid"])[-4:]).decode()
    values = {"friendly_name": form["FriendlyName"], "email": form["Email"], "country": country}
    return JSONResponse(shown(sandbox.compliance.add(account.sid, "BU", values)), 201)


async def fetch_bundle(request: Request, sandbox: Sandbox, account: Account) -> Response:
    return JSONResponse(shown(found(request, sandbox, account)))


async def update_bundle(request: Request, sandbox: Sandbox, account: Account) -> Response:
    bundle = found(request, sandbox, account)
    if (await request.form()).get("Status") == "pending-review":
        if compliance.missing(bundle):
            raise TwilioRefusal(20001, words="The bundle is not compliant.")
        sandbox.compliance.send(bundle, "pending-review")
    return JSONResponse(shown(bundle))


async def assign_item(request: Request, sandbox: Sandbox, account: Account) -> Response:
    bundle, form = found(request, sandbox, account), await request.form()
    item = sandbox.compliance.get(account.sid, str(form["ObjectSid"]))
    if item is None:
        raise TwilioRefusal(20404, 404)
    bundle.items.append(item)
    return JSONResponse(_assignment(bundle, item), 201)


async def list_items(request: Request, sandbox: Sandbox, account: Account) -> Response:
    bundle = found(request, sandbox, account)
    for item in bundle.items:
        item.reason = bundle.reason
    return page(request, "results", [_assignment(bundle, item) for item in bundle.items])


async def evaluate(request: Request, sandbox: Sandbox, account: Account) -> Response:
    bundle = found(request, sandbox, account)
    wrong = compliance.missing(bundle)
    results = [{"passed": False, "failure_reason": words} for words in wrong] or [{"passed": True}]
    answer = {"sid": "EL" + "0" * 32, "bundle_sid": bundle.sid, "results": results}
    return JSONResponse(answer | {"status": "noncompliant" if wrong else "compliant"}, 201)


async def list_brands(request: Request, sandbox: Sandbox, account: Account) -> Response:
    return page(request, "data", [shown(one) for one in sandbox.compliance.of(account.sid, "BN")])


async def create_brand(request: Request, sandbox: Sandbox, account: Account) -> Response:
    form = await request.form()
    profile, a2p = str(form["CustomerProfileBundleSid"]), str(form["A2PProfileBundleSid"])
    if not (profile.startswith("BU") and a2p.startswith("BU")):
        raise TwilioRefusal(20001, words="A profile's SID begins with BU.")
    values = {"customer_profile_bundle_sid": profile, "a2p_profile_bundle_sid": a2p}
    brand = sandbox.compliance.add(account.sid, "BN", values)
    sandbox.compliance.send(brand, "PENDING")
    return JSONResponse(shown(brand), 201)


async def fetch_brand(request: Request, sandbox: Sandbox, account: Account) -> Response:
    return JSONResponse(shown(found(request, sandbox, account)))


async def update_brand(request: Request, sandbox: Sandbox, account: Account) -> Response:
    brand = found(request, sandbox, account)
    sandbox.compliance.send(brand, "PENDING")
    return JSONResponse(shown(brand))


async def list_services(request: Request, sandbox: Sandbox, account: Account) -> Response:
    return page(request, "services", [shown(one) for one in sandbox.compliance.of(account.sid, "MG")])


async def create_service(request: Request, sandbox: Sandbox, account: Account) -> Response:
    form = await request.form()
    service = sandbox.compliance.add(account.sid, "MG", {"friendly_name": form["FriendlyName"]})
    return JSONResponse(shown(service), 201)


async def list_service_numbers(request: Request, sandbox: Sandbox, account: Account) -> Response:
    service = found(request, sandbox, account)
    return page(request, "phone_numbers", [{"sid": one.sid, **one.values} for one in service.items])


async def add_service_number(request: Request, sandbox: Sandbox, account: Account) -> Response:
    service, form = found(request, sandbox, account), await request.form()
    owned = account.number_by_sid(str(form["PhoneNumberSid"]))
    if owned is None:
        raise TwilioRefusal(20404, 404)
    service.items.append(Resource(account.sid, owned.sid, {"phone_number": owned.number}))
    return JSONResponse({"sid": owned.sid, "phone_number": owned.number}, 201)


async def list_campaigns(request: Request, sandbox: Sandbox, account: Account) -> Response:
    return page(request, "compliance", [shown(one) for one in _campaigns(request, sandbox, account)])


async def create_campaign(request: Request, sandbox: Sandbox, account: Account) -> Response:
    form = await request.form()
    brand = sandbox.compliance.get(account.sid, str(form["BrandRegistrationSid"]))
    if brand is None or brand.status != "APPROVED":
        raise TwilioRefusal(20001, words="The brand is not approved.")
    flow, samples = str(form.get("MessageFlow", "")), form.getlist("MessageSamples")
    if len(flow) < 40 or len(samples) < 2 or any(len(str(one)) < 20 for one in samples):
        raise TwilioRefusal(20001, words="MessageFlow needs 40 characters, and two samples 20 each.")
    values = {"service_sid": request.path_params["sid"], "brand_registration_sid": brand.sid, "message_flow": flow}
    campaign = sandbox.compliance.add(account.sid, "QE", values)
    sandbox.compliance.send(campaign, "IN_PROGRESS")
    return JSONResponse(shown(campaign), 201)


async def fetch_campaign(request: Request, sandbox: Sandbox, account: Account) -> Response:
    return JSONResponse(shown(found(request, sandbox, account, "campaign_sid")))


async def delete_campaign(request: Request, sandbox: Sandbox, account: Account) -> Response:
    sandbox.compliance.delete(found(request, sandbox, account, "campaign_sid"))
    return Response(status_code=204)


SERVED: Sequence[tuple[str, dict[str, Handler]]] = (
    ("/v2/RegulatoryCompliance/Regulations", {"GET": list_regulations}),
    ("/v2/RegulatoryCompliance/EndUsers", {"POST": create_end_user}),
    ("/v2/RegulatoryCompliance/SupportingDocuments", {"POST": create_document}),
    ("/v2/RegulatoryCompliance/SupportingDocuments/{sid}", {"GET": fetch_document}),
    ("/v2/RegulatoryCompliance/Bundles", {"GET": list_bundles, "POST": create_bundle}),
    ("/v2/RegulatoryCompliance/Bundles/{sid}", {"GET": fetch_bundle, "POST": update_bundle}),
    ("/v2/RegulatoryCompliance/Bundles/{sid}/ItemAssignments", {"GET": list_items, "POST": assign_item}),
    ("/v2/RegulatoryCompliance/Bundles/{sid}/Evaluations", {"POST": evaluate}),
    ("/v1/a2p/BrandRegistrations", {"GET": list_brands, "POST": create_brand}),
    ("/v1/a2p/BrandRegistrations/{sid}", {"GET": fetch_brand, "POST": update_brand}),
    ("/v1/Services", {"GET": list_services, "POST": create_service}),
    ("/v1/Services/{sid}/PhoneNumbers", {"GET": list_service_numbers, "POST": add_service_number}),
    ("/v1/Services/{sid}/Compliance/Usa2p", {"GET": list_campaigns, "POST": create_campaign}),
    ("/v1/Services/{sid}/Compliance/Usa2p/{campaign_sid}", {"GET": fetch_campaign, "DELETE": delete_campaign}),
)


def found(request: Request, sandbox: Sandbox, account: Account, name: str = "sid") -> Resource:
    one = sandbox.compliance.get(account.sid, request.path_params[name])
    if one is None:
        raise TwilioRefusal(20404, 404, f"The requested resource {request.url.path} was not found")
    return one


def _campaigns(request: Request, sandbox: Sandbox, account: Account) -> list[Resource]:
    service = found(request, sandbox, account)
    return [one for one in sandbox.compliance.of(account.sid, "QE") if one.values["service_sid"] == service.sid]


def attributes(form: Mapping[str, Any]) -> dict[str, Any]:
    told = json.loads(str(form.get("Attributes") or "{}"))
    return told if isinstance(told, dict) else {}


def shown(one: Resource) -> dict[str, Any]:
    reason = [{"description": one.reason}] if one.reason else []
    of_kind = {"campaign_status": one.status, "errors": reason} if one.sid.startswith("QE") else {"status": one.status}
    return {**one.values, "sid": one.sid, "account_sid": one.account_sid, "failure_reason": one.reason, **of_kind}


def _assignment(bundle: Resource, item: Resource) -> dict[str, str]:
    return {"sid": "BV" + item.sid[2:], "bundle_sid": bundle.sid, "object_sid": item.sid}


def page(request: Request, key: str, found: Sequence[Mapping[str, Any]]) -> Response:
    """All of them on one page, in the form of Twilio's newer lists."""
    url = str(request.url)
    meta = {"page": 0, "page_size": 50, "first_page_url": url, "url": url, "key": key}
    return JSONResponse({key: list(found), "meta": meta | {"next_page_url": None, "previous_page_url": None}})
