"""The port `OutsideCrls`."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import timedelta

from cryptography import x509

from lockgate.audit import AuditEvent, Event
from lockgate.certification.endentity import CertificateFacts
from lockgate.certification.revocation import RevocationReason, RevokedCertificate, next_standing
from lockgate.errors import Conflict, PeerError
from lockgate.outside.crls import CrlFacts
from lockgate.ports import FetchState, KeptCrl, OutsideCrls
from lockgate.reasons import Rejected
from lockgate.rights.signer import CertificateStanding
from lockgate_ca_backend.registry.keys import SqlKeys
from lockgate_ca_backend.registry.store import Store

CARRYING_END = 1
"""The step of carrying over that follows the last entry."""


class SqlOutsideCrls(OutsideCrls):
    """CRLs of CAs outside in one transaction."""

    def __init__(self, store: Store, keys: SqlKeys) -> None:
        self._store = store
        self._keys = keys

    def of_issuer(self, issuer: str) -> Sequence[str]:
        """By name."""
        return [name for name, outline in self._store.authorities.outlines().items() if outline.issuer == issuer]

    def begin(self, ca_name: str, again: timedelta) -> bool:
        """In the CA's row, which stays locked."""
        return self._store.outside_crls.begin(ca_name, again)

    def end(self, ca_name: str, again: timedelta, trouble: str = "") -> None:
        """In the CA's row."""
        self._store.outside_crls.end(ca_name, again, trouble)

    def state(self, ca_name: str) -> FetchState | None:
        """As it is stored."""
        return self._store.outside_crls.state(ca_name)

    def last(self, ca_name: str, key: str) -> KeptCrl | None:
        """Locked."""
        return self._store.outside_crls.last(ca_name, key)

    def keep(self, ca_name: str, facts: CrlFacts, crl: bytes) -> None:
        """The certificates of a CA that is not registered here are not stored here: nothing is to be carried over."""
        outline = self._store.authorities.outlines().get(ca_name)
        registered = outline is not None and outline.issuer
        self._store.outside_crls.keep(ca_name, facts, crl, facts.entries + CARRYING_END if registered else 0)

    def uncarried(self) -> Iterator[KeptCrl]:
        """By name and key."""
        return iter(self._store.outside_crls.uncarried())

    def carried(self, kept: KeptCrl, uncarried: int) -> None:
        """Only if nobody else has done so since `kept` was read."""
        self._store.outside_crls.carried(kept, uncarried)

    def content(self, kept: KeptCrl) -> bytes:
        """As it was fetched."""
        return self._store.outside_crls.content(kept.ca_name, kept.facts.key)

    def issued_here(self, ca_name: str, serial_numbers: Sequence[int]) -> Sequence[CertificateFacts]:
        """By serial number."""
        return [found.facts for found in self._store.certificates.find_serials_locked(ca_name, serial_numbers)]

    def listed(self, certificate: CertificateFacts) -> RevokedCertificate | None:
        """A CRL that cannot be read any more lists nothing; the log has it."""
        parsed = x509.load_der_x509_certificate(self._store.certificates.contents(certificate.fingerprint))
        issuer = self._store.authorities.issuer_of(certificate.ca_name, parsed)
        key = self._store.authorities.outlines()[certificate.ca_name].generations[issuer.generation].key_digest
        last = self._store.outside_crls.last(certificate.ca_name, key, shared=True)
        if last is None:
            return None
        with suppress(PeerError):
            return self._store.facilities.crls.entry(last, issuer.certificates[0], certificate.serial_number)
        return None

    def held(self, ca_name: str) -> Sequence[CertificateFacts]:
        """A hold that became a revocation meanwhile is none any more."""
        found = [
            self._store.certificates.find_locked(fingerprint=fingerprint)
            for fingerprint in self._store.outside_crls.held(ca_name)
        ]
        on_hold = CertificateStanding.ON_HOLD
        return [stored.facts for stored in found if stored is not None and stored.facts.standing is on_hold]

    def adopt(self, certificate: CertificateFacts, revoked: RevokedCertificate) -> None:
        """The time of a revocation stays if only its reason changes."""
        found = self._store.certificates.find_locked(fingerprint=certificate.fingerprint)
        standing = next_standing(certificate.standing, revoked.reason, certificate.reason)
        if found is None or found.facts != certificate or isinstance(standing, Rejected):
            raise Conflict("the certificate's standing has changed")
        at = found.revoked_at or revoked.revoked_at
        self._store.certificates.change_standing(found, standing, revoked.reason, at)
        on_hold = standing is CertificateStanding.ON_HOLD
        self._store.outside_crls.note_hold(certificate.ca_name, certificate.fingerprint, on_hold=on_hold)
        who = f"CA {certificate.ca_name}"
        if revoked.reason is RevocationReason.KEY_COMPROMISE:
            # A CA outside condemns no key that another CA's end entity has shown to hold.
            self._keys.report(certificate, who, None, owns_key=False)
        details = {
            "ca": certificate.ca_name,
            "reason": revoked.reason.name,
            "serial_number": f"{certificate.serial_number:x}",
            "revoked": revoked.revoked_at.isoformat(),
        }
        self._store.audit(AuditEvent(Event.CERTIFICATE_REVOKED, who, certificate.fingerprint, details))
