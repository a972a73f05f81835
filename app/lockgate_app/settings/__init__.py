"""One `lockgate.toml` per zone, read strictly: every error names the file, the line and the key, in plain words."""

import difflib
import tomllib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from lockgate.errors import ConfigurationError
from lockgate_app.settings.databases import CaDataSource, DatabaseTable, DataSource
from lockgate_app.settings.issuers import KIND
from lockgate_app.settings.positions import Position, line_of, positions
from lockgate_app.settings.scep import ScepEnrolment, ScepTable
from lockgate_app.settings.values import Secret, Table, open_to_others
from lockgate_app.settings.workers import HISTORIC_PREFIX, WorkerProperties
from lockgate_app.settings.zones import CaZone, RaZone

__all__ = [
    "CaDataSource",
    "CaZone",
    "DataSource",
    "DatabaseTable",
    "RaZone",
    "ScepEnrolment",
    "ScepTable",
    "Secret",
    "WorkerProperties",
    "load",
    "load_ca",
    "load_ra",
    "open_to_others",
]


def _and_below(table: type[Table]) -> Iterator[type[Table]]:
    yield table
    for below in table.__subclasses__():
        yield from _and_below(below)


_KEYS = frozenset(field.alias or name for table in _and_below(Table) for name, field in table.model_fields.items())
"""The keys of all tables, for suggestions."""

_ELSEWHERE = {
    ("cmp", "alias"): "[cmp.alias.NAME] belongs on the CA's host; here, aliases lists the names",
}
"""Where keys belong that were written on the other host."""

_PLAIN: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "missing": lambda _: "is missing",
    "bool_type": lambda _: "must be true or false",
    "int_type": lambda _: "must be a whole number",
    "float_type": lambda _: "must be a number",
    "string_type": lambda _: "must be a text in quotes",
    "list_type": lambda _: "must be a list in square brackets",
    "model_type": lambda _: "must be a table",
    "mapping_type": lambda _: "must be a table",
    "greater_than_equal": lambda context: f"must be at least {context['ge']}",
    "less_than_equal": lambda context: f"must be at most {context['le']}",
    "enum": lambda context: f"must be {context['expected']}",
    "literal_error": lambda context: f"must be {context['expected']}",
    "string_pattern_mismatch": lambda _: "may hold letters, digits, dots, hyphens and underscores only (1 to 64)",
    "value_error": lambda context: str(context["error"]),
}


def load(path: Path) -> CaZone | RaZone:
    """Read the configuration of either zone: the table `[ca]` or `[ra]` tells which it is.

    Raises:
        ConfigurationError: the file cannot be read, is no TOML, or breaks a rule; the text names lines and keys.
    """
    try:
        text = path.read_text(encoding="utf-8")
        document = tomllib.loads(text)
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path}: is no valid TOML: {error}") from None
    if ("ca" in document) == ("ra" in document):
        raise ConfigurationError(f"{path}: exactly one of the tables [ca] and [ra] must be there")
    zone: type[CaZone | RaZone] = CaZone if "ca" in document else RaZone
    try:
        return zone.model_validate(document, context={"base": path.absolute().parent})
    except ValidationError as errors:
        where = positions(text)
        lines = [_line(path, error, where) for error in errors.errors(include_url=False, include_input=False)]
        raise ConfigurationError("\n".join(lines)) from None


def load_ca(path: Path) -> CaZone:
    """Read a CA host's configuration.

    Raises:
        ConfigurationError: as `load`, or the file is an RA host's.
    """
    zone = load(path)
    if not isinstance(zone, CaZone):
        raise ConfigurationError(f"{path}: this is an RA host's configuration; the command needs the CA host's")
    return zone


def load_ra(path: Path) -> RaZone:
    """Read an RA host's configuration.

    Raises:
        ConfigurationError: as `load`, or the file is a CA host's.
    """
    zone = load(path)
    if not isinstance(zone, RaZone):
        raise ConfigurationError(f"{path}: this is a CA host's configuration; the command needs the RA host's")
    return zone


def _line(path: Path, error: ErrorDetails, where: Position) -> str:
    location = tuple(str(part) for part in error["loc"] if not str(part).startswith(KIND))
    dotted = ".".join(location)
    number = line_of(tuple(dotted.split(".")), _plain_positions(where))
    place = f"{path}, line {number}" if number else str(path)
    subject = f"{dotted}: " if dotted else ""
    return f"{place}: {subject}{_plain(error, location)}"


def _plain_positions(where: Position) -> Position:
    return {
        tuple(part for name in path if name != HISTORIC_PREFIX for part in name.split(".")): line
        for path, line in where.items()
    }


def _plain(error: ErrorDetails, location: tuple[str, ...]) -> str:
    if error["type"] == "extra_forbidden":
        if location in _ELSEWHERE:
            return f"unknown key; {_ELSEWHERE[location]}"
        close = difflib.get_close_matches(location[-1], _KEYS - {location[-1]}, n=1, cutoff=0.7)
        return f"unknown key; did you mean {close[0]}?" if close else "unknown key"
    plain = _PLAIN.get(error["type"])
    return plain(error.get("ctx", {})) if plain else error["msg"]
