"""What somebody has set in the system or the browser holds here too: forced colours, wide spacing, no motion, 400 %."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.candidates import newcomer
from tests.browser.looks import faults
from tests.browser.tabs import Tabs
from tests.browser.thread import bubble
from tests.journeys.installation import Installation
from tests.journeys.waiting import until

ADMIN = "admin@demo.test"
PAGES = ("/candidates", "/notifications", "/reports/chat", "/workflows", "/settings/organisation/sms", "/account")
WIDE, NARROW = (1440, 900), ((390, 844), (320, 640))
FORCED = Path(__file__).with_name("forced.js").read_text()
# WCAG 1.4.12; given as the browser's own settings are, as the policy lets no page add styles.
SPACED = """() => {
  const wide = new CSSStyleSheet();
  wide.replaceSync(`* { line-height: 1.5 !important; letter-spacing: 0.12em !important }
    * { word-spacing: 0.16em !important } p { margin-block-end: 2em !important }`);
  document.adoptedStyleSheets = [wide];
}"""
COUNT_MOTION = """() => {
  window.moved = 0;
  for (const kind of ['animationstart', 'transitionrun']) addEventListener(kind, () => { window.moved += 1 });
}"""
FOCUS = """() => {
  const focused = document.activeElement;
  if (focused === document.body) return null;
  focused.scrollIntoView({ block: 'nearest' });
  const { left, top, width, height } = focused.getBoundingClientRect();
  const there = document.elementFromPoint(left + width / 2, top + height / 2);
  const { outlineStyle, outlineWidth } = getComputedStyle(focused);
  const ringed = focused.matches('.vh') ? focused.labels[0] : focused;
  const isRinged = outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2;
  return {
    name: `${focused.tagName} ${focused.id} ${focused.className}`,
    pane: ['skip', 'rail', 'convs', 'thread', 'preview'].findIndex((pane) => focused.closest(`.${pane}`)),
    isSeen: Boolean(there) && (ringed.contains(there) || there.contains(ringed)),
    isRinged,
  };
}"""


@pytest.fixture
def thread(installation: Installation) -> str:
    """The address of a thread with a text that was not delivered."""
    candidate = newcomer(installation, behaviour="landline")
    installation.reply(installation.sign_in(ADMIN), candidate.conversation, "Are you there?")
    return candidate.page


def test_wide_spacing_cuts_nothing_off_and_forced_colours_leave_every_edge(tabs: Tabs, thread: str) -> None:
    page = tabs.open(thread, who=ADMIN)
    found = []
    for path in (thread, *PAGES):
        page.goto(path)
        page.emulate_media(forced_colors="active")
        found += [f"{path} in forced colours: {fault}" for fault in page.evaluate(FORCED)]
        page.emulate_media(forced_colors="none")
        page.evaluate(SPACED)
        for width, height in NARROW if path in PAGES else (WIDE, *NARROW):
            page.set_viewport_size({"width": width, "height": height})
            found += [f"{path} spaced, {width}: {fault}" for fault in faults(page)]
    assert not found, "\n".join(found)


def test_at_400_percent_in_forced_colours_a_text_goes_out_and_a_failed_one_again(
    tabs: Tabs, installation: Installation
) -> None:
    candidate = newcomer(installation, "Any news?", behaviour="switched_off")
    page = tabs.open("/inbox?tab=shared", width=320, height=256, forced_colors="active")
    page.evaluate(SPACED)
    tab_to(page, f"conv-{candidate.conversation}-link")
    page.keyboard.press("Enter")
    expect(page.locator("#thread-name")).to_be_focused()
    tab_to(page, "body")
    page.keyboard.type("Yes, soon.")
    page.keyboard.press("Control+Enter")
    expect(bubble(page, "Yes, soon.")).to_contain_text("Not delivered")
    installation.behave(candidate.number, "delivers")
    page.keyboard.press("Escape")
    again = bubble(page, "Yes, soon.").get_by_role("button", name="Try again")
    page.keyboard.press("Tab")
    expect(again).to_be_focused()
    expect(again).to_be_in_viewport(ratio=0.9)
    page.keyboard.press("Enter")
    expect(bubble(page, "Yes, soon.")).to_contain_text("Delivered")
    assert page.evaluate("document.scrollingElement.scrollWidth <= innerWidth")


def test_tab_leads_through_every_pane_in_its_order_and_the_focus_is_always_in_sight(tabs: Tabs, thread: str) -> None:
    page = tabs.open(thread, who=ADMIN)
    page.evaluate("document.activeElement.blur()")
    stops = []
    for _ in range(150):
        page.keyboard.press("Tab")
        stop = page.evaluate(FOCUS)
        if stop is None:
            break
        stops.append(stop)
    assert stops[-1]["pane"] == 4, "Tab never came to an end"
    panes = [stop["pane"] for stop in stops]
    assert panes == sorted(panes)
    assert set(panes) == {0, 1, 2, 3, 4}
    assert [stop["name"] for stop in stops if not (stop["isSeen"] and stop["isRinged"])] == []


def test_nothing_moves_for_who_wants_no_motion(tabs: Tabs, installation: Installation) -> None:
    page = tabs.open("/inbox?tab=shared")
    page.evaluate(COUNT_MOTION)
    page.mouse.move(5, 5)
    text_and_point(page, installation)
    assert page.evaluate("[window.moved, document.getAnimations().length]") == [0, 0]

    page.emulate_media(reduced_motion="no-preference")
    text_and_point(page, installation)
    until(lambda: page.evaluate("window.moved"))


def text_and_point(page: Page, installation: Installation) -> None:
    """What moves otherwise: a row that arrives, and the pointer on it."""
    row = page.locator(f"#conv-{newcomer(installation).conversation}")
    expect(row).to_be_attached()
    row.hover()
    page.mouse.move(5, 5)


def tab_to(page: Page, wanted: str, *, most: int = 60) -> None:
    """Press Tab until the element with this id has the focus; at each stop it is to be in sight."""
    for _ in range(most):
        if page.evaluate("document.activeElement.id") == wanted:
            expect(page.locator(f"#{wanted}")).to_be_in_viewport()
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{most} Tabs did not lead to {wanted}")
