"""Keys in the forms that certificate requests have besides PKCS#10: CRMF and SPKAC, right and wrong ones."""

from typing import Any

from asn1crypto import algos, keys
from asn1crypto import core as asn1_core
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from lockgate_ca_backend.crmf import CertReqMessages, CertRequest, PopoSigningKeyInput
from lockgate_ca_backend.spkac import PublicKeyAndChallenge, SignedPublicKeyAndChallenge
from tests.certificate_requests import DIGESTS

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey


AUTH_INFO: dict[str, Any] = {
    "sender": {"sender": asn1_x509.GeneralName("directory_name", asn1_x509.Name.build({"common_name": "a device"}))},
    "mac": {"mac": {"algorithm": {"algorithm": "1.2.840.113533.7.66.13"}, "value": b"a MAC"}},
}


def public_key(key: Key) -> bytes:
    """DER SubjectPublicKeyInfo."""
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def signed(key: Key, content: bytes, digest: str = "sha256") -> tuple[algos.SignedDigestAlgorithm, bytes]:
    """The algorithm and the signature over `content`."""
    if isinstance(key, rsa.RSAPrivateKey):
        name, signature = f"{digest}_rsa", key.sign(content, padding.PKCS1v15(), DIGESTS[digest])
    elif isinstance(key, ec.EllipticCurvePrivateKey):
        name, signature = f"{digest}_ecdsa", key.sign(content, ec.ECDSA(DIGESTS[digest]))
    else:
        name, signature = "ed25519", key.sign(content)
    return algos.SignedDigestAlgorithm({"algorithm": name}), signature


def spkac(key: Key, *, signed_by: Key | None = None, digest: str = "sha256") -> bytes:
    """A DER SignedPublicKeyAndChallenge."""
    content = PublicKeyAndChallenge(
        {"public_key": keys.PublicKeyInfo.load(public_key(key)), "challenge": "a challenge"}
    )
    algorithm, signature = signed(signed_by or key, content.dump(), digest)
    return bytes(
        SignedPublicKeyAndChallenge({"content": content, "algorithm": algorithm, "signature": signature}).dump()
    )


def crmf(
    key: Key,
    *,
    signed_by: Key | None = None,
    digest: str = "sha256",
    count: int = 1,
    subject: bool = True,
    popo: str = "signature",
    with_key: bool = True,
    given: str | None = None,
) -> bytes:
    """DER CertReqMessages.

    Args:
        count: how many CertReqMsg.
        subject: whether the template names one.
        popo: `signature`, `ra_verified` or `none`.
        with_key: whether the template holds the key.
        given: the authentication information of the signing key's input, `sender` or `mac`; without, the request is
            what is signed.
    """
    template: dict[str, Any] = {}
    public = keys.PublicKeyInfo.load(public_key(key))
    if subject:
        template["subject"] = asn1_x509.Name.build({"common_name": "ignored"})
    if with_key:
        template["public_key"] = public
    request = CertRequest({"cert_req_id": 0, "cert_template": template})
    message: dict[str, Any] = {"cert_req": request}
    if popo == "signature":
        content = PopoSigningKeyInput({"auth_info": AUTH_INFO[given], "public_key": public}) if given else request
        algorithm, signature = signed(signed_by or key, content.dump(), digest)
        proof: dict[str, Any] = {"algorithm": algorithm, "signature": signature}
        message["popo"] = {"signature": proof | ({"poposk_input": content} if given else {})}
    if popo == "ra_verified":
        message["popo"] = {"ra_verified": asn1_core.Null()}
    return bytes(CertReqMessages([message] * count).dump())
