"""CRMF (RFC 4211): one CertReqMsg whose key signs it. The template's subject, serial number and extensions are ignored,
as everywhere: the registration decides on names, the profile on extensions. Alternative names are read as in a PKCS#10.
"""

from dataclasses import dataclass

from asn1crypto import algos, core, keys, x509

from lockgate.certification.endentity import CertificationRequest, Possession
from lockgate.reasons import Reason, Rejected
from lockgate_formats.public_keys import read_key
from lockgate_formats.reading import reading
from lockgate_formats.requests.possession import Proof, judge_possession, proof
from lockgate_formats.requests.requested_names import names_in_extensions


class OptionalValidity(core.Sequence):  # type: ignore[misc]
    """RFC 4211, 5."""

    _fields = [  # noqa: RUF012
        ("not_before", x509.Time, {"explicit": 0, "optional": True}),
        ("not_after", x509.Time, {"explicit": 1, "optional": True}),
    ]


class CertTemplate(core.Sequence):  # type: ignore[misc]
    """RFC 4211, 5."""

    _fields = [  # noqa: RUF012
        ("version", core.Integer, {"implicit": 0, "optional": True}),
        ("serial_number", core.Integer, {"implicit": 1, "optional": True}),
        ("signing_algorithm", algos.SignedDigestAlgorithm, {"implicit": 2, "optional": True}),
        ("issuer", x509.Name, {"explicit": 3, "optional": True}),
        ("validity", OptionalValidity, {"implicit": 4, "optional": True}),
        ("subject", x509.Name, {"explicit": 5, "optional": True}),
        ("public_key", keys.PublicKeyInfo, {"implicit": 6, "optional": True}),
        ("issuer_unique_id", core.OctetBitString, {"implicit": 7, "optional": True}),
        ("subject_unique_id", core.OctetBitString, {"implicit": 8, "optional": True}),
        ("extensions", x509.Extensions, {"implicit": 9, "optional": True}),
    ]


class CertRequest(core.Sequence):  # type: ignore[misc]
    """RFC 4211, 5."""

    _fields = [  # noqa: RUF012
        ("cert_req_id", core.Integer),
        ("cert_template", CertTemplate),
        ("controls", core.Any, {"optional": True}),
    ]


class PkMacValue(core.Sequence):  # type: ignore[misc]
    """RFC 4211, 4.4."""

    _fields = [("algorithm", algos.AlgorithmIdentifier), ("value", core.OctetBitString)]  # noqa: RUF012


class AuthenticationInfo(core.Choice):  # type: ignore[misc]
    """RFC 4211, 4.1."""

    _alternatives = [("sender", x509.GeneralName, {"explicit": 0}), ("mac", PkMacValue)]  # noqa: RUF012


class PopoSigningKeyInput(core.Sequence):  # type: ignore[misc]
    """RFC 4211, 4.1."""

    _fields = [("auth_info", AuthenticationInfo), ("public_key", keys.PublicKeyInfo)]  # noqa: RUF012


class PopoSigningKey(core.Sequence):  # type: ignore[misc]
    """RFC 4211, 4.1."""

    _fields = [  # noqa: RUF012
        ("poposk_input", PopoSigningKeyInput, {"implicit": 0, "optional": True}),
        ("algorithm", algos.SignedDigestAlgorithm),
        ("signature", core.OctetBitString),
    ]


class ProofOfPossession(core.Choice):  # type: ignore[misc]
    """RFC 4211, 4."""

    _alternatives = [  # noqa: RUF012
        ("ra_verified", core.Null, {"implicit": 0}),
        ("signature", PopoSigningKey, {"implicit": 1}),
        ("key_encipherment", core.Any, {"explicit": 2}),
        ("key_agreement", core.Any, {"explicit": 3}),
    ]


class CertReqMsg(core.Sequence):  # type: ignore[misc]
    """RFC 4211, 3."""

    _fields = [  # noqa: RUF012
        ("cert_req", CertRequest),
        ("popo", ProofOfPossession, {"optional": True}),
        ("reg_info", core.Any, {"optional": True}),
    ]


class CertReqMessages(core.SequenceOf):  # type: ignore[misc]
    """RFC 4211, 3."""

    _child_spec = CertReqMsg


@dataclass(frozen=True, slots=True)
class KeyRequest:
    """The parts of a CertReqMsg that are used.

    Attributes:
        spki: the template's DER SubjectPublicKeyInfo.
        signed_spki: the one in the signing key's input; None where the CertRequest itself is signed.
        proof: the signature.
        extensions: the template's DER Extensions; None without.
    """

    spki: bytes
    signed_spki: bytes | None
    proof: Proof
    extensions: bytes | None


def read_crmf(der: bytes) -> CertificationRequest | Rejected:
    """The key of the only CertReqMsg, if its signature is good.

    Raises:
        ValueError: it cannot be read.
    """
    with reading():
        found = _key_request(CertReqMessages.load(der, strict=True))
    if isinstance(found, Rejected):
        return found
    key = read_key(found.spki)
    if isinstance(key, Rejected):
        return key
    if found.signed_spki is not None and read_key(found.signed_spki) != key:
        return Rejected(Reason.BAD_PROOF_OF_POSSESSION, "The signed key is another one than the template's.")
    refused = judge_possession(key, found.proof)
    names = () if found.extensions is None else names_in_extensions(found.extensions)
    return refused or CertificationRequest(public_key=key.spki, possession=Possession.PROVEN, alternative_names=names)


def _key_request(messages: CertReqMessages) -> KeyRequest | Rejected:
    if len(messages) != 1:
        return Rejected(Reason.BAD_CERTIFICATE_REQUEST, "One CertReqMsg is needed.")
    request, popo = messages[0]["cert_req"], messages[0]["popo"]
    public_key = request["cert_template"]["public_key"]
    if isinstance(public_key, core.Void):
        return Rejected(Reason.BAD_CERTIFICATE_REQUEST, "The template holds no public key.")
    if isinstance(popo, core.Void) or popo.name != "signature":
        return Rejected(Reason.BAD_PROOF_OF_POSSESSION, "A signature by the key is needed (POPOSigningKey).")
    return _proven(request, popo.chosen, public_key.untag().dump())


def _proven(request: CertRequest, popo: PopoSigningKey, spki: bytes) -> KeyRequest | Rejected:
    """With both subject and key in the template its request is signed, otherwise the signing key's input is."""
    algorithm, signature, given = popo["algorithm"], popo["signature"], popo["poposk_input"]
    asked = request["cert_template"]["extensions"]
    extensions = None if isinstance(asked, core.Void) else asked.untag().dump()
    if not isinstance(given, core.Void):
        if given["auth_info"].name != "sender":
            return Rejected(Reason.BAD_PROOF_OF_POSSESSION, "A MAC in place of the sender's name is not accepted.")
        return KeyRequest(spki, given["public_key"].dump(), proof(algorithm, signature, given.untag()), extensions)
    if isinstance(request["cert_template"]["subject"], core.Void):
        return Rejected(Reason.BAD_PROOF_OF_POSSESSION, "Without a subject, the signing key's input is needed.")
    return KeyRequest(spki, None, proof(algorithm, signature, request), extensions)
