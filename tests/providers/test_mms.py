"""Between which numbers pictures travel."""

import pytest

from providers.mms import can_carry

US, CANADA, AUSTRALIA, UK = "+12025550123", "+16135550143", "+61491570006", "+447700900123"


@pytest.mark.parametrize(
    ("sender", "recipient", "can"),
    [
        (US, US, True),
        (US, CANADA, True),
        (CANADA, US, True),
        ("+14158675309", "+12065550100", True),
        (AUSTRALIA, "+61491570156", True),
        (US, AUSTRALIA, False),
        (AUSTRALIA, US, False),
        (UK, UK, False),
        (US, UK, False),
        (US, "+18765550123", False),  # Jamaica
        (US, "HARBOUR", False),
        ("+15005550006", "+12345", False),
    ],
)
def test_pictures_travel_within_north_america_and_within_australia(sender: str, recipient: str, can: bool) -> None:
    assert can_carry(sender, recipient) is can
