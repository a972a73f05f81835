"""Settings as the text of `lockgate.toml`: dotted keys as they are, references to secrets in one line."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import tomli_w

_BARE = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*")
_BARE_PART = re.compile(r"[A-Za-z0-9_-]+")


def toml_text(settings: Mapping[str, Any]) -> str:
    """`settings` as TOML. A key with full stops is written as a dotted key, which the settings read alike."""
    return "\n".join(_lines(settings, ())) + "\n"


def _lines(table: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[str]:
    values = {key: value for key, value in table.items() if not _is_table(value)}
    if values and path:
        yield f"\n[{'.'.join(map(_part, path))}]"
    for key, value in values.items():
        yield f"{key if _BARE.fullmatch(key) else _value(key)} = {_value(value)}"
    for key, value in table.items():
        if _is_table(value):
            yield from _lines(value, (*path, key))


def _is_table(value: object) -> bool:
    return isinstance(value, Mapping) and not _is_reference(value)


def _is_reference(value: Mapping[Any, Any]) -> bool:
    return len(value) == 1 and value.keys() <= {"file", "env"}


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return f"{{ {', '.join(f'{key} = {_value(one)}' for key, one in value.items())} }}"
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    return tomli_w.dumps({"x": value}).removeprefix("x = ").rstrip("\n")


def _part(key: str) -> str:
    return key if _BARE_PART.fullmatch(key) else _value(key)
