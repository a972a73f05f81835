"""JSON whose objects hold each name once (RFC 8259, 4): otherwise two readers would read two different things."""

import json
from typing import Any


def require_unique_members(content: bytes) -> None:
    """Accept a JSON text in which no object holds two members of one name.

    Raises:
        ValueError: one does, or it is no JSON.
        RecursionError: it is nested too deeply.
    """
    json.loads(content, object_pairs_hook=_unique)


def _unique(pairs: list[tuple[str, Any]]) -> None:
    if len({name for name, _ in pairs}) != len(pairs):
        raise ValueError("an object holds two members of one name")
