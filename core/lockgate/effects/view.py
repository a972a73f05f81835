"""A processor's view of the CA: it reads and cannot change anything.

Everything read here is locked, or checked again at the commit: another transaction cannot change it in between.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from lockgate.certification.endentity import CertificateFacts, EndEntity
from lockgate.certification.key_fate import KeyFate
from lockgate.names.dn import DistinguishedName
from lockgate.ports import RegistryTransaction, RenewalTerms
from lockgate.reasons import Rejected


class View:
    """The CA as one transaction sees it.

    Args:
        brought: the certification requests inside the request, read and verified (`Processor.read`).
        signer: fingerprint of the certificate that signed the request; None where none did.
    """

    __slots__ = ("_work", "brought", "signer")

    def __init__(self, work: RegistryTransaction, brought: Sequence[Any] = (), signer: str | None = None) -> None:
        self._work = work
        self.brought = brought
        self.signer = signer

    def now(self) -> datetime:
        """The CA database's clock, UTC, read once per transaction."""
        return self._work.now()

    def end_entity(self, username: str) -> EndEntity | None:
        """The stored end entity."""
        return self._work.end_entities.get(username)

    def judge_username(self, username: str) -> Rejected | None:
        """Why nobody of that name may be added: `bad_name`, `username_taken`; None where one may, or is stored."""
        return self._work.end_entities.judge_username(username)

    def certificate(self, issuer: DistinguishedName, serial_number: int) -> CertificateFacts | None:
        """The certificate with that serial number of the CA whose subject is `issuer`, by meaning (RFC 5280, 7.1)."""
        return self._work.certificates.find(issuer, serial_number)

    def certificate_with(self, fingerprint: str) -> CertificateFacts | None:
        """The certificate with that SHA-256 fingerprint, lower-case hexadecimal."""
        username = self._work.certificates.holder(fingerprint)
        known = () if username is None else self._work.certificates.of(username)
        return next((facts for facts in known if facts.fingerprint == fingerprint), None)

    def certificates_of(self, username: str) -> Sequence[CertificateFacts]:
        """Every certificate of the end entity, in the order of issuance."""
        return self._work.certificates.of(username)

    def certificates_on(self, key: str) -> Sequence[CertificateFacts]:
        """Every certificate on the key with that identity (`CertificateFacts.key`), in the order of issuance."""
        return self._work.certificates.on_key(key)

    def latest_kept(self, username: str) -> CertificateFacts | None:
        """The end entity's last certificate whose key was kept."""
        return self._work.kept_keys.latest_of(username)

    def judge_kept(self, certificate: CertificateFacts) -> Rejected | None:
        """Why the key kept with `certificate` cannot be handed out, or None where it can.

        Rejections: `key_recovery_disabled`, `key_not_stored`.
        """
        kept = self._work.kept_keys.get(certificate)
        return kept if isinstance(kept, Rejected) else None

    def key_identity(self, public_key: bytes) -> str:
        """The identity of the key of a DER SubjectPublicKeyInfo that `CertificateRequests` has read."""
        return self._work.keys.identity(public_key)

    def key_fate(self, key: str) -> KeyFate:
        """Whether the key is good, in doubt or condemned."""
        return self._work.keys.fate(key)

    def is_kept(self, key: str) -> bool:
        """Whether the CA keeps the private key."""
        return self._work.keys.is_kept(key)

    def may_sign(self, certificate: CertificateFacts) -> bool:
        """Whether the certificate has the bit digitalSignature of Key Usage (RFC 5280, 4.2.1.3)."""
        return self._work.certificates.may_sign(certificate)

    def is_certified(self, public_key: bytes, username: str) -> bool:
        """Whether a certificate for the key was issued to the end entity, or to another one that had shown possession.

        Args:
            public_key: DER SubjectPublicKeyInfo.
        """
        return self._work.certificates.is_certified(public_key, username)

    def renewal_terms(self, certificate_profile: str) -> RenewalTerms | Rejected:
        """When, and for which keys, a certificate of that profile can be renewed."""
        return self._work.profiles.renewal_terms(certificate_profile)
