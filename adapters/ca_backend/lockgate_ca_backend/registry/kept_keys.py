"""The port `KeptKeys`."""

from cryptography import x509

from lockgate.certification.endentity import CertificateFacts, IssuedCertificate
from lockgate.errors import KeystoreError
from lockgate.ports import KeptKey, KeptKeys, KeyPair
from lockgate.reasons import Reason, Rejected
from lockgate_ca_backend.escrow import KeptWith
from lockgate_ca_backend.registry.store import Store


class SqlKeptKeys(KeptKeys):
    """Kept keys in one transaction."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def keep(self, key: KeyPair, issued: IssuedCertificate, ca_name: str, username: str) -> None:
        """Store a key; the caller has found that this is allowed."""
        if self._store.facilities.escrow is not None:
            self._store.escrowed_keys.add(
                self._store.facilities.escrow.seal(key, KeptWith(issued.fingerprint, ca_name, username))
            )

    def get(self, certificate: CertificateFacts) -> KeptKey | Rejected:
        """By the certificate's fingerprint, and for its CA and end entity only."""
        if self._store.facilities.escrow is None:
            return Rejected(Reason.KEY_RECOVERY_DISABLED)
        found = self._store.escrowed_keys.get(certificate.fingerprint)
        if found is None:
            return Rejected(Reason.KEY_NOT_STORED)
        if found.owner != KeptWith(certificate.fingerprint, certificate.ca_name, certificate.username):
            raise KeystoreError("a kept key stands with another certificate than it was kept for")
        return KeptKey(self._store.facilities.escrow.open(found), self._issued(certificate))

    def latest_of(self, username: str) -> CertificateFacts | None:
        """By the order of issuance."""
        fingerprint = self._store.escrowed_keys.latest_of(username)
        return next(
            (
                certificate
                for certificate in self._store.certificates.of(username)
                if certificate.fingerprint == fingerprint
            ),
            None,
        )

    def _issued(self, certificate: CertificateFacts) -> IssuedCertificate:
        der = self._store.certificates.contents(certificate.fingerprint)
        issuer = self._store.authorities.issuer_of(certificate.ca_name, x509.load_der_x509_certificate(der))
        return IssuedCertificate(der, issuer.certificates, certificate.fingerprint, certificate.serial_number)
