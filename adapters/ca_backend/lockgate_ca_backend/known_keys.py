"""What a unit of work knows of keys: the port `KeyFates`, and what a report of a compromise leads to."""

from abc import abstractmethod
from collections.abc import Sequence

from cryptography import x509

from lockgate.audit import AuditEvent, Event
from lockgate.certification.endentity import CertificateFacts
from lockgate.certification.key_fate import Fate, KeyFate, fate_after_report
from lockgate.errors import Defect
from lockgate.ports import KeyFates
from lockgate.reasons import Rejected
from lockgate.rights.signer import CertificateStanding
from lockgate_ca_backend.store.certificates import Certificates
from lockgate_ca_backend.store.escrow import EscrowedKeys
from lockgate_ca_backend.store.key_fates import KeyFates as StoredFates
from lockgate_formats.public_keys import read_key

MAX_LISTED = 20
"""So many of a key's other certificates an audit entry names."""


class KnownKeys(KeyFates):
    """The port's part of a unit of work."""

    certificates: Certificates
    escrowed_keys: EscrowedKeys
    key_fates: StoredFates

    @abstractmethod
    def audit(self, event: AuditEvent) -> None:
        """Add to the audit log."""

    def key_identity(self, public_key: bytes) -> str:
        """As it is stored with certificates."""
        key = read_key(public_key)
        if isinstance(key, Rejected):
            raise Defect("a public key that was read before cannot be read")
        return key.identity

    def key_fate(self, key: str) -> KeyFate:
        """As it is stored, changes in this transaction included."""
        return self.key_fates.of(key)

    def certificates_on(self, key: str) -> Sequence[CertificateFacts]:
        """By the key's identity."""
        return self.certificates.on_key(key)

    def is_kept(self, key: str) -> bool:
        """With any of the key's certificates."""
        self.certificates.flush()
        return self.escrowed_keys.has_key(key)

    def may_sign(self, certificate: CertificateFacts) -> bool:
        """As the certificate says; without Key Usage it does not."""
        parsed = x509.load_der_x509_certificate(self.certificates.contents(certificate.fingerprint))
        try:
            return parsed.extensions.get_extension_for_class(x509.KeyUsage).value.digital_signature
        except x509.ExtensionNotFound:
            return False

    def report_key(self, certificate: CertificateFacts, requester: str, signer: str | None, *, owns_key: bool) -> None:
        """Condemn the key of `certificate`, or put it in doubt, and say so in the audit log.

        Args:
            signer: the fingerprint of the certificate whose key has signed the report; None where none has.
            owns_key: as in `fate_after_report`.
        """
        signer_key = None if signer is None else self.certificates.key_of(signer)
        if fate_after_report(certificate, signer_key, owns_key=owns_key) is Fate.CONDEMNED:
            self.condemn_key(certificate.key, requester, besides=certificate.fingerprint)
        elif self.key_fates.doubt(certificate.key, certificate.username):
            details = {"certificate": certificate.fingerprint, "reporter": certificate.username}
            self.audit(AuditEvent(Event.KEY_IN_DOUBT, requester, certificate.key, details))

    def condemn_key(self, key: str, requester: str, *, besides: str = "") -> None:
        """Condemn a key; its certificates are blocked from now on.

        Args:
            besides: the fingerprint of a certificate that the audit entry need not name.
        """
        if not self.key_fates.condemn(key):
            return
        self.certificates.forget_standings()
        standing = (its for its in self.certificates.on_key(key) if its.standing is not CertificateStanding.REVOKED)
        blocked = [its.fingerprint for its in standing if its.fingerprint != besides]
        details = {"blocked": ",".join(blocked[:MAX_LISTED]), "blocked_count": str(len(blocked))}
        self.audit(AuditEvent(Event.KEY_CONDEMNED, requester, key, details))

    def clear_key(self, key: str, requester: str) -> None:
        """Make a key good again."""
        before = self.key_fates.of(key)
        self.key_fates.clear(key)
        self.certificates.forget_standings()
        details = {"before": before.fate, "reporters": ",".join(sorted(before.reporters)[:MAX_LISTED])}
        self.audit(AuditEvent(Event.KEY_CLEARED, requester, key, details))
