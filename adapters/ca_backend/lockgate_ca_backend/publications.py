"""What a CA publishes, out of its store; and its current key's word for what it has announced."""

from datetime import timedelta

from lockgate.endentity import CertificateFacts
from lockgate.ports import Publications
from lockgate.reasons import Reason, Rejected
from lockgate_ca_backend.key_checks import read_key
from lockgate_ca_backend.store.authorities import Authorities
from lockgate_ca_backend.store.certificates import Certificates
from lockgate_ca_backend.store.crls import Crls
from lockgate_ca_backend.store.profiles import Profiles


class StoredPublications(Publications):
    """The port's part of a unit of work."""

    certificates: Certificates
    crls: Crls
    authorities: Authorities
    profiles: Profiles

    def issued_certificate(self, certificate: CertificateFacts) -> bytes:
        """As it was issued."""
        return self.certificates.contents(certificate.fingerprint)

    def latest_crl(self, certificate: CertificateFacts) -> bytes | Rejected:
        """Of the CA that issued it."""
        return self.crls.latest(certificate.ca_name) or Rejected(Reason.NO_CRL)

    def announcement(self, ca_name: str) -> bytes | Rejected:
        """None yet."""
        return Rejected(Reason.NO_NEXT_CA_CERTIFICATE if ca_name in self.authorities.outlines() else Reason.UNKNOWN_CA)

    def is_certified(self, public_key: bytes) -> bool:
        """By the key's identity: an RSA key is its modulus."""
        key = read_key(public_key)
        return not isinstance(key, Rejected) and self.certificates.has_key(key.identity)

    def renewal_window(self, certificate_profile: str) -> timedelta | Rejected | None:
        """As the stored profile says."""
        profile = self.profiles.certificate_profile(certificate_profile)
        if profile is None:
            return Rejected(Reason.UNKNOWN_PROFILE, f"{certificate_profile!a}")
        return None if profile.renewal_days is None else timedelta(days=profile.renewal_days)
