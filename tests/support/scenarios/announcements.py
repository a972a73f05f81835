"""What a CA says of its next certificate, checked as a device checks it (RFC 8894, 4.7.1)."""

import hashlib

from asn1crypto import cms
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from tests.support.pki.bundles import bundled


def announced(octets: bytes, current: x509.Certificate) -> x509.Certificate:
    """The one certificate in a degenerate SignedData, for which another SignedData vouches with the current key."""
    signed = cms.ContentInfo.load(octets, strict=True)["content"]
    (info,) = signed["signer_infos"]
    assert info["sid"].chosen["serial_number"].native == current.serial_number
    key = current.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    attributes = b"\x31" + info["signed_attrs"].dump()[1:]
    key.verify(info["signature"].native, attributes, ec.ECDSA(hashes.SHA256()))
    content = signed["encap_content_info"]["content"].native
    values = {attribute["type"].native: attribute["values"] for attribute in info["signed_attrs"]}
    (digest,) = values["message_digest"].native
    assert digest == hashlib.sha256(content).digest()
    (following,) = bundled(content)
    return following
