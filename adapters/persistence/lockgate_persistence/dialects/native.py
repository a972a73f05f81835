"""Column types that only one database has. Its dialect is loaded when that database is used.

For one such type, SQLAlchemy loads a whole dialect, including the code that reads schemas. That takes 20 ms of each
command, with every database.
"""

from importlib import import_module
from typing import Any

from sqlalchemy import Dialect as Compiling
from sqlalchemy import LargeBinary, TypeDecorator
from sqlalchemy.types import TypeEngine


class Native(TypeDecorator[Any]):
    """A type of one of SQLAlchemy's dialects, for `with_variant`.

    Args:
        dialect: the dialect's package, such as `mysql`.
        name: the type's name there, such as `LONGBLOB`.
        arguments, options: the type's own, by position and by name.
    """

    impl = LargeBinary
    cache_ok = True

    def __init__(
        self, dialect: str, name: str, arguments: tuple[Any, ...], options: tuple[tuple[str, Any], ...]
    ) -> None:
        super().__init__()
        self.dialect, self.name = dialect, name
        self.arguments, self.options = arguments, options

    def load_dialect_impl(self, dialect: Compiling) -> TypeEngine[Any]:
        """The type itself."""
        found = getattr(import_module(f"sqlalchemy.dialects.{self.dialect}"), self.name)
        return dialect.type_descriptor(found(*self.arguments, **dict(self.options)))


def mysql(name: str, *arguments: Any, **options: Any) -> Native:
    """A type of MariaDB."""
    return Native("mysql", name, arguments, tuple(options.items()))


def oracle(name: str, *arguments: Any) -> Native:
    """A type of Oracle."""
    return Native("oracle", name, arguments, ())
