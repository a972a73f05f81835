"""The port `Publications`: stored CRLs, and announced certificates signed by the CA's current key."""

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

from lockgate.certification.endentity import CertificateFacts
from lockgate.ports import Publications
from lockgate.reasons import Reason, Rejected
from lockgate_ca_backend.registry.store import Store
from lockgate_formats.cms.certs_only import certs_only


class SqlPublications(Publications):
    """Publications of CAs, in one transaction."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def latest_crl(self, certificate: CertificateFacts) -> bytes | Rejected:
        """Of the generation that signed it: a verifier of the certificate accepts no other."""
        parsed = x509.load_der_x509_certificate(self._store.certificates.contents(certificate.fingerprint))
        issuer = self._store.authorities.issuer_of(certificate.ca_name, parsed)
        latest = self._store.crls.latest(certificate.ca_name, issuer.generation)
        return Rejected(Reason.NO_CRL) if latest is None else latest.crl

    def announcement(self, ca_name: str) -> bytes | Rejected:
        """Signed anew each time: nothing of it is stored."""
        outline = self._store.authorities.outlines().get(ca_name)
        if outline is None:
            return Rejected(Reason.UNKNOWN_CA, f"{ca_name!a}")
        if outline.next is None:
            return Rejected(Reason.NO_NEXT_CA_CERTIFICATE)
        current = self._store.factory.active_issuer(ca_name)
        if isinstance(current, Rejected):
            return current
        following = self._store.authorities.issuer(ca_name, outline.next.number)
        signing = pkcs7.PKCS7SignatureBuilder().set_data(certs_only(following.certificates))
        signed = signing.add_signer(current.certificate, current.signer.key, current.signer.digest)
        return signed.sign(Encoding.DER, [pkcs7.PKCS7Options.Binary, pkcs7.PKCS7Options.NoCapabilities])
