"""What Australia, the United Kingdom and the United States ask for before a company may text there.

Sources: Twilio's regulatory pages of each country (https://www.twilio.com/en-us/guidelines/regulatory) and, for the
United States, https://www.twilio.com/docs/messaging/compliance/a2p-10dlc. They change: the console has the last word.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from inbox.languages import _
from inbox.provisioning.trades import INDUSTRIES, POSITIONS, TYPES

NUMBER, TEST = "number", "test"
"""Items that nobody ticks: they are done when the product sees that they are."""


@dataclass(frozen=True, slots=True)
class Field:
    """A fact that an item asks for."""

    name: str
    label: str
    hint: str = ""
    way: Literal["", "hand", "provider"] = ""
    """Where it is only for who registers by hand, or only for what is sent to the provider from here."""
    choices: Mapping[str, str] = field(default_factory=dict)
    """What can be chosen, with its words; none: anything can be typed."""

    @property
    def is_for_hand_only(self) -> bool:
        """Whether what is sent to the provider from here goes without it."""
        return self.way == "hand"


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to bring; `needs` are the items before it."""

    key: str
    title: str
    about: str
    fields: tuple[Field, ...] = ()
    needs: tuple[str, ...] = ()
    document: bool = False
    """Whether a file is to be brought with it."""


@dataclass(frozen=True, slots=True)
class Checklist:
    """All items of a country, and what cannot be done until they are."""

    country: str
    name: str
    meanwhile: str
    items: tuple[Item, ...]

    def item(self, key: str) -> Item | None:
        """The item of this key."""
        return next((one for one in self.items if one.key == key), None)


_CONTACT = Item(
    "contact",
    _("Customer contact"),
    _("Whom the provider may ask about these documents."),
    (
        Field("name", _("Name")),
        Field("email", _("Work e-mail")),
        Field("phone", _("Phone"), _("With its country code.")),
    ),
)


def _address(region: str, postal_code: str, way: Literal["", "provider"] = "") -> tuple[Field, ...]:
    """Where a street is, by what people there call it."""
    return (
        Field("city", _("City"), way=way),
        Field("region", region, way=way),
        Field("postal_code", postal_code, way=way),
    )


def _emergency(region: str, postal_code: str) -> Item:
    return Item(
        "emergency",
        _("Emergency address"),
        _("Where help is sent when somebody calls it from your messaging number."),
        (Field("street", _("Street and number"), _("No post box.")), *_address(region, postal_code)),
    )


def _number(country: str) -> Item:
    return Item(
        NUMBER,
        _("Messaging number"),
        _("A number of %(country)s that can text, chosen under Settings, Company.", country=country),
        needs=("business", "contact"),
    )


_TEST = Item(
    TEST,
    _("Round-trip test"),
    _(
        "Text a phone of yours from this number and reply to it. "
        "It is done when a text was delivered and one came back."
    ),
    needs=(NUMBER,),
)

PROFILE = Item(
    "profile",
    _("Customer profile"),
    _(
        "Who the company is and who signs for it. Twilio's Trust Hub looks at it before the brand. "
        "It mostly takes up to 3 days."
    ),
    (
        Field("profile", _("Customer profile SID"), _("BU…, when you have made it by hand."), "hand"),
        Field("a2p_profile", _("A2P profile SID"), _("BU…, when you have made it by hand."), "hand"),
        Field("business_type", _("Legal form"), way="provider", choices=TYPES),
        Field("industry", _("Industry"), way="provider", choices=INDUSTRIES),
        Field("website", _("Website"), way="provider"),
        Field("title", _("Title of the customer contact"), _("Such as Head of People."), "provider"),
        Field("position", _("Position of the customer contact"), way="provider", choices=POSITIONS),
    ),
    ("business", "contact"),
)

CHECKLISTS: Mapping[str, Checklist] = {
    one.country: one
    for one in (
        Checklist(
            "au",
            _("Australia"),
            _("Until the number is approved, nobody in Australia can be texted."),
            (
                Item(
                    "business",
                    _("Business registration"),
                    _("The record of the Australian Securities and Investments Commission (ASIC)."),
                    (
                        Field("name", _("Business name"), _("As it stands in the record.")),
                        Field("address", _("Business address"), _("In Australia, no post box.")),
                        Field("register_number", _("ACN or ABN"), _("9 or 11 digits.")),
                    ),
                    document=True,
                ),
                _CONTACT,
                _emergency(_("State"), _("Postcode")),
                _number(_("Australia")),
                _TEST,
            ),
        ),
        Checklist(
            "gb",
            _("United Kingdom"),
            _("Until the bundle is approved, no number of the United Kingdom can be bought."),
            (
                Item(
                    "business",
                    _("Commercial register"),
                    _("An excerpt of the register that the company stands in."),
                    (
                        Field("name", _("Company name")),
                        Field("authority", _("Registration authority"), _("Such as Companies House.")),
                        Field("register_number", _("Registration number")),
                        Field("website", _("Website")),
                    ),
                    document=True,
                ),
                Item(
                    "address",
                    _("Business address"),
                    _("It must be valid in the United Kingdom."),
                    (Field("address", _("Business address")),),
                ),
                _emergency(_("County"), _("Postcode")),
                Item(
                    "contact",
                    _("Authorised representative"),
                    _("Who may sign for the company."),
                    (Field("name", _("Name")), Field("phone", _("Phone")), Field("email", _("Work e-mail"))),
                ),
                _number(_("the United Kingdom")),
                _TEST,
            ),
        ),
        Checklist(
            "us",
            _("United States"),
            _("Until the campaign is approved, carriers in the United States refuse every text (30034)."),
            (
                Item(
                    "business",
                    _("Employer Identification Number"),
                    _("As the IRS has given it."),
                    (
                        Field("name", _("Legal business name")),
                        Field("ein", "EIN", _("9 digits.")),
                        Field("address", _("Business address"), _("The one that belongs to the EIN.")),
                        *_address(_("State"), _("ZIP code"), "provider"),
                    ),
                ),
                _CONTACT,
                PROFILE,
                Item(
                    "brand",
                    _("10DLC brand"),
                    _("The company, registered with The Campaign Registry. It mostly takes minutes."),
                    (Field("brand_id", _("Brand SID"), _("BN…, when you have registered it by hand."), "hand"),),
                    ("profile",),
                ),
                Item(
                    "campaign",
                    _("10DLC campaign"),
                    _("What is texted and how people agree to it. Carriers take 10 to 15 working days."),
                    (
                        Field("campaign_id", _("Campaign SID"), _("QE…, when you have registered it by hand."), "hand"),
                        Field(
                            "opt_in",
                            _("How candidates agree"),
                            _("Such as a form at the time they apply. At least 40 characters."),
                        ),
                        Field("sample", _("A text as you send it"), _("At least 20 characters.")),
                        Field("sample_2", _("Another text as you send it"), _("At least 20 characters."), "provider"),
                    ),
                    ("brand",),
                ),
                Item(
                    NUMBER,
                    _("Messaging number"),
                    _("A number of the United States that belongs to the campaign, chosen under Settings, Company."),
                    needs=("campaign",),
                ),
                _TEST,
            ),
        ),
    )
}


def order() -> Sequence[Checklist]:
    """The countries in the order of the page."""
    return tuple(CHECKLISTS.values())
