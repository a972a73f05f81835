"""Certificates: revoked, put on hold, and taken from hold."""

from lockgate.certification.revocation import RevocationReason, next_standing
from lockgate.errors import CallerError
from lockgate_ca_backend.administration.work import AdministrativeWork, accepted
from lockgate_ca_backend.registry.unit_of_work import UnitOfWork
from lockgate_ca_backend.store.certificates import StoredCertificate


class CertificateAdministration(AdministrativeWork):
    """Certificates."""

    def revoke(
        self,
        reason: RevocationReason,
        *,
        fingerprint: str | None = None,
        ca_name: str | None = None,
        serial_number: int | None = None,
    ) -> None:
        """Revoke a certificate, put it on hold, or (REMOVE_FROM_CRL) take it from hold.

        The certificate is named by its fingerprint, or by its CA and serial number. A certificate on hold may be
        revoked for good; a revoked one stays so. A compromised key is never certified again.

        Raises:
            CallerError: there is no such certificate.
            RefusedByCa: its standing does not allow this.
        """
        with self._work() as work:
            if fingerprint is not None:
                found = work.store.certificates.find_locked(fingerprint=fingerprint)
            elif ca_name is not None and serial_number is not None:
                found = work.store.certificates.find_serial_locked(ca_name, serial_number)
            else:
                raise CallerError("a fingerprint, or a CA with a serial number is needed")
            if found is None:
                raise CallerError("there is no such certificate")
            self._revoke(work, found, reason)

    def _revoke(self, work: UnitOfWork, found: StoredCertificate, reason: RevocationReason) -> None:
        accepted(next_standing(found.facts.standing, reason, found.facts.reason))
        work.certificates.revoke(found.facts, reason, self._administrator)
