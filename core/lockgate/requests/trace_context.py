"""What names a step of a trace to another process (W3C Trace Context, 3.2: the header `traceparent`, version 00)."""

import re
from dataclasses import dataclass
from typing import Self

TRACEPARENT = "^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$"
"""A value of version 00: trace id, span id and flags in lower-case hexadecimal; no id is zero."""
TRACEPARENT_LENGTH = 55
_SAMPLED = 1


@dataclass(frozen=True, slots=True)
class TraceContext:
    """A step of a trace.

    Attributes:
        trace_id: 32 lower-case hexadecimal digits.
        span_id: of the step, 16 lower-case hexadecimal digits.
        sampled: whether whoever has begun the trace records it.
    """

    trace_id: str
    span_id: str
    sampled: bool

    @classmethod
    def of(cls, traceparent: str) -> Self:
        """What the value says; flags besides `sampled` are not looked at.

        Raises:
            ValueError: it is no value of version 00.
        """
        if len(traceparent) != TRACEPARENT_LENGTH or not re.match(TRACEPARENT, traceparent):
            raise ValueError("this is no traceparent of version 00")
        _, trace_id, span_id, flags = traceparent.split("-")
        return cls(trace_id, span_id, bool(int(flags, 16) & _SAMPLED))

    def __str__(self) -> str:
        return f"00-{self.trace_id}-{self.span_id}-{int(self.sampled):02x}"
