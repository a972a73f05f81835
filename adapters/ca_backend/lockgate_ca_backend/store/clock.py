"""Times as this database stores them: milliseconds since 1970-01-01 UTC."""

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def from_milliseconds(milliseconds: int) -> datetime:
    """The moment, UTC, without rounding through floating point."""
    return _EPOCH + timedelta(milliseconds=milliseconds)


def to_milliseconds(moment: datetime) -> int:
    """Whole milliseconds, rounded down."""
    return (moment - _EPOCH) // timedelta(milliseconds=1)
