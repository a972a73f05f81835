"""What a unit of work knows of approvals: the port `ApprovalBook`, over the store's small classes."""

from collections.abc import Iterator, Sequence

from lockgate.line.journal import PendingRequest
from lockgate.ports import ApprovalBook
from lockgate.reasons import Reason, Rejected
from lockgate.rights.approval import ApprovalKind, ApprovalRequest, Proposal, Requirement
from lockgate_ca_backend.profiles import CertificateProfile, EndEntityProfile
from lockgate_ca_backend.secret_marks import SecretMarks
from lockgate_ca_backend.store.approvals import Approvals
from lockgate_ca_backend.store.authorities import Authorities
from lockgate_ca_backend.store.certificates import Certificates
from lockgate_ca_backend.store.journal import Journal
from lockgate_ca_backend.store.profiles import Profiles


class StoredApprovals(ApprovalBook):
    """The part of a unit of work that approvals rest on."""

    approvals: Approvals
    authorities: Authorities
    certificates: Certificates
    journal: Journal
    profiles: Profiles
    secret_marks: SecretMarks

    def approval_requirement(self, proposal: Proposal) -> Requirement | Rejected:
        """The highest number that any CA or profile asks for."""
        if not proposal.kinds:
            return Requirement(0)
        if missing := next(self._missing(proposal), None):
            return missing
        quorum = max(self._quorums(proposal), default=0)
        return Requirement(quorum, dict(self._revisions(proposal)) if quorum else {})

    def approval(self, approval_id: str) -> ApprovalRequest | None:
        """By id."""
        return self.approvals.get(approval_id)

    def latest_approval(self, requester: str, digest: str) -> ApprovalRequest | None:
        """By requester and action."""
        return self.approvals.latest(requester, digest)

    def open_approvals(self, requester: str) -> int:
        """Those of this transaction included."""
        return self.approvals.count_open(requester)

    def open_approval(self, approval: ApprovalRequest) -> None:
        """Store a new one."""
        self.approvals.add(approval)

    def settle_approval(self, approval: ApprovalRequest) -> None:
        """Once."""
        self.approvals.settle(approval)

    def decisions(self, approval_id: str) -> Sequence[bytes]:
        """Unverified."""
        return self.approvals.decisions(approval_id)

    def holder(self, fingerprint: str) -> str | None:
        """Whom the certificate was issued to."""
        return self.certificates.holder(fingerprint)

    def secret_mark(self, signer: str, username: str, field: str, value: bytes) -> str:
        """Under the installation's secret."""
        return self.secret_marks.mark(signer, username, field, value)

    def defer(self, pending: PendingRequest) -> None:
        """At once."""
        self.journal.defer(pending)

    def decided_messages(self, data_source: str, limit: int, after: str = "") -> Sequence[str]:
        """By the number of decisions."""
        return self.journal.decided(data_source, limit, after)

    def _quorums(self, proposal: Proposal) -> Iterator[int]:
        rules = self.approvals.rules()
        for kind in proposal.kinds:
            yield from (rules.get((name, str(kind)), 0) for name in proposal.ca_names)
            for profile in self._profiles(proposal):
                yield profile.approvals.get(ApprovalKind(kind), 0)

    def _profiles(self, proposal: Proposal) -> Iterator[CertificateProfile | EndEntityProfile]:
        yield from filter(None, map(self.profiles.certificate_profile, proposal.certificate_profiles))
        yield from filter(None, map(self.profiles.end_entity_profile, proposal.end_entity_profiles))

    def _missing(self, proposal: Proposal) -> Iterator[Rejected]:
        """What does not exist: nobody knows how many administrators it asks for."""
        for name in sorted(proposal.ca_names - self.authorities.outlines().keys()):
            yield Rejected(Reason.UNKNOWN_CA, f"{name!a}")
        for name in sorted(proposal.end_entity_profiles):
            if self.profiles.end_entity_profile(name) is None:
                yield Rejected(Reason.UNKNOWN_PROFILE, f"{name!a}")
        for name in sorted(proposal.certificate_profiles):
            if self.profiles.certificate_profile(name) is None:
                yield Rejected(Reason.UNKNOWN_PROFILE, f"{name!a}")

    def _revisions(self, proposal: Proposal) -> Iterator[tuple[str, str]]:
        for name in proposal.certificate_profiles:
            yield f"certificate profile {name}", self.profiles.digest(CertificateProfile, name) or ""
        for name in proposal.end_entity_profiles:
            yield f"end entity profile {name}", self.profiles.digest(EndEntityProfile, name) or ""
