"""docs/reference/settings.md: every table of `lockgate.toml` and its keys, as the program reads them."""

import inspect
import re
import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Le
from pydantic.fields import FieldInfo

from lockgate_app.settings import CaZone, RaZone, Secret
from lockgate_app.settings.values import Table
from lockgate_keys.hardware.uri import TokenUri

HEAD = """# Settings

Each host has a file `lockgate.toml`. This page is written from the program's own tables. Relative paths start at the
file's folder. A secret is a text, or `{ file = "…" }`, or `{ env = "…" }`. A list stands in square brackets. An unknown
key or a wrong type is refused with file, line and key. NAME is yours to choose: letters, digits, dots, hyphens and
underscores, 64 at most.
"""
ZONES: Mapping[str, type[Table]] = {"CA host": CaZone, "RA host": RaZone}
ATTRIBUTE = re.compile(r"^    ([a-z]\w*(?:, [a-z]\w*)*): (.*(?:\n {5,}.*)*)", re.MULTILINE)
PAGE = re.compile(r"docs/([\w-]+\.md)(#[\w-]+)?")
COMPUTED: Mapping[object, str] = {socket.gethostname: "the host's name"}
SIMPLE: Mapping[object, str] = {
    bool: "true or false",
    int: "whole number",
    float: "number",
    str: "text",
    object: "anything",
    Path: "path",
    Secret: "secret",
    TokenUri: "URI",
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a table stands in the file."""

    host: str
    path: str = ""
    kind: str = ""

    @property
    def heading(self) -> str:
        """As the page calls it."""
        return f"{self.host}: {self.table}{self.kind}"

    @property
    def table(self) -> str:
        """Its header in the file."""
        return f"`[{self.path}]`" if self.path else "top of the file"

    def below(self, name: str, table: type[Table], *, named: bool) -> "Place":
        """The place of a table in this one."""
        path = f"{self.path}.{name}".lstrip(".")
        if named:
            path += f".{name.removesuffix('s').upper() if 'NAME' in path else 'NAME'}"
        kinds = get_args(table.model_fields["kind"].annotation) if "kind" in table.model_fields else ()
        return Place(self.host, path, f' with `kind = "{kinds[0]}"`' if kinds else self.kind)


def page() -> str:
    """The whole page."""
    seen = dict[type[Table], Place]()
    sections = (section for host, zone in ZONES.items() for section in described(Place(host), zone, None, seen))
    return "\n".join([HEAD, *sections])


def described(
    place: Place, table: type[Table], parent: type[Table] | None, seen: dict[type[Table], Place], more: str = ""
) -> Iterator[str]:
    """The section of a table, and those of the tables in it; `more` is what the table around it says of it."""
    yield f"## {place.heading}\n"
    yield f"{linked(' '.join(filter(None, [summary(table), more])))}\n"
    if table in seen:
        yield f"It has the keys of {seen[table].heading}.\n"
        return
    keys = {key_of(name, field): (name, field) for name, field in table.model_fields.items() if is_key(field)}
    if parent is not None and issubclass(parent, table):
        yield f"It has these keys of the table above it: {', '.join(f'`{key}`' for key in keys)}.\n"
        return
    seen[table] = place
    said = attributes(table)
    if keys:
        yield "\n".join(["| key | value | default | |", "|---|---|---|---|"])
        yield "\n".join(row(key, field, said[name]) for key, (name, field) in keys.items()) + "\n"
    for name, field in table.model_fields.items():
        for below, named in tables_in(field):
            more = "" if named or parent is None else sentence(said.get(name, ""))
            yield from described(place.below(key_of(name, field), below, named=named), below, table, seen, more)


def sentence(text: str) -> str:
    """A text that began after a colon."""
    return text[:1].upper() + text[1:]


def key_of(name: str, field: FieldInfo) -> str:
    """As it is written in the file."""
    return field.alias or name


def summary(table: type[Table]) -> str:
    """What the class says of itself, without its attributes."""
    return " ".join((inspect.getdoc(table) or "").partition("Attributes:")[0].split())


def attributes(table: type[Table]) -> Mapping[str, str]:
    """What a class and its bases say of each attribute."""
    return {
        name: " ".join(text.split())
        for base in reversed(table.__mro__)
        for names, text in ATTRIBUTE.findall(inspect.cleandoc(base.__doc__ or "").partition("Attributes:")[2])
        for name in names.split(", ")
    }


def row(key: str, field: FieldInfo, text: str) -> str:
    """One key."""
    return f"| `{key}` | {value(field)} | {default(field)} | {linked(text)} |"


def linked(text: str) -> str:
    """With links to the pages that it names, and without what would end a cell."""
    return PAGE.sub(r"[\1](../\1\2)", text.replace("|", "\\|"))


def default(field: FieldInfo) -> str:
    """What counts where the key is missing."""
    if field.is_required():
        return "required"
    if field.default_factory in COMPUTED:
        return COMPUTED[field.default_factory]
    found: Any = field.get_default(call_default_factory=True, validated_data={})
    if found is None or found in ("", [], (), {}):
        return "none"
    shown = found if isinstance(found, list | tuple) else [found]
    return ", ".join(str(each).lower() if isinstance(each, bool) else str(each) for each in shown)


def value(field: FieldInfo) -> str:
    """What may stand there."""
    return named(field.annotation, bounds(field.metadata))


def bounds(metadata: list[Any] | tuple[Any, ...]) -> str:
    """The numbers that are allowed, as a text to follow the type."""
    least = [each.ge for each in metadata if isinstance(each, Ge)]
    most = [each.le for each in metadata if isinstance(each, Le)]
    return f", {least[0]} to {most[0]}" if least and most else ""


def named(annotation: Any, more: str = "") -> str:
    """A type in words."""
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return named(inner[0], bounds(inner[1:]))
    if origin is Literal:
        return " or ".join(f"`{each}`" for each in inner)
    if origin in (Union, UnionType):
        return " or ".join(named(each, more) for each in inner if each is not type(None))
    if origin in (list, tuple):
        return f"list of: {named(inner[0])}"
    if origin is Mapping:
        return f"table of: {named(inner[1])}"
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return " or ".join(f"`{each.value}`" for each in annotation)
    return f"{SIMPLE[annotation]}{more}"


def is_key(field: FieldInfo) -> bool:
    """Whether it is neither a table nor the one kind of an issuer, which the heading tells."""
    kinds = get_args(field.annotation) if get_origin(field.annotation) is Literal else ()
    return len(kinds) != 1 and not tables_in(field)


def tables_in(field: FieldInfo) -> list[tuple[type[Table], bool]]:
    """The tables that a field holds, and whether each has a name of its own."""
    return [*_tables_in(field.annotation, named=False)]


def _tables_in(annotation: Any, *, named: bool) -> Iterator[tuple[type[Table], bool]]:
    origin, inner = get_origin(annotation), get_args(annotation)
    if isinstance(annotation, type) and issubclass(annotation, Table) and annotation is not Secret:
        yield annotation, named
    elif origin is Annotated:
        yield from _tables_in(inner[0], named=named)
    elif origin in (Union, UnionType):
        for each in inner:
            yield from _tables_in(each, named=named)
    elif origin is Mapping:
        yield from _tables_in(inner[1], named=True)
