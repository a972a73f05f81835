"""The state of a public key that was reported as compromised, and who may have it certified afterwards.

A key is good, in doubt or condemned (docs/threat-model.md, rule 30). The effect of a report depends on the proof that
the reporter has given: a revocation with the reason keyCompromise condemns the key where possession of the private key
was shown, or where the key itself has signed the report. Otherwise it puts the key in doubt: anybody can have a
certificate for a stranger's public key where the profile asks for no proof, and must not be able to take the key from
its owner.
"""

from dataclasses import dataclass
from enum import StrEnum

from lockgate.certification.endentity import CertificateFacts, Possession
from lockgate.reasons import Reason, Rejected


class Fate(StrEnum):
    """The state of a key at the CA."""

    GOOD = "good"
    IN_DOUBT = "in doubt"
    CONDEMNED = "condemned"


@dataclass(frozen=True, slots=True)
class KeyFate:
    """The CA's knowledge about a key.

    Attributes:
        reporters: the usernames of those who have put the key in doubt.
    """

    fate: Fate
    reporters: frozenset[str] = frozenset()


GOOD_KEY = KeyFate(Fate.GOOD)
CONDEMNED_KEY = KeyFate(Fate.CONDEMNED)
REFUSED_KEY = Rejected(Reason.WEAK_KEY, "The key is compromised or belongs to another end entity.")
"""One text for both cases, so that nobody learns who owns a key."""


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
    """The state of the certificate's key after the certificate was revoked with the reason keyCompromise.

    A certification request proves that somebody holds its key. It does not prove who or when, because a copy proves the
    same. So the proof counts only if the reporter may also revoke the certificates of every other holder of the key.

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
    if key.fate is Fate.CONDEMNED or not candidate.possession.shown or candidate.username in key.reporters:
        return REFUSED_KEY
    if candidate.certified_before or candidate.doubt_approved:
        return None
    return Rejected(Reason.KEY_IN_DOUBT)
