"""What is stored of an order: the CMP transaction, and what the CA has said in it so far. It holds no secret."""

from dataclasses import replace

import msgspec

from lockgate.errors import PeerError
from lockgate_formats.cmp_client import CmpTransaction
from lockgate_formats.cmp_client.records import record, recorded

FORMAT = 1


class _Stored(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    format: int
    place: str
    releases: bool
    transaction: bytes


class Draft(msgspec.Struct, frozen=True):
    """A draft.

    Attributes:
        place: the certificate profile, by which the CA's address is found; empty for a revocation.
        releases: whether a certificate shall be taken from hold.
    """

    place: str
    releases: bool
    transaction: CmpTransaction

    def after(self, transaction: CmpTransaction) -> "Draft":
        """The same order, whose transaction has gone on."""
        return Draft(self.place, self.releases, transaction)

    @property
    def octets(self) -> bytes:
        """As it is stored; without certificates that the CA has sent along, which nobody needs any more."""
        kept = replace(self.transaction, ca_certificates=(), extra_certificates=(), infos=())
        return msgspec.json.encode(_Stored(FORMAT, self.place, self.releases, record(kept)))


def read_draft(octets: bytes) -> Draft:
    """The draft that is stored in `octets`.

    Raises:
        PeerError: they are damaged, or another version has written them.
    """
    try:
        stored = msgspec.json.decode(octets, type=_Stored)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise PeerError(f"the draft of a CMP order is damaged, or of another version: {error}") from None
    if stored.format != FORMAT:
        raise PeerError(f"the draft of a CMP order has the format {stored.format}; {FORMAT} is known")
    return Draft(stored.place, stored.releases, recorded(stored.transaction))
