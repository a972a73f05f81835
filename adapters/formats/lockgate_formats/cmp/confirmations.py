"""Certificate confirmations (RFC 9810, 5.3.18): the body certConf, read and written, and the hash in it."""

import hashlib
from collections.abc import Sequence

from lockgate_formats import der
from lockgate_formats.cmp.contents import CertificateConfirmation
from lockgate_formats.cmp.limits import DEFAULT_LIMITS, MessageLimits
from lockgate_formats.cmp.messages import MalformedMessage, well_formed
from lockgate_formats.cmp.status import encode_status, take_status
from lockgate_formats.cmp.vocabulary import FailInfo
from lockgate_formats.cmp.writing import signed_integer
from lockgate_formats.fields import Fields, bounded, read_whole, small_integer
from lockgate_formats.signature_algorithms import certificate_digest, read_digest


def read_certificate_confirmations(
    body: bytes, limits: MessageLimits = DEFAULT_LIMITS
) -> tuple[CertificateConfirmation, ...]:
    """Read a DER CertConfirmContent; may be empty.

    Raises:
        MalformedMessage: it is none, or out of bounds.
    """
    with well_formed("The certificate confirmation"):
        statuses = read_whole(body)
        return tuple(_confirmation(statuses, limits) for _ in statuses.each(limits.requests, "confirmations"))


def _confirmation(fields: Fields, limits: MessageLimits) -> CertificateConfirmation:
    status = fields.inside(der.SEQUENCE)
    certificate_hash = bounded(status.contents(der.OCTET_STRING), limits.nonce, "a certHash")
    cert_req_id = small_integer(status.contents(der.INTEGER))
    info = take_status(status, limits) if status.tag == der.SEQUENCE else None
    algorithm = status.optional_explicit(der.CONTEXT_0, der.SEQUENCE)
    status.finish()
    return CertificateConfirmation(
        certificate_hash, cert_req_id, info, algorithm and bounded(algorithm, limits.algorithm, "an algorithm")
    )


def write_certificate_confirmations(confirmations: Sequence[CertificateConfirmation]) -> bytes:
    """The DER CertConfirmContent."""
    return der.sequence(*map(_encoded, confirmations))


def _encoded(confirmation: CertificateConfirmation) -> bytes:
    return der.sequence(
        der.octet_string(confirmation.certificate_hash),
        signed_integer(confirmation.cert_req_id),
        b"" if confirmation.status is None else encode_status(confirmation.status),
        b"" if confirmation.hash_algorithm is None else der.explicit(0, confirmation.hash_algorithm),
    )


def certificate_hash(certificate: bytes, hash_algorithm: bytes | None = None) -> bytes:
    """The certHash of the DER `certificate` (RFC 9810, 5.3.18): by the DER `hash_algorithm`, otherwise by the digest of
    its signature; SHA-512 for Ed25519, SHAKE256 with 64 octets for Ed448 (RFC 9481, 3.3).

    Raises:
        MalformedMessage: `bad_alg`, the hash is not accepted, or the signature names none; `bad_data_format`, it is no
            certificate.
    """
    with well_formed("The certificate"):
        digest = certificate_digest(certificate) if hash_algorithm is None else read_digest(hash_algorithm)
    if digest is None:
        named = "its signature names no hash" if hash_algorithm is None else "the hash algorithm is not accepted"
        raise MalformedMessage(f"The hash of the certificate cannot be computed: {named}.", FailInfo.BAD_ALG)
    hashing = hashlib.new(digest.name, certificate)
    # an extendable output function takes the number of octets
    return hashing.digest(digest.octets) if digest.extendable else hashing.digest()  # type: ignore[call-arg]
