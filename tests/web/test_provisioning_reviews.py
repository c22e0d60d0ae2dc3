"""Documents go to Twilio from here and its decisions come back: bundles, brands and campaigns, against the sandbox."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import httpx2
import pytest
from sqlalchemy import select, update

from inbox.accounts.roles import Role
from inbox.errors import NotFound
from inbox.messaging import notifications
from inbox.provisioning import company_numbers, documents, progress, reviews
from inbox.provisioning.submitting import FIRST_SECONDS, MOST_SECONDS, Submitter
from inbox.storage import jobs, tables
from inbox.storage.jobs import Postponed
from providers.sandbox import SandboxAccount, SandboxNumber, policies
from tests.messaging.twilio import Twilio
from tests.web.house import House, shown

pytestmark = pytest.mark.anyio

PAGE = "/settings/provisioning"
PDF = b"%PDF-1.7 the record"
BUSINESS = {"name": "Acme", "register_number": "51 824 753 556", "state": "saved"}
CONTACT = {"name": "Kim Lee", "email": "kim@acme.test", "phone": "+61 491 570 157", "state": "saved"}
BU = "BU" + "0c" * 16
COMPANY = {"business_type": "Corporation", "industry": "HEALTHCARE", "website": "acme.test", "title": "Head of People"}
COMPANY |= {"position": "Director", "state": "saved"}
AN_HOUR_AGO = datetime.now(UTC) - timedelta(hours=1)


@pytest.fixture
async def admin(house: House) -> httpx2.AsyncClient:
    """A browser in which an Organisation Admin is signed in."""
    await become(house, Role.ORGANISATION_ADMIN)
    return await house.browser(house.scene.jo)


@pytest.fixture
async def twilio(house: House) -> AsyncIterator[Twilio]:
    there = Twilio(house.scene)
    there.sandbox.compliance.reviewed_after = 0.0
    await there.start()
    yield there
    await there.stop()


async def become(house: House, role: Role) -> None:
    await house.scene.tenant.execute(
        update(tables.users).where(tables.users.c.id == house.scene.jo.id).values(role=role.value)
    )


async def looked(house: House, twilio: Twilio) -> list[float]:
    """A worker does the job at once as often as it comes back; the pauses that it asked for."""
    pauses, submit = [], Submitter(twilio.transport, house.scene.vault)
    for _ in range(3):
        for job in await jobs.claim(house.scene.tenant.database, kinds=[reviews.LOOK], limit=9, lease_seconds=60):
            outcome = await submit(house.scene.tenant, job)
            if isinstance(outcome, Postponed):
                pauses.append(outcome.seconds)
                await jobs.again(house.scene.tenant.database, job, seconds=0, counted=False)
            else:
                await jobs.done(house.scene.tenant.database, job)
    return pauses


async def states(house: House, country: str) -> dict[str, tuple[str, str]]:
    found = next(one for one in await progress.of(house.scene.tenant) if one.checklist.country == country)
    return {one.item.key: (one.state, str(one.words)) for one in found.items}


async def add(admin: httpx2.AsyncClient, name: str, content: bytes) -> httpx2.Response:
    return await admin.post(f"{PAGE}/au/business/documents", files={"document": (name, content)})


async def test_a_bundle_is_sent_rejected_with_its_reason_mended_and_approved(
    house: House, admin: httpx2.AsyncClient, twilio: Twilio
) -> None:
    send = f"{PAGE}/au/send/bundle"
    assert (
        "First enter “Business name” under “Business registration”." in shown(await admin.post(send), status=422).words
    )
    await admin.post(f"{PAGE}/au/business", data=BUSINESS | {"address": "GPO Box 12, Sydney"})
    await admin.post(f"{PAGE}/au/contact", data=CONTACT)
    assert "First add a file under “Business registration”." in shown(await admin.post(send), status=422).words
    await add(admin, "record.pdf", PDF)
    assert (await admin.post(send)).status_code == 303
    assert (await states(house, "au"))["business"][0] == "sent"
    assert await looked(house, twilio) == [FIRST_SECONDS]
    reason = "The address is a post box. Give the address at which the business is."
    assert (await states(house, "au"))["business"] == ("problem", f"There is a problem: {reason}")
    assert (await states(house, "au"))["contact"] == ("saved", "Not sent yet")
    assert f"Rejected: {reason}" in shown(await admin.get(PAGE)).words
    (told,) = (await notifications.page(house.scene.tenant, house.scene.jo)).rows
    assert (told.place, str(told.sentence)[:19]) == (PAGE, "Twilio has rejected")

    await admin.post(f"{PAGE}/au/business", data=BUSINESS | {"address": "1 Quay St, Sydney"})
    assert (await admin.post(send)).status_code == 303
    await looked(house, twilio)
    assert [(await states(house, "au"))[key][0] for key in ("business", "contact")] == ["done", "done"]
    assert len(twilio.sandbox.compliance.of(house.scene.account.account_sid, "BU")) == 2
    await admin.post(send)
    assert await looked(house, twilio) == [], "what is approved is not sent again"


async def test_while_twilio_is_away_or_undecided_it_is_looked_at_ever_less_often(
    house: House, admin: httpx2.AsyncClient, twilio: Twilio
) -> None:
    twilio.sandbox.compliance.reviewed_after = 3600.0
    await admin.post(f"{PAGE}/au/business", data=BUSINESS | {"address": "1 Quay St, Sydney"})
    await admin.post(f"{PAGE}/au/contact", data=CONTACT)
    await add(admin, "record.pdf", PDF)
    await admin.post(f"{PAGE}/au/send/bundle")
    assert await looked(house, twilio) == [FIRST_SECONDS, 2 * FIRST_SECONDS, 4 * FIRST_SECONDS]
    assert "Twilio has not decided yet." in shown(await admin.get(PAGE)).words
    await house.scene.tenant.execute(update(tables.provisioning_reviews).values(looks=500))
    assert (await looked(house, twilio))[0] == MOST_SECONDS


async def test_a_brand_and_then_its_campaign_are_registered(
    house: House, admin: httpx2.AsyncClient, twilio: Twilio
) -> None:
    tenant, account = house.scene.tenant, house.scene.account
    business = {"name": "Acme", "ein": "12-3456789", "address": "1 Main St, New York", "state": "saved"}
    await admin.post(f"{PAGE}/us/business", data=business)
    await admin.post(f"{PAGE}/us/contact", data=CONTACT)
    await admin.post(f"{PAGE}/us/profile", data={"profile": BU, "a2p_profile": f"{BU[:-4]}0000", "state": "saved"})
    await admin.post(f"{PAGE}/us/send/brand")
    await looked(house, twilio)
    assert (await states(house, "us"))["brand"][0] == "problem"
    await admin.post(f"{PAGE}/us/profile", data={"profile": BU, "a2p_profile": BU, "state": "saved"})
    await admin.post(f"{PAGE}/us/send/brand")
    await looked(house, twilio)
    assert (await states(house, "us"))["brand"][0] == "done"

    campaign = {
        "sample": "Hi Maya, can you make Thursday at 10?",
        "sample_2": "Your interview is on Monday.",
        "state": "saved",
    }
    await admin.post(f"{PAGE}/us/campaign", data=campaign | {"opt_in": "They agree."})
    page = shown(await admin.post(f"{PAGE}/us/send/campaign"), status=422)
    assert "“How candidates agree” needs at least 40 characters." in page.words
    agree = "Candidates tick a box in the form with which they apply, beside their number."
    await admin.post(f"{PAGE}/us/campaign", data=campaign | {"opt_in": agree})
    page = shown(await admin.post(f"{PAGE}/us/send/campaign"), status=422)
    assert "First choose a number of this country (United States)" in page.words
    ours = "+12125550123"
    twilio.sandbox.open_account(
        SandboxAccount(account.account_sid, account.auth_token, (SandboxNumber(ours, "US", ""),))
    )
    await company_numbers.add(tenant, company_id=house.scene.company.id, provider_account_id=account.id, number=ours)
    await admin.post(f"{PAGE}/us/send/campaign")
    await looked(house, twilio)
    assert (await states(house, "us"))["campaign"][0] == "done"
    (service,) = twilio.sandbox.compliance.of(account.account_sid, "MG")
    assert [one.values["phone_number"] for one in service.items] == [ours]


async def test_a_customer_profile_is_made_in_the_trust_hub_and_the_brand_hangs_on_it(
    house: House, admin: httpx2.AsyncClient, twilio: Twilio
) -> None:
    sid, kept = house.scene.account.account_sid, twilio.sandbox.compliance
    primary = kept.add(sid, "BU", {"policy_sid": policies.PRIMARY, "friendly_name": "Ours", "email": ""})
    business = {"name": "Acme", "ein": "12-3456789", "state": "saved"}
    await admin.post(f"{PAGE}/us/business", data=business | {"address": "1 Main St"})
    await admin.post(f"{PAGE}/us/contact", data=CONTACT)
    send, there = f"{PAGE}/us/send/profile", {"city": "New York", "region": "NY", "postal_code": "10001"}
    page = shown(await admin.post(send), status=422)
    assert "First enter “City” under “Employer Identification Number”." in page.words
    await admin.post(f"{PAGE}/us/business", data=business | there | {"address": "PO Box 12"})
    page = shown(await admin.post(f"{PAGE}/us/profile", data=COMPANY | {"industry": "NURSING"}), status=422)
    assert "Choose one of these." in page.words
    assert (await admin.post(f"{PAGE}/us/profile", data=COMPANY)).status_code == 303
    page = shown(await admin.post(f"{PAGE}/us/send/brand"), status=422)
    assert "The customer profile has to be approved first." in page.words

    assert (await admin.post(send)).status_code == 303
    await looked(house, twilio)
    assert (await states(house, "us"))["profile"][1].startswith("There is a problem: The address is a post box.")
    await admin.post(f"{PAGE}/us/business", data=business | there | {"address": "1 Main St"})
    await admin.post(send)
    await looked(house, twilio)
    assert [(await states(house, "us"))[key][0] for key in ("business", "contact", "profile")] == ["done"] * 3
    profile, beside = kept.of(sid, "BU")[-2:]
    assert primary in profile.items
    assert profile in beside.items
    await admin.post(f"{PAGE}/us/send/brand")
    await looked(house, twilio)
    (brand,) = kept.of(sid, "BN")
    assert brand.values["customer_profile_bundle_sid"] == profile.sid
    assert brand.values["a2p_profile_bundle_sid"] == beside.sid
    assert (await states(house, "us"))["brand"][0] == "done"


async def test_help_is_sent_to_the_emergency_address_once_twilio_has_registered_it(
    house: House, admin: httpx2.AsyncClient, twilio: Twilio
) -> None:
    sid, kept = house.scene.account.account_sid, twilio.sandbox.compliance
    there = {"city": "Sydney", "region": "NSW", "postal_code": "2000", "state": "saved"}
    await admin.post(f"{PAGE}/au/emergency", data=there | {"street": "GPO Box 12"})
    await admin.post(f"{PAGE}/au/send/address")
    assert await looked(house, twilio) == [FIRST_SECONDS]
    reason = f"Twilio cannot have help sent to this address for {house.scene.number.number}."
    assert (await states(house, "au"))["emergency"] == ("problem", f"There is a problem: {reason}")

    await admin.post(f"{PAGE}/au/emergency", data=there | {"street": "1 Quay St"})
    await admin.post(f"{PAGE}/au/send/address")
    await house.scene.tenant.execute(update(tables.provisioning_reviews).values(asked_at=AN_HOUR_AGO))
    await looked(house, twilio)
    # A worker that died before it wrote down what it had made finds it.
    await house.scene.tenant.execute(update(tables.provisioning_reviews).values(state="sending"))
    await admin.post(f"{PAGE}/au/send/address")
    await looked(house, twilio)
    assert (await states(house, "au"))["emergency"][0] == "done"
    assert [one.values["street"] for one in kept.of(sid, "AD")] == ["GPO Box 12", "1 Quay St"]
    page = shown(await admin.post(f"{PAGE}/gb/send/address"), status=422)
    assert "First enter “Street and number” under “Emergency address”." in page.words
    await admin.post(f"{PAGE}/gb/emergency", data=there | {"street": "1 High St", "postal_code": "CT1 2HG"})
    page = shown(await admin.post(f"{PAGE}/gb/send/address"), status=422)
    assert "First choose a number of this country (United Kingdom), under Settings, Company." in page.words


async def test_a_document_is_told_by_its_bytes_sealed_and_saved_by_an_organisation_admin_alone(
    house: House, admin: httpx2.AsyncClient
) -> None:
    for name, content, sentence in (
        ("x.pdf", b"<script>", "This is no PDF, JPEG or PNG."),
        ("x.pdf", b"%PDF-" + b"0" * 5 * 1024 * 1024, "larger than 5 MB"),
    ):
        assert sentence in shown(await add(admin, name, content), status=422).words
    assert (await add(admin, "../../<b>re cord.html", PDF)).status_code == 303
    row = await house.scene.tenant.fetch_one(select(tables.provisioning_documents))
    assert row is not None
    assert row.name == "b re cord.pdf"
    assert PDF not in row.content
    address = f"{PAGE}/documents/{row.id}"
    saved = await admin.get(address)
    assert saved.content == PDF
    assert saved.headers["Content-Disposition"] == "attachment; filename*=UTF-8''b%20re%20cord.pdf"
    other = await house.neighbour()
    with pytest.raises(NotFound):
        await documents.content(other.tenant, other.vault, row.id)
    await become(house, Role.COMPANY_ADMIN)
    assert (await admin.get(address)).status_code == 403
    page = shown(await admin.get(f"{PAGE}/au/business"))
    assert "b re cord.pdf" in page.words
    assert (await admin.post(f"{address}/remove")).status_code == 303
    assert await house.scene.tenant.fetch_one(select(tables.provisioning_documents)) is None
    assert (await admin.get(f"{PAGE}/documents/{row.id}/remove")).status_code == 405
