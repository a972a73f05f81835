"""Carries out a statement inside the transaction that also writes the journal entry.

It carries out all effects or none: every step that can refuse comes first, and has written nothing when it refuses.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from lockgate.audit import AuditEvent, Event
from lockgate.certification.compromise import others_to_revoke, owns_key
from lockgate.certification.endentity import CertificateFacts, IssuedCertificate
from lockgate.certification.revocation import RevocationReason
from lockgate.certification.statuses import Way
from lockgate.effects.issuing import intended, ordered, signed
from lockgate.effects.key_material import ReadyKept, ReadyKey, delivery, packed, ready_to_certify, ready_to_hand_out
from lockgate.effects.roles import hand_on_roles
from lockgate.effects.statement import (
    CarryOver,
    Certify,
    Deliver,
    Effect,
    Foreign,
    HandOut,
    KeptKeyOf,
    Publication,
    Read,
    Restand,
    Save,
    SetPassword,
    Statement,
)
from lockgate.errors import Defect
from lockgate.ports import Instruments, Intent, IssuanceRequest, Issuer, KeyPair, KeystoreFile, RegistryTransaction
from lockgate.reasons import Rejected
from lockgate.rights.authorization import Administrator


@dataclass(frozen=True, slots=True)
class Certified:
    """A certificate that was issued, or handed out with its kept key.

    Attributes:
        delivered: the keystore with its key, or the key, where the effect asked for that.
        pack: packs DER certificates into certs-only SignedData (RFC 5652, 5.1), DER.
    """

    issued: IssuedCertificate
    delivered: KeystoreFile | KeyPair | None = field(repr=False)
    pack: Callable[[Sequence[bytes]], bytes] = field(repr=False)

    @property
    def with_chain(self) -> bytes:
        """Certs-only SignedData with the certificate first, then its chain, DER."""
        return self.pack((self.issued.certificate, *self.issued.chain))

    @property
    def alone(self) -> bytes:
        """Certs-only SignedData with the certificate and no chain, DER."""
        return self.pack((self.issued.certificate,))

    @property
    def file(self) -> KeystoreFile:
        """The keystore, which was asked for."""
        if not isinstance(self.delivered, KeystoreFile):
            raise Defect("no keystore was asked for")
        return self.delivered

    @property
    def pair(self) -> KeyPair:
        """The key, which was asked for."""
        if not isinstance(self.delivered, KeyPair):
            raise Defect("no key was asked for")
        return self.delivered


Outcomes = Sequence[Any]
"""For each effect in its order: `Certified`, a publication's octets, the return value of `Foreign.call` or
`Deliver.call`, or None."""


def certified(outcomes: Outcomes) -> Sequence[Certified]:
    """The certificates among `outcomes`."""
    return [outcome for outcome in outcomes if isinstance(outcome, Certified)]


@dataclass(frozen=True, slots=True)
class Execution:
    """The data needed to carry out one cleared request.

    Attributes:
        who: the administrator it acts as.
        operation: unique per request; recorded with every effect.
        quorum: how many administrators have approved it.
        doubts: identities of keys in doubt that they have approved.
    """

    who: Administrator
    operation: str
    work: RegistryTransaction
    issuer: Issuer
    instruments: Instruments
    quorum: int = 0
    doubts: frozenset[str] = frozenset()

    def carry_out(self, statement: Statement) -> Outcomes | Rejected:
        """The outcome of every effect; None for those whose operations are under way at a remote issuer."""
        effects = statement.effects
        ready: list[Any] = []
        for effect in effects:
            prepared = self._prepare(effect)
            if isinstance(prepared, Rejected):
                return prepared
            ready.append(prepared)
        stored = self._store(effects, ready)
        if isinstance(stored, Rejected):
            return stored
        outcomes = [self._conclude(effect, prepared, stored) for effect, prepared in zip(effects, ready, strict=True)]
        self._revoke_others(effects)
        return outcomes

    # ---- steps that can refuse

    def _prepare(self, effect: Effect) -> Any | Rejected:
        match effect:
            case Certify():
                return ready_to_certify(effect, self.work, self.instruments)
            case HandOut():
                return ready_to_hand_out(effect, self.work)
            case Read():
                return self._publication(effect)
            case Foreign():
                return effect.call(self.operation)
        return None

    def _publication(self, read: Read) -> bytes | Rejected:
        match read:
            case Read(Publication.NEXT_CA_CERTIFICATE, str(name)):
                return self.work.publications.announcement(name)
            case Read(Publication.CRL, CertificateFacts() as certificate):
                return self.work.publications.latest_crl(certificate)
            case Read(Publication.CERTIFICATE, CertificateFacts() as certificate):
                return self.work.certificates.content(certificate)
        raise Defect(f"no such publication: {read.publication}")

    def _store(self, effects: Sequence[Effect], ready: Sequence[Any]) -> Mapping[str, IssuedCertificate] | Rejected:
        """Issue, which stores the end entities of the certificates, or store end entities alone; certificates by the
        name of their effect. There are none yet where a remote issuer signs one of them."""
        wanted = dict(self._wanted(effects, ready))
        saves = [effect for effect in effects if isinstance(effect, Save)]
        if not wanted:
            return next((refused for save in saves if (refused := self._save(save))), None) or {}
        orders = ordered(tuple(wanted.values()), self.work)
        if isinstance(orders, Rejected):
            return orders
        if any(order.issuer for order in orders):
            intended(orders, list(self._intents(effects, ready)), self.work, self.issuer)
            return {}
        return dict(zip(wanted, signed(orders, self.work, self.issuer), strict=True))

    def _wanted(self, effects: Sequence[Effect], ready: Sequence[Any]) -> Iterator[tuple[str, IssuanceRequest]]:
        for effect, prepared in zip(effects, ready, strict=True):
            if isinstance(effect, Certify) and isinstance(prepared, ReadyKey):
                yield effect.name, self._request(effect, prepared)

    def _request(self, certify: Certify, key: ReadyKey) -> IssuanceRequest:
        return IssuanceRequest(
            operation=f"{self.operation}:{certify.name}" if certify.name else self.operation,
            end_entity=certify.owner,
            request=key.request,
            requester=self.who.name,
            requester_fingerprint=self.who.fingerprint,
            certified_as=certify.described,
            serial_number=certify.serial_number,
            kept_key=key.pair if key.keep else None,
            doubt_approved=bool(self.doubts),
        )

    def _intents(self, effects: Sequence[Effect], ready: Sequence[Any]) -> Iterator[Intent]:
        renewed = {effect.name: effect.certificate for effect in effects if isinstance(effect, CarryOver)}
        for number, (effect, prepared) in enumerate(zip(effects, ready, strict=True)):
            if isinstance(effect, Certify) and isinstance(prepared, ReadyKey):
                old = renewed.get(effect.name)
                yield Intent(
                    request=self.operation,
                    effect=number,
                    delivery=delivery(effect.keystore, prepared),
                    renews=old.fingerprint if old else None,
                    recovers=effect.key.certificate.fingerprint if isinstance(effect.key, KeptKeyOf) else None,
                )

    def _save(self, save: Save) -> Rejected | None:
        after = save.after
        if after.recovery is not None:
            after = replace(after, recovery=replace(after.recovery, quorum=self.quorum))
        return self.work.end_entities.save(after)

    # ---- steps that cannot refuse

    def _conclude(self, effect: Effect, ready: Any, issued: Mapping[str, IssuedCertificate]) -> Any:
        match effect:
            case Save():
                return self._audit_save(effect)
            case SetPassword():
                return self._set_password(effect)
            case Certify():
                return self._certified(effect, ready, issued[effect.name]) if issued else None
            case CarryOver():
                return self._carry_over(effect, issued[effect.name]) if issued else None
            case HandOut():
                return self._handed_out(effect, ready)
            case Restand():
                return self._revoke(effect.certificate, effect.reason)
            case Deliver():
                return effect.call(self.work)
        return ready

    def _revoke_others(self, effects: Sequence[Effect]) -> None:
        compromised = RevocationReason.KEY_COMPROMISE
        restands = (effect for effect in effects if isinstance(effect, Restand))
        revoked = [restand.certificate for restand in restands if restand.reason is compromised]
        for other in list(others_to_revoke(revoked, self.who, self.work)):
            self._revoke(other, compromised)

    def _revoke(self, certificate: CertificateFacts, reason: RevocationReason) -> None:
        compromised = reason is RevocationReason.KEY_COMPROMISE
        owns = compromised and owns_key(certificate, self.who, self.work)
        self.work.certificates.revoke(
            certificate, reason, self.who.name, self.who.fingerprint, owns_key=owns, operation=self.operation
        )

    def _set_password(self, effect: SetPassword) -> None:
        if effect.password is None:
            self.work.end_entities.clear_password(effect.username)
        else:
            self.work.end_entities.set_password(effect.username, effect.password)
        done = "cleared" if effect.password is None else "set"
        self._audit(Event.END_ENTITY_EDITED, effect.username, password=done)

    def _certified(self, effect: Certify, ready: ReadyKey, issued: IssuedCertificate) -> Certified:
        keystore = packed(effect.keystore, ready, issued, self.instruments)
        if isinstance(effect.key, KeptKeyOf):
            self._audit_recovery(effect.owner.username, effect.key.certificate, issued.fingerprint)
        return Certified(issued, keystore, self.instruments.certs_only)

    def _carry_over(self, effect: CarryOver, issued: IssuedCertificate) -> None:
        hand_on_roles(effect.certificate.fingerprint, issued.fingerprint, self.who.name, self.work)

    def _handed_out(self, effect: HandOut, ready: ReadyKept) -> Certified:
        kept = ready.kept
        keystore = packed(effect.keystore, ready, kept.issued, self.instruments)
        self._audit_recovery(effect.certificate.username, effect.certificate, kept.issued.fingerprint)
        return Certified(kept.issued, keystore, self.instruments.certs_only)

    # ---- audit

    def _audit_save(self, save: Save) -> None:
        """Certificates have entries of their own, so that an end entity issued to unchanged needs none."""
        if save.way not in (Way.EDIT, Way.REVOCATION) and (save.before is None or not save.described_anew):
            return
        event = Event.END_ENTITY_ADDED if save.before is None else Event.END_ENTITY_EDITED
        self._audit(event, save.after.username, status=save.after.status.name)

    def _audit_recovery(self, username: str, certificate: CertificateFacts, handed_out: str) -> None:
        reused = certificate.fingerprint == handed_out
        details = {"fingerprint": certificate.fingerprint, "certificate": "reused" if reused else handed_out}
        self._audit(Event.KEY_RECOVERED, username, **details)

    def _audit(self, event: Event, target: str, **details: str) -> None:
        self.work.audit(AuditEvent(event, self.who.name, target, details))
