"""May the key of a certificate ask for the next one? One set of rules for every renewal (threat model, rule 29).

The signature itself is verified elsewhere. Here is judged whether it says anything: a key that others have, or that
the certificate does not allow to sign, vouches for nobody.
"""

from collections.abc import Callable

from lockgate.endentity import CertificateFacts
from lockgate.key_fate import Fate
from lockgate.reasons import Reason, Rejected
from lockgate.signer import CertificateStanding
from lockgate.view import View

Rule = Callable[[CertificateFacts, View], Rejected | None]


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
    window = view.renewal_window(certificate.certificate_profile)
    if window is None or isinstance(window, Rejected):
        return window
    opens = certificate.not_after - window
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
