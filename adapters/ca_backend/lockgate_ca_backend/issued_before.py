"""Certificates that a CA had issued before it was imported: each one verified, and kept without an owner.

Only the CA host's administrator can change them: requests find no certificate without an owner. Their serial numbers
are taken, their keys are compared with new ones, and those that the CA's last CRL lists are revoked.
"""

import hashlib
from collections.abc import Iterable, MutableMapping
from itertools import islice

from cryptography import x509

from lockgate.certification.endentity import Possession
from lockgate.certification.revocation import RevocationReason, RevokedCertificate
from lockgate.errors import CallerError
from lockgate.names.dn import folded
from lockgate_ca_backend.last_crl import MAX_SERIAL_BITS
from lockgate_ca_backend.registry.unit_of_work import UnitOfWork
from lockgate_ca_backend.store.certificates import NO_OWNER, CertificateRecord
from lockgate_formats.names import read_name
from lockgate_formats.public_keys import SubjectKey, certificate_key, encoded
from lockgate_formats.requests.possession import judge_signature
from lockgate_formats.strictness import CERTIFICATE_ERRORS

PIECE = 500
"""Certificates that are held in memory at a time."""
MAX_NAMED = 20
"""The maximum number of unusable files that an error names."""
Found = tuple[str, bytes]
"""Where a certificate was found, for people, and its DER; no octets where none could be read there."""


class _UnfitCertificate(Exception):
    """The certificate cannot be taken; the text says why."""


class IssuedBefore:
    """Takes the certificates of one CA that is imported, within a unit of work.

    Args:
        key: the CA's.
        revoked: the entries of the CA's last CRL by serial number; those of certificates that are taken are removed.
        administrator: for the audit log.
    """

    def __init__(
        self,
        work: UnitOfWork,
        ca_name: str,
        issuer: x509.Certificate,
        key: SubjectKey,
        revoked: MutableMapping[int, RevokedCertificate],
        administrator: str,
    ) -> None:
        self._work = work
        self._ca_name = ca_name
        self._issuer = issuer
        self._key = key
        self._subject = _meaning(issuer.subject)
        self._revoked = revoked
        self._administrator = administrator

    def take(self, found: Iterable[Found]) -> int:
        """Store all of them, piece by piece; how many. The CA's own certificate, and copies, are left out.

        Raises:
            CallerError: some cannot be read, the CA has not issued them, or two have one serial number; the text names
                them.
        """
        remaining, count, number = iter(found), 0, 0
        unfit: list[str] = []
        while piece := list(islice(remaining, PIECE)):
            fit: dict[int, CertificateRecord] = {}
            for where, der in piece:
                try:
                    self._add(der, fit)
                except _UnfitCertificate as error:
                    number += 1
                    unfit += [f"{where}: {error}"] if len(unfit) < MAX_NAMED else []
            if not unfit:
                count += self._store(fit)
        if unfit:
            more = [f"and {number - len(unfit)} more"] if number > len(unfit) else []
            raise CallerError("\n".join(["nothing was imported: these certificates cannot be taken", *unfit, *more]))
        return count

    def _add(self, der: bytes, fit: MutableMapping[int, CertificateRecord]) -> None:
        try:
            certificate = x509.load_der_x509_certificate(der)
            if certificate == self._issuer:
                return
            self._check_issuer(certificate)
            record = self._record(certificate, der)
        except CERTIFICATE_ERRORS:
            raise _UnfitCertificate("holds no certificate that can be read") from None
        serial_number = record.serial_number
        fingerprint = self._work.store.certificates.fingerprint(self._ca_name, serial_number)
        known = fit[serial_number].fingerprint if serial_number in fit else fingerprint
        if known not in (None, record.fingerprint):
            raise _UnfitCertificate(f"another certificate has its serial number {serial_number:x}")
        if known is None:
            fit[serial_number] = record

    def _store(self, fit: MutableMapping[int, CertificateRecord]) -> int:
        """A certificate that was revoked because of its key makes that key condemned."""
        self._work.store.certificates.add_imported(fit.values())
        for record in fit.values():
            self._revoked.pop(record.serial_number, None)
            if record.revoked is not None and record.revoked.reason is RevocationReason.KEY_COMPROMISE:
                self._work.keys.condemn(record.key_digest, self._administrator, besides=record.fingerprint)
        return len(fit)

    def _check_issuer(self, certificate: x509.Certificate) -> None:
        """Names are compared by meaning (RFC 5280, 7.1)."""
        scheme, digest = certificate.signature_algorithm_parameters, certificate.signature_hash_algorithm
        refused = judge_signature(self._key, certificate.signature, certificate.tbs_certificate_bytes, scheme, digest)
        if refused or _meaning(certificate.issuer) != self._subject:
            raise _UnfitCertificate("was not issued by the CA that is imported")
        if not 0 < certificate.serial_number < 2**MAX_SERIAL_BITS:
            raise _UnfitCertificate("its serial number is not from 1 to 2^160 - 1 (RFC 5280, 4.1.2.2)")

    def _record(self, certificate: x509.Certificate, der: bytes) -> CertificateRecord:
        subject = str(read_name(certificate.subject))
        if "\0" in subject:
            raise _UnfitCertificate("its subject holds NUL, which databases do not store")
        key = certificate_key(der)
        spki = encoded(certificate.public_key())
        fingerprint = hashlib.sha256(der).hexdigest()
        return CertificateRecord(
            fingerprint=fingerprint,
            ca_name=self._ca_name,
            serial_number=certificate.serial_number,
            username=NO_OWNER,
            end_entity_profile="",
            certificate_profile="",
            subject_dn=subject,
            key_digest=key.identity if isinstance(key, SubjectKey) else hashlib.sha256(spki).hexdigest(),
            possession=Possession.PROVEN,
            not_before=certificate.not_valid_before_utc,
            not_after=certificate.not_valid_after_utc,
            requester=self._administrator,
            requester_fingerprint=None,
            operation=f"import {fingerprint[:32]}",
            certificate=der,
            revoked=self._revoked.get(certificate.serial_number),
        )


def _meaning(name: x509.Name) -> tuple[frozenset[tuple[str, str]], ...]:
    """The form in which names are compared (RFC 5280, 7.1)."""
    return tuple(frozenset((one.oid.dotted_string, folded(str(one.value))) for one in rdn) for rdn in name.rdns)
