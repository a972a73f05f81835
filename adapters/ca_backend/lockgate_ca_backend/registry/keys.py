"""The port `KnownKeys`, and the effects of a report of a compromise."""

from lockgate.audit import AuditEvent, Event
from lockgate.certification.endentity import CertificateFacts
from lockgate.certification.key_fate import Fate, KeyFate, fate_after_report
from lockgate.errors import Defect
from lockgate.ports import KnownKeys
from lockgate.reasons import Rejected
from lockgate.rights.signer import CertificateStanding
from lockgate_ca_backend.registry.store import Store
from lockgate_formats.public_keys import read_key

MAX_LISTED = 20
"""The maximum number of a key's other certificates that an audit entry names."""


class SqlKeys(KnownKeys):
    """Keys in one transaction."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def identity(self, public_key: bytes) -> str:
        """As it is stored with certificates."""
        key = read_key(public_key)
        if isinstance(key, Rejected):
            raise Defect("a public key that was read before cannot be read")
        return key.identity

    def fate(self, key: str) -> KeyFate:
        """As it is stored, changes in this transaction included."""
        return self._store.key_fates.of(key)

    def is_kept(self, key: str) -> bool:
        """With any of the key's certificates."""
        self._store.certificates.flush()
        return self._store.escrowed_keys.has_key(key)

    def report(self, certificate: CertificateFacts, requester: str, signer: str | None, *, owns_key: bool) -> None:
        """Condemn the key of `certificate`, or put it in doubt, and say so in the audit log.

        Args:
            signer: the fingerprint of the certificate whose key has signed the report; None where none has.
            owns_key: as in `fate_after_report`.
        """
        signer_key = None if signer is None else self._store.certificates.key_of(signer)
        if fate_after_report(certificate, signer_key, owns_key=owns_key) is Fate.CONDEMNED:
            self.condemn(certificate.key, requester, besides=certificate.fingerprint)
        elif self._store.key_fates.doubt(certificate.key, certificate.username):
            details = {"certificate": certificate.fingerprint, "reporter": certificate.username}
            self._store.audit(AuditEvent(Event.KEY_IN_DOUBT, requester, certificate.key, details))

    def condemn(self, key: str, requester: str, *, besides: str = "") -> None:
        """Condemn a key; its certificates are blocked from now on.

        Args:
            besides: the fingerprint of a certificate that the audit entry need not name.
        """
        if not self._store.key_fates.condemn(key):
            return
        self._store.certificates.forget_standings()
        standing = (
            certificate
            for certificate in self._store.certificates.on_key(key)
            if certificate.standing is not CertificateStanding.REVOKED
        )
        blocked = [certificate.fingerprint for certificate in standing if certificate.fingerprint != besides]
        details = {"blocked": ",".join(blocked[:MAX_LISTED]), "blocked_count": str(len(blocked))}
        self._store.audit(AuditEvent(Event.KEY_CONDEMNED, requester, key, details))

    def clear(self, key: str, requester: str) -> None:
        """Make a key good again."""
        before = self._store.key_fates.of(key)
        self._store.key_fates.clear(key)
        self._store.certificates.forget_standings()
        details = {"before": before.fate, "reporters": ",".join(sorted(before.reporters)[:MAX_LISTED])}
        self._store.audit(AuditEvent(Event.KEY_CLEARED, requester, key, details))
