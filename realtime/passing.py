"""What is said in passing: heard in every process at once, and worth nothing a moment later."""

from collections.abc import Callable, Mapping
from typing import Any

Words = Mapping[str, Any]


class Passing:
    """One for a hub. Words may get lost, and are never said again."""

    def __init__(self) -> None:
        self._hear: Callable[[Words], None] | None = None
        self._tell_others: Callable[[Words], None] | None = None

    def attach(self, tell_others: Callable[[Words], None]) -> None:
        """The way to the other processes."""
        self._tell_others = tell_others

    def on_words(self, hear: Callable[[Words], None]) -> None:
        """Tell `hear` what is said in any process, here too; it must neither wait nor raise."""
        self._hear = hear

    def say(self, words: Words) -> None:
        """Say something to every process. Returns at once."""
        if self._tell_others:
            self._tell_others(words)
        self.take(words)

    def take(self, words: Words) -> None:
        """Hear what was said, here or elsewhere."""
        if self._hear:
            self._hear(words)
