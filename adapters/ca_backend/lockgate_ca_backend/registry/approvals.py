"""The port `Approvals`."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

from lockgate.ports import Approvals
from lockgate.profiles.certificate_profile import CertificateProfile
from lockgate.profiles.end_entity_profile import EndEntityProfile
from lockgate.reasons import Reason, Rejected
from lockgate.rights.approval import ApprovalKind, ApprovalRequest, Proposal, Requirement
from lockgate_ca_backend.registry.store import Store


class SqlApprovals(Approvals):
    """Approvals in one transaction."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def requirement(self, proposal: Proposal) -> Requirement | Rejected:
        """The highest number that any CA or profile asks for."""
        if not proposal.kinds:
            return Requirement(0)
        if missing := next(self._missing(proposal), None):
            return missing
        quorum = max(self._quorums(proposal), default=0)
        return Requirement(quorum, dict(self._revisions(proposal)) if quorum else {})

    def get(self, approval_id: str) -> ApprovalRequest | None:
        """By id."""
        return self._store.approvals.get(approval_id)

    def latest(self, requester: str, digest: str) -> ApprovalRequest | None:
        """By requester and action."""
        return self._store.approvals.latest(requester, digest)

    def count_open(self, requester: str) -> int:
        """Those of this transaction included."""
        return self._store.approvals.count_open(requester)

    def open(self, approval: ApprovalRequest) -> None:
        """Store a new one."""
        self._store.approvals.add(approval)

    def settle(self, approval: ApprovalRequest) -> None:
        """Once."""
        self._store.approvals.settle(approval)

    def conclude(self, operation: str, outcome: bytes | None, *, succeeded: bool) -> None:
        """By the operation key that it was settled under."""
        self._store.approvals.conclude(operation, outcome, succeeded=succeeded)

    def decisions(self, approval_id: str) -> Sequence[bytes]:
        """Unverified."""
        return self._store.approvals.decisions(approval_id)

    def purge(self, age: timedelta, limit: int) -> int:
        """At once."""
        return self._store.purging.approvals(age, limit)

    def _quorums(self, proposal: Proposal) -> Iterator[int]:
        rules = self._store.approvals.rules()
        for kind in proposal.kinds:
            yield from (rules.get((name, str(kind)), 0) for name in proposal.ca_names)
            for profile in self._profiles(proposal):
                yield profile.approvals.get(ApprovalKind(kind), 0)

    def _profiles(self, proposal: Proposal) -> Iterator[CertificateProfile | EndEntityProfile]:
        yield from filter(None, map(self._store.profiles.certificate_profile, proposal.certificate_profiles))
        yield from filter(None, map(self._store.profiles.end_entity_profile, proposal.end_entity_profiles))

    def _missing(self, proposal: Proposal) -> Iterator[Rejected]:
        """The rejection for a CA or profile that does not exist: its requirement is not known."""
        for name in sorted(proposal.ca_names - self._store.authorities.outlines().keys()):
            yield Rejected(Reason.UNKNOWN_CA, f"{name!a}")
        for name in sorted(proposal.end_entity_profiles):
            if self._store.profiles.end_entity_profile(name) is None:
                yield Rejected(Reason.UNKNOWN_PROFILE, f"{name!a}")
        for name in sorted(proposal.certificate_profiles):
            if self._store.profiles.certificate_profile(name) is None:
                yield Rejected(Reason.UNKNOWN_PROFILE, f"{name!a}")

    def _revisions(self, proposal: Proposal) -> Iterator[tuple[str, str]]:
        for name in proposal.certificate_profiles:
            yield f"certificate profile {name}", self._store.profiles.digest(CertificateProfile, name) or ""
        for name in proposal.end_entity_profiles:
            yield f"end entity profile {name}", self._store.profiles.digest(EndEntityProfile, name) or ""
