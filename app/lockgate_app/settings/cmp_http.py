"""The settings that the HTTP side of CMP has on an RA's host and on a CA's."""

from typing import Annotated

from pydantic import Field, StringConstraints

from lockgate_app.settings.http import HttpTable
from lockgate_app.settings.values import Name
from lockgate_formats.cmp.limits import DEFAULT_LIMITS
from lockgate_transport.cmp.vocabulary import DEFAULT_ALIAS, DEFAULT_CONTEXT

Context = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,64}$")]


class CmpHttpTable(HttpTable):
    """Where CMP messages are taken, and how many at a time.

    Attributes:
        context: the first part of the server's own addresses, `/CONTEXT/ALIAS`.
        default_alias: the alias of `/.well-known/cmp` and `/.well-known/cmp/OPERATION`.
        max_size: octets of a message at most.
        waiting_per_client: requests that may wait for their answer at a time, of one IPv4 address or one IPv6 network
            of 64 bits.
        waiting_in_all: the same, of all.
        hourly_requests_per_client: requests that are answered in an hour, whatever they are, of one client; others get
            503 (docs/cmp.md#bounds).
        hourly_requests_in_all: the same, of all.
        threads: threads that work on messages; clients that wait need none.
    """

    context: Context = DEFAULT_CONTEXT
    default_alias: Name = DEFAULT_ALIAS
    connections_in_all: int = Field(default=1200, ge=1, le=100_000)
    max_size: int = Field(default=DEFAULT_LIMITS.octets, ge=1024, le=DEFAULT_LIMITS.octets)
    waiting_per_client: int = Field(default=100, ge=1, le=100_000)
    waiting_in_all: int = Field(default=1000, ge=1, le=100_000)
    hourly_requests_per_client: int = Field(default=1000, ge=1, le=10_000_000)
    hourly_requests_in_all: int = Field(default=100_000, ge=1, le=10_000_000)
    threads: int = Field(default=8, ge=1, le=64)
