"""The value `traceparent` of W3C Trace Context, version 00."""

import pytest

from lockgate.requests.trace_context import TraceContext

EXAMPLE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
"""From the recommendation, 3.2.3."""


def test_it_is_read_as_it_was_written() -> None:
    found = TraceContext.of(EXAMPLE)
    assert found == TraceContext("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7", sampled=True)
    assert str(found) == EXAMPLE
    assert TraceContext.of(str(TraceContext("ab" * 16, "cd" * 8, sampled=False))).sampled is False


@pytest.mark.parametrize(("flags", "sampled"), [("00", False), ("01", True), ("02", False), ("03", True), ("ff", True)])
def test_of_the_flags_one_counts(flags: str, *, sampled: bool) -> None:
    assert TraceContext.of(EXAMPLE[:-2] + flags).sampled is sampled


@pytest.mark.parametrize(
    "value",
    [
        "",
        EXAMPLE.upper(),
        EXAMPLE + "\n",
        EXAMPLE + "-00",
        "01" + EXAMPLE[2:],
        "ff" + EXAMPLE[2:],
        EXAMPLE.replace("4bf92f3577b34da6a3ce929d0e0e4736", "0" * 32),
        EXAMPLE.replace("00f067aa0ba902b7", "0" * 16),
        EXAMPLE.replace("-", "_"),
    ],
)
def test_anything_else_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="no traceparent"):
        TraceContext.of(value)
