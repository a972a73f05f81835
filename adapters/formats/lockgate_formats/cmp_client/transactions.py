"""A transaction as its client keeps it: what was asked for, the message that waits for its answer, and what came."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Self

from lockgate_formats.cmp.contents import CertificateId
from lockgate_formats.cmp.messages import InfoValue, StatusInfo
from lockgate_formats.cmp.vocabulary import BodyType, FailInfo, PkiStatus
from lockgate_formats.cmp_client.states import State, TransactionEvent, moved

WHOLE_MESSAGE = -1
"""The certReqId that stands for a message as a whole, and for the PKCS#10 of a p10cr (RFC 9483, 4.1.4 and 4.4)."""

MAX_WORDS = 500
"""Characters of the CA's own words that are kept."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One thing that the first message asked for.

    Attributes:
        cert_req_id: its number in that message, from 0; `WHOLE_MESSAGE` for a p10cr.
        public_key: DER SubjectPublicKeyInfo to be certified; None where the CA makes the key, and for revocations.
        certificate: to be revoked; None elsewhere.
    """

    cert_req_id: int
    public_key: bytes | None = None
    certificate: CertificateId | None = None


@dataclass(frozen=True, slots=True)
class IssuedCertificate:
    """A certificate that came.

    Attributes:
        certificate: DER; empty where it came encrypted and could not be decrypted.
        status: `ACCEPTED` or `GRANTED_WITH_MODS`, with texts.
        private_key: DER EnvelopedData around the private key that the CA made (RFC 9810, 5.3.4), as it came;
            `CmpClient.private_key` opens it. None where the client made the key.
        accepted: whether this side has accepted it; None until it has decided.
        fault: why it must not be accepted, a sentence; empty where it may be.
    """

    cert_req_id: int
    certificate: bytes = field(repr=False)
    status: StatusInfo
    private_key: bytes | None = field(default=None, repr=False)
    accepted: bool | None = None
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A refusal (RFC 9810, 5.2.3).

    Attributes:
        cert_req_id: what was refused: a certReqId, the number of a revocation from 0, or `WHOLE_MESSAGE`.
        status: mostly `REJECTION`.
        texts: statusString and errorDetails, for people.
        proven: whether the message's protection proves that the CA said so.
    """

    cert_req_id: int
    status: PkiStatus
    fail_info: frozenset[FailInfo] = frozenset()
    texts: tuple[str, ...] = ()
    proven: bool = True

    def __str__(self) -> str:
        """A sentence for people and logs: one line, printable, and not endless, whoever has written the texts."""
        bits = ", ".join(bit.rfc_name for bit in sorted(self.fail_info))
        words = " ".join(self.texts)
        sentence = f"{self.status.name.lower()}{f' ({bits})' if bits else ''}{f': {words}' if words else ''}"
        return "".join(letter if letter.isprintable() else " " for letter in sentence)[:MAX_WORDS]


@dataclass(frozen=True, slots=True, kw_only=True)
class CmpTransaction:
    """A transaction. It is immutable: each step of the client gives the following one.

    Attributes:
        id: transactionID, octets.
        request_type: of the first message.
        awaited: the message whose answer is awaited, or was the last one: the first message, or certConf.
        state: how it stands.
        message: the DER PKIMessage that is sent next, or was sent last.
        pvno: the version of the first message.
        nonce: senderNonce of `message`.
        awaited_nonce: senderNonce of the message that is awaited; while it is polled for, `nonce` is the pollReq's.
        peer_nonce: senderNonce of the last answer; None before the first one.
        asked: what the first message asked for.
        implicit: whether the first message asked for implicit confirmation.
        certificates: those that came, in the order in which they came.
        refusals: what was refused.
        waiting: certReqIds of what the CA needs more time for.
        due: UTC; when the CA may be asked again, where `state` is `WAITING`.
        reasons: why the CA needs more time, for people.
        confirm_until: UTC; until when the CA waits for the confirmation; None where it has not said.
        infos: the answer to a general message.
        ca_certificates: caPubs, DER (RFC 9810, 5.3.4); to be trusted only as far as the answer's signer is.
        extra_certificates: extraCerts of the last answer, DER; nothing in them is trusted.
    """

    id: bytes
    request_type: BodyType
    awaited: BodyType
    state: State = State.REQUESTED
    message: bytes = field(repr=False)
    pvno: int
    nonce: bytes
    awaited_nonce: bytes
    peer_nonce: bytes | None = None
    asked: tuple[Asked, ...] = ()
    implicit: bool = False
    certificates: tuple[IssuedCertificate, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    waiting: tuple[int, ...] = ()
    due: datetime | None = None
    reasons: tuple[str, ...] = ()
    confirm_until: datetime | None = None
    infos: tuple[InfoValue, ...] = ()
    ca_certificates: tuple[bytes, ...] = field(default=(), repr=False)
    extra_certificates: tuple[bytes, ...] = field(default=(), repr=False)

    @property
    def usable(self) -> tuple[IssuedCertificate, ...]:
        """The certificates that both sides have accepted; none before the end."""
        return tuple(one for one in self.certificates if one.accepted) if self.state is State.DONE else ()

    @property
    def undecided(self) -> tuple[IssuedCertificate, ...]:
        """The certificates that this side must confirm or reject."""
        return tuple(one for one in self.certificates if one.accepted is None)

    def after(self, event: TransactionEvent, **changes: Any) -> Self:
        """The transaction after `event`, with other changes.

        Raises:
            CallerError: nothing like that can happen to it as it stands.
        """
        return replace(self, state=moved(self.state, event), **changes)
