"""Proofs of possession: signatures of end entities' keys over their requests. SHA-256 or better, or Ed25519."""

from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

from lockgate.reasons import Reason, Rejected
from lockgate_formats.public_keys import SubjectKey
from lockgate_formats.signature_algorithms import (
    STRONG,
    Scheme,
    SignatureAlgorithm,
    read_signature_algorithm,
    rsa_padding,
)

LibraryScheme = padding.AsymmetricPadding | ec.ECDSA | None
STRONG_DIGESTS = (hashes.SHA256, hashes.SHA384, hashes.SHA512)
WEAK = Rejected(Reason.UNACCEPTED_ALGORITHM, "The signature needs SHA-256 or better.")


@dataclass(frozen=True, slots=True)
class Proof:
    """A signature that shall show possession of a key.

    Attributes:
        algorithm: DER AlgorithmIdentifier.
        signature: as it was sent.
        signed: the octets that it is over.
    """

    algorithm: bytes
    signature: bytes
    signed: bytes


def judge_possession(key: SubjectKey, given: Proof) -> Rejected | None:
    """Why `given` does not prove that the sender holds the key, or None where it does.

    Raises:
        ValueError: its algorithm cannot be read.
    """
    algorithm = read_signature_algorithm(given.algorithm)
    if algorithm is None or algorithm.scheme is Scheme.ED448:
        return Rejected(Reason.BAD_PROOF_OF_POSSESSION, "The signature is of a kind that is not accepted.")
    if not algorithm.strong:
        return WEAK
    digest = STRONG[algorithm.digest.name] if algorithm.digest else None
    return judge_signature(key, given.signature, given.signed, _scheme(algorithm, digest), digest)


def _scheme(algorithm: SignatureAlgorithm, digest: hashes.HashAlgorithm | None) -> LibraryScheme:
    """The library's own form of the scheme."""
    if digest is None:
        return None
    return ec.ECDSA(digest) if algorithm.scheme is Scheme.ECDSA else rsa_padding(algorithm)


def judge_signature(
    key: SubjectKey, signature: bytes, signed: bytes, scheme: LibraryScheme, digest: hashes.HashAlgorithm | None
) -> Rejected | None:
    """The same, where scheme and digest are known; None for both with Ed25519."""
    try:
        match key.public_key, scheme:
            case rsa.RSAPublicKey() as verifier, padding.AsymmetricPadding() if digest is not None:
                verifier.verify(signature, signed, scheme, digest)
            case ec.EllipticCurvePublicKey() as verifier, ec.ECDSA():
                verifier.verify(signature, signed, scheme)
            case ed25519.Ed25519PublicKey() as verifier, None:
                verifier.verify(signature, signed)
            case _:
                return Rejected(Reason.BAD_PROOF_OF_POSSESSION, "The signature does not fit the key.")
    except InvalidSignature:
        return Rejected(Reason.BAD_PROOF_OF_POSSESSION)
    return None
