"""CRLs: issued, and issued where that is due.

A CRL is due where there is none yet, where the last one ends soon, or where it no longer says what the CA says: a
certificate was revoked or put on hold since, or taken from hold.
"""

from datetime import datetime, timedelta

from cryptography import x509

from lockgate.audit import Event
from lockgate_ca_backend.administration.work import AdministrativeWork, accepted
from lockgate_ca_backend.revocation import listed_reasons, sign_crl
from lockgate_ca_backend.unit_of_work import UnitOfWork

CRL_LIFETIME = timedelta(days=7)
CRL_OVERLAP = timedelta(days=2)
"""How long before the last CRL's end the next one is due, unless told otherwise."""


class CrlAdministration(AdministrativeWork):
    """CRLs."""

    def issue_crl(self, ca_name: str, lifetime: timedelta = CRL_LIFETIME) -> bytes:
        """A new CRL, DER, stored and returned.

        Args:
            lifetime: from now to the CRL's Next Update.

        Raises:
            CallerError: there is no such CA.
            Refused: it cannot sign now.
        """
        with self._work() as work:
            self._known(work, ca_name)
            return self._issue_crl(work, ca_name, lifetime)

    def issue_crl_if_due(
        self, ca_name: str, lifetime: timedelta = CRL_LIFETIME, overlap: timedelta = CRL_OVERLAP
    ) -> bytes | None:
        """The same, if it is due; None if the last CRL still says everything.

        Args:
            overlap: how long before the last CRL's Next Update a new one is due.

        Raises:
            CallerError: there is no such CA.
            Refused: it cannot sign now.
        """
        with self._work() as work:
            self._known(work, ca_name)
            last = work.crls.latest(ca_name)
            if last is not None and not _outdated(work, ca_name, last, work.now() + overlap):
                return None
            return self._issue_crl(work, ca_name, lifetime)

    def latest_crl(self, ca_name: str) -> bytes | None:
        """The CA's last CRL, DER."""
        with self._work() as work:
            return work.crls.latest(ca_name)

    def _issue_crl(self, work: UnitOfWork, ca_name: str, lifetime: timedelta) -> bytes:
        issuer = accepted(work.factory.active_issuer(ca_name))
        now = work.now().replace(microsecond=0)
        number = work.authorities.next_crl_number(ca_name)
        # RFC 5280, 3.3: an entry stays until it was on a CRL issued after the certificate's end.
        revoked = work.certificates.revoked(ca_name, work.crls.last_update(ca_name))
        crl = sign_crl(issuer.signer, issuer.certificate, number, now, now + lifetime, revoked)
        work.crls.add(ca_name, number, now, now + lifetime, crl)
        self._audit(work, Event.CRL_ISSUED, ca_name, number=str(number), entries=str(len(revoked)))
        return crl


def _outdated(work: UnitOfWork, ca_name: str, last: bytes, until: datetime) -> bool:
    """Whether the CRL `last` ends by `until` or lists other certificates or reasons than the CA now would."""
    crl = x509.load_der_x509_crl(last)
    if crl.next_update_utc is None or crl.next_update_utc <= until:
        return True
    listed = listed_reasons(crl)
    revoked = {its.serial_number: its.reason for its in work.certificates.revoked(ca_name, None)}
    needed = work.certificates.revoked(ca_name, crl.last_update_utc)
    return any(listed.get(its.serial_number) != its.reason for its in needed) or not listed.keys() <= revoked.keys()
