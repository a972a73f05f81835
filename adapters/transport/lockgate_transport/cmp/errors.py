"""Errors without protection (RFC 9810, 5.3.21): for messages that no key of the CA's can answer."""

from lockgate.ports import Clock, Random
from lockgate_formats.cmp.contents import ErrorContent
from lockgate_formats.cmp.errors import write_error
from lockgate_formats.cmp.messages import Header, MalformedMessage, StatusInfo
from lockgate_formats.cmp.names import NULL_DN
from lockgate_formats.cmp.pki_message import read_message, write_message
from lockgate_formats.cmp.vocabulary import BodyType, FailInfo, PkiStatus

NONCE_OCTETS = 16
VERSIONS = (2, 3)
"""The values of pvno that are used; the answer to another one has the first."""
_UNREAD = Header(pvno=VERSIONS[0], sender=NULL_DN, recipient=NULL_DN)


class UnprotectedErrors:
    """Writes errors. They prove nothing, and are for people; clients decide whether they accept them."""

    def __init__(self, clock: Clock, random: Random) -> None:
        self._clock = clock
        self._random = random

    def to(self, octets: bytes, fail_info: FailInfo, text: str) -> bytes:
        """The answer to the message `octets`, or to what else they are.

        It mirrors pvno, transactionID and senderNonce as far as they can be read, and exchanges sender and recipient.

        Args:
            text: a sentence for the client.
        """
        asked = header_of(octets)
        header = Header(
            pvno=asked.pvno if asked.pvno in VERSIONS else VERSIONS[0],
            sender=asked.recipient,
            recipient=asked.sender,
            message_time=self._clock.now(),
            transaction_id=asked.transaction_id,
            sender_nonce=self._random.octets(NONCE_OCTETS),
            recip_nonce=asked.sender_nonce,
        )
        status = StatusInfo(PkiStatus.REJECTION, frozenset({fail_info}), (text,))
        return write_message(header, BodyType.ERROR, write_error(ErrorContent(status)))


def header_of(octets: bytes) -> Header:
    """The header of the message `octets`, or what can be read of one."""
    try:
        return read_message(octets).header
    except MalformedMessage as error:
        return error.header or _UNREAD
