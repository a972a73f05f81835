"""What a CA publishes, out of its store; and its current key's word for what it has announced."""

from datetime import timedelta

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

from lockgate.certification.endentity import CertificateFacts
from lockgate.ports import Publications, RenewalTerms
from lockgate.reasons import Reason, Rejected
from lockgate_ca_backend.issuance import OrderFactory
from lockgate_ca_backend.store.authorities import Authorities
from lockgate_ca_backend.store.certificates import Certificates
from lockgate_ca_backend.store.crls import Crls
from lockgate_ca_backend.store.profiles import Profiles
from lockgate_formats.cms.certs_only import certs_only
from lockgate_formats.public_keys import read_key


class StoredPublications(Publications):
    """The port's part of a unit of work."""

    certificates: Certificates
    crls: Crls
    authorities: Authorities
    profiles: Profiles
    factory: OrderFactory

    def issued_certificate(self, certificate: CertificateFacts) -> bytes:
        """As it was issued."""
        return self.certificates.contents(certificate.fingerprint)

    def latest_crl(self, certificate: CertificateFacts) -> bytes | Rejected:
        """Of the generation that signed it: a verifier of the certificate accepts no other."""
        parsed = x509.load_der_x509_certificate(self.issued_certificate(certificate))
        issuer = self.authorities.issuer_of(certificate.ca_name, parsed)
        latest = self.crls.latest(certificate.ca_name, issuer.generation)
        return Rejected(Reason.NO_CRL) if latest is None else latest.crl

    def announcement(self, ca_name: str) -> bytes | Rejected:
        """Signed anew each time: nothing of it is stored."""
        outline = self.authorities.outlines().get(ca_name)
        if outline is None:
            return Rejected(Reason.UNKNOWN_CA, f"{ca_name!a}")
        if outline.next is None:
            return Rejected(Reason.NO_NEXT_CA_CERTIFICATE)
        current = self.factory.active_issuer(ca_name)
        if isinstance(current, Rejected):
            return current
        following = self.authorities.issuer(ca_name, outline.next.number)
        signing = pkcs7.PKCS7SignatureBuilder().set_data(certs_only(following.certificates))
        signed = signing.add_signer(current.certificate, current.signer.key, current.signer.digest)
        return signed.sign(Encoding.DER, [pkcs7.PKCS7Options.Binary, pkcs7.PKCS7Options.NoCapabilities])

    def is_certified(self, public_key: bytes, username: str) -> bool:
        """By the key's identity."""
        key = read_key(public_key)
        return not isinstance(key, Rejected) and self.certificates.has_key(key.identity, username)

    def renewal_terms(self, certificate_profile: str) -> RenewalTerms | Rejected:
        """As the stored profile says."""
        profile = self.profiles.certificate_profile(certificate_profile)
        if profile is None:
            return Rejected(Reason.UNKNOWN_PROFILE, f"{certificate_profile!a}")
        window = None if profile.renewal_days is None else timedelta(days=profile.renewal_days)
        return RenewalTerms(window, same_key=profile.renewal_same_key)
