"""What has been read of a message before the unit of work begins."""

import hashlib
from dataclasses import dataclass, field

from lockgate.certification.endentity import CertificationRequest, WantedKey
from lockgate.reasons import Rejected
from lockgate_formats.cmp.contents import (
    CertificateConfirmation,
    CertificateRequestMessage,
    ErrorContent,
    RevocationRequest,
)
from lockgate_formats.cmp.messages import Header, InfoValue, PkiMessage
from lockgate_transport.cmp.service.aliases import CmpAlias
from lockgate_transport.cmp.service.failures import Failure
from lockgate_transport.cmp.service.senders import Sender


@dataclass(frozen=True, slots=True)
class RequestedCertificate:
    """One request of an ir, cr, kur or p10cr.

    Attributes:
        key: the key, if possession of it is shown as the alias allows, or the one that the CA shall make; otherwise why
            not.
        profile: the name in generalInfo that belongs to this request; None without.
        password: that the request shows, where that tells who its sender is; a secret.
    """

    message: CertificateRequestMessage
    key: CertificationRequest | WantedKey | Rejected
    profile: str | None = None
    password: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Requested:
    """The body of an ir, cr, kur or p10cr."""

    certificates: tuple[RequestedCertificate, ...]


@dataclass(frozen=True, slots=True)
class Confirmed:
    """The body of a certConf."""

    confirmations: tuple[CertificateConfirmation, ...]


@dataclass(frozen=True, slots=True)
class Polled:
    """The body of a pollReq: certReqIds."""

    cert_req_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Revocations:
    """The body of an rr."""

    requests: tuple[RevocationRequest, ...]


@dataclass(frozen=True, slots=True)
class Questions:
    """The body of a genm."""

    infos: tuple[InfoValue, ...]


@dataclass(frozen=True, slots=True)
class Stopped:
    """The body of an error: the client goes on no further."""

    content: ErrorContent


@dataclass(frozen=True, slots=True)
class Batch:
    """The body of a nested message."""

    messages: tuple["Incoming", ...]


Content = Requested | Confirmed | Polled | Revocations | Questions | Stopped | Batch


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """A message as far as it could be read.

    Attributes:
        alias: None where there is none of the name.
        header: what could be read of it, for the answer.
        message: None where the octets are none.
        sender: who has sent it, as its protection shows; None where that does not hold.
        failure: why it is refused; None where `content` and `sender` are there.
    """

    octets: bytes = field(repr=False)
    alias: CmpAlias | None
    header: Header | None = None
    message: PkiMessage | None = None
    sender: Sender | None = None
    failure: Failure | None = None
    content: Content | None = None

    @property
    def digest(self) -> str:
        """SHA-256 over the octets, lower-case hexadecimal."""
        return hashlib.sha256(self.octets).hexdigest()
