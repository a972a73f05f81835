"""SignedPublicKeyAndChallenge, the signed key that HTML's keygen element made, DER. The challenge says nothing here."""

from asn1crypto import algos, core, keys

from lockgate.certification.endentity import CertificationRequest, Possession
from lockgate.reasons import Rejected
from lockgate_formats.public_keys import read_key
from lockgate_formats.reading import reading
from lockgate_formats.requests.possession import Proof, judge_possession


class PublicKeyAndChallenge(core.Sequence):  # type: ignore[misc]
    """The part that is signed."""

    _fields = [("public_key", keys.PublicKeyInfo), ("challenge", core.IA5String)]  # noqa: RUF012


class SignedPublicKeyAndChallenge(core.Sequence):  # type: ignore[misc]
    """The whole."""

    _fields = [  # noqa: RUF012
        ("content", PublicKeyAndChallenge),
        ("algorithm", algos.SignedDigestAlgorithm),
        ("signature", core.OctetBitString),
    ]


def read_spkac(der: bytes) -> CertificationRequest | Rejected:
    """The key, if its signature is good.

    Raises:
        ValueError: it cannot be read.
    """
    with reading():
        spkac = SignedPublicKeyAndChallenge.load(der, strict=True)
        content = spkac["content"]
        content["challenge"].native  # noqa: B018  (reads it: what is no text is refused)
        spki = content["public_key"].dump()
        given = Proof(spkac["algorithm"].dump(), spkac["signature"].native, content.dump())
    key = read_key(spki)
    if isinstance(key, Rejected):
        return key
    refused = judge_possession(key, given)
    return refused or CertificationRequest(public_key=key.spki, possession=Possession.PROVEN)
