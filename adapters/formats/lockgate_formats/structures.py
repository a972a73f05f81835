"""Strict structures for reading, made from the core's dataclasses and their field rules."""

import dataclasses
import types
from functools import cache
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta

Described = TypeVar("Described")
_RULES = {"max_length": "max_length", "pattern": "pattern", "minimum": "ge", "maximum": "le"}


@cache
def structure(kind: type) -> type[msgspec.Struct]:
    """The strict structure with the fields of the dataclass `kind`, under the rules in their metadata."""
    hints = get_type_hints(kind)
    return msgspec.defstruct(
        kind.__name__,
        [_field(field, hints[field.name]) for field in dataclasses.fields(kind)],
        kw_only=True,
        frozen=True,
        forbid_unknown_fields=True,
    )


def _field(field: "dataclasses.Field[Any]", hint: Any) -> tuple[str, Any] | tuple[str, Any, Any]:
    rules = {_RULES[name]: value for name, value in field.metadata.items() if name in _RULES}
    ruled = _ruled(hint, Meta(**rules)) if rules else hint
    if field.default_factory is not dataclasses.MISSING:
        return (field.name, ruled, msgspec.field(default_factory=field.default_factory))
    return (field.name, ruled) if field.default is dataclasses.MISSING else (field.name, ruled, field.default)


def _ruled(hint: Any, meta: Meta) -> Any:
    """`hint` with `meta`; in an optional type the rule holds for values other than None."""
    if get_origin(hint) in (Union, types.UnionType):
        return Union[tuple(arm if arm is types.NoneType else Annotated[arm, meta] for arm in get_args(hint))]  # noqa: UP007
    return Annotated[hint, meta]


def read(kind: type[Described], octets: bytes) -> Described:
    """Read the dataclass `kind` from JSON.

    Raises:
        msgspec.DecodeError, UnicodeDecodeError, RecursionError: `octets` are not its JSON form.
    """
    described: type = kind
    return kind(**msgspec.structs.asdict(msgspec.json.decode(octets, type=structure(described))))


def convert(kind: type[Described], values: object) -> Described:
    """The dataclass `kind` from plain values: dictionaries, lists, texts, numbers.

    Raises:
        msgspec.ValidationError: they are not its plain values.
    """
    described: type = kind
    return kind(**msgspec.structs.asdict(msgspec.convert(values, structure(described), strict=True)))
