"""Requests of the line, judged by the profiles and turned into orders."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from lockgate.certification.endentity import Possession
from lockgate.certification.key_fate import REFUSED_KEY, Candidate, judge_certification
from lockgate.certification.usages import SIGNING, usages_for
from lockgate.ports import IssuanceRequest, Order
from lockgate.reasons import Reason, Rejected
from lockgate_ca_backend.issuance import Conforming
from lockgate_ca_backend.registry.store import Store
from lockgate_ca_backend.store.authorities import IssuingCa
from lockgate_ca_backend.store.reserved_keys import Claim
from lockgate_formats.public_keys import SubjectKey


@dataclass(frozen=True, slots=True)
class Ordered:
    """An order, and the data recorded with its certificate."""

    wanted: IssuanceRequest
    key: SubjectKey
    issuer: IssuingCa


class Ordering:
    """Orders of one transaction."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._ordered: dict[Order, Ordered] = {}

    def order_all(self, requests: Sequence[IssuanceRequest]) -> Sequence[Order] | Rejected:
        """Judge all, then resolve all."""
        judged: list[tuple[IssuanceRequest, Conforming, IssuingCa, SubjectKey]] = []
        for request in requests:
            fit = self._judge(request)
            if isinstance(fit, Rejected):
                return fit
            judged.append((request, *fit))
        return [self._order(*fitting) for fitting in judged]

    def _order(self, wanted: IssuanceRequest, conforming: Conforming, issuer: IssuingCa, key: SubjectKey) -> Order:
        order = self._store.factory.order(wanted.operation, conforming, key, issuer, wanted.serial_number)
        if order.issuer:
            order = replace(order, pkcs10=wanted.request.pkcs10)
        self._ordered[order] = Ordered(wanted, key, issuer)
        return order

    def _judge(self, wanted: IssuanceRequest) -> tuple[Conforming, IssuingCa, SubjectKey] | Rejected:
        conforming = self._store.registrar.judge(wanted.described)
        if isinstance(conforming, Rejected):
            return conforming
        issuer = self._store.factory.active_issuer(wanted.described.ca_name)
        if isinstance(issuer, Rejected):
            return issuer
        refused = (
            self._store.end_entities.judge_username(wanted.end_entity.username)
            or self._judge_serial_number(wanted, conforming)
            or self._judge_keeping(wanted, conforming)
        )
        if refused:
            return refused
        key = self._judge_key(wanted, conforming)
        return key if isinstance(key, Rejected) else (conforming, issuer, key)

    def _judge_serial_number(self, wanted: IssuanceRequest, conforming: Conforming) -> Rejected | None:
        if wanted.serial_number is None:
            return None
        if not conforming.profile.chosen_serial_number:
            return Rejected(Reason.PROFILE_VIOLATION, "certificate_serial_number: a chosen one is not allowed.")
        chosen = wanted.described.ca_name, wanted.serial_number
        taken = self._store.certificates.find_serial_locked(*chosen) or (
            self._store.authorities.has_remote() and self._store.operations.has_serial(*chosen)
        )
        return Rejected(Reason.SERIAL_NUMBER_TAKEN) if taken else None

    def _judge_keeping(self, wanted: IssuanceRequest, conforming: Conforming) -> Rejected | None:
        allowed = self._store.facilities.escrow is not None and conforming.profile.key_recovery
        return None if allowed or wanted.kept_key is None else Rejected(Reason.KEY_RECOVERY_DISABLED)

    def _judge_key(self, wanted: IssuanceRequest, conforming: Conforming) -> SubjectKey | Rejected:
        self._store.facilities.refresh_moduli(self._store.certificates, self._store.milliseconds)
        key = self._store.factory.judge_key(wanted.request.public_key, conforming.profile)
        if isinstance(key, Rejected):
            return key
        claim = Claim(
            key.identity, wanted.described.username, conforming.profile.distinct_keys, wanted.request.possession
        )
        return _judge_possession(claim.possession, key, conforming) or self._judge_claim(claim, wanted) or key

    def _judge_claim(self, claim: Claim, wanted: IssuanceRequest) -> Rejected | None:
        if not self._store.reserved_keys.must_ask(claim) and not self._store.key_fates.is_changed(claim.key):
            self._store.reserved_keys.defer(claim)
            return None
        before = self._store.certificates.has_shown(claim.key, claim.username)
        candidate = Candidate(claim.username, claim.possession, before, wanted.doubt_approved)
        if refused := judge_certification(self._store.key_fates.of(claim.key), candidate):
            return refused
        return None if self._store.reserved_keys.grant(claim) else REFUSED_KEY


def _judge_possession(possession: Possession, key: SubjectKey, conforming: Conforming) -> Rejected | None:
    """A key that can sign shows possession by a signature, before it is certified."""
    if possession is Possession.NONE and not conforming.profile.unproven_keys:
        return Rejected(Reason.PROFILE_VIOLATION, "Nobody has shown possession of the key.")
    usages = usages_for(key.kind, conforming.profile.key_usage)
    if possession is Possession.AWAITED and not usages.isdisjoint(SIGNING):
        text = "The certificate would allow signatures: a signature by the key is needed."
        return Rejected(Reason.BAD_PROOF_OF_POSSESSION, text)
    return None
