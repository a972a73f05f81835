"""Whether the key of a certificate may ask for the next certificate: one set of rules for every renewal (threat model,
rule 29).

The signature itself is verified elsewhere. These rules judge whether the signature proves anything: it does not if
others have the key, or if the certificate does not allow the key to sign.
"""

from collections.abc import Callable

from lockgate.certification.endentity import CertificateFacts, EndEntity, NameClaim
from lockgate.certification.key_fate import Fate
from lockgate.effects.view import View
from lockgate.names.dn import DistinguishedName, folded
from lockgate.reasons import Reason, Rejected
from lockgate.rights.signer import CertificateStanding

Rule = Callable[[CertificateFacts, View], Rejected | None]


DISTINGUISHING = frozenset({"CN", "UID", "SERIALNUMBER", "UNSTRUCTUREDNAME", "UNSTRUCTUREDADDRESS"})
"""Attributes of a name that distinguish devices; the other attributes say where a device belongs."""


def judge_claim(claim: NameClaim | None, holder: EndEntity) -> Rejected | None:
    """Why a request signed with a certificate of `holder` is meant for somebody else, or None where it is not.

    CAs certify names that differ from those that devices write, so the requested name need not be the certified one.
    The request is for the holder if its name contains the username, or if no attribute in it identifies a device other
    than the one in the certificate or the stored name.

    The rejection is `another_holder`.
    """
    if claim is None or _tells_holder(claim, holder):
        return None
    return Rejected(Reason.ANOTHER_HOLDER)


def _tells_holder(claim: NameClaim, holder: EndEntity) -> bool:
    asked = _distinguishing(claim.asked)
    if any(value == folded(holder.username) for _, value in asked):
        return True
    known = _distinguishing(claim.certified) | _distinguishing(holder.subject_dn)
    kinds = {kind for kind, _ in known}
    comparable = {attribute for attribute in asked if attribute[0] in kinds}
    return bool(comparable) and comparable <= known


def _distinguishing(name: DistinguishedName) -> set[tuple[str, str]]:
    return {(one.name, folded(one.value)) for one in name.attributes if one.name in DISTINGUISHING}


def judge_vouching(certificate: CertificateFacts, view: View) -> Rejected | None:
    """Why the key of `certificate` cannot vouch for a new key of its end entity now, or None where it can.

    Rejections: `wrong_standing` (revoked, on hold, not valid now), `too_early`, `unknown_profile` (the profile it was
    issued under is gone), `key_cannot_vouch` (no digitalSignature, kept by the CA, or compromised).
    """
    return next((refused for rule in _RULES if (refused := rule(certificate, view))), None)


def _stands(certificate: CertificateFacts, _: View) -> Rejected | None:
    good = certificate.standing is CertificateStanding.GOOD
    return None if good else Rejected(Reason.WRONG_STANDING, f"It is {certificate.standing}.")


def _is_valid(certificate: CertificateFacts, view: View) -> Rejected | None:
    valid = certificate.not_before <= view.now() <= certificate.not_after
    return None if valid else Rejected(Reason.WRONG_STANDING, "It is not valid at this time.")


def _is_in_window(certificate: CertificateFacts, view: View) -> Rejected | None:
    terms = view.renewal_terms(certificate.certificate_profile)
    if isinstance(terms, Rejected) or terms.window is None:
        return terms if isinstance(terms, Rejected) else None
    opens = certificate.not_after - terms.window
    return None if view.now() >= opens else Rejected(Reason.TOO_EARLY, f"From {opens:%Y-%m-%d %H:%M} UTC on.")


def _may_sign(certificate: CertificateFacts, view: View) -> Rejected | None:
    """RFC 5280, 4.2.1.3."""
    if view.may_sign(certificate):
        return None
    return Rejected(Reason.KEY_CANNOT_VOUCH, "The certificate does not allow digital signatures.")


def _is_its_holders_alone(certificate: CertificateFacts, view: View) -> Rejected | None:
    """A kept key may have been recovered by somebody else."""
    if not view.is_kept(certificate.key):
        return None
    return Rejected(Reason.KEY_CANNOT_VOUCH, "The CA keeps a copy of the key.")


def _is_not_condemned(certificate: CertificateFacts, view: View) -> Rejected | None:
    if view.key_fate(certificate.key).fate is not Fate.CONDEMNED:
        return None
    return Rejected(Reason.KEY_CANNOT_VOUCH, "The key is compromised.")


_RULES: tuple[Rule, ...] = (_stands, _is_valid, _is_in_window, _may_sign, _is_its_holders_alone, _is_not_condemned)
