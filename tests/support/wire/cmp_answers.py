"""Answers of a CMP service: read, and their protection verified."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from lockgate_formats.cmp.contents import CertificateResponse
from lockgate_formats.cmp.embedded import read_confirmed, read_nested
from lockgate_formats.cmp.errors import read_error
from lockgate_formats.cmp.limits import DEFAULT_LIMITS, HIGHEST_ITERATION_COUNT, ProtectionLimits
from lockgate_formats.cmp.messages import Header, PkiMessage, StatusInfo
from lockgate_formats.cmp.pki_message import read_message
from lockgate_formats.cmp.polls import read_poll_responses
from lockgate_formats.cmp.protection import verify_mac, verify_signature
from lockgate_formats.cmp.responses import read_certificate_reply
from lockgate_formats.cmp.revocations import read_revocation_reply
from lockgate_formats.cmp.vocabulary import BodyType, PkiStatus
from tests.support.wire.cmp_messages import CmpMessage, Secret

WHOLE_MESSAGE = -1
ANY = ProtectionLimits(HIGHEST_ITERATION_COUNT, hmac_sha1=True)
CERTIFICATES = (BodyType.IP, BodyType.CP, BodyType.KUP)


@dataclass(frozen=True)
class CmpAnswer:
    """An answer, whose protection was verified.

    Attributes:
        signed: whether the service's key protects it; otherwise the client's secret does.
    """

    message: PkiMessage
    signed: bool
    octets: bytes = field(repr=False)

    @property
    def header(self) -> Header:
        return self.message.header

    @property
    def kind(self) -> str:
        """The name of its body."""
        return self.message.body_type.rfc_name

    @property
    def responses(self) -> Sequence[CertificateResponse]:
        """Those of an ip, cp or kup."""
        if self.message.body_type not in CERTIFICATES:
            return ()
        return read_certificate_reply(self.message.body).responses

    @property
    def certificates(self) -> Sequence[bytes]:
        """DER, those that are issued."""
        return [one.certificate for one in self.responses if one.certificate]

    @property
    def statuses(self) -> Sequence[StatusInfo]:
        """What is said of each request, or of the message."""
        body = self.message.body
        match self.message.body_type:
            case BodyType.ERROR:
                return [read_error(body).status]
            case BodyType.RP:
                return read_revocation_reply(body).statuses
            case BodyType.PKICONF:
                read_confirmed(body)
                return []
            case BodyType.POLLREP:
                return [StatusInfo(PkiStatus.WAITING) for _ in read_poll_responses(body)]
        return [one.status for one in self.responses]

    @property
    def polled(self) -> Sequence[int]:
        """The certReqIds under which a client polls that got this answer."""
        if self.message.body_type is BodyType.POLLREP:
            return [response.cert_req_id for response in read_poll_responses(self.message.body)]
        return [response.cert_req_id for response in self.responses] or [WHOLE_MESSAGE]

    @property
    def waits(self) -> bool:
        """Whether its client shall poll."""
        return any(info.status is PkiStatus.WAITING for info in self.statuses)

    @property
    def inner(self) -> Sequence[bytes]:
        """The DER PKIMessages of a nested one."""
        return read_nested(self.message.body)


def read_answer(
    octets: bytes, asked: CmpMessage | None, service: x509.Certificate, *, any_nonce: bool = False
) -> CmpAnswer:
    """The answer to a message. Whatever it says, it belongs to the message, and the CA's service has made it.

    Args:
        asked: None for octets that are no message.
        service: the certificate of the key with which the service signs.
        any_nonce: whether it may answer an earlier message of the transaction.
    """
    message = read_message(octets)
    header = message.header
    assert header.recip_kid is None
    assert len(header.sender_nonce or b"") == 16
    if asked is not None:
        assert header.pvno == asked.header.pvno or asked.header.pvno not in (2, 3)
        assert header.recipient == asked.header.sender
        assert _returns(header.transaction_id, asked.header.transaction_id, DEFAULT_LIMITS.transaction_id)
        assert any_nonce or _returns(header.recip_nonce, asked.header.sender_nonce, DEFAULT_LIMITS.nonce)
    return CmpAnswer(message, _is_signed(message, asked, service), octets)


def _returns(returned: bytes | None, sent: bytes | None, limit: int) -> bool:
    """Whether what was sent is returned; a transactionID is made for a message without, and nothing that is too long is
    returned."""
    return sent is None or returned == (sent if len(sent) <= limit else None)


def _is_signed(message: PkiMessage, asked: CmpMessage | None, service: x509.Certificate) -> bool:
    assert message.protection is not None
    assert message.header.sender_name == service.subject.public_bytes()
    protection = asked.protection if asked else None
    if isinstance(protection, Secret) and verify_mac(message, protection.secret, ANY):
        assert message.header.sender_kid == protection.reference
        return False
    own = service.public_bytes(Encoding.DER)
    assert message.extra_certs[0] == own
    assert verify_signature(message, own)
    return True
