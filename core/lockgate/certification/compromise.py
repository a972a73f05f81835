"""Which other certificates for a compromised key are revoked with the one that was reported.

Those of them that the requester may revoke, with no approval, are revoked. All others stay as they are: a condemned key
signs, approves and vouches for nothing.
"""

from collections.abc import Iterable, Iterator

from lockgate.certification.endentity import CertificateFacts
from lockgate.certification.key_fate import Fate
from lockgate.certification.revocation import RevocationReason
from lockgate.effects.concern import Concern, concern_of
from lockgate.effects.statement import Restand
from lockgate.effects.view import View
from lockgate.ports import RegistryTransaction
from lockgate.reasons import Rejected
from lockgate.rights.authorization import Administrator, judge_rights
from lockgate.rights.signer import CertificateStanding


def others_to_revoke(
    revoked: Iterable[CertificateFacts], who: Administrator, work: RegistryTransaction
) -> Iterator[CertificateFacts]:
    """The other certificates on the condemned keys of `revoked` that `who` may revoke with no approval."""
    done = {certificate.fingerprint for certificate in revoked}
    for key in sorted({certificate.key for certificate in revoked}):
        if work.keys.fate(key).fate is Fate.CONDEMNED:
            for other in work.certificates.on_key(key):
                stands = other.standing is not CertificateStanding.REVOKED
                if stands and other.fingerprint not in done and _may_revoke(who, other, work):
                    yield other


def owns_key(certificate: CertificateFacts, who: Administrator, work: RegistryTransaction) -> bool:
    """Whether `who` has the right to revoke the certificates of all others who have shown possession of the key."""
    return all(
        judge_rights(who, _revoking(other, work).rights) is None
        for other in work.certificates.on_key(certificate.key)
        if other.possession.shown and other.username != certificate.username
    )


def _may_revoke(who: Administrator, certificate: CertificateFacts, work: RegistryTransaction) -> bool:
    concern = _revoking(certificate, work)
    if judge_rights(who, concern.rights):
        return False
    requirement = work.approvals.requirement(concern.proposal)
    return not isinstance(requirement, Rejected) and requirement.quorum == 0


def _revoking(certificate: CertificateFacts, work: RegistryTransaction) -> Concern:
    return concern_of(Restand(certificate, RevocationReason.KEY_COMPROMISE), View(work))
