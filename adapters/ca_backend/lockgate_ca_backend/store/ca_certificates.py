"""The certificates of CAs, as they are published: read without their keys."""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
from sqlalchemy import Connection, select

from lockgate_ca_backend.store import tables

_generation = tables.ca_generation
_PUBLISHED = select(
    _generation.c.number,
    _generation.c.certificate,
    _generation.c.chain,
    _generation.c.oldwithnew,
    _generation.c.newwithold,
).order_by(_generation.c.number)


@dataclass(frozen=True, slots=True)
class PublishedGeneration:
    """One generation of a CA, all certificates DER.

    Attributes:
        chain: from its issuer up to the root; empty for a root.
        old_with_new: the root's certificate before this one, signed by this one's key (RFC 9810, 4.4).
        new_with_old: this certificate signed by the key before it.
    """

    number: int
    certificate: bytes
    chain: tuple[bytes, ...]
    old_with_new: bytes | None
    new_with_old: bytes | None


class CaCertificateTable:
    """The CAs' certificates in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def of(self, ca_name: str, number: int | None = None) -> Sequence[PublishedGeneration]:
        """The generations of a CA, the oldest first; or the one with that number."""
        query = _PUBLISHED.where(_generation.c.caname == ca_name)
        rows = self._connection.execute(query if number is None else query.where(_generation.c.number == number))
        return [
            PublishedGeneration(
                number=row.number,
                certificate=bytes(row.certificate),
                chain=tuple(msgspec.json.decode(bytes(row.chain), type=list[bytes])),
                old_with_new=None if row.oldwithnew is None else bytes(row.oldwithnew),
                new_with_old=None if row.newwithold is None else bytes(row.newwithold),
            )
            for row in rows
        ]
