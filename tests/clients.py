"""How the tests' clients reach servers of this machine."""

from collections.abc import Mapping
from typing import Any

LOCAL: Mapping[str, Any] = {"trust_env": False, "verify": False}
"""Options of an HTTP client: no proxy, and no certificates of the world, which take 40 ms to read each time."""
