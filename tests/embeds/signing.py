"""Tokens as docs/examples/embed signs them."""

import os
import runpy
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from unittest.mock import patch

EXAMPLE = Path(__file__).resolve().parents[2] / "docs/examples/embed/server.py"


def signed(at: str, key_id: str, secret: str, user: str, candidate: str, **changes: Any) -> str:
    """A token of the example's server, with other claims where `changes` says so."""
    environment = {"EMBED_URL": at, "EMBED_KEY": key_id, "EMBED_SECRET": secret, "EMBED_USER": user}
    with patch.dict(os.environ, environment):
        example: Mapping[str, Any] = runpy.run_path(str(EXAMPLE))
        token: str = example["signed"](candidate, **changes)
    return token
