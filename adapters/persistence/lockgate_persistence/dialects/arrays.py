"""One PostgreSQL statement for many rows: each column's values travel as one array, which `unnest` turns into rows.

The arrays are sent in binary form (docs/performance.md: a quarter of what each row alone costs this side), which
SQLAlchemy cannot express. So SQLAlchemy compiles the statement, and its text is changed to ask the driver for that
form. The form is written here: the driver looks at each value to learn what the array holds, which the column tells.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from struct import Struct
from typing import Any, cast

from sqlalchemy import (
    ARRAY,
    BigInteger,
    BindParameter,
    Insert,
    Integer,
    LargeBinary,
    String,
    Table,
    TableValuedAlias,
    Text,
    Update,
    bindparam,
    column,
    func,
    insert,
    select,
)
from sqlalchemy.engine import Dialect as Compiling
from sqlalchemy.sql.visitors import iterate, replacement_traverse
from sqlalchemy.types import TypeEngine

from lockgate.errors import Defect


class BigIntegers(bytes):
    """A bigint[], as `binary` writes it."""


class Texts(bytes):
    """A text[]."""


class Octets(bytes):
    """A bytea[]."""


@dataclass(frozen=True, slots=True)
class _Element:
    """How a kind of column travels.

    Attributes:
        sent: the type of the array's elements.
        oid: PostgreSQL's number for that type.
        array: marks the octets of such an array for the driver.
        octets: one element's.
    """

    sent: TypeEngine[Any]
    oid: int
    array: type[bytes]
    octets: Callable[[Any], bytes]


_ELEMENTS: Mapping[type[TypeEngine[Any]], _Element] = {
    Integer: _Element(BigInteger(), 20, BigIntegers, Struct("!q").pack),
    String: _Element(Text(), 25, Texts, str.encode),
    LargeBinary: _Element(LargeBinary(), 17, Octets, bytes),
}
"""PostgreSQL converts the values to the column's own type and refuses those that do not fit."""
_HEAD = Struct("!iiIii")
"""One dimension, whether there are nulls, the elements' type, how many they are, and the number of the first."""
_LENGTH = Struct("!i")
_NULL = _LENGTH.pack(-1)


@dataclass(frozen=True, slots=True)
class ArrayStatement:
    """A statement for the driver.

    Attributes:
        text: with a binary placeholder for each array.
        constants: the values of its other placeholders.
        elements: of each array.
    """

    text: str
    constants: dict[str, Any]
    elements: Mapping[str, _Element]

    def parameters(self, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """The values of all placeholders."""
        arrays = {name: binary(element, [row[name] for row in rows]) for name, element in self.elements.items()}
        return self.constants | arrays


def binary(element: _Element, values: Sequence[Any]) -> bytes:
    """The binary form of an array of one dimension (PostgreSQL's array_recv)."""
    parts = [_HEAD.pack(1, None in values, element.oid, len(values), 1)]
    for value in values:
        if value is None:
            parts.append(_NULL)
        else:
            octets = element.octets(value)
            parts += _LENGTH.pack(len(octets)), octets
    return element.array(b"".join(parts))


@lru_cache(maxsize=128)
def for_arrays(statement: Insert | Update, names: tuple[str, ...], dialect: Compiling) -> ArrayStatement:
    """`statement`, once for all rows of the arrays that its parameters `names` will hold.

    Args:
        dialect: SQLAlchemy's, of the connection that will run it.

    Raises:
        Defect: a parameter has no type that travels in arrays.
    """
    types = _types(statement)
    elements = {name: _element(types[name]) for name in names}
    whole = _insert(statement, elements) if isinstance(statement, Insert) else _update(statement, elements)
    compiled = whole.compile(dialect=dialect)
    constants = {name: value for name, value in compiled.params.items() if name not in names}
    return ArrayStatement(re.sub(rf"(%\(({'|'.join(names)})\))s", r"\1b", compiled.string), constants, elements)


def _types(statement: Insert | Update) -> Mapping[str, TypeEngine[Any]]:
    """Of the columns of an INSERT, or of an UPDATE's parameters."""
    if isinstance(statement, Update):
        return {element.key: element.type for element in iterate(statement) if isinstance(element, BindParameter)}
    if not isinstance(statement.table, Table):
        raise Defect("rows are inserted into a table")
    return {column.name: column.type for column in statement.table.c}


def _insert(statement: Insert, elements: Mapping[str, _Element]) -> Insert:
    given = _given(elements)
    return insert(statement.table).from_select(list(elements), select(*(given.c[name] for name in elements)))


def _update(statement: Update, elements: Mapping[str, _Element]) -> Update:
    given = _given(elements)

    def replaced(element: Any, **_: Any) -> Any:
        return given.c[element.key] if isinstance(element, BindParameter) and element.key in elements else None

    return cast("Update", replacement_traverse(statement, {}, replaced))


def _given(elements: Mapping[str, _Element]) -> TableValuedAlias:
    columns: Sequence[Any] = [column(name, element.sent) for name, element in elements.items()]
    parameters = (bindparam(name, type_=ARRAY(element.sent)) for name, element in elements.items())
    return func.unnest(*parameters).table_valued(*columns).render_derived(name="given")


def array_of(column_type: TypeEngine[Any]) -> ARRAY[Any]:
    """The array in which values of that type travel.

    Raises:
        Defect: there is none.
    """
    return ARRAY(_element(column_type).sent)


def _element(column_type: TypeEngine[Any]) -> _Element:
    for kind, element in _ELEMENTS.items():
        if isinstance(column_type, kind):
            return element
    raise Defect(f"no array holds values of the type {column_type!r}")
