"""The port `Certificates`."""

import hashlib
import secrets
from collections.abc import Sequence

from cryptography import x509

from lockgate.audit import AuditEvent, Event
from lockgate.certification.endentity import CertificateFacts, Possession
from lockgate.certification.key_fate import REFUSED_KEY, Candidate, judge_certification
from lockgate.certification.revocation import RevocationReason, next_standing
from lockgate.errors import Conflict
from lockgate.names.dn import DistinguishedName
from lockgate.ports import Certificates, Operation, RevocationOrder
from lockgate.reasons import Rejected
from lockgate.rights.signer import CertificateStanding, TrustedCertificate
from lockgate_ca_backend.registry.keys import SqlKeys
from lockgate_ca_backend.registry.outside_standings import OutsideStandings
from lockgate_ca_backend.registry.store import Store
from lockgate_ca_backend.store.certificates import NO_OWNER
from lockgate_ca_backend.store.operations import NewOperation
from lockgate_ca_backend.store.reserved_keys import Claim
from lockgate_formats.public_keys import read_key


class SqlCertificates(Certificates):
    """Certificates in one transaction."""

    def __init__(self, store: Store, keys: SqlKeys) -> None:
        self._store = store
        self._keys = keys
        self._outside = OutsideStandings(store, keys)

    def find(self, issuer: DistinguishedName, serial_number: int) -> CertificateFacts | None:
        """By the subject of its CA and its serial number. A certificate without an owner is not found: no right covers
        it."""
        for ca_name in self._store.authorities.named(issuer):
            found = self._store.certificates.find_serial_locked(ca_name, serial_number)
            if found and found.facts.username != NO_OWNER:
                return found.facts
        return None

    def of(self, username: str) -> Sequence[CertificateFacts]:
        """Every certificate of the end entity."""
        return self._store.certificates.of(username)

    def on_key(self, key: str) -> Sequence[CertificateFacts]:
        """By the key's identity."""
        return self._store.certificates.on_key(key)

    def holder(self, fingerprint: str) -> str | None:
        """The end entity that the certificate was issued to."""
        return self._store.certificates.holder(fingerprint)

    def content(self, certificate: CertificateFacts) -> bytes:
        """As it was issued."""
        return self._store.certificates.contents(certificate.fingerprint)

    def is_certified(self, public_key: bytes, username: str) -> bool:
        """By the key's identity."""
        key = read_key(public_key)
        return not isinstance(key, Rejected) and self._store.certificates.has_key(key.identity, username)

    def may_sign(self, certificate: CertificateFacts) -> bool:
        """As the certificate says; without Key Usage it does not."""
        parsed = x509.load_der_x509_certificate(self._store.certificates.contents(certificate.fingerprint))
        try:
            return parsed.extensions.get_extension_for_class(x509.KeyUsage).value.digital_signature
        except x509.ExtensionNotFound:
            return False

    def show_possession(self, certificate: CertificateFacts) -> Rejected | None:
        """The key is judged as one that is certified now."""
        found = self._store.certificates.find_locked(fingerprint=certificate.fingerprint)
        if found is None or found.facts != certificate or certificate.possession is not Possession.AWAITED:
            raise Conflict("the certificate has changed, or its possession was not awaited")
        profile = self._store.profiles.certificate_profile(certificate.certificate_profile)
        distinct = profile is not None and profile.distinct_keys
        claim = Claim(certificate.key, certificate.username, distinct, Possession.PROVEN)
        refused = judge_certification(self._store.key_fates.of(claim.key), Candidate(claim.username, claim.possession))
        if refused or not self._store.reserved_keys.grant(claim):
            return REFUSED_KEY
        self._store.certificates.show_possession(found)
        return None

    def standing(self, certificate: TrustedCertificate) -> CertificateStanding:
        """By fingerprint: a certificate that is not stored was not issued here; then a CA outside may have done so."""
        stored = self._store.certificates.standing(certificate.fingerprint)
        return self._outside.of(certificate) if stored is CertificateStanding.UNKNOWN else stored

    def revoke(
        self,
        certificate: CertificateFacts,
        reason: RevocationReason,
        requester: str,
        signer: str | None = None,
        *,
        owns_key: bool = True,
        operation: str | None = None,
    ) -> None:
        """Change the standing at once; nobody may have changed it since `certificate` was read."""
        found = self._store.certificates.find_locked(fingerprint=certificate.fingerprint)
        standing = next_standing(certificate.standing, reason, certificate.reason)
        if found is None or found.facts != certificate or isinstance(standing, Rejected):
            raise Conflict("the certificate's standing has changed")
        issuer = self._store.authorities.outlines()[certificate.ca_name].remote
        if issuer:
            self._intend(certificate, reason, requester, issuer, operation)
        if not issuer or reason is not RevocationReason.REMOVE_FROM_CRL:
            # A certificate that was on hold is revoked from that time: signatures made in between stay in doubt.
            self._store.certificates.change_standing(found, standing, reason, found.revoked_at or self._store.now())
        if reason is RevocationReason.KEY_COMPROMISE:
            self._keys.report(certificate, requester, signer, owns_key=owns_key)
        details = {"ca": certificate.ca_name, "reason": reason.name, "serial_number": f"{certificate.serial_number:x}"}
        self._store.audit(AuditEvent(Event.CERTIFICATE_REVOKED, requester, certificate.fingerprint, details))

    def conclude(self, operation: Operation) -> None:
        """Only what is still on hold is taken from hold."""
        order = operation.order
        if not isinstance(order, RevocationOrder) or order.reason is not RevocationReason.REMOVE_FROM_CRL:
            return
        fingerprint = hashlib.sha256(order.certificate).hexdigest()
        found = self._store.certificates.find_locked(fingerprint=fingerprint)
        if found is not None and found.facts.standing is CertificateStanding.ON_HOLD:
            good = CertificateStanding.GOOD
            self._store.certificates.change_standing(found, good, order.reason, self._store.now())

    def _intend(
        self,
        certificate: CertificateFacts,
        reason: RevocationReason,
        requester: str,
        issuer: str,
        operation: str | None,
    ) -> None:
        """Store the operation that tells the remote issuer."""
        der = self._store.certificates.contents(certificate.fingerprint)
        authority = self._store.authorities.issuer_of(certificate.ca_name, x509.load_der_x509_certificate(der))
        request = operation or secrets.token_hex(16)
        order = RevocationOrder(
            operation=f"{request}:{certificate.fingerprint}",
            ca_name=certificate.ca_name,
            ca_certificate=authority.certificates[0],
            certificate=der,
            reason=reason,
        )
        identity = order.operation
        self._store.operations.add(
            NewOperation(
                id=identity,
                request=operation or identity,
                issuer=issuer,
                order=order,
                username=certificate.username,
                requester=requester,
            )
        )
