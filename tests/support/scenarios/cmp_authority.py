"""A CA that speaks CMP, in this process, and does what a scenario says: also what no CA should do."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509

from lockgate.certification.revocation import RevocationReason
from lockgate.errors import NotSent, PeerError, Unavailable
from lockgate.ports import Order, RemoteIssuer, Traits
from lockgate_formats.cmp.confirmations import certificate_hash, read_certificate_confirmations
from lockgate_formats.cmp.crmf import read_certificate_requests
from lockgate_formats.cmp.general import read_general
from lockgate_formats.cmp.general_values import sequence_info
from lockgate_formats.cmp.messages import InfoValue, PkiMessage, StatusInfo
from lockgate_formats.cmp.pki_message import read_message
from lockgate_formats.cmp.revocations import read_revocations
from lockgate_formats.cmp.vocabulary import BodyType, FailInfo, InfoType, PkiStatus
from lockgate_formats.cmp_client import AnswerTrust, CmpClient, CmpClientParts, CmpClientSettings, SharedSecret
from lockgate_issuers.cmp import CmpClients, CmpCrls, CmpIssuer, CmpIssuerWithCrls, CrlQuestion
from lockgate_testing.doubles.remote_ca import Wrong
from lockgate_testing.doubles.remote_ca.behaviour import Behaviour
from lockgate_testing.doubles.remote_ca.certificates import SEQUENCE, Signer, element, new_key, own_certificate
from lockgate_transport.host.clock import HostClock, HostRandom
from tests.support.wire.cmp_scripted_ca import (
    CONFIRMED,
    GRANTED,
    IMPLICIT,
    SECRET,
    WAITING,
    Said,
    ScriptedCa,
    answered,
    failed,
    granted,
    informed,
    poll_later,
    replied,
    revoked,
    shared_mac,
)

REFERENCE = b"lockgate"


def rejection(*bits: FailInfo, text: str = "not today") -> StatusInfo:
    """A status that says no."""
    return StatusInfo(PkiStatus.REJECTION, frozenset(bits), (text,))


def _raising(error: Exception) -> Callable[[bytes], bytes]:
    def changed(_: bytes) -> bytes:
        raise error

    return changed


UNDECIDED: Mapping[str, Callable[[Said], Said]] = {
    "an error without protection": lambda _: failed(rejection(FailInfo.BAD_REQUEST)).but(unprotected=True),
    "a certificate without protection": lambda said: said.but(unprotected=True),
    "a certificate under another secret": lambda said: said.but(protector=shared_mac(b"a secret of somebody else")),
    "an error under another secret": lambda _: failed(rejection(FailInfo.BAD_REQUEST)).but(
        protector=shared_mac(b"a secret of somebody else")
    ),
    "an answer to another transaction": lambda said: said.but(header={"transaction_id": b"another one"}),
    "an answer to another message": lambda said: said.but(header={"recip_nonce": b"another nonce"}),
    "octets that are no message": lambda said: said.but(changed=lambda octets: b"<html>" + octets),
    "the first half of its answer": lambda said: said.but(changed=lambda octets: octets[: len(octets) // 2]),
    "more than is read": lambda said: said.but(changed=_raising(PeerError("the answer has too many octets"))),
    "nothing": lambda said: said.but(changed=_raising(Unavailable("no answer in time"))),
    "that it is not available": lambda _: failed(rejection(FailInfo.SYSTEM_UNAVAIL)),
    "that it has failed": lambda _: failed(rejection(FailInfo.SYSTEM_FAILURE)),
    "that the signer is not trusted": lambda _: failed(rejection(FailInfo.SIGNER_NOT_TRUSTED)),
    "that the transaction is known": lambda _: failed(rejection(FailInfo.TRANSACTION_ID_IN_USE)),
    "a certificate that is none": lambda _: replied(BodyType.CP, granted(b"no certificate")),
    "a grant without a certificate": lambda _: replied(BodyType.CP, answered(GRANTED)),
}
"""What decides nothing: made of what it should say."""


@dataclass
class CmpAuthority:
    """The CA.

    Attributes:
        says: changes the answers to requests for certificates; as they should be, without.
        refusal: what it answers to each request for a certificate; None where it issues.
        wrong: what is wrong with each certificate.
        away: it cannot be reached.
        later: how often it says of a request that it needs more time.
        implicit: whether it grants implicit confirmation.
        confirmation, revocation: what it answers to these, in place of yes.
        mute: it answers no confirmation.
        crls: what it gives out.
    """

    says: Callable[[Said], Said] | None = None
    refusal: StatusInfo | None = None
    wrong: Wrong | None = None
    away: bool = False
    later: int = 0
    implicit: bool = False
    confirmation: Said | None = None
    revocation: Said | None = None
    mute: bool = False
    crls: Sequence[bytes] = ()
    received: list[PkiMessage] = field(default_factory=list)
    answers: dict[bytes, Said] = field(default_factory=dict)
    made: dict[bytes, bytes] = field(default_factory=dict)
    states: dict[bytes, str] = field(default_factory=dict)
    standings: dict[int, RevocationReason] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.key = new_key()
        self.certificate = own_certificate(self.key, "CN=CMP CA")

    def issuer(self, *, patience: float, timeout: timedelta, **traits: Any) -> RemoteIssuer:
        """An adapter, as the runner has it after every start."""
        promised = Traits(polls=True, confirms=True, timeout=timeout, **traits)
        return CmpIssuer(CmpClients(self._client()), HostClock(), promised)

    def issuer_with_crls(self, question: CrlQuestion) -> RemoteIssuer:
        """An adapter that asks for CRLs, too."""
        client = self._client()
        crls = CmpCrls(client, question)
        return CmpIssuerWithCrls(CmpClients(client), HostClock(), Traits(polls=True, confirms=True), None, crls)

    def _client(self) -> CmpClient:
        parts = CmpClientParts(self.carry, HostClock(), HostRandom())
        settings = CmpClientSettings(implicit_confirm=self.implicit)
        return CmpClient(parts, SharedSecret(REFERENCE, SECRET), AnswerTrust(), settings)

    @property
    def behaviour(self) -> Behaviour:
        """It answers at once, or fails: nothing is waited for."""
        return Behaviour()

    def behave(self, **settings: Any) -> None:
        """From now on behave so, and as by default in everything else."""
        usual = {
            "says": None,
            "refusal": None,
            "wrong": None,
            "away": False,
            "later": 0,
            "implicit": False,
            "mute": False,
        }
        for name, value in {**usual, "confirmation": None, "revocation": None, **settings}.items():
            setattr(self, name, value)

    # ---- what it has done

    def issued(self) -> Sequence[bytes]:
        """Every certificate that counts."""
        return [certificate for certificate, state in self.states.items() if state == "confirmed"]

    def unconfirmed(self) -> Sequence[bytes]:
        """Every one that waits for its confirmation."""
        return [certificate for certificate, state in self.states.items() if state == "unconfirmed"]

    def revoked(self) -> Mapping[int, RevocationReason]:
        """By serial number."""
        return self.standings

    def calls(self) -> Mapping[str, int]:
        """How often each transaction has asked for a certificate."""
        ids = [(one.header.transaction_id or b"").hex() for one in self.received if one.body_type is BodyType.CR]
        return {each: ids.count(each) for each in ids}

    # ---- messages

    def carry(self, octets: bytes) -> bytes:
        """Its answer."""
        if self.away:
            raise NotSent("the CA cannot be reached")
        message = read_message(octets)
        self.received.append(message)
        if octets not in self.answers:
            self.answers[octets] = self._said(message)
        said = self.answers[octets]
        if message.body_type in (BodyType.CR, BodyType.GENM) and self.says is not None:
            said = self.says(said)
        return ScriptedCa([said]).carry(octets)

    def _said(self, message: PkiMessage) -> Said:
        match message.body_type:
            case BodyType.CR:
                return self._certified(message)
            case BodyType.POLLREQ:
                self.later -= 1
                return poll_later(1) if self.later > 0 else self._granted(message)
            case BodyType.CERTCONF:
                return self._confirmed(message)
            case BodyType.RR:
                return self._revoked(message)
            case BodyType.GENM:
                return self._informed(message)
        raise AssertionError(message.body_type)

    def _informed(self, message: PkiMessage) -> Said:
        (asked,) = read_general(message.body)
        if asked.oid == InfoType.CURRENT_CRL:
            return informed(InfoValue(InfoType.CURRENT_CRL, self.crls[-1] if self.crls else None))
        assert asked.oid == InfoType.CRL_STATUS_LIST
        return informed(sequence_info(InfoType.CRLS, self.crls))

    def _certified(self, message: PkiMessage) -> Said:
        if self.refusal is not None:
            return replied(BodyType.CP, answered(self.refusal))
        (request,) = read_certificate_requests(message.body)
        template, identifier = request.template, message.header.transaction_id or b""
        validity = template.validity
        assert validity is not None
        order = Order(
            operation="",
            ca_name="",
            ca_certificate="",
            serial_number=x509.random_serial_number(),
            subject=template.subject or b"",
            public_key=template.public_key or b"",
            not_before=validity.not_before or datetime.now(UTC),
            not_after=validity.not_after or datetime.now(UTC),
            extensions=template.extensions or b"",
        )
        authority = x509.load_der_x509_certificate(self.certificate)
        certificate = Signer(self.key, authority.subject.public_bytes()).wrong(order, self.wrong)
        if self.wrong is Wrong.GARBAGE:
            certificate = element(SEQUENCE, certificate)  # what can stand in an answer
        self.made[identifier] = certificate
        self.states[certificate] = "confirmed" if self.implicit else "unconfirmed"
        return replied(BodyType.CP, answered(WAITING)) if self.later else self._granted(message)

    def _granted(self, message: PkiMessage) -> Said:
        certificate = self.made[message.header.transaction_id or b""]
        return replied(BodyType.CP, granted(certificate), infos=(IMPLICIT,) if self.implicit else ())

    def _confirmed(self, message: PkiMessage) -> Said:
        (confirmation,) = read_certificate_confirmations(message.body)
        certificate = self.made[message.header.transaction_id or b""]
        assert confirmation.certificate_hash == certificate_hash(certificate, confirmation.hash_algorithm)
        if self.confirmation is not None:
            return self.confirmation
        if self.states[certificate] != "unconfirmed":
            bit = FailInfo.CERT_CONFIRMED if self.states[certificate] == "confirmed" else FailInfo.CERT_REVOKED
            return failed(rejection(bit))
        rejected = confirmation.status is not None and confirmation.status.status is PkiStatus.REJECTION
        self.states[certificate] = "rejected" if rejected else "confirmed"
        return CONFIRMED.but(changed=_raising(Unavailable("no answer in time"))) if self.mute else CONFIRMED

    def _revoked(self, message: PkiMessage) -> Said:
        (request,) = read_revocations(message.body)
        if self.revocation is not None:
            return self.revocation
        serial = request.template.serial_number or 0
        reason = RevocationReason(request.reason or 0)
        if reason is RevocationReason.REMOVE_FROM_CRL:
            self.standings.pop(serial)
        else:
            self.standings[serial] = reason
        return revoked(GRANTED)
