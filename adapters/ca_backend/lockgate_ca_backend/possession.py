"""Proofs of possession: signatures of end entities' keys over their requests. SHA-256 or better, or Ed25519."""

from collections.abc import Mapping

from asn1crypto.algos import SignedDigestAlgorithm
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

from lockgate.reasons import Reason, Rejected
from lockgate_ca_backend.public_keys import SubjectKey

Scheme = padding.AsymmetricPadding | ec.ECDSA | None
STRONG_DIGESTS = (hashes.SHA256, hashes.SHA384, hashes.SHA512)
WEAK = Rejected(Reason.UNACCEPTED_ALGORITHM, "The signature needs SHA-256 or better.")
_DIGESTS: Mapping[str, hashes.HashAlgorithm] = {
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}


def judge_possession(
    key: SubjectKey, algorithm: SignedDigestAlgorithm, signature: bytes, signed: bytes
) -> Rejected | None:
    """Why `signature` over `signed` does not prove that the sender holds the key, or None where it does.

    Raises:
        ValueError: the algorithm cannot be read.
    """
    if algorithm.signature_algo == "ed25519":
        return judge_signature(key, signature, signed, None, None)
    digest = _DIGESTS.get(algorithm.hash_algo)
    if digest is None:
        return WEAK
    schemes: Mapping[str, Scheme] = {"rsassa_pkcs1v15": padding.PKCS1v15(), "ecdsa": ec.ECDSA(digest)}
    if algorithm.signature_algo not in schemes:
        return Rejected(Reason.BAD_PROOF_OF_POSSESSION, "The signature is of a kind that is not accepted.")
    return judge_signature(key, signature, signed, schemes[algorithm.signature_algo], digest)


def judge_signature(
    key: SubjectKey, signature: bytes, signed: bytes, scheme: Scheme, digest: hashes.HashAlgorithm | None
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
