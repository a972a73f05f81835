"""Texts that a database would take for each other or for nothing, stored so that it cannot."""

from sqlalchemy import Dialect as Compiling
from sqlalchemy import String, TypeDecorator

END = "."


class EndedText(TypeDecorator[str]):
    """A text with a full stop after it: DB2 takes texts for equal that differ in spaces at the end only."""

    impl = String
    cache_ok = True

    def __init__(self, octets: int) -> None:
        """Hold texts of up to `octets` octets."""
        super().__init__(octets + len(END))

    def process_bind_param(self, value: str | None, dialect: Compiling) -> str | None:  # noqa: ARG002
        """With its end."""
        return None if value is None else value + END

    def process_result_value(self, value: str | None, dialect: Compiling) -> str | None:  # noqa: ARG002
        """Without its end; nothing where the end is missing, because no product of ours wrote that."""
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
