"""Proofs of possession: signatures of end entities' keys over their requests. SHA-256 or better, or Ed25519."""

from collections.abc import Mapping
from dataclasses import dataclass

from asn1crypto.algos import SignedDigestAlgorithm
from asn1crypto.core import Asn1Value, OctetBitString
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

from lockgate.reasons import Reason, Rejected
from lockgate_formats.public_keys import SubjectKey

Scheme = padding.AsymmetricPadding | ec.ECDSA | None
STRONG_DIGESTS = (hashes.SHA256, hashes.SHA384, hashes.SHA512)
WEAK = Rejected(Reason.UNACCEPTED_ALGORITHM, "The signature needs SHA-256 or better.")
_DIGESTS: Mapping[str, hashes.HashAlgorithm] = {
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}


@dataclass(frozen=True, slots=True)
class Proof:
    """A signature that shall show possession of a key.

    Attributes:
        scheme: asn1crypto's name of the signature scheme, such as `ecdsa`.
        digest: its name of the digest, such as `sha256`; None for Ed25519.
        signature: as it was sent.
        signed: the octets that it is over.
    """

    scheme: str
    digest: str | None
    signature: bytes
    signed: bytes


def proof(algorithm: SignedDigestAlgorithm, signature: OctetBitString, signed: Asn1Value) -> Proof:
    """The proof in a structure that asn1crypto reads; to be called inside `reading`."""
    scheme = algorithm.signature_algo
    digest = None if scheme == "ed25519" else algorithm.hash_algo
    return Proof(scheme, digest, signature.native, signed.dump())


def judge_possession(key: SubjectKey, given: Proof) -> Rejected | None:
    """Why `given` does not prove that the sender holds the key, or None where it does."""
    if given.digest is None:
        return judge_signature(key, given.signature, given.signed, None, None)
    digest = _DIGESTS.get(given.digest)
    if digest is None:
        return WEAK
    schemes: Mapping[str, Scheme] = {"rsassa_pkcs1v15": padding.PKCS1v15(), "ecdsa": ec.ECDSA(digest)}
    if given.scheme not in schemes:
        return Rejected(Reason.BAD_PROOF_OF_POSSESSION, "The signature is of a kind that is not accepted.")
    return judge_signature(key, given.signature, given.signed, schemes[given.scheme], digest)


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
