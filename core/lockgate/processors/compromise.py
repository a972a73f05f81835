"""A key that is compromised is compromised in all of its certificates: which ones are revoked along."""

from collections.abc import Iterable, Iterator

from lockgate.approval import ApprovalKind
from lockgate.authorization import Action, Administrator, action_right, ca_right, judge_rights, profile_right
from lockgate.endentity import CertificateFacts
from lockgate.key_fate import Fate
from lockgate.ports import CaTransaction
from lockgate.processors.proposals import certificates_proposal
from lockgate.signer import CertificateStanding


def others_to_revoke(
    revoked: Iterable[CertificateFacts], who: Administrator, work: CaTransaction
) -> Iterator[CertificateFacts]:
    """The other certificates on the condemned keys of `revoked` that `who` has the right to revoke, with no approval.

    All others stay as they are: a condemned key signs, approves and vouches for nothing.
    """
    done = {its.fingerprint for its in revoked}
    for key in sorted({its.key for its in revoked}):
        if work.key_fate(key).fate is Fate.CONDEMNED:
            for other in work.certificates_on(key):
                if other.fingerprint not in done and _stands(other) and _may_revoke(who, other, work):
                    yield other


def _stands(certificate: CertificateFacts) -> bool:
    return certificate.standing is not CertificateStanding.REVOKED


def _may_revoke(who: Administrator, certificate: CertificateFacts, work: CaTransaction) -> bool:
    owner = work.end_entity(certificate.username)
    concerned = [its for its in (certificate, owner) if its is not None]
    places = {right for its in concerned for right in (ca_right(its.ca_name), profile_right(its.end_entity_profile))}
    if judge_rights(who, {action_right(Action.REVOCATION), *places}):
        return False
    return work.approval_requirement(certificates_proposal(ApprovalKind.REVOCATION, [certificate], owner)).quorum == 0
