"""Drivers' ways to say that the database is away, turned into the one that the rest of the program knows."""

import contextlib
from collections.abc import Callable, Iterator
from typing import TypeVar

from inbox.errors import Unavailable

Error = TypeVar("Error", bound=Exception)

AWAY = "The inbox cannot reach its database at the moment. Please try again."


@contextlib.contextmanager
def unavailable(
    kinds: type[Error] | tuple[type[Error], ...],
    *,
    when: Callable[[Error], bool] = lambda error: True,
    sentence: Callable[[Error], str] = lambda error: AWAY,
) -> Iterator[None]:
    """Raise Unavailable with this sentence for an error of these kinds, if `when` says so of it; others pass."""
    try:
        yield
    except kinds as error:
        if not when(error):
            raise
        raise Unavailable(sentence(error)) from error
