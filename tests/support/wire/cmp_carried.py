"""CMP messages that are carried: nobody reads their bodies."""

from datetime import UTC, datetime

from lockgate.ports import Random
from lockgate_formats import der
from lockgate_formats.cmp.errors import read_error
from lockgate_formats.cmp.messages import Header, PkiMessage, StatusInfo
from lockgate_formats.cmp.names import directory_name
from lockgate_formats.cmp.pki_message import read_message, write_message
from lockgate_formats.cmp.protection import Protector, mac_protector
from lockgate_formats.cmp.vocabulary import BodyType
from lockgate_testing.doubles.host import RepeatableRandom
from tests.support.pki import identities

SENDER, RECIPIENT = (directory_name(identities.name(name).public_bytes()) for name in ("device", "CMP CA"))
MOMENT = datetime(2026, 3, 1, tzinfo=UTC)


def message(
    number: int = 1,
    body_type: BodyType = BodyType.IR,
    *,
    pvno: int = 2,
    reference: bytes | None = None,
    protector: Protector | None = None,
    extra_certs: tuple[bytes, ...] = (),
    size: int = 0,
) -> bytes:
    """A message whose transactionID and senderNonce have that number; its body is an octet string of `size`."""
    header = Header(
        pvno=pvno,
        sender=SENDER,
        recipient=RECIPIENT,
        message_time=MOMENT,
        sender_kid=reference,
        transaction_id=number.to_bytes(16, "big"),
        sender_nonce=number.to_bytes(16, "little"),
    )
    return write_message(header, body_type, der.element(der.OCTET_STRING, bytes(size)), protector, extra_certs)


def with_mac(secret: bytes, reference: bytes, number: int = 1, random: Random | None = None) -> bytes:
    """A message with a MAC under `secret`."""
    protector = mac_protector(secret, random or RepeatableRandom())
    return message(number, reference=reference, protector=protector)


def answer_to(octets: bytes) -> bytes:
    """What the CA of a test answers: an ip with the same transactionID, not protected."""
    asked = read_message(octets).header
    header = Header(
        pvno=asked.pvno,
        sender=asked.recipient,
        recipient=asked.sender,
        transaction_id=asked.transaction_id,
        sender_nonce=bytes(16),
        recip_nonce=asked.sender_nonce,
    )
    return write_message(header, BodyType.IP, der.element(der.OCTET_STRING, b"answer"))


def error_in(octets: bytes) -> tuple[PkiMessage, StatusInfo]:
    """An error without protection, and what it says."""
    found = read_message(octets)
    assert (found.body_type, found.protection) == (BodyType.ERROR, None)
    return found, read_error(found.body).status
