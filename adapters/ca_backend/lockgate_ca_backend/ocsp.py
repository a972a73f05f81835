"""OCSP answers about this installation's own certificates, signed beforehand (RFC 6960, RFC 5019).

A CA's own key signs them, of the generation that has signed the certificate (docs/decisions/0018-ocsp-responder.md).
What is due is decided by the CA's database alone.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import lru_cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from lockgate.administration.authorities import CaStatus
from lockgate.ports import AnswerSigning, Fence
from lockgate.publishing.answers import AnswerTerms, DueAnswer, PublishedAnswer
from lockgate.publishing.certificate_ids import CertificateId
from lockgate_ca_backend.facilities import Facilities
from lockgate_ca_backend.registry.sql_registry import SqlRegistry
from lockgate_ca_backend.store.authorities import AuthorityTable, IssuingCa
from lockgate_ca_backend.store.published_answers import DueCertificate
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
        """See `AnswerSigning.cas`."""
        with self._registry.transaction(fence) as work:
            authorities, now = work.store.authorities, work.now()
            outlines = authorities.outlines().items()
            own = (name for name, ca in outlines if ca.status is CaStatus.ACTIVE and not ca.issuer)
            return [name for name in own if authorities.issuer(name).validity.covers(now)]

    def due(self, fence: Fence, source: str, ca_name: str, limit: int) -> Sequence[DueAnswer]:
        """See `AnswerSigning.due`."""
        with self._registry.transaction(fence) as work:
            at, authorities = work.now().replace(microsecond=0), work.store.authorities
            found = work.store.published_answers.due(source, ca_name, limit)
            return [_due(certificate, _issuer(authorities, ca_name, certificate), at) for certificate in found]

    def sign(self, due: DueAnswer, terms: AnswerTerms) -> Sequence[PublishedAnswer]:
        """See `AnswerSigning.sign`."""
        return list(_answers(due, self._issuers.unlocked(due.ca_name, due.ca_certificate), terms))

    def record(self, fence: Fence, source: str, published: Sequence[DueAnswer], terms: AnswerTerms) -> None:
        """See `AnswerSigning.record`."""
        at = min(answer.at for answer in published)
        with self._registry.transaction(fence) as work:
            table = work.store.published_answers
            table.record(source, published, at + terms.lifetime / 2, at + terms.lifetime)

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


def _issuer(authorities: AuthorityTable, ca_name: str, certificate: DueCertificate) -> IssuingCa:
    if authorities.outlines()[ca_name].generation == 1:
        return authorities.issuer(ca_name)
    return authorities.issuer_of(ca_name, x509.load_der_x509_certificate(certificate.octets))


def _due(certificate: DueCertificate, issuer: IssuingCa, at: datetime) -> DueAnswer:
    return DueAnswer(
        number=certificate.number,
        ca_name=issuer.name,
        ca_certificate=issuer.fingerprint,
        serial_number=certificate.serial_number,
        at=at,
        revoked=certificate.revoked,
        ends=certificate.ends,
    )


def _answers(due: DueAnswer, issuer: IssuingCa, terms: AnswerTerms) -> Iterator[PublishedAnswer]:
    next_update = due.at + terms.lifetime
    for algorithm in terms.algorithms:
        certificate = CertificateId(algorithm, *_hashes_of(issuer.certificate, algorithm), due.serial_number)
        octets = _signed(due, certificate, issuer, next_update)
        yield PublishedAnswer(certificate.digest, due.at, next_update, octets)


@lru_cache(maxsize=64)
def _hashes_of(issuer: x509.Certificate, algorithm: str) -> tuple[bytes, bytes]:
    """Of the issuer's name and key, as requests have them (RFC 6960, 4.1.1)."""
    request = ocsp.OCSPRequestBuilder().add_certificate(issuer, issuer, HASHES[algorithm]).build()
    return request.issuer_name_hash, request.issuer_key_hash


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
