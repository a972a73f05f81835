"""Ways in which a submessage or a message can be wrong: the words of the scenarios, and what they do."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from asn1crypto import algos, cms
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from lockgate.certification.revocation import RevocationReason
from lockgate.requests.content import ContentKind, Place, Recipient
from lockgate_formats.cms import CmsEnvelopes
from lockgate_formats.cms.oids import CONTENT_TYPES
from tests.support.pki.certificate_requests import (
    close_primes_key,
    pkcs10,
    roca_key,
    sharing_keys,
    spki,
    with_another_exponent,
)
from tests.support.pki.identities import Authority, Identity, Key, ec_key, key_usage, name, rsa_key
from tests.support.scenarios.ca_side import BLOCKED_KEY, other_authority
from tests.support.scenarios.drafts import Draft
from tests.support.scenarios.world import MAX_MESSAGE, RECIPIENT, World
from tests.support.wire import cms_objects

Twist = Callable[[World, Draft], object]
REQUEST = CONTENT_TYPES[ContentKind.REQUEST]
DATA = "1.2.840.113549.1.7.1"
SIGNED_DATA = "1.2.840.113549.1.7.2"
DAY = timedelta(days=1)
COMPRESSED_DATA = "1.2.840.113549.1.9.16.1.9"


# ---- what stands behind the signature


def _signed_by(profile: str, reason: RevocationReason | None = None) -> Twist:
    def twist(world: World, draft: Draft) -> None:
        draft.signer = world.ca_side.certify("CN=second ra", rsa_key(13), profile)
        if reason is not None:
            world.ca_side.revoke(draft.signer, reason)

    return twist


USAGE = key_usage("digital_signature", "key_encipherment")


def _certificate(
    issuer: Authority | Identity,
    key: Key,
    begin: timedelta,
    end: timedelta,
    *extensions: x509.ExtensionType,
) -> x509.Certificate:
    """One that no CA would issue; its extensions are critical."""
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder(subject_name=name("second ra"))
        .issuer_name(issuer.certificate.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + begin)
        .not_valid_after(now + end)
    )
    for extension in extensions:
        builder = builder.add_extension(extension, critical=True)
    return builder.sign(issuer.key, hashes.SHA256())


def _forged(begin: timedelta, end: timedelta) -> Twist:
    """Signed by the CA's key, but never stored by the CA."""

    def twist(world: World, draft: Draft) -> None:
        draft.signer = Identity(_certificate(world.ca_side.authority, rsa_key(13), begin, end, USAGE), rsa_key(13))

    return twist


def _known(world: World, begin: timedelta, end: timedelta, *extensions: x509.ExtensionType) -> Identity:
    """Signed by the CA's key, and stored by the CA as issued."""
    genuine = world.ca_side.certify("CN=second ra", rsa_key(13))
    return world.ca_side.replace_certificate(
        genuine, _certificate(world.ca_side.authority, rsa_key(13), begin, end, *extensions)
    )


def _signer_with(*extensions: x509.ExtensionType) -> Twist:
    return lambda world, draft: setattr(draft, "signer", _known(world, -DAY, DAY, *extensions))


def _cas_own_certificate(world: World, draft: Draft) -> None:
    draft.signer = Identity(world.ca_side.authority.certificate, world.ca_side.authority.key)


def _issued_by_an_ra(world: World, draft: Draft) -> None:
    draft.signer = Identity(_certificate(world.ra, rsa_key(13), -DAY, DAY, USAGE), rsa_key(13))


def _expired_answer_certificate(world: World, draft: Draft) -> None:
    draft.change(answer_certificate=_known(world, -2 * DAY, -DAY, USAGE).der)


def _unsigned(world: World, draft: Draft) -> None:
    draft.signer = None
    draft.change(answer_certificate=world.ra.der)


def _stranger(_: World, draft: Draft) -> None:
    draft.signer = other_authority().issue("ra", rsa_key(14))


def _issued_by_the_other_ca(world: World, draft: Draft) -> None:
    """By a CA that is here, too, but is not the worker's `raissuer`."""
    issued = world.ca_side.administration.issue_keystore_certificate(
        "ra of others", "CN=ra", spki(rsa_key(68)), ca_name="OtherCA", certificate_profile="RA"
    )
    draft.signer = Identity(x509.load_der_x509_certificate(issued.certificate), rsa_key(68))


def _impostor(world: World, draft: Draft) -> None:
    """The RA's names and serial number, signed by somebody else, with a key of the same kind as the CA's."""
    ra = world.ra.certificate
    builder = (
        x509.CertificateBuilder(subject_name=ra.subject)
        .issuer_name(ra.issuer)
        .public_key(rsa_key(14).public_key())
        .serial_number(ra.serial_number)
        .not_valid_before(ra.not_valid_before_utc)
        .not_valid_after(ra.not_valid_after_utc)
        .add_extension(key_usage("digital_signature", "key_encipherment"), critical=True)
    )
    draft.signer = Identity(builder.sign(ec_key(15), hashes.SHA256()), rsa_key(14))


def _answer_certificate(profile: str, reason: RevocationReason | None = None) -> Twist:
    def twist(world: World, draft: Draft) -> None:
        identity = world.ca_side.certify("CN=third ra", rsa_key(15), profile)
        if reason is not None:
            world.ca_side.revoke(identity, reason)
        draft.change(answer_certificate=identity.der)

    return twist


def _set(**fields: object) -> Twist:
    return lambda _, draft: draft.change(**fields)


def _ask(**fields: object) -> Twist:
    return lambda _, draft: draft.ask(**fields)


def _narrow(**fields: object) -> Twist:
    return _ask(end_entity_profile="NARROW", **fields)


def _time(created: timedelta, expires: timedelta) -> Twist:
    def twist(_: World, draft: Draft) -> None:
        now = datetime.now(UTC)
        draft.change(created=now + created, expires=now + expires)

    return twist


def _place(message_id: str | None = None, part: int = 1, parts: int = 1) -> Twist:
    return lambda _, draft: draft.change(place=Place(message_id or draft.row, part, parts))


def _edit(change: Callable[[dict[str, object]], object]) -> Twist:
    return lambda _, draft: draft.edits.append(change)


def _edit_request(change: Callable[[dict[str, object]], object]) -> Twist:
    return lambda _, draft: draft.edits.append(lambda its: change(its["request"]))


def _key(make: Callable[[], rsa.RSAPrivateKey]) -> Twist:
    return lambda _, draft: draft.ask(pkcs10=pkcs10(make()))


def _shared_prime(world: World, draft: Draft) -> None:
    first, second = sharing_keys()
    world.ca_side.certify("CN=earlier", first)
    draft.ask(pkcs10=pkcs10(second))


def _cas_own_key(world: World, draft: Draft) -> None:
    draft.ask(pkcs10=pkcs10(world.ca_side.authority.key))


def _another_ras(world: World, draft: Draft) -> None:
    world.ca_side.certify("CN=second ra", rsa_key(13))
    draft.ask(pkcs10=pkcs10(with_another_exponent(rsa_key(13))))


def _compromised(world: World, draft: Draft) -> None:
    """And comes back with another exponent."""
    world.ca_side.revoke(world.ca_side.certify("CN=earlier", rsa_key(13)), RevocationReason.KEY_COMPROMISE)
    draft.ask(pkcs10=pkcs10(with_another_exponent(rsa_key(13))))


DRAFTS: Mapping[str, Twist] = {
    "it asks for nothing it may not have": lambda *_: None,
    "it is not encrypted": lambda _, draft: setattr(draft, "encrypt_to", None),
    "it is not signed": _unsigned,
    "its signer's certificate was issued by another CA": _stranger,
    "its signer's certificate was issued by the CA for others": _issued_by_the_other_ca,
    "its signer's certificate is a forgery in the RA's name": _impostor,
    "it is signed with the worker's own key": lambda world, draft: setattr(draft, "signer", world.worker_identity),
    "its signer's certificate has expired": _forged(-2 * DAY, -DAY),
    "its signer's certificate is not valid yet": _forged(DAY, 2 * DAY),
    "its signer's certificate is revoked": _signed_by("RA", RevocationReason.KEY_COMPROMISE),
    "its signer's certificate is on hold": _signed_by("RA", RevocationReason.CERTIFICATE_HOLD),
    "its signer's certificate is not known to the CA": _forged(-DAY, DAY),
    "its signer's certificate is not meant for signatures": _signed_by("SIGNLESS"),
    "its signer's certificate says nothing of what it is meant for": _signer_with(),
    "its signer's certificate is meant for TLS servers alone": _signer_with(
        USAGE, x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
    ),
    "its signer's certificate is meant for OCSP responses alone": _signer_with(
        USAGE, x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING])
    ),
    "its signer's certificate has an unknown critical extension": _signer_with(
        USAGE, x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00")
    ),
    "its signer's certificate is a CA's": _signer_with(USAGE, x509.BasicConstraints(ca=True, path_length=0)),
    "its signer's certificate is the CA's own": _cas_own_certificate,
    "its signer's certificate was issued by an RA": _issued_by_an_ra,
    "it names no answer certificate": _set(answer_certificate=None),
    "it names an answer certificate issued by another CA": lambda _, draft: draft.change(
        answer_certificate=other_authority().issue("ra", rsa_key(14)).der
    ),
    "it names an answer certificate that is revoked": _answer_certificate("RA", RevocationReason.SUPERSEDED),
    "it names an answer certificate that has expired": _expired_answer_certificate,
    "it names an answer certificate that is not meant for encryption": _answer_certificate("CIPHERLESS"),
    "it was signed for another message": _place("another message"),
    "it was signed for another place in the message": _place(part=2, parts=2),
    "it was signed for a message with more parts": _place(parts=2),
    "it is meant for another CA": _set(recipient=Recipient("ca2.example", RECIPIENT.data_source)),
    "it is meant for another data source": _set(recipient=Recipient(RECIPIENT.ca, "RAMessage2DS")),
    "its content is no JSON": lambda _, draft: setattr(draft, "octets", b"<request/>"),
    "its content lacks its nonce": _edit(lambda its: its.pop("nonce")),
    "its content has a field too many": _edit(lambda its: its.update(priority=1)),
    "its content has a field twice": lambda _, draft: setattr(
        draft, "octets", draft.signed_bytes().replace(b'"part": 1', b'"part": 1, "part": 1')
    ),
    "its content has a time that is not in UTC": _edit(
        lambda its: its.update(created=str(its["created"]).replace("Z", "+00:01"))
    ),
    "it has expired": _time(-2 * DAY, -DAY),
    "it was created four minutes in the future": _time(timedelta(minutes=4), DAY),
    "it was created six minutes in the future": _time(timedelta(minutes=6), DAY),
    "it asks to be valid for a year": _time(timedelta(), timedelta(days=365)),
    "its type is unknown": _edit(lambda its: its.update(type="PKCS99Request")),
    "its type is a part of a known type's name": _edit(lambda its: its.update(type="PKCS10")),
    "its version is unknown": _edit(lambda its: its.update(version=2)),
    "a field of the request has the wrong type": _edit_request(lambda its: its.update(username=7)),
    "a field of the request is missing": _edit_request(lambda its: its.pop("ca_name")),
    "a field of the request is longer than it may be": _edit_request(lambda its: its.update(username="a" * 256)),
    "a field of the request holds a NUL character": _edit_request(lambda its: its.update(ca_name="Management\0CA")),
    "the request has a field too many": _edit_request(lambda its: its.update(superadministrator=True)),
    "its PKCS#10 is garbage": _ask(pkcs10=b"garbage"),
    "its PKCS#10 is signed by another key": lambda _, draft: draft.ask(
        pkcs10=pkcs10(rsa_key(21), signed_by=rsa_key(22))
    ),
    "its PKCS#10 is signed with SHA-1": lambda _, draft: draft.ask(pkcs10=pkcs10(rsa_key(21), digest="sha1")),
    "its RSA key has 1024 bits": _key(lambda: rsa_key(31, 1024)),
    "its RSA key has the exponent 3": _key(lambda: rsa.generate_private_key(3, 2048)),
    "its RSA key has the ROCA weakness": _key(roca_key),
    "its RSA key has close primes": _key(close_primes_key),
    "its RSA key shares a prime with an earlier key": _shared_prime,
    "its key is on the operator's blocklist": _key(lambda: rsa_key(BLOCKED_KEY)),
    "its key is the CA's own": _cas_own_key,
    "its key is the CA's own and its username the CA's": lambda world, draft: draft.ask(
        pkcs10=pkcs10(world.ca_side.authority.key), username="ManagementCA"
    ),
    "its key is the worker's own": lambda world, draft: draft.ask(pkcs10=pkcs10(world.worker_identity.key)),
    "its key is another RA's with another exponent": _another_ras,
    "its key is known to be compromised": _compromised,
    "its subject has a control character": _ask(subject_dn="CN=ali\x07ce"),
    "its subject has an invisible character": _ask(subject_dn="CN=ali\u200bce"),
    "its subject turns the direction of writing": _ask(subject_dn="CN=ali\u202ece"),
    "its subject has a space that is none": _ask(subject_dn="CN=ali\u00a0ce"),
    "its subject is decomposed": _ask(subject_dn="CN=ale\u0301"),
    "its subject has a Cyrillic letter among Latin ones": _ask(subject_dn="CN=\u0430lice"),
    "its subject has letters of full width": _ask(subject_dn="CN=\uff41\uff4c\uff49\uff43\uff45"),
    "its alternative name has a Greek letter among Latin ones": _ask(subject_alt_name="UPN=al\u03b9ce@example.org"),
    "its username has a Cyrillic letter among Latin ones": _ask(username="\u0430lice"),
    "its username turns the direction of writing": _ask(username="ali\u202ece"),
    "its e-mail address is none": _ask(email="nobody"),
    "its subject and its alternative names are empty": _ask(subject_dn=""),
    "its subject has an unknown attribute": _ask(subject_dn="CN=alice,RANK=captain"),
    "its alternative name is no DNS name": _ask(subject_alt_name="DNSNAME=not a name"),
    "its username is blank": _ask(username=" "),
    "it names a CA that does not exist": _ask(ca_name="NoCA"),
    "it names an end entity profile that does not exist": _ask(end_entity_profile="NONE"),
    "it names a certificate profile that does not exist": _ask(certificate_profile="NONE"),
    "it asks for a worker's certificate profile": _ask(certificate_profile="WORKER"),
    "its username is none of the profile's": _narrow(username="alice2"),
    "its subject has an attribute of which the profile knows nothing": _narrow(subject_dn="CN=alice,OU=Board"),
    "its subject has an attribute twice that the profile allows once": _narrow(subject_dn="CN=alice,CN=bob"),
    "its subject lacks what the profile requires": _narrow(subject_dn="O=Example"),
    "its alternative name is of a kind that the profile does not allow": _narrow(
        subject_alt_name="IPADDRESS=192.0.2.1"
    ),
    "it has more alternative names than the profile allows": _narrow(
        subject_alt_name="DNSNAME=a.example,DNSNAME=b.example"
    ),
    "it has an e-mail address, which the profile does not allow": _narrow(email="alice@example.org"),
    "its CA is none of the profile's": _narrow(ca_name="OtherCA"),
}
"""A request that is genuine up to the twist."""


# ---- octets in a row


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
    signer = cms_objects.Identity(_certificate(world.ca_side.authority, small, -DAY, DAY, USAGE), small)
    content = world.draft().signed_bytes()
    return cms_objects.signed_data(content, REQUEST, [cms_objects.signer_info(content, REQUEST, signer)], [signer])


def _on_another_curve(world: World) -> bytes:
    key = ec_key(13, ec.SECP256K1)
    certificate = _certificate(world.ca_side.authority, key, -DAY, DAY, USAGE)
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
