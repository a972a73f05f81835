"""Octets in the place of a submessage or of a message: the words of the scenarios, and what they do."""

from collections.abc import Callable, Mapping

from asn1crypto import algos, cms
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from lockgate.requests.content import ContentKind
from lockgate_formats.cms import CmsEnvelopes
from lockgate_formats.cms.oids import CONTENT_TYPES
from tests.support.pki.identities import Identity, ec_key, rsa_key
from tests.support.scenarios.unfit_signers import DAY, USAGE, certificate_by
from tests.support.scenarios.world import MAX_MESSAGE, World
from tests.support.wire import cms_objects

REQUEST = CONTENT_TYPES[ContentKind.REQUEST]
DATA = "1.2.840.113549.1.7.1"
SIGNED_DATA = "1.2.840.113549.1.7.2"
COMPRESSED_DATA = "1.2.840.113549.1.9.16.1.9"


def _signed(world: World, content: bytes, *infos: cms.SignerInfo, digest: str = "sha256") -> bytes:
    return cms_objects.signed_data(content, REQUEST, infos, [forged(world.ra)], digest)


def forged(identity: Identity) -> cms_objects.Identity:
    """The identity, for the cms_objects."""
    assert isinstance(identity.key, rsa.RSAPrivateKey)
    return cms_objects.Identity(identity.certificate, identity.key)


def _enveloped(world: World, signed: bytes, **spoil: bool) -> bytes:
    return cms_objects.auth_enveloped(
        cms_objects.inner(signed), SIGNED_DATA, world.worker_identity.certificate, **spoil
    )


def _good(world: World) -> tuple[bytes, bytes]:
    """A good request's content and its SignedData."""
    content = world.draft().signed_bytes()
    return content, _signed(world, content, cms_objects.signer_info(content, REQUEST, forged(world.ra)))


def _changed_signature(world: World) -> bytes:
    content, _ = _good(world)
    info = cms_objects.signer_info(content, REQUEST, forged(world.ra))
    signature = bytearray(info["signature"].native)
    signature[-1] ^= 1
    info["signature"] = bytes(signature)
    return _signed(world, content, info)


def _other_content(world: World) -> bytes:
    content, _ = _good(world)
    return _signed(world, content, cms_objects.signer_info(content + b" ", REQUEST, forged(world.ra)))


def _two_signers(world: World) -> bytes:
    content, _ = _good(world)
    info = cms_objects.signer_info(content, REQUEST, forged(world.ra))
    second = cms_objects.signer_info(content, REQUEST, forged(world.worker_identity))
    return cms_objects.signed_data(content, REQUEST, [info, second], [forged(world.ra), forged(world.worker_identity)])


def _without_attributes(world: World) -> bytes:
    content, _ = _good(world)
    return _signed(world, content, cms_objects.signer_info(content, REQUEST, forged(world.ra), attributes=False))


def _with_sha1(world: World) -> bytes:
    content, _ = _good(world)
    return _signed(world, content, cms_objects.signer_info(content, REQUEST, forged(world.ra), "sha1"), digest="sha1")


def _with_a_small_key(world: World) -> bytes:
    small = rsa_key(31, 1024)
    signer = cms_objects.Identity(certificate_by(world.ca_side.authority, small, -DAY, DAY, USAGE), small)
    content = world.draft().signed_bytes()
    return cms_objects.signed_data(content, REQUEST, [cms_objects.signer_info(content, REQUEST, signer)], [signer])


def _on_another_curve(world: World) -> bytes:
    key = ec_key(13, ec.SECP256K1)
    certificate = certificate_by(world.ca_side.authority, key, -DAY, DAY, USAGE)
    content = world.draft().signed_bytes()
    signer = cms_objects.Identity(certificate, rsa_key(13))
    info = cms_objects.signer_info(content, REQUEST, signer)
    info["signature_algorithm"] = algos.SignedDigestAlgorithm({"algorithm": "sha256_ecdsa"})
    info["signature"] = key.sign(info["signed_attrs"].untag().dump(), ec.ECDSA(hashes.SHA256()))
    return cms_objects.signed_data(content, REQUEST, [info], [signer])


def _as_an_answer(world: World) -> bytes:
    draft = world.draft()
    return CmsEnvelopes(world.ra.keystore).seal(draft.signed_bytes(), ContentKind.ANSWER, sign=True, encrypt_to=None)


def _relabelled(world: World) -> bytes:
    content, _ = _good(world)
    return _signed(
        world, content, cms_objects.signer_info(content, CONTENT_TYPES[ContentKind.ANSWER], forged(world.ra))
    )


def _without_certificate(world: World) -> bytes:
    content, _ = _good(world)
    info = cms_objects.signer_info(content, REQUEST, forged(world.ra))
    return cms_objects.signed_data(content, REQUEST, [info], [forged(world.worker_identity)])


def _somebody_elses(world: World) -> bytes:
    _, signed = _good(world)
    return cms_objects.auth_enveloped(cms_objects.inner(signed), SIGNED_DATA, world.ra.certificate)


def _unauthenticated(world: World) -> bytes:
    content = world.draft(sign=False).signed_bytes()
    return cms_objects.cbc_enveloped(content, world.worker_identity.certificate)


SUBMESSAGES: Mapping[str, Callable[[World], bytes]] = {
    "empty": lambda _: b"",
    "text that is no ASN.1": lambda _: b"certificate, please",
    "a request cut off in the middle": lambda world: world.draft().sealed()[:700],
    "nested 20,000 levels deep": lambda _: b"\x30\x80" * 20_000,
    "of a CMS type that is not supported": lambda _: cms_objects.content_info(COMPRESSED_DATA, b"\x30\x00"),
    "of the CMS type for data, without an octet string": lambda world: cms_objects.content_info(
        DATA, cms_objects.element(0x0C, world.draft(sign=False, encrypt=False).signed_bytes())
    ),
    "encrypted to somebody else": _somebody_elses,
    "encrypted to us with its ciphertext changed": lambda world: _enveloped(
        world, _good(world)[1], spoil_ciphertext=True
    ),
    "encrypted to us with its content key changed": lambda world: _enveloped(world, _good(world)[1], spoil_key=True),
    "encrypted without authentication and not signed": _unauthenticated,
    "signed with a changed signature": lambda world: _enveloped(world, _changed_signature(world)),
    "signed over other content": lambda world: _enveloped(world, _other_content(world)),
    "signed by two signers": lambda world: _enveloped(world, _two_signers(world)),
    "signed without signed attributes": lambda world: _enveloped(world, _without_attributes(world)),
    "signed with SHA-1": lambda world: _enveloped(world, _with_sha1(world)),
    "signed with an RSA key of 1024 bits": lambda world: _enveloped(world, _with_a_small_key(world)),
    "signed with a key on the curve secp256k1": lambda world: _enveloped(world, _on_another_curve(world)),
    "signed as an answer instead of a request": lambda world: _enveloped(world, _as_an_answer(world)),
    "signed as an answer and relabelled as a request": lambda world: _enveloped(world, _relabelled(world)),
    "signed with the signer's certificate left out": lambda world: _enveloped(world, _without_certificate(world)),
}
"""Octets in the place of a submessage."""

MESSAGES: Mapping[str, Callable[[World], bytes]] = {
    "no sequence of submessages": lambda _: b"certificate, please",
    "an empty sequence": lambda _: cms_objects.container(),
    "a sequence with a submessage behind it": lambda world: (
        cms_objects.container(world.draft().sealed()) + cms_objects.element(0x04, world.draft("bob").sealed())
    ),
    "of too many submessages": lambda _: cms_objects.container(*[b""] * 1001),
    "larger than the data source accepts": lambda _: bytes(MAX_MESSAGE + 1),
    "taken up too often without being done": lambda world: cms_objects.container(world.draft().sealed()),
}
"""Octets in the place of a message."""
