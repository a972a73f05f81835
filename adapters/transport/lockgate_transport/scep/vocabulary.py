"""SCEP's own numbers and words (RFC 8894): message types, statuses, failInfo, capabilities, bounds."""

from collections.abc import Iterator
from enum import IntEnum

from lockgate.enrolment.protocol import EnrolmentProtocol
from lockgate.queue.message import MessageType

SCEP = EnrolmentProtocol("scep", MessageType.SCEP)
NONCE_OCTETS = 16
MAX_TRANSACTION_ID = 200
"""Characters in a transaction id at most; with what later attempts append, it must fit a message id."""
WITHOUT_CHAIN = "noca"
"""The alias that stands for the server's own address, answers without the CA's chain."""
MIN_NONCE = 8
"""Octets in a senderNonce at least: RFC 8894 wants 16, old macOS sends 8. It protects the client alone."""


class ScepMessageType(IntEnum):
    """The messageType of a pkiMessage (RFC 8894, 3.2.1.2)."""

    CERT_REP = 3
    RENEWAL_REQ = 17
    PKCS_REQ = 19
    CERT_POLL = 20
    GET_CERT = 21
    GET_CRL = 22


class PkiStatus(IntEnum):
    """RFC 8894, 3.2.1.3."""

    SUCCESS = 0
    FAILURE = 2
    PENDING = 3


class FailInfo(IntEnum):
    """RFC 8894, 3.2.1.4."""

    BAD_ALG = 0
    BAD_MESSAGE_CHECK = 1
    BAD_REQUEST = 2
    BAD_TIME = 3
    BAD_CERT_ID = 4


def capabilities(*, legacy: bool) -> Iterator[str]:
    """What a server does, as GetCACaps tells it: one keyword a line (RFC 8894, 3.5.2).

    SHA-384 is none of the RFC's keywords, but strongSwan asks for it.

    Args:
        legacy: whether SHA-1 and triple DES are accepted.
    """
    yield "AES"
    yield from ("DES3",) if legacy else ()
    yield from ("GetNextCACert", "POSTPKIOperation", "Renewal")
    yield from ("SHA-1",) if legacy else ()
    yield from ("SHA-256", "SHA-384", "SHA-512", "SCEPStandard")
