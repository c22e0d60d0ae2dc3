"""The open thread as it stands on the page."""

from playwright.sync_api import Locator, Page

# Notes each different look of the bubbles with these words: how many there are, their state and its words.
RECORD = """(words) => {
  window.looks = [];
  const look = () => {
    const found = [...document.querySelectorAll('#thread-scroll .msg')].filter(
      (bubble) => bubble.querySelector('[data-text]')?.textContent === words);
    const now = found.map(
      (bubble) => `${bubble.classList[2].slice(5)}: ${bubble.querySelector('[data-state]').textContent}`);
    if (now.join() !== window.looks.at(-1)?.join() && now.length) window.looks.push(now);
  };
  new MutationObserver(look).observe(document.querySelector('#page'),
    { subtree: true, childList: true, attributes: true, characterData: true });
}"""


def record(page: Page, words: str) -> None:
    """Keep from now on every state in which the bubbles with these words were shown."""
    page.evaluate(RECORD, words)


def recorded(page: Page) -> list[list[str]]:
    """The states so far, in their order: each a list with one entry for every such bubble."""
    looks: list[list[str]] = page.evaluate("window.looks")
    return looks


def bubble(page: Page, words: str) -> Locator:
    """The bubbles with these words."""
    return page.locator("#thread-scroll .msg", has=page.locator("[data-text]", has_text=words))


def send(page: Page, words: str) -> None:
    """Write and press Send."""
    page.fill("#body", words)
    page.click("[data-send]")
