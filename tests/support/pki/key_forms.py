"""Keys in the forms that certificate requests have besides PKCS#10: CRMF and SPKAC, right and wrong ones."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from asn1crypto import algos, keys
from asn1crypto import core as asn1_core
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from lockgate_formats.requests.spkac import PublicKeyAndChallenge, SignedPublicKeyAndChallenge
from tests.support.pki.certificate_requests import DIGESTS
from tests.support.pki.crmf_structures import CertReqMessages, CertRequest, PopoSigningKeyInput

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
Public = rsa.RSAPublicKey | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey


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


def _sequence(*contents: bytes) -> bytes:
    return bytes(asn1_core.Sequence(contents=b"".join(contents)).dump())


def _oid(dotted: str) -> bytes:
    return bytes(asn1_core.ObjectIdentifier(dotted).dump())


def _integer(value: int) -> bytes:
    return bytes(asn1_core.Integer(value).dump())


def _octets(value: bytes) -> bytes:
    return bytes(asn1_core.OctetString(value).dump())


def _spki(algorithm: bytes, octets: bytes) -> bytes:
    return _sequence(algorithm, bytes(asn1_core.OctetBitString(octets).dump()))


_RSA, _PSS, _EC = _oid("1.2.840.113549.1.1.1"), _oid("1.2.840.113549.1.1.10"), _oid("1.2.840.10045.2.1")
_P256 = 2**256 - 2**224 + 2**192 + 2**96 - 1
_P256_B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
_P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_P256_BASE = ec.derive_private_key(1, ec.SECP256R1()).public_key()


def _point(key: Public, form: PublicFormat = PublicFormat.UncompressedPoint) -> bytes:
    assert isinstance(key, ec.EllipticCurvePublicKey)
    return key.public_bytes(Encoding.X962, form)


def _named(point: bytes) -> bytes:
    return _spki(_sequence(_EC, _oid("1.2.840.10045.3.1.7")), point)


def _hybrid(key: Public) -> bytes:
    point = _point(key)
    return _named(bytes((6 + point[-1] % 2,)) + point[1:])


def _explicit(key: Public) -> bytes:
    """RFC 3279, 2.3.5: the curve P-256 written out."""
    curve = _sequence(_octets((_P256 - 3).to_bytes(32)), _octets(_P256_B.to_bytes(32)))
    field = _sequence(_oid("1.2.840.10045.1.1"), _integer(_P256))
    base = _octets(_point(_P256_BASE))
    parameters = _sequence(_integer(1), field, curve, base, _integer(_P256_ORDER), _integer(1))
    return _spki(_sequence(_EC, parameters), _point(key))


def _rsa(algorithm: bytes) -> Callable[[Public], bytes]:
    return lambda key: _spki(_sequence(algorithm), _rsa_numbers(key))


def _rsa_numbers(key: Public) -> bytes:
    return key.public_bytes(Encoding.DER, PublicFormat.PKCS1)


ENCODINGS: Mapping[str, Callable[[Public], bytes]] = {
    "its usual encoding": lambda key: key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
    "a compressed point": lambda key: _named(_point(key, PublicFormat.CompressedPoint)),
    "a hybrid point": _hybrid,
    "explicit parameters": _explicit,
    "no RSA parameters": _rsa(_RSA),
    "RSASSA-PSS alone": _rsa(_PSS),
}
"""How else a SubjectPublicKeyInfo can say the same key: of P-256, and of RSA."""


def spkac(key: Key, *, signed_by: Key | None = None, digest: str = "sha256", encoding: bytes | None = None) -> bytes:
    """A DER SignedPublicKeyAndChallenge.

    Args:
        encoding: the key's SubjectPublicKeyInfo, where that is not the usual one.
    """
    content = PublicKeyAndChallenge(
        {"public_key": keys.PublicKeyInfo.load(encoding or public_key(key)), "challenge": "a challenge"}
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
    encoding: bytes | None = None,
    names: Sequence[x509.GeneralName] = (),
) -> bytes:
    """DER CertReqMessages.

    Args:
        count: how many CertReqMsg.
        subject: whether the template names one.
        popo: `signature`, `ra_verified` or `none`.
        with_key: whether the template holds the key.
        given: the authentication information of the signing key's input, `sender` or `mac`; without, the request is
            what is signed.
        encoding: the key's SubjectPublicKeyInfo, where that is not the usual one.
        names: alternative names that the template asks for.
    """
    template: dict[str, Any] = {}
    public = keys.PublicKeyInfo.load(encoding or public_key(key))
    if subject:
        template["subject"] = asn1_x509.Name.build({"common_name": "ignored"})
    if with_key:
        template["public_key"] = public
    if names:
        octets = x509.SubjectAlternativeName(names).public_bytes()
        template["extensions"] = [{"extn_id": "subject_alt_name", "extn_value": asn1_core.ParsableOctetString(octets)}]
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
