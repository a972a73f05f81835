"""Helpers for the rules of a remote issuer: the one under test with its CA, and functions that carry out orders."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from secrets import randbits, token_hex
from typing import Protocol

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from lockgate.certification.revocation import RevocationReason
from lockgate.ports import Issued, IssuerAnswer, Later, Order, RemoteIssuer, RevocationOrder
from lockgate_testing.contracts.issuer import KEYS

EXTENSIONS = bytes.fromhex("3029300e0603551d0f0101ff04040302078030170603551d110410300e820c686f73742e6578616d706c65")
"""DER Extensions: a critical keyUsage with digitalSignature alone, and a subjectAltName with host.example."""
QUESTIONS = 100
"""So many times at most a CA may say that its answer comes later."""


class RemoteIssuerSubject(Protocol):
    """A remote issuer under test, and actions at its CA that the port does not have.

    Attributes:
        ca_name: of the orders.
        certificate: the CA's own, DER.
    """

    issuer: RemoteIssuer
    ca_name: str
    certificate: bytes

    def order(self, key: str = "P-256") -> Order:
        """An order like no other, which the CA carries out.

        Args:
            key: the kind of key to certify, of `lockgate_testing.contracts.issuer.KEYS`.
        """
        name = token_hex(8)
        return Order(
            operation=f"operation {name}",
            ca_name=self.ca_name,
            ca_certificate=sha256(self.certificate).hexdigest(),
            serial_number=2**158 + randbits(64),
            subject=x509.Name.from_rfc4514_string(f"CN=host {name},O=Åland").public_bytes(),
            public_key=KEYS[key]().public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
            not_before=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
            not_after=datetime(2051, 1, 2, 3, 4, 5, tzinfo=UTC),
            extensions=EXTENSIONS,
        )

    @abstractmethod
    def refused_order(self) -> Order:
        """An order that the CA refuses."""

    @abstractmethod
    def cut_off(self) -> AbstractContextManager[None]:
        """Nothing reaches the CA before the context ends."""

    @abstractmethod
    def issued(self) -> Sequence[bytes]:
        """Every certificate that counts at the CA, DER: those that wait for a confirmation do not."""

    @abstractmethod
    def revoked(self) -> Mapping[int, RevocationReason]:
        """The reason of each serial number that stands revoked or on hold at the CA."""

    @abstractmethod
    def wait(self, duration: timedelta) -> None:
        """Let so much time pass at the CA."""

    def answers_later(self) -> AbstractContextManager[None]:
        """The first answer to each call that begins before the context ends is that the answer comes later. Needed
        where the issuer polls."""
        raise NotImplementedError("supply answers_later: the issuer polls")


def revocation(subject: RemoteIssuerSubject, certificate: bytes, reason: RevocationReason) -> RevocationOrder:
    """An order like no other."""
    return RevocationOrder(
        operation=f"operation {token_hex(8)}",
        ca_name=subject.ca_name,
        ca_certificate=subject.certificate,
        certificate=certificate,
        reason=reason,
    )


def drafted(subject: RemoteIssuerSubject, order: Order | RevocationOrder) -> bytes:
    """The draft of an order that the CA can carry out."""
    draft = subject.issuer.draft(order)
    assert isinstance(draft, bytes)
    return draft


def carried_out(subject: RemoteIssuerSubject, draft: bytes) -> IssuerAnswer:
    """The CA's answer to a call, looked up as often as it is told later. A certificate comes with the draft that is
    stored then."""
    answer: IssuerAnswer | None = subject.issuer.call(draft)
    for _ in range(QUESTIONS):
        if not isinstance(answer, Later):
            break
        traits = subject.issuer.traits
        assert traits.looks_up or traits.polls, "an issuer that neither polls nor looks up has no later answers"
        draft = answer.draft or draft
        subject.wait(answer.after)
        answer = subject.issuer.lookup(draft)
    assert answer is not None
    assert not isinstance(answer, Later), "the answer never came"
    return replace(answer, draft=answer.draft or draft) if isinstance(answer, Issued) else answer


def received(subject: RemoteIssuerSubject, draft: bytes) -> tuple[bytes, bytes]:
    """The certificate that a draft brings, DER, not confirmed, and the draft that is stored then."""
    answer = carried_out(subject, draft)
    assert isinstance(answer, Issued)
    return answer.certificate, answer.draft or draft


def completed(subject: RemoteIssuerSubject, draft: bytes) -> bytes:
    """The certificate that a draft brings, DER, confirmed where the CA wants it."""
    certificate, stored = received(subject, draft)
    if subject.issuer.traits.confirms:
        assert subject.issuer.confirm(stored, certificate, accepted=True) is None
    return certificate


def obtained(subject: RemoteIssuerSubject, order: Order) -> bytes:
    """The ordered certificate, DER, confirmed where the CA wants it."""
    return completed(subject, drafted(subject, order))
