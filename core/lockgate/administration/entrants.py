"""Who may enter the console: an administrator with a certificate, judged at every request as the signer of an approval
is."""

from lockgate.administration.console import Administrators
from lockgate.audit import AuditEvent, Event
from lockgate.ports import CertificateTrust, DirectWork
from lockgate.reasons import Rejected
from lockgate.rights.authorization import Action, Administrator, action_right, judge_rights
from lockgate.rights.signer import TrustedCertificate, judge_signer

CONSOLE_RIGHTS = frozenset({action_right(Action.CONSOLE)})
"""They let an administrator read everything that the console shows; an RA's role must not have them."""
CONSOLE = "console"
"""The writer of the console's entries in the audit log."""


class Entrants(Administrators):
    """Judges who may enter.

    Args:
        trust: which administrators' certificates the instance's CAs signed.
    """

    def __init__(self, trust: CertificateTrust, registry: DirectWork) -> None:
        self._trust, self._registry = trust, registry

    def judge(self, certificate: bytes) -> TrustedCertificate | Rejected:
        """The administrator with this DER certificate, or why nobody with it may enter now.

        Raises:
            StandingUntold: the CA outside that has issued it does not say how it stands now.
            Unavailable: the database cannot be reached.
        """
        signer = self._trust.path(certificate)
        if isinstance(signer, Rejected):
            return signer
        with self._registry.reading(CONSOLE) as work:
            denied = judge_rights(Administrator.of(signer, work.roles.of(signer)), CONSOLE_RIGHTS)
            if denied is not None:
                return denied.rejected
            return judge_signer(signer, work.certificates.standing(signer), work.now()) or signer

    def record(self, who: str, way: str) -> None:
        """Add to the audit log that `who` has entered.

        Args:
            way: `certificate` or `link`.

        Raises:
            Unavailable: the database cannot be reached.
        """
        with self._registry.direct(CONSOLE) as work:
            work.audit(AuditEvent(Event.CONSOLE_ENTERED, who, CONSOLE, {"by": way}))

    def record_left(self, who: str) -> None:
        """Add to the audit log that `who` has logged out.

        Raises:
            Unavailable: the database cannot be reached.
        """
        with self._registry.direct(CONSOLE) as work:
            work.audit(AuditEvent(Event.CONSOLE_LEFT, who, CONSOLE))
