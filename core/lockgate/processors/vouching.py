"""Renewals: whether a certificate's key may vouch for a new one now."""

from lockgate.endentity import CertificateFacts
from lockgate.reasons import Reason, Rejected
from lockgate.signer import CertificateStanding
from lockgate.view import View


def judge_vouching(certificate: CertificateFacts, profile: str, view: View) -> Rejected | None:
    """Why the key of `certificate` may not vouch for a new one at this time, or None where it may.

    Args:
        profile: the certificate profile that says when its certificates can be renewed.

    Rejections: `wrong_standing`, `too_early`, `unknown_profile`.
    """
    if certificate.standing is not CertificateStanding.GOOD:
        return Rejected(Reason.WRONG_STANDING, f"It is {certificate.standing}.")
    now, window = view.now(), view.renewal_window(profile)
    if isinstance(window, Rejected):
        return window
    if not certificate.not_before <= now <= certificate.not_after:
        return Rejected(Reason.WRONG_STANDING, "It is not valid at this time.")
    if window is not None and now < certificate.not_after - window:
        return Rejected(Reason.TOO_EARLY, f"From {certificate.not_after - window:%Y-%m-%d %H:%M} UTC on.")
    return None
