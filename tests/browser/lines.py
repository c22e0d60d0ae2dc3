"""The page's sockets in our hands."""

import random

from playwright.sync_api import Page, WebSocketRoute


def through_us(page: Page) -> list[WebSocketRoute]:
    """Every socket the page opens, passed on to the server by us so that we can close it with any code."""
    lines: list[WebSocketRoute] = []

    def passed_on(line: WebSocketRoute) -> None:
        line.connect_to_server()
        lines.append(line)

    page.route_web_socket("**/live*", passed_on)
    return lines


class Mischief:
    """What a network never does to the frames of a page's sockets: they come out of order, again, or not at all.

    `kinds` are of "reorder", "repeat" and "drop". While `is_lost` no frame arrives; at the end all do, as they come.
    """

    def __init__(self, page: Page, kinds: str, seed: int) -> None:
        self.frames: list[str] = []
        self.is_lost = False
        self.is_over = False
        self._kinds = kinds.split()
        self._chance = random.Random(seed)
        self._held: list[str] = []
        self.lines: list[WebSocketRoute] = []
        page.route_web_socket("**/live*", self._pass_on)

    def end(self) -> None:
        """Let go of what is held; from now on nothing happens to a frame."""
        self.is_over = True
        self._let_go()

    def _pass_on(self, line: WebSocketRoute) -> None:
        self.lines.append(line)
        line.connect_to_server().on_message(lambda message: self._take(str(message)))

    def _take(self, frame: str) -> None:
        self.frames.append(frame)
        self._held += [frame] * self._copies()
        if self.is_over or not self._kinds or len(self._held) >= self._chance.randint(1, 6):
            self._let_go()

    def _copies(self) -> int:
        if self.is_over:
            return 1
        if self.is_lost or ("drop" in self._kinds and self._chance.random() < 0.2):
            return 0
        return self._chance.randint(1, 3) if "repeat" in self._kinds else 1

    def _let_go(self) -> None:
        held, self._held = self._held, []
        if "reorder" in self._kinds:
            self._chance.shuffle(held)
        for frame in held:
            self.lines[-1].send(frame)
