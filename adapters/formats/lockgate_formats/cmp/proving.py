"""Proofs of possession (RFC 4211, 4), made: by the side that holds the private key, or by an RA that has judged one."""

from lockgate_formats import der
from lockgate_formats.cmp.crmf import SIGNATURE
from lockgate_formats.cmp.protection import MacProtector
from lockgate_formats.cmp.signatures import SignatureProtector


def signature_possession(request: bytes, signer: SignatureProtector) -> bytes:
    """The DER ProofOfPossession whose signature is over the DER CertRequest; its template has a subject and the key."""
    return _signature(b"", request, signer)


def input_possession(public_key: bytes, identity: bytes | MacProtector, signer: SignatureProtector) -> bytes:
    """The DER ProofOfPossession whose signature is over a POPOSigningKeyInput (RFC 4211, 4.1), for a template without a
    subject.

    Args:
        public_key: the template's DER SubjectPublicKeyInfo.
        identity: the DER GeneralName as which the sender is authenticated; or what makes the MAC over the public key.
    """
    if isinstance(identity, bytes):
        shown = der.explicit(0, identity)
    else:
        shown = der.sequence(identity.algorithm, der.bit_string(identity.protect(public_key)))
    given = shown + public_key
    return _signature(der.explicit(0, given), der.sequence(given), signer)


def _signature(given: bytes, signed: bytes, signer: SignatureProtector) -> bytes:
    return der.element(SIGNATURE, given, signer.algorithm, der.bit_string(signer.protect(signed)))
