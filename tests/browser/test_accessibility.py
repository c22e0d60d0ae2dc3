"""Every page in every state, in four widths and two themes: nothing for axe to find, nothing cut off or too small."""

import pytest

from tests.browser.looks import COLOURS, faults, in_theme, remember_colours, violations, violations_of_new_colours
from tests.browser.states import STATES, State
from tests.browser.tabs import Tabs
from tests.journeys.installation import Installation

READ = (1440, 390)
"""The widths at which axe reads: those between have the same elements, of which only the places differ.

The colours of what is shown at both are read at the first one, unless it has others at the second.
"""
SIZES = ((1440, 900), (900, 800), (390, 844), (320, 640))


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
def test_a_page_leaves_nothing_to_find(tabs: Tabs, installation: Installation, state: State) -> None:
    page = state(tabs, installation)
    found = []
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        found += [f"{width}: {fault}" for fault in faults(page)]
        if width not in READ:
            continue
        if width != READ[0]:
            found += [f"{width} light: {violation}" for violation in violations(page, but=COLOURS)]
            found += [f"{width} light: {violation}" for violation in violations_of_new_colours(page)]
            continue
        found += [f"{width} light: {violation}" for violation in violations(page)]
        remember_colours(page)
        in_theme(page, "dark")
        found += [f"{width} dark: {violation}" for violation in violations(page, COLOURS)]
        in_theme(page, "light")
    page.set_viewport_size({"width": 320, "height": 256})  # WCAG 1.4.10: 1280 by 1024 at 400 %
    if page.evaluate("document.scrollingElement.scrollWidth > innerWidth"):
        found.append("at 400 % it scrolls sideways")
    assert not found, "\n".join(found)
