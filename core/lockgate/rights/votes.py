"""Decisions on approvals, verified: the signer of each, and whether the signer may decide now.

Nothing that is stored counts by itself. Every signature is checked again each time an approval is judged, and so are
the signer's certificate and rights (docs/threat-model.md, rule 9).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from lockgate.errors import StandingUntold
from lockgate.ports import CertificateTrust, Contents, Envelopes, RegistryTransaction, Signed
from lockgate.reasons import Reason, Rejected
from lockgate.requests.content import ContentKind
from lockgate.rights.approval import (
    ApprovalRequest,
    ApprovalStatus,
    Decision,
    Standing,
    Verdict,
    Vote,
    approver_rights,
    judge_approval,
    shown_password_of,
)
from lockgate.rights.authorization import Administrator, judge_rights
from lockgate.rights.signer import TrustedCertificate, judge_signer


@dataclass(frozen=True, slots=True)
class JudgedApproval:
    """An approval as it stands now.

    Attributes:
        votes: the decisions that count.
        untold: why it cannot be told whether another decision counts; None where every decision was judged.
    """

    standing: Standing
    votes: Sequence[Vote]
    untold: StandingUntold | None


@dataclass(frozen=True, slots=True)
class _Untold:
    """A decision whose signer nobody can judge now."""

    decision: Decision
    why: StandingUntold


class Votes:
    """Reads decisions.

    Args:
        trust: which administrators' certificates the instance's CAs signed.
    """

    def __init__(self, envelopes: Envelopes, contents: Contents, trust: CertificateTrust) -> None:
        self._envelopes = envelopes
        self._contents = contents
        self._trust = trust

    def judge(self, approval: ApprovalRequest, work: RegistryTransaction) -> JudgedApproval:
        """Where `approval` stands now; a decision that is not good is passed over.

        While a CA outside does not say how the signer of a decision stands, that decision does not count; but a
        rejection among those keeps the approval from being used.
        """
        read = [self._read_stored(octets, approval, work) for octets in work.approvals.decisions(approval.id)]
        votes = [vote for vote in read if isinstance(vote, Vote)]
        untold = [one for one in read if isinstance(one, _Untold)]
        standing = judge_approval(approval, votes, requesters_of(approval, work), work.now())
        if standing.status is ApprovalStatus.APPROVED and any(one.decision.verdict is Verdict.REJECT for one in untold):
            standing = Standing(ApprovalStatus.PENDING, approval.opened)
        return JudgedApproval(standing, votes, untold[0].why if untold else None)

    def read(self, octets: bytes, approval: ApprovalRequest, work: RegistryTransaction) -> Vote | Rejected:
        """Verify one decision on `approval`.

        Args:
            octets: CMS SignedData.

        Rejections: `unreadable`, `malformed_request`, `misplaced` (it decides something else), and those of a signer
        who is not trusted or lacks a right.

        Raises:
            StandingUntold: the CA outside that has issued the signer's certificate does not say how it stands now.
        """
        signed = self._signed(octets, approval)
        return signed if isinstance(signed, Rejected) else self._judge(*signed, work)

    def _read_stored(
        self, octets: bytes, approval: ApprovalRequest, work: RegistryTransaction
    ) -> Vote | Rejected | _Untold:
        signed = self._signed(octets, approval)
        if isinstance(signed, Rejected):
            return signed
        try:
            return self._judge(*signed, work)
        except StandingUntold as untold:
            return _Untold(signed[1], untold)

    def signers(self, approval: ApprovalRequest, work: RegistryTransaction) -> Sequence[tuple[str, Decision]]:
        """Who has signed which decision on `approval`, whether or not it counts now."""
        read = (self._signed(octets, approval) for octets in work.approvals.decisions(approval.id))
        return [(signed[0].name, signed[1]) for signed in read if not isinstance(signed, Rejected)]

    def _signed(self, octets: bytes, approval: ApprovalRequest) -> tuple[TrustedCertificate, Decision] | Rejected:
        signed = self._verify(octets)
        if isinstance(signed, Rejected):
            return signed
        decision = self._contents.read_decision(signed.content)
        if isinstance(decision, Rejected):
            return decision
        if not decision.is_about(approval):
            return Rejected(Reason.MISPLACED, internal="a decision about something else")
        signer = self._trust.path(signed.certificate)
        return signer if isinstance(signer, Rejected) else (signer, decision)

    def _verify(self, octets: bytes) -> Signed | Rejected:
        opened = self._envelopes.open(octets)
        if isinstance(opened, Rejected):
            return opened
        if not opened.signed or opened.encrypted:
            return Rejected(Reason.UNREADABLE, internal="a decision is signed, and not encrypted")
        signed = self._envelopes.verify(opened)
        if isinstance(signed, Signed) and signed.kind is not ContentKind.APPROVAL:
            return Rejected(Reason.UNREADABLE, internal=f"signed as {signed.kind}")
        return signed

    def _judge(self, signer: TrustedCertificate, decision: Decision, work: RegistryTransaction) -> Vote | Rejected:
        who = Administrator.of(signer, work.roles.of(signer))
        if denied := judge_rights(who, approver_rights(decision.action)):
            return denied.rejected
        if refused := judge_signer(signer, work.certificates.standing(signer), work.now()):
            return refused
        return Vote(decision, voter_of(signer.fingerprint, work), signer.name)


def voter_of(fingerprint: str, work: RegistryTransaction) -> str:
    """The administrator behind a certificate: several certificates of one end entity are one administrator."""
    username = work.certificates.holder(fingerprint)
    return f"certificate {fingerprint}" if username is None else f"end entity {username}"


def requesters_of(approval: ApprovalRequest, work: RegistryTransaction) -> frozenset[str]:
    """Who has asked for what is to be approved, and so decides nothing about it."""
    own = shown_password_of(approval.action)
    return frozenset({voter_of(approval.requester, work), *((f"end entity {own}",) if own else ())})
