"""Certificates: revoked, put on hold, and taken from hold."""

from lockgate.audit import Event
from lockgate.errors import CallerError
from lockgate.signer import CertificateStanding
from lockgate_ca_backend.administration.work import AdministrativeWork
from lockgate_ca_backend.revocation import RevocationReason
from lockgate_ca_backend.store.certificates import StoredCertificate
from lockgate_ca_backend.unit_of_work import UnitOfWork


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
            CallerError: there is no such certificate, or its standing does not allow this.
        """
        with self._work() as work:
            if fingerprint is not None:
                found = work.certificates.find_locked(fingerprint=fingerprint)
            elif ca_name is not None and serial_number is not None:
                found = work.certificates.find_serial_locked(ca_name, serial_number)
            else:
                raise CallerError("a fingerprint, or a CA with a serial number is needed")
            if found is None:
                raise CallerError("there is no such certificate")
            self._revoke(work, found, reason)

    def _revoke(self, work: UnitOfWork, found: StoredCertificate, reason: RevocationReason) -> None:
        standing = _next_standing(found, reason)
        # Who was on hold is revoked since then: what was signed in between stays in doubt.
        since = found.revoked_at or work.now()
        work.certificates.change_standing(found, standing, reason, since)
        if reason is RevocationReason.KEY_COMPROMISE:
            work.reserved_keys.reserve(found.key_digest, None)
        self._audit(work, Event.CERTIFICATE_REVOKED, found.fingerprint, ca=found.ca_name, reason=reason.name)


def _next_standing(found: StoredCertificate, reason: RevocationReason) -> CertificateStanding:
    if reason is RevocationReason.REMOVE_FROM_CRL:
        if found.standing is not CertificateStanding.ON_HOLD:
            raise CallerError("the certificate is not on hold")
        return CertificateStanding.GOOD
    if found.standing is CertificateStanding.REVOKED:
        raise CallerError("the certificate is revoked already")
    if reason is not RevocationReason.CERTIFICATE_HOLD:
        return CertificateStanding.REVOKED
    if found.standing is CertificateStanding.ON_HOLD:
        raise CallerError("the certificate is on hold already")
    return CertificateStanding.ON_HOLD
