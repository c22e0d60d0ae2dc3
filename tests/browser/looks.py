"""How a page looks to axe, and to a ruler."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from playwright.sync_api import Page

from tests.contract import programs

AXE = programs.MODULES / "axe-core/axe.min.js"
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
COLOURS = ("color-contrast", "link-in-text-block")
"""The rules that a change of theme can break; the others see no difference."""
RULER = Path(__file__).with_name("geometry.js")
RUN = """async ([rules, but, isOfNew]) => {
  const { violations } = await axe.run(isOfNew ? { include: window.newColours } : document, {
    runOnly: rules, rules: Object.fromEntries(but.map((id) => [id, { enabled: false }])),
    resultTypes: ['violations'], preload: false,
  });
  return violations.map(({ id, nodes }) => `${id}: ${nodes[0].target.join(' ')} ${nodes[0].failureSummary}`);
}"""
# Whether elements are shown that were not when this was asked last, or had other colours or letters of other size.
NEW_COLOURS = """() => {
  const look = (element) => {
    const { color, backgroundColor, backgroundImage, opacity, fontSize, fontWeight } = getComputedStyle(element);
    const isLarge = parseFloat(fontSize) >= (fontWeight >= 700 ? 18.66 : 24);
    return [color, backgroundColor, backgroundImage, opacity, isLarge].join();
  };
  const shown = [...document.querySelectorAll('*')].filter((one) => one.checkVisibility({ visibilityProperty: true }));
  const before = window.colours;
  const colours = (window.colours = new Map(shown.map((element) => [element, look(element)])));
  const isNew = (element) => colours.has(element) && colours.get(element) !== before?.get(element);
  window.newColours = shown.filter((element) => isNew(element) && !isNew(element.parentElement));
  return window.newColours.length > 0;
}"""


def violations(page: Page, rules: Sequence[str] = RULES, *, but: Sequence[str] = ()) -> list[str]:
    """What axe holds against the page as it is now, in its present size and theme."""
    return _read(page, rules, but, is_of_new=False)


def remember_colours(page: Page) -> None:
    """Let `violations_of_new_colours` pass over what is shown now."""
    page.evaluate(NEW_COLOURS)


def violations_of_new_colours(page: Page) -> list[str]:
    """What axe holds against the colours of what is shown only now or in others than before; all, before the first."""
    return _read(page, COLOURS, (), is_of_new=True) if page.evaluate(NEW_COLOURS) else []


def _read(page: Page, rules: Sequence[str], but: Sequence[str], *, is_of_new: bool) -> list[str]:
    if not page.evaluate("'axe' in window"):
        programs.install_once()
        page.evaluate(AXE.read_text())
    found: list[str] = page.evaluate(RUN, [list(rules), list(but), is_of_new])
    return found


def in_theme(page: Page, scheme: Literal["light", "dark"]) -> None:
    """Give the page this theme, and wait until it is painted in it: a style that is read before may be the old one."""
    page.emulate_media(color_scheme=scheme)
    page.evaluate("new Promise((painted) => requestAnimationFrame(() => requestAnimationFrame(painted)))")


def faults(page: Page) -> list[str]:
    """What is cut off, covered, too small or too wide in the page as it is now."""
    found: list[str] = page.evaluate(RULER.read_text())
    return found
