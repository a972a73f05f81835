"""PKIMessage (RFC 9810, 5.1): read from octets, and written under a protection."""

from lockgate_formats.cmp.limits import DEFAULT_LIMITS, MessageLimits
from lockgate_formats.cmp.messages import Header, PkiMessage
from lockgate_formats.cmp.protection import Protector
from lockgate_formats.cmp.vocabulary import BodyType


def read_message(octets: bytes, limits: MessageLimits = DEFAULT_LIMITS) -> PkiMessage:
    """Read the DER PKIMessage `octets`; its protection is not verified, its body not read.

    Raises:
        MalformedMessage: it is none, or out of bounds.
    """
    raise NotImplementedError


def encode_header(header: Header) -> bytes:
    """The DER PKIHeader (RFC 9810, 5.1.1)."""
    raise NotImplementedError


def write_message(
    header: Header,
    body_type: BodyType,
    body: bytes,
    protector: Protector | None = None,
    extra_certs: tuple[bytes, ...] = (),
) -> bytes:
    """The DER PKIMessage.

    Args:
        header: its protection algorithm is replaced by the protector's.
        body: DER, without the tag of `body_type`.
        extra_certs: DER certificates, in their order.
    """
    raise NotImplementedError
