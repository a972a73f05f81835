"""New keys, made in their token (PKCS#11 2.40, 4.9): sensitive, never extractable, for their one purpose."""

import secrets
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric import ec, rsa

from lockgate.errors import ConfigurationError, KeyAway, KeystoreError
from lockgate.names.keyspec import KeyKind
from lockgate.reasons import Rejected
from lockgate_formats import der
from lockgate_formats.public_keys import ALGORITHMS, read_key
from lockgate_keys.hardware.keys import TokenKey, key_in
from lockgate_keys.hardware.proof import prove
from lockgate_keys.hardware.token import Token, TokenSession

if TYPE_CHECKING:  # only the extra `hsm` brings what these import
    from pkcs11 import PrivateKey, PublicKey, Session

ID_OCTETS = 16
CURVES: Mapping[str, tuple[KeyKind, str, int]] = {
    "P-256": ("P-256", "secp256r1", 65),
    "P-384": ("P-384", "secp384r1", 97),
}
"""The curves of keys that are made, their names elsewhere, and the octets of an uncompressed point."""


def make_key(token: Token, specification: str, label: str, *, decrypts: bool) -> TokenKey:
    """A new key in `token`, which has done once what it is for.

    Args:
        specification: as RSA-2048, P-256 or P-384.
        label: under which the token's programs list it.
        decrypts: whether an RSA key decrypts, too.

    Raises:
        ConfigurationError: another specification.
        KeystoreError: the token has made a key that may leave it; it is removed.
        TokenAway: as `Token.use`.
        KeyAway: the key cannot be made, or cannot do what it is for; then it is removed.
    """
    identifier = secrets.token_bytes(ID_OCTETS)
    if specification not in CURVES and not specification.removeprefix("RSA-").isdecimal():
        raise ConfigurationError(f"key type {specification!a}: tokens make RSA keys, {' and '.join(CURVES)} here")
    spki = token.use(lambda session: _make(session, specification, identifier, label, decrypts=decrypts))
    if spki is None:
        raise KeystoreError(f"{token.uri.name} makes keys that may leave it; they are not used")
    public = read_key(spki)
    if isinstance(public, Rejected):
        raise KeystoreError(f"{token.uri.name} has made an unfit key: {public.fail_info}")
    key = key_in(token, token.uri.of_key(identifier, label), public.public_key)
    try:
        prove(key, decrypts=decrypts)
    except KeyAway:
        destroy_key(key)
        raise
    return key


def specification_of(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> str:
    """The kind and size of `key`, for one like it."""
    if isinstance(key, rsa.RSAPrivateKey):
        return f"RSA-{key.key_size}"
    return {name: known for known, (_, name, _) in CURVES.items()}.get(key.curve.name, key.curve.name)


def destroy_key(key: TokenKey) -> None:
    """Remove `key` and its public key from the token; nothing happens where they are not there.

    Raises:
        Unavailable: as `Token.use`.
    """
    key.token.use(lambda session: _destroy(session, key.uri.id))


def _make(session: TokenSession, specification: str, identifier: bytes, label: str, *, decrypts: bool) -> bytes | None:
    """The DER SubjectPublicKeyInfo; None where the private key may leave the token.

    A try before this one may have made the key, and lost the answer: two keys of one identifier would be none.
    """
    with session.session.token.open(rw=True) as writing:
        _remove(writing, identifier)
        public, private = _generated(writing, specification, identifier, label, decrypts=decrypts)
        if not stays(private):
            private.destroy()
            public.destroy()
            return None
        return _spki(public, specification)


def _generated(
    session: "Session", specification: str, identifier: bytes, label: str, *, decrypts: bool
) -> "tuple[PublicKey, PrivateKey]":
    from pkcs11 import Attribute, KeyType, MechanismFlag  # noqa: PLC0415  (an extra)
    from pkcs11.util.ec import encode_named_curve_parameters  # noqa: PLC0415

    flags = MechanismFlag.SIGN | MechanismFlag.VERIFY
    if decrypts and specification not in CURVES:
        flags |= MechanismFlag.DECRYPT | MechanismFlag.ENCRYPT
    make: Callable[..., tuple[PublicKey, PrivateKey]]
    if specification in CURVES:
        domain = {Attribute.EC_PARAMS: encode_named_curve_parameters(CURVES[specification][1])}
        make = session.create_domain_parameters(KeyType.EC, domain, local=True).generate_keypair
    else:
        make = partial(session.generate_keypair, KeyType.RSA, int(specification.removeprefix("RSA-")))
    return make(
        id=identifier,
        label=label,
        store=True,
        capabilities=flags,
        private_template={Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False, Attribute.PRIVATE: True},
    )


def stays(private: "PrivateKey") -> bool:
    """Whether the key, in the session that it was found in, cannot leave its token."""
    from pkcs11 import Attribute  # noqa: PLC0415  (an extra)

    return bool(private[Attribute.SENSITIVE]) and not private[Attribute.EXTRACTABLE]


def may_leave(key: TokenKey) -> bool:
    """Whether the token would give `key` away.

    Raises:
        Unavailable: the token cannot be used now.
    """
    return not key.token.use(lambda session: stays(session.key(key.uri)))


def _spki(public: "PublicKey", specification: str) -> bytes:
    from pkcs11 import Attribute  # noqa: PLC0415  (an extra)
    from pkcs11.util.rsa import encode_rsa_public_key  # noqa: PLC0415

    if specification not in CURVES:
        return der.sequence(ALGORITHMS["RSA"], der.bit_string(encode_rsa_public_key(public)))
    kind, _, octets = CURVES[specification]
    point = public[Attribute.EC_POINT][-octets:]  # a DER OCTET STRING; some tokens leave its head out
    return der.sequence(ALGORITHMS[kind], der.bit_string(point))


def _destroy(session: TokenSession, identifier: bytes) -> None:
    with session.session.token.open(rw=True) as writing:
        _remove(writing, identifier)
    session.keys.clear()


def _remove(writing: "Session", identifier: bytes) -> None:
    from pkcs11 import Attribute  # noqa: PLC0415  (an extra)

    for found in list(writing.get_objects({Attribute.ID: identifier})):
        found.destroy()
