"""The standing of certificates that CAs outside have issued."""

from lockgate.certification.key_fate import Fate
from lockgate.certification.revocation import RevokedCertificate, next_standing
from lockgate.errors import Defect, PeerError, StandingUntold
from lockgate.outside.answers import OcspQuestion, StandingUnasked, judge_answer_age
from lockgate.outside.crls import judge_age
from lockgate.reasons import Rejected
from lockgate.rights.signer import CertificateStanding, TrustedCertificate
from lockgate_ca_backend.outside import OutsideKey
from lockgate_ca_backend.registry.keys import SqlKeys
from lockgate_ca_backend.registry.store import Store
from lockgate_formats.public_keys import certificate_key


class OutsideStandings:
    """The standing of certificates of CAs outside in one transaction; each is looked up once."""

    def __init__(self, store: Store, keys: SqlKeys) -> None:
        self._store = store
        self._keys = keys
        self._known: dict[str, CertificateStanding] = {}

    def of(self, certificate: TrustedCertificate) -> CertificateStanding:
        """On the CRL that was kept for the key that has signed it, or as the OCSP answer says that was kept; `unknown`
        if that is the key of no CA outside.

        Raises:
            StandingUntold: no CRL of that key counts at this time.
            Conflict: the CRL was not read yet; the next transaction can say it.
            StandingUnasked: no answer does.
        """
        issuer = self._store.facilities.outside.of(certificate.issuer_key)
        if issuer is None:
            return CertificateStanding.UNKNOWN
        if certificate.fingerprint not in self._known:
            entry = self._answered(certificate, issuer) if issuer.answers else self._listed(certificate, issuer)
            self._known[certificate.fingerprint] = self._standing(certificate, entry)
        return self._known[certificate.fingerprint]

    def _answered(self, certificate: TrustedCertificate, issuer: OutsideKey) -> RevokedCertificate | None:
        """As the CA has answered; None where it is good."""
        question = OcspQuestion(
            ca_name=issuer.ca_name,
            key=certificate.issuer_key,
            serial_number=certificate.serial_number,
            ca_certificate=issuer.certificate,
        )
        last = self._store.outside_answers.last(question, shared=True)
        status = last.status if last else None
        if complaint := judge_answer_age(status, self._store.now(), issuer.max_age):
            raise StandingUnasked(f"CA {issuer.ca_name}: {complaint}", question)
        if status is None:
            raise Defect("an answer that does not exist was judged")
        self._store.outside_answers.note_wish(question)
        return status.revoked

    def _listed(self, certificate: TrustedCertificate, issuer: OutsideKey) -> RevokedCertificate | None:
        """As the CA's CRL lists it; None where it does not."""
        last = self._store.outside_crls.last(issuer.ca_name, certificate.issuer_key, shared=True)
        if complaint := judge_age(last.facts if last else None, self._store.now(), issuer.max_age):
            raise StandingUntold(f"CA {issuer.ca_name}: {complaint}")
        if last is None:
            raise Defect("a CRL that does not exist was judged")
        try:
            return self._store.facilities.crls.entry(last, issuer.certificate, certificate.serial_number)
        except PeerError as error:
            raise StandingUntold(f"CA {issuer.ca_name}: {error}") from None

    def _standing(self, certificate: TrustedCertificate, entry: RevokedCertificate | None) -> CertificateStanding:
        if entry is None:
            return self._unlisted(certificate)
        standing = next_standing(CertificateStanding.GOOD, entry.reason)
        return CertificateStanding.REVOKED if isinstance(standing, Rejected) else standing

    def _unlisted(self, certificate: TrustedCertificate) -> CertificateStanding:
        """The CA does not know of a compromise that was reported here."""
        key = certificate_key(certificate.der)
        blocked = isinstance(key, Rejected) or self._keys.fate(key.identity).fate is Fate.CONDEMNED
        return CertificateStanding.BLOCKED if blocked else CertificateStanding.GOOD
