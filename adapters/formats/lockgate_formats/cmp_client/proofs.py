"""Proofs of possession that a client gives (RFC 4211, 4)."""

from cryptography.hazmat.primitives.asymmetric import rsa

from lockgate.ports import Random
from lockgate_formats import der
from lockgate_formats.cmp.crmf import RA_VERIFIED, encrypted_certificate_possession
from lockgate_formats.cmp.names import directory_name
from lockgate_formats.cmp.protection import mac_protector
from lockgate_formats.cmp.signatures import SignatureProtector
from lockgate_formats.cmp.vocabulary import PossessionKind
from lockgate_formats.cmp_client.credentials import Credentials, SharedSecret, signing
from lockgate_formats.cmp_client.requests import CertificateRequest


def proof_of_possession(
    request: CertificateRequest, cert_request: bytes, credentials: Credentials, random: Random
) -> bytes:
    """The DER ProofOfPossession of a request; empty where the CA makes the key pair.

    Args:
        cert_request: the DER CertRequest.
    """
    if request.is_central:
        return b""
    if request.key is None or request.possession is PossessionKind.RA_VERIFIED:
        return RA_VERIFIED
    if request.possession is PossessionKind.ENCRYPTED_CERTIFICATE:
        return encrypted_certificate_possession(for_agreement=not _transports(request))
    signs = signing(request.key)
    if request.subject is not None:
        return _signed(signs, cert_request)
    given = _signing_key_input(request.spki or b"", credentials, random)
    return _signed(signs, given, given)


def _transports(request: CertificateRequest) -> bool:
    """Whether the key is one for key transport; otherwise it is one for key agreement."""
    return isinstance(request.key, rsa.RSAPrivateKey)


def _signed(signs: SignatureProtector, octets: bytes, given: bytes = b"") -> bytes:
    """POPOSigningKey (RFC 4211, 4.1): a signature over the DER `octets`.

    Args:
        given: the DER POPOSigningKeyInput; empty without.
    """
    tagged = bytes((der.CONTEXT_0,)) + given[1:] if given else b""
    return der.explicit(1, tagged + signs.algorithm + der.bit_string(signs.protect(octets)))


def _signing_key_input(spki: bytes, credentials: Credentials, random: Random) -> bytes:
    """POPOSigningKeyInput: who sends the message, since the template names no subject."""
    if isinstance(credentials, SharedSecret):
        mac = mac_protector(credentials.secret, random, credentials.mac)
        sender = der.sequence(mac.algorithm, der.bit_string(mac.protect(spki)))
    else:
        sender = der.explicit(0, directory_name(credentials.name))
    return der.sequence(sender, spki)
