"""What Australia, the United Kingdom and the United States ask for before a company may text there.

Sources: Twilio's regulatory pages of each country (https://www.twilio.com/en-us/guidelines/regulatory) and, for the
United States, https://www.twilio.com/docs/messaging/compliance/a2p-10dlc. They change: the console has the last word.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

NUMBER, TEST = "number", "test"
"""Items that nobody ticks: they are done when the product sees that they are."""


@dataclass(frozen=True, slots=True)
class Field:
    """A fact that an item asks for."""

    name: str
    label: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to bring; `needs` are the items before it."""

    key: str
    title: str
    about: str
    fields: tuple[Field, ...] = ()
    needs: tuple[str, ...] = ()


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
    "Customer contact",
    "Whom the provider may ask about these documents.",
    (Field("name", "Name"), Field("email", "Work e-mail"), Field("phone", "Phone", "With its country code.")),
)


def _number(country: str) -> Item:
    return Item(
        NUMBER,
        "Messaging number",
        f"A number of {country} that can text, chosen under Settings, Company.",
        needs=("business", "contact"),
    )


_TEST = Item(
    TEST,
    "Round-trip test",
    "Text a phone of yours from this number and reply to it. It is done when a text was delivered and one came back.",
    needs=(NUMBER,),
)

CHECKLISTS: Mapping[str, Checklist] = {
    one.country: one
    for one in (
        Checklist(
            "au",
            "Australia",
            "Until the number is approved, nobody in Australia can be texted.",
            (
                Item(
                    "business",
                    "Business registration",
                    "The record of the Australian Securities and Investments Commission (ASIC).",
                    (
                        Field("name", "Business name", "As it stands in the record."),
                        Field("address", "Business address", "In Australia, no post box."),
                        Field("register_number", "ACN or ABN", "9 or 11 digits."),
                    ),
                ),
                _CONTACT,
                _number("Australia"),
                _TEST,
            ),
        ),
        Checklist(
            "gb",
            "United Kingdom",
            "Until the bundle is approved, no number of the United Kingdom can be bought.",
            (
                Item(
                    "business",
                    "Commercial register",
                    "An excerpt of the register that the company stands in.",
                    (
                        Field("name", "Company name"),
                        Field("authority", "Registration authority", "Such as Companies House."),
                        Field("register_number", "Registration number"),
                        Field("website", "Website"),
                    ),
                ),
                Item(
                    "address",
                    "Business address",
                    "It must be valid in the United Kingdom.",
                    (Field("address", "Business address"), Field("emergency", "Emergency address")),
                ),
                Item(
                    "contact",
                    "Authorised representative",
                    "Who may sign for the company.",
                    (Field("name", "Name"), Field("phone", "Phone"), Field("email", "Work e-mail")),
                ),
                _number("the United Kingdom"),
                _TEST,
            ),
        ),
        Checklist(
            "us",
            "United States",
            "Until the campaign is approved, carriers in the United States refuse every text (30034).",
            (
                Item(
                    "business",
                    "Employer Identification Number",
                    "As the IRS has given it.",
                    (
                        Field("name", "Legal business name"),
                        Field("ein", "EIN", "9 digits."),
                        Field("address", "Business address", "The one that belongs to the EIN."),
                    ),
                ),
                _CONTACT,
                Item(
                    "brand",
                    "10DLC brand",
                    "The company, registered with The Campaign Registry. It mostly takes minutes.",
                    (Field("brand_id", "Brand SID", "BN…"),),
                    ("business", "contact"),
                ),
                Item(
                    "campaign",
                    "10DLC campaign",
                    "What is texted and how people agree to it. Carriers take 10 to 15 working days.",
                    (
                        Field("campaign_id", "Campaign SID", "QE…"),
                        Field("opt_in", "How candidates agree", "Such as a form at the time they apply."),
                        Field("sample", "A text as you send it"),
                    ),
                    ("brand",),
                ),
                Item(
                    NUMBER,
                    "Messaging number",
                    "A number of the United States that belongs to the campaign, chosen under Settings, Company.",
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
