"""The form in which a client keeps a transaction: JSON, read strictly. It holds no private key in clear."""

import msgspec

from lockgate.errors import PeerError
from lockgate_formats.cmp_client.transactions import CmpTransaction

FORMAT = 1


class _Record(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    format: int
    transaction: CmpTransaction


class _Format(msgspec.Struct, frozen=True):
    format: int


def record(transaction: CmpTransaction) -> bytes:
    """The octets to keep; equal transactions have equal ones."""
    return msgspec.json.encode(_Record(FORMAT, transaction), order="deterministic")


def recorded(octets: bytes) -> CmpTransaction:
    """The transaction that `octets` were made of by `record`.

    Raises:
        PeerError: they are damaged, or written by another version.
    """
    try:
        known = msgspec.json.decode(octets, type=_Format).format
        if known != FORMAT:
            raise PeerError(f"the record of a CMP transaction has the format {known}; {FORMAT} is known")
        return msgspec.json.decode(octets, type=_Record).transaction
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise PeerError(f"the record of a CMP transaction is damaged: {error}") from None
