"""Every page in every state, in four widths and two themes: nothing for axe to find, nothing cut off or too small."""

from collections.abc import Collection
from itertools import product
from zlib import crc32

import pytest
from playwright.sync_api import Page

from tests.browser.looks import THEMES, Theme, faults, in_theme, violations
from tests.browser.states import STATES, State
from tests.browser.tabs import Tabs
from tests.journeys.installation import Installation

Look = tuple[int, Theme]

LOOKS: tuple[Look, ...] = tuple(product((1440, 390), THEMES))
"""The widths and themes in which axe reads: widths between have the same elements, of which only the places differ."""
SIZES = ((1440, 900), (900, 800), (390, 844), (320, 640))


def one_look(state: State) -> Look:
    """The one of LOOKS in which axe reads this state; the parts that states share are read in all of them."""
    return LOOKS[crc32(state.__name__.encode()) % len(LOOKS)]


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
def test_a_page_leaves_nothing_to_find(tabs: Tabs, installation: Installation, state: State) -> None:
    found = found_in(state(tabs, installation), [one_look(state)])
    assert not found, "\n".join(found)


@pytest.mark.long
@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
def test_a_page_leaves_nothing_to_find_in_any_look(tabs: Tabs, installation: Installation, state: State) -> None:
    found = found_in(state(tabs, installation), LOOKS)
    assert not found, "\n".join(found)


def found_in(page: Page, looks: Collection[Look]) -> list[str]:
    """What is wrong with the page: by the ruler in each size, by axe in these looks."""
    found = []
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        found += [f"{width}: {fault}" for fault in faults(page)]
        for theme in (theme for theme in THEMES if (width, theme) in looks):
            in_theme(page, theme)
            found += [f"{width} {theme}: {violation}" for violation in violations(page)]
    page.set_viewport_size({"width": 320, "height": 256})  # WCAG 1.4.10: 1280 by 1024 at 400 %
    if page.evaluate("document.scrollingElement.scrollWidth > innerWidth"):
        found.append("at 400 % it scrolls sideways")
    return found
