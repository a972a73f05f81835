"""What a unit of work knows of kept keys: the port `KeyEscrow`, over the store's small classes."""

from cryptography import x509

from lockgate.certification.endentity import CertificateFacts, IssuedCertificate
from lockgate.errors import KeystoreError
from lockgate.ports import KeptKey, KeyEscrow, KeyPair
from lockgate.reasons import Reason, Rejected
from lockgate_ca_backend.escrow import EscrowSealer, KeptWith
from lockgate_ca_backend.store.authorities import Authorities
from lockgate_ca_backend.store.certificates import Certificates
from lockgate_ca_backend.store.escrow import EscrowedKeys


class StoredKeys(KeyEscrow):
    """The part of a unit of work that key recovery rests on.

    Attributes:
        escrow: None where this installation keeps no keys.
    """

    authorities: Authorities
    certificates: Certificates
    escrowed_keys: EscrowedKeys
    escrow: EscrowSealer | None

    def keep_key(self, key: KeyPair, issued: IssuedCertificate, ca_name: str, username: str) -> None:
        """Keep a key, where that was found to be allowed."""
        if self.escrow is not None:
            self.escrowed_keys.add(self.escrow.seal(key, KeptWith(issued.fingerprint, ca_name, username)))

    def kept_key(self, certificate: CertificateFacts) -> KeptKey | Rejected:
        """By the certificate's fingerprint, and for its CA and end entity only."""
        if self.escrow is None:
            return Rejected(Reason.KEY_RECOVERY_DISABLED)
        found = self.escrowed_keys.get(certificate.fingerprint)
        if found is None:
            return Rejected(Reason.KEY_NOT_STORED)
        if found.owner != KeptWith(certificate.fingerprint, certificate.ca_name, certificate.username):
            raise KeystoreError("a kept key stands with another certificate than it was kept for")
        return KeptKey(self.escrow.open(found), self._issued(certificate))

    def latest_kept(self, username: str) -> CertificateFacts | None:
        """By the order of issuance."""
        fingerprint = self.escrowed_keys.latest_of(username)
        return next((its for its in self.certificates.of(username) if its.fingerprint == fingerprint), None)

    def _issued(self, certificate: CertificateFacts) -> IssuedCertificate:
        der = self.certificates.contents(certificate.fingerprint)
        issuer = self.authorities.issuer_of(certificate.ca_name, x509.load_der_x509_certificate(der))
        return IssuedCertificate(der, issuer.certificates, certificate.fingerprint, certificate.serial_number)
