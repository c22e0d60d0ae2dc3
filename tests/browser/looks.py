"""How a page looks to axe, and to a ruler."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from playwright.sync_api import Page

from tests.contract import programs

Theme = Literal["light", "dark"]

AXE = programs.MODULES / "axe-core/axe.min.js"
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
THEMES: tuple[Theme, ...] = ("light", "dark")
RULER = Path(__file__).with_name("geometry.js")
RUN = """async ([rules, but]) => {
  const { violations } = await axe.run(document, {
    runOnly: rules, rules: Object.fromEntries(but.map((id) => [id, { enabled: false }])),
    resultTypes: ['violations'], preload: false,
  });
  return violations.map(({ id, nodes }) => `${id}: ${nodes[0].target.join(' ')} ${nodes[0].failureSummary}`);
}"""


def violations(page: Page, *, but: Sequence[str] = ()) -> list[str]:
    """What axe holds against the page as it is now, in its present size and theme, `but` for these rules."""
    if not page.evaluate("'axe' in window"):
        programs.install_once()
        page.evaluate(AXE.read_text())
    found: list[str] = page.evaluate(RUN, [list(RULES), list(but)])
    return found


def in_theme(page: Page, scheme: Theme) -> None:
    """Give the page this theme, and wait until it is painted in it: a style that is read before may be the old one."""
    page.emulate_media(color_scheme=scheme)
    page.evaluate("new Promise((painted) => requestAnimationFrame(() => requestAnimationFrame(painted)))")


def faults(page: Page) -> list[str]:
    """What is cut off, covered, too small or too wide in the page as it is now."""
    found: list[str] = page.evaluate(RULER.read_text())
    return found
