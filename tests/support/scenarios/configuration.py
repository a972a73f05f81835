"""A host's `lockgate.toml` in a scenario: as `lockgate init` writes it, changed as an operator changes it."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Generic, TypeVar

Zone = TypeVar("Zone")


class Configuration(Generic[Zone]):
    """The file, and what it says.

    Args:
        load: reads the file.
    """

    def __init__(self, path: Path, load: Callable[[Path], Zone]) -> None:
        self.path = path
        self._load = load
        self._zone: Zone | None = None

    @property
    def zone(self) -> Zone:
        """The settings as they stand in the file now; the same object until the file is changed."""
        if self._zone is None:
            self._zone = self._load(self.path)
        return self._zone

    def put(self, table: str, settings: Mapping[str, object]) -> None:
        """Let the table say that; a setting that is None is taken out. A new table is added at the end."""
        lines = self.path.read_text().splitlines()
        if f"[{table}]" not in lines:
            lines.append(f"[{table}]")
        begin = lines.index(f"[{table}]") + 1
        end = next((number for number in range(begin, len(lines)) if lines[number].startswith("[")), len(lines))
        others = [line for line in lines[begin:end] if line.partition("=")[0].strip() not in settings]
        said = [f"{key} = {toml(value)}" for key, value in settings.items() if value is not None]
        self.path.write_text("\n".join([*lines[:begin], *said, *others, *lines[end:], ""]))
        self._zone = None

    def drop(self, table: str) -> None:
        """Take a whole table out."""
        lines = self.path.read_text().splitlines()
        begin = lines.index(f"[{table}]")
        end = next((place for place in range(begin + 1, len(lines)) if lines[place].startswith("[")), len(lines))
        self.path.write_text("\n".join([*lines[:begin], *lines[end:], ""]))
        self._zone = None


def toml(value: object) -> str:
    """A number, text, truth value, list or flat table as TOML writes it."""
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{json.dumps(key)} = {toml(item)}" for key, item in value.items()) + " }"
    return json.dumps(value)
