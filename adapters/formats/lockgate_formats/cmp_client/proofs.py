"""Proofs of possession that a client gives (RFC 4211, 4)."""

from cryptography.hazmat.primitives.asymmetric import rsa

from lockgate.ports import Random
from lockgate_formats.cmp.crmf import RA_VERIFIED, encrypted_certificate_possession
from lockgate_formats.cmp.names import directory_name
from lockgate_formats.cmp.protection import MacProtector, mac_protector
from lockgate_formats.cmp.proving import input_possession, signature_possession
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
        return signature_possession(cert_request, signs)
    return input_possession(request.spki or b"", _identity(credentials, random), signs)


def _transports(request: CertificateRequest) -> bool:
    """Whether the key is one for key transport; otherwise it is one for key agreement."""
    return isinstance(request.key, rsa.RSAPrivateKey)


def _identity(credentials: Credentials, random: Random) -> bytes | MacProtector:
    """Who sends the message, since the template names no subject."""
    if isinstance(credentials, SharedSecret):
        return mac_protector(credentials.secret, random, credentials.mac)
    return directory_name(credentials.name)
