"""A CA that a test scripts: it answers each message as told, and can get every field wrong."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from lockgate_formats import der
from lockgate_formats.cmp.contents import (
    CertificateReply,
    CertificateResponse,
    ErrorContent,
    PollResponse,
    RevocationReply,
)
from lockgate_formats.cmp.errors import write_error
from lockgate_formats.cmp.general import write_general
from lockgate_formats.cmp.messages import Header, InfoValue, PkiMessage, StatusInfo
from lockgate_formats.cmp.names import NULL_DN, directory_name
from lockgate_formats.cmp.pki_message import read_message, write_message
from lockgate_formats.cmp.polls import write_poll_responses
from lockgate_formats.cmp.protection import Protector, mac_protector
from lockgate_formats.cmp.responses import write_certificate_reply
from lockgate_formats.cmp.revocations import write_revocation_reply
from lockgate_formats.cmp.signatures import SignatureProtector, key_protector
from lockgate_formats.cmp.vocabulary import BodyType, FailInfo, InfoType, PkiStatus
from lockgate_transport.host.clock import HostRandom
from tests.support.pki.identities import Identity

SECRET = b"a secret of the tests"
CA_NONCE = b"nonce of the CA "
GRANTED = StatusInfo(PkiStatus.ACCEPTED)
WAITING = StatusInfo(PkiStatus.WAITING)
REFUSED = StatusInfo(PkiStatus.REJECTION, frozenset({FailInfo.BAD_CERT_TEMPLATE}), ("the name is taken",))
IMPLICIT = InfoValue(InfoType.IMPLICIT_CONFIRM, der.NULL)
WAIT_TIME = InfoValue(InfoType.CONFIRM_WAIT_TIME, der.element(der.GENERALIZED_TIME, b"20261231235959Z"))


@dataclass(frozen=True)
class Said:
    """What the CA says next.

    Attributes:
        header: fields of the header, instead of the right ones.
        unprotected: without protection.
        protector: instead of the right one.
        extra_certs: instead of the signer's certificate.
        changed: the octets as they are sent, made of the right ones.
    """

    body_type: BodyType
    body: bytes
    header: dict[str, Any] = field(default_factory=dict)
    unprotected: bool = False
    protector: Protector | None = None
    extra_certs: tuple[bytes, ...] | None = None
    changed: Callable[[bytes], bytes] = lambda octets: octets

    def but(self, **changes: Any) -> "Said":
        """The same, with other fields."""
        return replace(self, **changes)


@dataclass
class ScriptedCa:
    """Answers the messages of one client, one after another; its `carry` is the client's.

    Attributes:
        script: what it says, in that order: a text is an exception's, which the carry raises.
        signer: whose signature its answers have; without, a MAC.
        requests: the octets that came.
    """

    script: list[Said | Exception]
    signer: Identity | None = None
    requests: list[bytes] = field(default_factory=list)

    def carry(self, octets: bytes) -> bytes:
        """The next answer."""
        self.requests.append(octets)
        said = self.script.pop(0)
        if isinstance(said, Exception):
            raise said
        request = read_message(octets)
        header = replace(self._header(request), **said.header)
        signed = self.signer is not None and said.protector is None
        usual = (self.signer.der,) if self.signer is not None and signed else ()
        extra_certs = usual if said.extra_certs is None else said.extra_certs
        protector = None if said.unprotected else said.protector or self._protector()
        return said.changed(write_message(header, said.body_type, said.body, protector, extra_certs))

    def _header(self, request: PkiMessage) -> Header:
        signer = self.signer
        return Header(
            pvno=request.header.pvno,
            sender=NULL_DN if signer is None else directory_name(signer.certificate.subject.public_bytes()),
            recipient=request.header.sender,
            transaction_id=request.header.transaction_id,
            sender_nonce=CA_NONCE,
            recip_nonce=request.header.sender_nonce,
        )

    def _protector(self) -> Protector:
        return shared_mac() if self.signer is None else signature_of(self.signer)

    @property
    def sent(self) -> list[PkiMessage]:
        """The messages that came, read."""
        return [read_message(octets) for octets in self.requests]

    @property
    def kinds(self) -> list[str]:
        """Their bodies' names."""
        return [message.body_type.rfc_name for message in self.sent]


def shared_mac(secret: bytes = SECRET) -> Protector:
    """A MAC under the secret."""
    return mac_protector(secret, HostRandom())


def signature_of(identity: Identity) -> SignatureProtector:
    """A signature by that key."""
    return key_protector(identity.key)


def replied(
    body_type: BodyType, *responses: CertificateResponse, infos: Sequence[InfoValue] = (), **changes: Any
) -> Said:
    """ip, cp or kup.

    Args:
        infos: generalInfo.
    """
    content = write_certificate_reply(CertificateReply(responses, **changes))
    return Said(body_type, content, {"general_info": tuple(infos)})


def granted(certificate: bytes, cert_req_id: int = 0, **changes: Any) -> CertificateResponse:
    """A response with a certificate."""
    fields = {"cert_req_id": cert_req_id, "status": GRANTED, "certificate": certificate, **changes}
    return CertificateResponse(**fields)


def answered(status: StatusInfo, cert_req_id: int = 0) -> CertificateResponse:
    """A response without one."""
    return CertificateResponse(cert_req_id=cert_req_id, status=status)


def poll_later(seconds: int, *cert_req_ids: int, reasons: tuple[str, ...] = ()) -> Said:
    """pollRep."""
    responses = [PollResponse(cert_req_id, seconds, reasons) for cert_req_id in cert_req_ids or (0,)]
    return Said(BodyType.POLLREP, write_poll_responses(responses))


def failed(status: StatusInfo = REFUSED, *details: str) -> Said:
    """error."""
    return Said(BodyType.ERROR, write_error(ErrorContent(status, details=details)))


def revoked(*statuses: StatusInfo, **changes: Any) -> Said:
    """rp."""
    return Said(BodyType.RP, write_revocation_reply(RevocationReply(statuses, **changes)))


def informed(*infos: InfoValue) -> Said:
    """genp."""
    return Said(BodyType.GENP, write_general(infos))


CONFIRMED = Said(BodyType.PKICONF, der.NULL)
