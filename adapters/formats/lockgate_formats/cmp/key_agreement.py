"""Key agreement for EnvelopedData: ephemeral-static ECDH (RFC 5753, 3.1) with the key derivation function of ANSI
X9.63, and AES key wrap (RFC 3394). A sender makes a key pair for one message; the recipient's key is its certificate's.
RFC 9483, 4.1.6.2 would name the CA's certificate as the originator: then its signing key would have to agree on keys.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from cryptography.hazmat.primitives import hashes, keywrap
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.kdf.x963kdf import X963KDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from lockgate_formats import der
from lockgate_formats.cms import oids
from lockgate_formats.cms.algorithms import algorithm
from lockgate_formats.cms.certificates import point_on
from lockgate_formats.cms.limits import Unreadable
from lockgate_formats.fields import Fields, bit_string, contents_of, read_whole

UKM_OCTETS = 16
WRAPS: Mapping[bytes, int] = MappingProxyType({algorithm(oids.AES128_WRAP): 16, algorithm(oids.AES256_WRAP): 32})
"""AES key wrap (RFC 3565, 2.3.2; parameters absent), with the octets of its key."""
AES256_WRAP = algorithm(oids.AES256_WRAP)
_SCHEMES: Mapping[bytes, hashes.HashAlgorithm] = MappingProxyType(
    {
        der.oid(oids.STD_DH_SHA256_KDF): hashes.SHA256(),
        der.oid(oids.STD_DH_SHA384_KDF): hashes.SHA384(),
        der.oid(oids.STD_DH_SHA512_KDF): hashes.SHA512(),
    }
)
_OF_CURVES: Mapping[str, bytes] = MappingProxyType(
    {
        "secp256r1": der.oid(oids.STD_DH_SHA256_KDF),
        "secp384r1": der.oid(oids.STD_DH_SHA384_KDF),
        "secp521r1": der.oid(oids.STD_DH_SHA512_KDF),
    }
)
_EC_PUBLIC_KEY = der.oid("1.2.840.10045.2.1")
_VERSION_3 = der.integer(3)
_ORIGINATOR_KEY = der.CONTEXT_1
AGREEMENT = der.CONTEXT_1
"""The tag of a KeyAgreeRecipientInfo."""


@dataclass(frozen=True, slots=True)
class _Agreement:
    """What the wrapping key is derived with.

    Attributes:
        digest: of the key derivation function.
        wrap: DER AlgorithmIdentifier of AES key wrap.
        ukm: user keying material; None without.
    """

    digest: hashes.HashAlgorithm
    wrap: bytes
    ukm: bytes | None

    def key(self, shared: bytes) -> bytes:
        """The wrapping key; ECC-CMS-SharedInfo goes into it (RFC 5753, 7.2)."""
        octets = WRAPS[self.wrap]
        info = der.sequence(
            self.wrap,
            b"" if self.ukm is None else der.explicit(0, der.octet_string(self.ukm)),
            der.explicit(2, der.octet_string((octets * 8).to_bytes(4, "big"))),
        )
        return X963KDF(self.digest, octets, info).derive(shared)


def key_agreement_info(public_key: ec.EllipticCurvePublicKey, recipient: bytes, key: bytes) -> bytes:
    """The DER KeyAgreeRecipientInfo (RFC 5652, 6.2.2), with `key` wrapped.

    Args:
        public_key: the recipient's, on P-256, P-384 or P-521.
        recipient: DER KeyAgreeRecipientIdentifier.
    """
    ephemeral = ec.generate_private_key(public_key.curve)
    scheme = _OF_CURVES[public_key.curve.name]
    agreement = _Agreement(_SCHEMES[scheme], AES256_WRAP, os.urandom(UKM_OCTETS))
    wrapped = keywrap.aes_key_wrap(agreement.key(ephemeral.exchange(ec.ECDH(), public_key)), key)
    point = ephemeral.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    originator = der.explicit(1, der.sequence(_EC_PUBLIC_KEY) + der.bit_string(point))
    return der.element(
        AGREEMENT,
        _VERSION_3,
        der.explicit(0, originator),
        der.explicit(1, der.octet_string(agreement.ukm or b"")),
        der.sequence(scheme, agreement.wrap),
        der.sequence(der.sequence(recipient, der.octet_string(wrapped))),
    )


def agreed_key(info: bytes, private_key: ec.EllipticCurvePrivateKey) -> bytes:
    """The key that a DER KeyAgreeRecipientInfo has wrapped for the holder of `private_key`, its only recipient.

    Raises:
        ValueError: it is none, or not accepted.
        InvalidUnwrap: it is for another key.
    """
    fields = read_whole(info, AGREEMENT)
    if fields.element() != _VERSION_3:
        raise Unreadable("a key agreement of another version")
    originator = fields.inside(der.CONTEXT_0)
    point = _originator_point(originator)
    ukm = fields.optional_explicit(der.CONTEXT_1, der.OCTET_STRING)
    agreement = _agreement(fields.inside(der.SEQUENCE), ukm)
    wrapped = _only_key(fields.inside(der.SEQUENCE))
    fields.finish()
    shared = private_key.exchange(ec.ECDH(), point_on(private_key.curve, point))
    return keywrap.aes_key_unwrap(agreement.key(shared), wrapped)


def _originator_point(originator: Fields) -> bytes:
    """The public key of OriginatorIdentifierOrKey, of which only originatorKey is used here."""
    key = originator.inside(_ORIGINATOR_KEY)
    originator.finish()
    identified = key.inside(der.SEQUENCE)
    if identified.element() != _EC_PUBLIC_KEY:
        raise Unreadable("an originator's key that is no EC key")
    found = bit_string(key.contents(der.BIT_STRING))
    key.finish()
    return found


def _agreement(identified: Fields, ukm: bytes | None) -> _Agreement:
    digest = _SCHEMES.get(identified.element())
    wrap = identified.element()
    identified.finish()
    if digest is None or wrap not in WRAPS:
        raise Unreadable("a key agreement or a key wrap that is not used here")
    return _Agreement(digest, wrap, None if ukm is None else contents_of(ukm, der.OCTET_STRING))


def _only_key(encrypted: Fields) -> bytes:
    """The encryptedKey of the only RecipientEncryptedKey."""
    one = encrypted.inside(der.SEQUENCE)
    encrypted.finish()
    one.element()
    found = one.contents(der.OCTET_STRING)
    one.finish()
    return found
