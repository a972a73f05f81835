"""SQL's CASE with one condition."""

from typing import Any

from sqlalchemy import Case, ColumnElement, case


def when(condition: ColumnElement[bool], then: Any, otherwise: Any = None) -> Case[Any]:
    """`then` where `condition` holds, `otherwise` (null for None) elsewhere.

    Written as a mapping: with tuples, SQLAlchemy 2.1 formats their columns for an error that it then discards, and
    loads Oracle's dialect to describe a column with an identity. That takes 20 ms of each command.
    """
    return case({condition: then}, else_=otherwise)
