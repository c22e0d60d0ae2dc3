"""The picture of a workflow's path, beside its form and on a phone."""

import pytest

from tests.browser.office_states import ADMIN
from tests.browser.tabs import Tabs

# The height of its letters on the screen, in pixels, and whether words stick out of their boxes.
SMALLEST = """() => {
  const picture = document.querySelector('.wpath');
  const scale = picture.getBoundingClientRect().width / picture.viewBox.baseVal.width;
  const letters = [...picture.querySelectorAll('.wpath__text > span, text')];
  return Math.min(...letters.map((one) => parseFloat(getComputedStyle(one).fontSize) * scale));
}"""


@pytest.mark.parametrize("width", [1280, 390])
def test_the_words_of_the_path_are_as_large_as_those_beside_it(tabs: Tabs, width: int) -> None:
    page = tabs.open("/workflows", who=ADMIN, width=width)
    page.locator("tbody th a, tbody td a").first.click()
    page.locator(".wpath").wait_for()
    assert page.evaluate(SMALLEST) >= 11.9
    page.goto(f"{page.url}/edit")
    assert page.evaluate(SMALLEST) >= 11.9
    assert page.evaluate("document.documentElement.scrollWidth") <= width
