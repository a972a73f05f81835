"""A CA elsewhere: the journal and the end entities are rolled back with a transaction, its certificates are not."""

import copy
import hashlib
import hmac
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, load_der_public_key
from cryptography.x509.oid import NameOID

from lockgate.audit import AuditEvent, Event
from lockgate.certification.endentity import (
    CertificateFacts,
    EndEntity,
    EndEntityStatus,
    IssuedCertificate,
    KeystoreRules,
    Possession,
)
from lockgate.certification.key_fate import (
    CONDEMNED_KEY,
    GOOD_KEY,
    Candidate,
    Fate,
    KeyFate,
    fate_after_report,
    judge_certification,
)
from lockgate.certification.revocation import RevocationReason, next_standing
from lockgate.errors import Conflict, Defect, FenceLost, InvalidName
from lockgate.line.journal import JournalEntry, JournalKey, Known, PendingRequest
from lockgate.names.dn import DistinguishedName, parse_dn
from lockgate.names.keyspec import KeySpecification
from lockgate.names.usernames import check_new_username, username_keys
from lockgate.ports import (
    CaTransaction,
    Fence,
    ForeignCertificationAuthority,
    IssuanceOrder,
    KeptKey,
    KeyPair,
    RenewalTerms,
)
from lockgate.reasons import Reason, Rejected
from lockgate.rights.approval import ApprovalRequest, Proposal, Requirement
from lockgate.rights.authorization import Member, Role
from lockgate.rights.signer import CertificateStanding, TrustedCertificate
from tests.doubles.coordinator import MemoryCoordinator

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
SERIALS = "SERIALS"
ESCROW = "ESCROW"
UNPROVEN = "UNPROVEN"
PROFILES = {"EMPTY", "ENDUSER", SERIALS, ESCROW, UNPROVEN}
ATTEMPTS = 5
RENEWAL_WINDOW = timedelta(days=30)


@dataclass
class _State:
    """What a transaction may roll back."""

    journal: dict[JournalKey, JournalEntry] = field(default_factory=dict)
    end_entities: dict[str, EndEntity] = field(default_factory=dict)
    passwords: dict[str, tuple[str, int]] = field(default_factory=dict)
    roles: list[Role] = field(default_factory=list)
    audit: list[AuditEvent] = field(default_factory=list)
    pending: dict[JournalKey, PendingRequest] = field(default_factory=dict)
    approvals: dict[str, ApprovalRequest] = field(default_factory=dict)
    decisions: dict[str, list[bytes]] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    requirement: Requirement = field(default_factory=lambda: Requirement(0, {}))


class ForeignCa(ForeignCertificationAuthority):
    """One CA, `ManagementCA`, with the profiles EMPTY and ENDUSER."""

    def __init__(self, coordinator: MemoryCoordinator) -> None:
        self._coordinator = coordinator
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "ManagementCA")])
        self._root = self._certificate(self._name, self._key.public_key())
        self.state = _State()
        self.issued: dict[str, IssuedCertificate] = {}
        self.facts: dict[str, CertificateFacts] = {}
        self.kept: dict[str, KeyPair] = {}
        self.fates: dict[str, KeyFate] = {}
        self.crl: bytes | None = None

    @contextmanager
    def transaction(
        self, fence: Fence, *, keys: Iterable[JournalKey] = (), usernames: Iterable[str] = ()
    ) -> Iterator["ForeignTransaction"]:
        self._check(fence)
        work = ForeignTransaction(self, copy.deepcopy(self.state))
        yield work
        self._check(fence)
        if work.conflict:
            raise Conflict("a unique key is taken")
        self.state = work.state

    def lookup(self, operation: str) -> IssuedCertificate | None:
        return self.issued.get(operation)

    def certify(self, order: IssuanceOrder) -> IssuedCertificate:
        """Issue, or give what this operation led to before."""
        if order.operation not in self.issued:
            names = [x509.NameAttribute(NameOID.COMMON_NAME, order.end_entity.username)]
            key = load_der_public_key(order.request.public_key)
            certificate = self._certificate(x509.Name(names), key, order.serial_number)
            der = certificate.public_bytes(Encoding.DER)
            chain = (self._root.public_bytes(Encoding.DER),)
            fingerprint = hashlib.sha256(der).hexdigest()
            self.issued[order.operation] = IssuedCertificate(der, chain, fingerprint, certificate.serial_number)
            self.facts[fingerprint] = CertificateFacts(
                fingerprint=fingerprint,
                ca_name="ManagementCA",
                serial_number=certificate.serial_number,
                username=order.end_entity.username,
                end_entity_profile=order.end_entity.end_entity_profile,
                certificate_profile=order.described.certificate_profile,
                key=hashlib.sha256(order.request.public_key).hexdigest(),
                possession=order.request.possession,
                not_before=certificate.not_valid_before_utc,
                not_after=certificate.not_valid_after_utc,
                standing=CertificateStanding.GOOD,
            )
            if order.kept_key is not None:
                self.kept[fingerprint] = order.kept_key
        return self.issued[order.operation]

    def _certificate(self, subject: x509.Name, key: object, serial_number: int | None = None) -> x509.Certificate:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key)  # type: ignore[arg-type]
            .serial_number(serial_number or x509.random_serial_number())
            .not_valid_before(NOW)
            .not_valid_after(NOW + timedelta(days=30))
            .add_extension(x509.KeyUsage(True, *(False,) * 8), critical=True)
            .sign(self._key, hashes.SHA256())
        )

    def _check(self, fence: Fence) -> None:
        if not self._coordinator.is_newest(fence):
            raise FenceLost(fence.worker)


class ForeignTransaction(CaTransaction):
    """A transaction on a copy of the state; certificates are issued elsewhere at once."""

    def __init__(self, ca: ForeignCa, state: _State) -> None:
        self._ca = ca
        self.state = state
        self.conflict = False

    def now(self) -> datetime:
        return NOW

    def recall(self, keys: Iterable[JournalKey]) -> Mapping[JournalKey, Known]:
        known: dict[JournalKey, Known] = {**self.state.pending, **self.state.journal}
        return {key: known[key] for key in keys if key in known}

    def record(self, entry: JournalEntry) -> None:
        self.conflict |= entry.key in self.state.journal
        self.state.journal[entry.key] = entry
        self.state.pending.pop(entry.key, None)

    def approval_requirement(self, proposal: Proposal) -> Requirement | Rejected:
        if proposal.kinds and proposal.ca_names - {"ManagementCA"}:
            return Rejected(Reason.UNKNOWN_CA)
        if proposal.kinds and (proposal.certificate_profiles | proposal.end_entity_profiles) - PROFILES:
            return Rejected(Reason.UNKNOWN_PROFILE)
        return self.state.requirement if proposal.kinds else Requirement(0)

    def approval(self, approval_id: str) -> ApprovalRequest | None:
        return self.state.approvals.get(approval_id)

    def latest_approval(self, requester: str, digest: str) -> ApprovalRequest | None:
        found = [its for its in self.state.approvals.values() if (its.requester, its.digest) == (requester, digest)]
        return found[-1] if found else None

    def open_approvals(self, requester: str) -> int:
        own = [its for its in self.state.approvals.values() if its.requester == requester]
        return len([its for its in own if its.settled is None and its.rejected is None and its.expires > NOW])

    def open_approval(self, approval: ApprovalRequest) -> None:
        if approval.id in self.state.approvals:
            raise Conflict("the approval is open")
        self.state.approvals[approval.id] = approval

    def settle_approval(self, approval: ApprovalRequest) -> None:
        stored = self.state.approvals[approval.id]
        if stored.settled is not None or stored.rejected is not None:
            raise Conflict("the approval was used or rejected")
        used = {name: getattr(approval, name) for name in ("settled", "succeeded", "outcome", "operation")}
        self.state.approvals[approval.id] = replace(stored, **used)

    def decisions(self, approval_id: str) -> Sequence[bytes]:
        return self.state.decisions.get(approval_id, [])

    def holder(self, fingerprint: str) -> str | None:
        facts = self._ca.facts.get(fingerprint)
        return facts.username if facts else None

    def secret_mark(self, signer: str, username: str, field: str, value: bytes) -> str:
        content = json.dumps([signer, username, field, value.hex()]).encode()
        return hmac.new(b"a key of the foreign CA's", content, "sha256").hexdigest()

    def defer(self, pending: PendingRequest) -> None:
        self.conflict |= pending.key in self.state.journal
        self.state.pending[pending.key] = pending

    def decided_messages(self, data_source: str, limit: int, after: str = "") -> Sequence[str]:
        waiting = [its for its in self.state.pending.values() if its.data_source == data_source]
        decided = {its.message_id for its in waiting if len(self.decisions(its.approval)) > its.decisions}
        return sorted(its for its in decided if its > after)[:limit]

    def standing(self, certificate: TrustedCertificate) -> CertificateStanding:
        facts = self._ca.facts.get(certificate.fingerprint)
        if facts is None:
            return CertificateStanding.UNKNOWN
        condemned = self.key_fate(facts.key).fate is Fate.CONDEMNED
        good = facts.standing is CertificateStanding.GOOD
        return CertificateStanding.BLOCKED if good and condemned else facts.standing

    def roles_of(self, certificate: TrustedCertificate) -> tuple[Role, ...]:
        return tuple(role for role in self.state.roles if Member(certificate.fingerprint) in role.members)

    def carry_over(self, member: str, joining: str) -> Sequence[str]:
        roles = self.state.roles
        joined = [role.name for role in roles if Member(member) in role.members]
        roles[:] = [
            replace(role, members=role.members | {Member(joining)}) if role.name in joined else role for role in roles
        ]
        return joined

    def end_entity(self, username: str) -> EndEntity | None:
        return self.state.end_entities.get(username)

    def save_end_entity(self, end_entity: EndEntity) -> Rejected | None:
        if rejected := self._judge(end_entity) or self.judge_username(end_entity.username):
            return rejected
        self.state.end_entities[end_entity.username] = end_entity
        return None

    def set_password(self, username: str, password: str) -> None:
        self.state.passwords[username] = (password, ATTEMPTS)

    def clear_password(self, username: str) -> None:
        self.state.passwords.pop(username, None)

    def check_password(self, username: str, password: str | None) -> Rejected | None:
        expected, left = self.state.passwords.get(username, (None, 0))
        if expected is not None and left and password == expected:
            self.state.passwords[username] = (expected, ATTEMPTS)
            return None
        if expected is not None:
            self.state.passwords[username] = (expected, max(left - 1, 0))
        return Rejected(Reason.WRONG_CREDENTIALS)

    def issue_all(self, orders: Sequence[IssuanceOrder]) -> Sequence[IssuedCertificate] | Rejected:
        for order in orders:
            rejected = (
                self._judge(order.described)
                or self.judge_username(order.end_entity.username)
                or self._judge_serial_number(order)
                or _judge_keeping(order)
                or self._judge_key(order)
            )
            if rejected:
                return rejected
        for order in orders:
            self.save_end_entity(replace(order.end_entity, status=EndEntityStatus.GENERATED))
        return [self._ca.certify(order) for order in orders]

    def _judge_key(self, order: IssuanceOrder) -> Rejected | None:
        username, possession = order.described.username, order.request.possession
        if possession is Possession.NONE and order.described.certificate_profile != UNPROVEN:
            return Rejected(Reason.PROFILE_VIOLATION)
        key = self.key_identity(order.request.public_key)
        own = [its for its in self.certificates_on(key) if its.username == username]
        shown = any(its.possession is not Possession.NONE for its in own)
        return judge_certification(self.key_fate(key), Candidate(username, possession, shown, order.doubt_approved))

    def _judge_serial_number(self, order: IssuanceOrder) -> Rejected | None:
        if order.serial_number is None or order.operation in self._ca.issued:
            return None
        if order.described.certificate_profile != SERIALS:
            return Rejected(Reason.PROFILE_VIOLATION)
        taken = any(its.serial_number == order.serial_number for its in self._ca.facts.values())
        return Rejected(Reason.SERIAL_NUMBER_TAKEN) if taken else None

    def _judge(self, end_entity: EndEntity) -> Rejected | None:
        if end_entity.ca_name != "ManagementCA":
            return Rejected(Reason.UNKNOWN_CA)
        if not {end_entity.certificate_profile, end_entity.end_entity_profile} <= PROFILES:
            return Rejected(Reason.UNKNOWN_PROFILE)
        return None

    def judge_username(self, username: str) -> Rejected | None:
        if username in self.state.end_entities:
            return None
        try:
            check_new_username(username)
        except InvalidName as error:
            return Rejected(Reason.BAD_NAME, str(error))
        taken = {key for other in self.state.end_entities for key in username_keys(other)}
        return None if taken.isdisjoint(username_keys(username)) else Rejected(Reason.USERNAME_TAKEN)

    def keystore_rules(self, certificate_profile: str) -> KeystoreRules | Rejected:
        if certificate_profile not in PROFILES:
            return Rejected(Reason.UNKNOWN_PROFILE)
        return KeystoreRules(KeySpecification.RSA_3072, keeps_keys=certificate_profile == ESCROW)

    def kept_key(self, certificate: CertificateFacts) -> KeptKey | Rejected:
        if certificate.fingerprint not in self._ca.kept:
            return Rejected(Reason.KEY_NOT_STORED)
        issued = next(its for its in self._ca.issued.values() if its.fingerprint == certificate.fingerprint)
        return KeptKey(self._ca.kept[certificate.fingerprint], issued)

    def latest_kept(self, username: str) -> CertificateFacts | None:
        kept = [its for its in self.certificates_of(username) if its.fingerprint in self._ca.kept]
        return kept[-1] if kept else None

    def certificate(self, issuer: DistinguishedName, serial_number: int) -> CertificateFacts | None:
        found = [its for its in self._ca.facts.values() if its.serial_number == serial_number]
        return found[0] if found and issuer.comparable == parse_dn("CN=ManagementCA").comparable else None

    def certificates_of(self, username: str) -> Sequence[CertificateFacts]:
        return [its for its in self._ca.facts.values() if its.username == username]

    def revoke(
        self,
        certificate: CertificateFacts,
        reason: RevocationReason,
        requester: str,
        signer: str | None = None,
        *,
        owns_key: bool = True,
    ) -> None:
        standing = next_standing(certificate.standing, reason, certificate.reason)
        if self._ca.facts[certificate.fingerprint] != certificate or isinstance(standing, Rejected):
            raise Conflict("the certificate's standing has changed")
        recorded = None if standing is CertificateStanding.GOOD else reason
        self._ca.facts[certificate.fingerprint] = replace(certificate, standing=standing, reason=recorded)
        if reason is RevocationReason.KEY_COMPROMISE:
            self._report(certificate, signer, owns_key=owns_key)
        self.audit(AuditEvent(Event.CERTIFICATE_REVOKED, requester, certificate.fingerprint, {}))

    def _report(self, certificate: CertificateFacts, signer: str | None, *, owns_key: bool) -> None:
        reporter = self._ca.facts.get(signer or "")
        signer_key = reporter.key if reporter else None
        if fate_after_report(certificate, signer_key, owns_key=owns_key) is Fate.CONDEMNED:
            self._ca.fates[certificate.key] = CONDEMNED_KEY
        elif self.key_fate(certificate.key).fate is not Fate.CONDEMNED:
            reporters = self.key_fate(certificate.key).reporters | {certificate.username}
            self._ca.fates[certificate.key] = KeyFate(Fate.IN_DOUBT, reporters)

    def key_identity(self, public_key: bytes) -> str:
        return hashlib.sha256(public_key).hexdigest()

    def key_fate(self, key: str) -> KeyFate:
        return self._ca.fates.get(key, GOOD_KEY)

    def certificates_on(self, key: str) -> Sequence[CertificateFacts]:
        return [its for its in self._ca.facts.values() if its.key == key]

    def is_kept(self, key: str) -> bool:
        return any(its.key == key and its.fingerprint in self._ca.kept for its in self._ca.facts.values())

    def may_sign(self, certificate: CertificateFacts) -> bool:
        parsed = x509.load_der_x509_certificate(self.issued_certificate(certificate))
        return any(isinstance(its.value, x509.KeyUsage) and its.value.digital_signature for its in parsed.extensions)

    def issued_certificate(self, certificate: CertificateFacts) -> bytes:
        return next(its.certificate for its in self._ca.issued.values() if its.fingerprint == certificate.fingerprint)

    def latest_crl(self, certificate: CertificateFacts) -> bytes | Rejected:
        return self._ca.crl or Rejected(Reason.NO_CRL)

    def announcement(self, ca_name: str) -> bytes | Rejected:
        return Rejected(Reason.NO_NEXT_CA_CERTIFICATE if ca_name == "ManagementCA" else Reason.UNKNOWN_CA)

    def is_certified(self, public_key: bytes, username: str) -> bool:
        on_key = self.certificates_on(self.key_identity(public_key))
        return any(its.username == username or its.possession is not Possession.NONE for its in on_key)

    def renewal_terms(self, certificate_profile: str) -> RenewalTerms | Rejected:
        if certificate_profile not in PROFILES:
            return Rejected(Reason.UNKNOWN_PROFILE)
        return RenewalTerms(RENEWAL_WINDOW, same_key=True) if certificate_profile == SERIALS else RenewalTerms(None)

    def audit(self, event: AuditEvent) -> None:
        self.state.audit.append(event)

    def count_request(self, signer: str) -> int:
        self.state.counts[signer] = self.state.counts.get(signer, 0) + 1
        return self.state.counts[signer]

    def purge_verdicts(self, age: timedelta, limit: int) -> int:
        before = _before(age)
        old = [key for key, its in self.state.journal.items() if its.keep_until <= before][:limit]
        for key in old:
            del self.state.journal[key]
        return len(old)

    def purge_approvals(self, age: timedelta, limit: int) -> int:
        state, before = self.state, _before(age)
        kept = {its.id for its in state.approvals.values() if its.expires > before}
        waiting = [key for key, its in state.pending.items() if its.approval not in kept][:limit]
        for key in waiting:
            del state.pending[key]
        awaited = kept | {its.approval for its in state.pending.values()}
        useless = [its.id for its in state.approvals.values() if its.id not in awaited and not its.succeeded][:limit]
        for approval in useless:
            del state.approvals[approval]
            state.decisions.pop(approval, None)
        return len(waiting) + len(useless)


def _judge_keeping(order: IssuanceOrder) -> Rejected | None:
    allowed = order.kept_key is None or order.described.certificate_profile == ESCROW
    return None if allowed else Rejected(Reason.KEY_RECOVERY_DISABLED)


def _before(age: timedelta) -> datetime:
    if age < timedelta():
        raise Defect("the age of what is purged is not negative")
    return NOW - age
