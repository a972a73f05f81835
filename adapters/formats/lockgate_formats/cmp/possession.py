"""Proofs of possession (RFC 4211, 4): whether a CertReqMsg shows that its sender holds the private key."""

from lockgate.certification.endentity import CertificationRequest
from lockgate.reasons import Rejected
from lockgate_formats.cmp.contents import CertificateRequestMessage
from lockgate_formats.cmp.limits import DEFAULT_PROTECTION, ProtectionLimits


def judge_possession(
    message: CertificateRequestMessage,
    *,
    sender: bytes | None,
    secret: bytes | None = None,
    ra_verified: bool = False,
    indirect: bool = False,
    limits: ProtectionLimits = DEFAULT_PROTECTION,
) -> CertificationRequest | Rejected:
    """The key of `message`, if possession is shown in a way that is allowed.

    Args:
        sender: the DER GeneralName that the message's protection has shown: what a signing key's input must name.
        secret: the shared secret: what a publicKeyMAC must be under; None where there is none.
        ra_verified: raVerified counts, since the sender is an RA; possession is PROVEN by its word.
        indirect: an encrypted certificate (subsequentMessage encrCert) will show it later; possession is NONE until
            then.

    Rejections: `bad_proof_of_possession`, `bad_certificate_request`, `unaccepted_algorithm`, `weak_key`.
    """
    raise NotImplementedError


def proof_of_signature(request: bytes, algorithm: bytes, signature: bytes) -> bytes:
    """The DER ProofOfPossession with a signature over the CertRequest `request`."""
    raise NotImplementedError
