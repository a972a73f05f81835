"""One PostgreSQL statement for many rows: each column's values travel as one array, which `unnest` turns into rows.

The arrays are sent in the driver's binary form (docs/performance.md: a quarter of what each row alone costs this side),
which SQLAlchemy cannot express. So SQLAlchemy compiles the statement, and its text is changed to ask the driver for
that form.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
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

_ELEMENTS: Mapping[type[TypeEngine[Any]], TypeEngine[Any]] = {
    Integer: BigInteger(),
    String: Text(),
    LargeBinary: LargeBinary(),
}
"""The type of array in which each kind of column is sent; PostgreSQL converts the values to the column's own type and
refuses those that do not fit."""


@dataclass(frozen=True, slots=True)
class ArrayStatement:
    """A statement for the driver.

    Attributes:
        text: with a binary placeholder for each array.
        constants: the values of its other placeholders.
    """

    text: str
    constants: dict[str, Any]


@lru_cache(maxsize=128)
def for_arrays(statement: Insert | Update, names: tuple[str, ...], dialect: Compiling) -> ArrayStatement:
    """`statement`, once for all rows of the arrays that its parameters `names` will hold.

    Args:
        dialect: SQLAlchemy's, of the connection that will run it.

    Raises:
        Defect: a parameter has no type that travels in arrays.
    """
    whole = _insert(statement, names) if isinstance(statement, Insert) else _update(statement, names)
    compiled = whole.compile(dialect=dialect)
    constants = {name: value for name, value in compiled.params.items() if name not in names}
    return ArrayStatement(re.sub(rf"(%\(({'|'.join(names)})\))s", r"\1b", compiled.string), constants)


def _insert(statement: Insert, names: tuple[str, ...]) -> Insert:
    table = statement.table
    if not isinstance(table, Table):
        raise Defect("rows are inserted into a table")
    given = _given({name: table.c[name].type for name in names})
    return insert(table).from_select(list(names), select(*(given.c[name] for name in names)))


def _update(statement: Update, names: tuple[str, ...]) -> Update:
    types = {element.key: element.type for element in iterate(statement) if isinstance(element, BindParameter)}
    given = _given({name: types[name] for name in names})

    def replaced(element: Any, **_: Any) -> Any:
        return given.c[element.key] if isinstance(element, BindParameter) and element.key in names else None

    return cast("Update", replacement_traverse(statement, {}, replaced))


def _given(types: Mapping[str, TypeEngine[Any]]) -> TableValuedAlias:
    arrays = {name: array_of(kind) for name, kind in types.items()}
    columns: Sequence[Any] = [column(name, array.item_type) for name, array in arrays.items()]
    parameters = (bindparam(name, type_=array) for name, array in arrays.items())
    return func.unnest(*parameters).table_valued(*columns).render_derived(name="given")


def array_of(column_type: TypeEngine[Any]) -> ARRAY[Any]:
    """The array in which values of that type travel.

    Raises:
        Defect: there is none.
    """
    for kind, element in _ELEMENTS.items():
        if isinstance(column_type, kind):
            return ARRAY(element)
    raise Defect(f"no array holds values of the type {column_type!r}")
