"""Texts that a database would treat as equal or as null, stored so that it does not."""

from sqlalchemy import Dialect as Compiling
from sqlalchemy import String, TypeDecorator

END = "."


class EndedText(TypeDecorator[str]):
    """A text with a full stop after it: DB2 treats texts as equal that differ only in spaces at the end."""

    impl = String
    cache_ok = True

    def __init__(self, octets: int) -> None:
        """Hold texts of up to `octets` octets."""
        super().__init__(octets + len(END))

    def process_bind_param(self, value: str | None, dialect: Compiling) -> str | None:  # noqa: ARG002
        """With its end."""
        return None if value is None else value + END

    def process_result_value(self, value: str | None, dialect: Compiling) -> str | None:  # noqa: ARG002
        """Without its full stop; None if that is missing, because this product has not written the text."""
        return value[: -len(END)] if isinstance(value, str) and value.endswith(END) else None


class CutText(TypeDecorator[str]):
    """A text of which only so many octets are kept, whole characters: more fail on Oracle, however few characters."""

    impl = String
    cache_ok = True

    def __init__(self, length: int, octets: int) -> None:
        """Hold texts of up to `length` characters, and of them what fits into `octets` of UTF-8."""
        super().__init__(length)
        self.octets = octets

    def process_bind_param(self, value: str | None, dialect: Compiling) -> str | None:  # noqa: ARG002
        """The beginning that fits."""
        return None if value is None else value.encode()[: self.octets].decode(errors="ignore")
