"""The port `Publications`: stored CRLs and certificates, and announced ones signed by the CA's current key."""

import hashlib
from collections.abc import Sequence
from itertools import pairwise

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

from lockgate.certification.endentity import CertificateFacts
from lockgate.ports import ChainMember, KeyChange, Publications, PublishedCrl
from lockgate.reasons import Reason, Rejected
from lockgate_ca_backend.registry.store import Store
from lockgate_ca_backend.store.authorities import CaOutline
from lockgate_formats.cms.certs_only import certs_only


class SqlPublications(Publications):
    """Publications of CAs, in one transaction."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def latest_crl(self, certificate: CertificateFacts) -> bytes | Rejected:
        """Of the generation that signed it: a verifier of the certificate accepts no other."""
        parsed = x509.load_der_x509_certificate(self._store.certificates.contents(certificate.fingerprint))
        issuer = self._store.authorities.issuer_of(certificate.ca_name, parsed)
        latest = self._latest(self._store.authorities.outlines()[certificate.ca_name], issuer.generation)
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

    def chain(self, ca_name: str) -> Sequence[ChainMember] | Rejected:
        """Without the keys: a CA whose key cannot be unlocked here is published, too."""
        outline = self._store.authorities.outlines().get(ca_name)
        if outline is None:
            return Rejected(Reason.UNKNOWN_CA, f"{ca_name!a}")
        current = self._store.ca_certificates.of(ca_name, outline.generation)
        certificates = [each for one in current for each in (one.certificate, *one.chain)]
        holding = self._store.authorities.holding
        return [ChainMember(certificate=one, ca_name=holding(_fingerprint(one))) for one in certificates]

    def key_changes(self, ca_name: str) -> Sequence[KeyChange]:
        """A next generation has not changed anything yet."""
        outline = self._store.authorities.outlines().get(ca_name)
        known = () if outline is None else self._store.ca_certificates.of(ca_name)
        taken_over = [one for one in known if outline is not None and one.number <= outline.generation]
        return [
            KeyChange(
                old=old.certificate, new=new.certificate, new_with_old=new.new_with_old, old_with_new=new.old_with_new
            )
            for old, new in pairwise(taken_over)
        ]

    def crls(self, ca_name: str) -> Sequence[PublishedCrl]:
        """As they are stored."""
        outline = self._store.authorities.outlines().get(ca_name)
        numbers = () if outline is None else range(outline.generation, 0, -1)
        latest = (self._latest(outline, number) for number in numbers if outline is not None)
        return [one for one in latest if one is not None]

    def _latest(self, outline: CaOutline, number: int) -> PublishedCrl | None:
        """That of the key of the CA's generation: issued here, or fetched from where its key is."""
        if not outline.issuer:
            issued = self._store.crls.latest(outline.name, number)
            return PublishedCrl(generation=number, issued=issued.this_update, crl=issued.crl) if issued else None
        key = outline.generations[number].key_digest
        fetched = self._store.outside_crls.last(outline.name, key, shared=True)
        if fetched is None:
            return None
        crl = self._store.outside_crls.content(outline.name, key)
        return PublishedCrl(generation=number, issued=fetched.facts.this_update, crl=crl)


def _fingerprint(certificate: bytes) -> str:
    return hashlib.sha256(certificate).hexdigest()
