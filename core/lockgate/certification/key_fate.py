"""What becomes of a public key that is reported as compromised, and who may have it certified then.

A key is good, in doubt or condemned (docs/threat-model.md, rule 30). A report counts for as much as the reporter has
shown: a revocation with the reason keyCompromise condemns the key where possession of the private key was shown, or
where the key itself has signed the report. Otherwise it puts the key in doubt: anybody can have a certificate for a
stranger's public key where the profile asks for no proof, and must not be able to take the key from its owner.
"""

from dataclasses import dataclass
from enum import StrEnum

from lockgate.certification.endentity import CertificateFacts, Possession
from lockgate.reasons import Reason, Rejected


class Fate(StrEnum):
    """What the CA makes of a key."""

    GOOD = "good"
    IN_DOUBT = "in doubt"
    CONDEMNED = "condemned"


@dataclass(frozen=True, slots=True)
class KeyFate:
    """What the CA knows of a key.

    Attributes:
        reporters: the usernames of those who have put the key in doubt.
    """

    fate: Fate
    reporters: frozenset[str] = frozenset()


GOOD_KEY = KeyFate(Fate.GOOD)
CONDEMNED_KEY = KeyFate(Fate.CONDEMNED)
REFUSED_KEY = Rejected(Reason.WEAK_KEY, "The key is compromised or belongs to another end entity.")
"""One text for both: nobody learns whose a key is."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An end entity that a key shall be certified for.

    Attributes:
        possession: how it was shown now.
        certified_before: whether the end entity has, or had, a certificate for the key and had shown possession.
        doubt_approved: whether an administrator has approved that the key is certified although it is in doubt.
    """

    username: str
    possession: Possession
    certified_before: bool = False
    doubt_approved: bool = False


def fate_after_report(certificate: CertificateFacts, signer_key: str | None, *, owns_key: bool) -> Fate:
    """What the key of `certificate` is, once that is revoked as compromised.

    A certification request shows that somebody holds its key, and neither who nor when: a copy of it is as good. So a
    proof counts only for a reporter to whom no other holder of the key is out of reach.

    Args:
        signer_key: the identity of the key that has signed the revocation request; None for none.
        owns_key: whether the reporter may revoke the certificates of all others who have shown possession of the key.
    """
    shown = certificate.possession is Possession.MADE or (certificate.possession is Possession.PROVEN and owns_key)
    return Fate.CONDEMNED if shown or signer_key == certificate.key else Fate.IN_DOUBT


def judge_certification(key: KeyFate, candidate: Candidate) -> Rejected | None:
    """Why `key` is not certified for `candidate`, or None where its fate allows it.

    Rejections: `weak_key` (condemned; or in doubt, and the candidate is a reporter or has not shown possession),
    `key_in_doubt` (it takes an administrator's approval).
    """
    if key.fate is Fate.GOOD:
        return None
    if key.fate is Fate.CONDEMNED or candidate.possession is Possession.NONE or candidate.username in key.reporters:
        return REFUSED_KEY
    if candidate.certified_before or candidate.doubt_approved:
        return None
    return Rejected(Reason.KEY_IN_DOUBT)
