"""OCSP answers about this installation's own certificates, signed beforehand (RFC 6960, RFC 5019).

A CA's own key signs them, of the generation that has signed the certificate (docs/decisions/0018-ocsp-responder.md).
What is due is decided by the CA's database alone.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from lockgate.errors import KeystoreError
from lockgate.ports import AnswerSigning, Fence
from lockgate.publishing.answers import AnswerTerms, DueAnswer, PublishedAnswer
from lockgate.publishing.certificate_ids import CertificateId
from lockgate_ca_backend.facilities import Facilities
from lockgate_ca_backend.registry.sql_registry import SqlRegistry
from lockgate_ca_backend.store.authorities import IssuingCa
from lockgate_ca_backend.store.ca_certificates import has_signed
from lockgate_ca_backend.store.published_answers import DueCertificate
from lockgate_formats.certificate_ids import issuer_name, key_octets
from lockgate_formats.crls import REASON_FLAGS

HASHES = {"sha1": hashes.SHA1(), "sha256": hashes.SHA256()}  # noqa: S303  (most clients name certificates with SHA-1)


class OcspSigning(AnswerSigning):
    """Answers by the keys of the CAs that stand in the registry.

    Args:
        facilities: of the registry.
    """

    def __init__(self, registry: SqlRegistry, facilities: Facilities) -> None:
        self._registry = registry
        self._issuers = facilities.issuers

    def cas(self, fence: Fence) -> Sequence[str]:
        """See `AnswerSigning.cas`. A CA whose key cannot be opened is among them."""
        with self._registry.transaction(fence) as work:
            return work.store.ca_certificates.signing(work.now())

    def due(self, fence: Fence, source: str, ca_name: str, limit: int, terms: AnswerTerms) -> Sequence[DueAnswer]:
        """See `AnswerSigning.due`. No key is opened."""
        with self._registry.transaction(fence) as work:
            at, current = work.now().replace(microsecond=0), work.store.authorities.outlines()[ca_name].generation
            known = reversed([one for one in work.store.ca_certificates.of(ca_name) if one.number <= current])
            issuers = [x509.load_der_x509_certificate(one.certificate) for one in known]
            found = work.store.published_answers.due(source, ca_name, limit, terms.lifetime)
            return [_due(certificate, ca_name, issuers, at) for certificate in found]

    def sign(self, due: DueAnswer, terms: AnswerTerms) -> Sequence[PublishedAnswer]:
        """See `AnswerSigning.sign`."""
        if due.ca_certificate is None:
            return []
        return list(_answers(due, self._issuer(due.ca_name, due.ca_certificate), terms))

    def record(self, fence: Fence, source: str, published: Sequence[DueAnswer], terms: AnswerTerms) -> None:
        """See `AnswerSigning.record`."""
        with self._registry.transaction(fence) as work:
            work.store.published_answers.record(source, published, terms.lifetime)

    def finish(self, fence: Fence, source: str) -> datetime:
        """See `AnswerSigning.finish`."""
        with self._registry.transaction(fence) as work:
            work.store.published_answers.finish(source)
            return work.now()

    def forget(self, fence: Fence, source: str) -> datetime:
        """See `AnswerSigning.forget`."""
        with self._registry.transaction(fence) as work:
            work.store.published_answers.forget(source)
            return work.now()

    def _issuer(self, ca_name: str, fingerprint: str) -> IssuingCa:
        """The CA with that certificate, its key unlocked on first use."""
        with suppress(KeystoreError):
            return self._issuers.unlocked(ca_name, fingerprint)
        with self._registry.direct("OCSP answers") as work:
            generations = work.store.authorities.outlines()[ca_name].generations
            number = next(number for number, one in generations.items() if one.fingerprint == fingerprint)
            return work.store.authorities.issuer(ca_name, number)


def _due(found: DueCertificate, ca_name: str, issuers: Iterable[x509.Certificate], at: datetime) -> DueAnswer:
    certificate = x509.load_der_x509_certificate(found.octets)
    signer = next((issuer for issuer in issuers if has_signed(issuer, certificate)), None)
    return DueAnswer(
        number=found.number,
        ca_name=ca_name,
        ca_certificate=None if signer is None else signer.fingerprint(hashes.SHA256()).hex(),
        issuer_name=issuer_name(found.octets),
        serial_number=found.serial_number,
        at=at,
        revoked=found.revoked,
        ends=found.ends,
        later=found.published if found.published is not None and found.published > at else None,
    )


def _answers(due: DueAnswer, issuer: IssuingCa, terms: AnswerTerms) -> Iterator[PublishedAnswer]:
    """One for each hash that is known here: what was published under another one's id before is removed."""
    next_update = due.at + terms.lifetime
    for algorithm in HASHES:
        named = _hash(algorithm, due.issuer_name), _hash(algorithm, key_octets(issuer.certificates[0]))
        certificate = CertificateId(algorithm, *named, due.serial_number)
        signed = _signed(due, certificate, issuer, next_update) if algorithm in terms.algorithms else None
        yield PublishedAnswer(certificate.digest, due.at, next_update, signed, due.later)


def _hash(algorithm: str, octets: bytes) -> bytes:
    return hashlib.new(algorithm, octets, usedforsecurity=False).digest()


def _signed(due: DueAnswer, certificate: CertificateId, issuer: IssuingCa, next_update: datetime) -> bytes:
    """DER OCSPResponse."""
    revoked, signer = due.revoked, issuer.signer
    response = ocsp.OCSPResponseBuilder().add_response_by_hash(
        certificate.issuer_name_hash,
        certificate.issuer_key_hash,
        certificate.serial_number,
        HASHES[certificate.algorithm],
        ocsp.OCSPCertStatus.GOOD if revoked is None else ocsp.OCSPCertStatus.REVOKED,
        due.at,
        next_update,
        None if revoked is None else revoked.revoked_at,
        None if revoked is None else REASON_FLAGS.get(revoked.reason),
    )
    # By its name: GnuTLS looks for a CA by its key only among certificates that the answer brings.
    responder = response.responder_id(ocsp.OCSPResponderEncoding.NAME, issuer.certificate)
    return responder.sign(signer.key, signer.digest).public_bytes(Encoding.DER)
