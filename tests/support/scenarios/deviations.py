"""Ways in which a request can be wrong: the words of the scenarios, and what they do."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from lockgate.certification.revocation import RevocationReason
from lockgate.requests.content import Place, Recipient
from tests.support.pki.certificate_requests import (
    close_primes_key,
    pkcs10,
    roca_key,
    sharing_keys,
    with_another_exponent,
)
from tests.support.pki.identities import rsa_key
from tests.support.scenarios.ca_side import BLOCKED_KEY, other_authority
from tests.support.scenarios.drafts import Draft
from tests.support.scenarios.unfit_signers import (
    DAY,
    USAGE,
    Deviation,
    answer_certificate,
    cas_own_certificate,
    expired_answer_certificate,
    impostor,
    issued_by_an_ra,
    issued_by_the_other_ca,
    signed_by,
    signed_by_unknown,
    signer_with,
    stranger,
    unsigned,
)
from tests.support.scenarios.world import RECIPIENT, World


def _set(**fields: object) -> Deviation:
    return lambda _, draft: draft.change(**fields)


def _ask(**fields: object) -> Deviation:
    return lambda _, draft: draft.ask(**fields)


def _narrow(**fields: object) -> Deviation:
    return _ask(end_entity_profile="NARROW", **fields)


def _time(created: timedelta, expires: timedelta) -> Deviation:
    def deviate(_: World, draft: Draft) -> None:
        now = datetime.now(UTC)
        draft.change(created=now + created, expires=now + expires)

    return deviate


def _place(message_id: str | None = None, part: int = 1, parts: int = 1) -> Deviation:
    return lambda _, draft: draft.change(place=Place(message_id or draft.row, part, parts))


def _edit(change: Callable[[dict[str, object]], object]) -> Deviation:
    return lambda _, draft: draft.edits.append(change)


def _edit_request(change: Callable[[dict[str, object]], object]) -> Deviation:
    return lambda _, draft: draft.edits.append(lambda content: change(content["request"]))


def _key(make: Callable[[], rsa.RSAPrivateKey]) -> Deviation:
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


DRAFTS: Mapping[str, Deviation] = {
    "it asks for nothing it may not have": lambda *_: None,
    "it is not encrypted": lambda _, draft: setattr(draft, "encrypt_to", None),
    "it is not signed": unsigned,
    "its signer's certificate was issued by another CA": stranger,
    "its signer's certificate was issued by the CA for others": issued_by_the_other_ca,
    "its signer's certificate is a forgery in the RA's name": impostor,
    "it is signed with the worker's own key": lambda world, draft: setattr(draft, "signer", world.worker_identity),
    "its signer's certificate has expired": signed_by_unknown(-2 * DAY, -DAY),
    "its signer's certificate is not valid yet": signed_by_unknown(DAY, 2 * DAY),
    "its signer's certificate is revoked": signed_by("RA", RevocationReason.KEY_COMPROMISE),
    "its signer's certificate is on hold": signed_by("RA", RevocationReason.CERTIFICATE_HOLD),
    "its signer's certificate is not known to the CA": signed_by_unknown(-DAY, DAY),
    "its signer's certificate is not meant for signatures": signed_by("SIGNLESS"),
    "its signer's certificate says nothing of what it is meant for": signer_with(),
    "its signer's certificate is meant for TLS servers alone": signer_with(
        USAGE, x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
    ),
    "its signer's certificate is meant for OCSP responses alone": signer_with(
        USAGE, x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING])
    ),
    "its signer's certificate has an unknown critical extension": signer_with(
        USAGE, x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00")
    ),
    "its signer's certificate is a CA's": signer_with(USAGE, x509.BasicConstraints(ca=True, path_length=0)),
    "its signer's certificate is the CA's own": cas_own_certificate,
    "its signer's certificate was issued by an RA": issued_by_an_ra,
    "it names no answer certificate": _set(answer_certificate=None),
    "it names an answer certificate issued by another CA": lambda _, draft: draft.change(
        answer_certificate=other_authority().issue("ra", rsa_key(14)).der
    ),
    "it names an answer certificate that is revoked": answer_certificate("RA", RevocationReason.SUPERSEDED),
    "it names an answer certificate that has expired": expired_answer_certificate,
    "it names an answer certificate that is not meant for encryption": answer_certificate("CIPHERLESS"),
    "it was signed for another message": _place("another message"),
    "it was signed for another place in the message": _place(part=2, parts=2),
    "it was signed for a message with more parts": _place(parts=2),
    "it is meant for another CA": _set(recipient=Recipient("ca2.example", RECIPIENT.data_source)),
    "it is meant for another data source": _set(recipient=Recipient(RECIPIENT.ca, "RAMessage2DS")),
    "its content is no JSON": lambda _, draft: setattr(draft, "octets", b"<request/>"),
    "its content lacks its nonce": _edit(lambda content: content.pop("nonce")),
    "its content has a field too many": _edit(lambda content: content.update(priority=1)),
    "its content has a field twice": lambda _, draft: setattr(
        draft, "octets", draft.signed_bytes().replace(b'"part": 1', b'"part": 1, "part": 1')
    ),
    "its content has a time that is not in UTC": _edit(
        lambda content: content.update(created=str(content["created"]).replace("Z", "+00:01"))
    ),
    "it has expired": _time(-2 * DAY, -DAY),
    "it was created four minutes in the future": _time(timedelta(minutes=4), DAY),
    "it was created six minutes in the future": _time(timedelta(minutes=6), DAY),
    "it asks to be valid for a year": _time(timedelta(), timedelta(days=365)),
    "its type is unknown": _edit(lambda content: content.update(type="PKCS99Request")),
    "its type is a part of a known type's name": _edit(lambda content: content.update(type="PKCS10")),
    "its version is unknown": _edit(lambda content: content.update(version=2)),
    "a field of the request has the wrong type": _edit_request(lambda request: request.update(username=7)),
    "a field of the request is missing": _edit_request(lambda request: request.pop("ca_name")),
    "a field of the request is longer than it may be": _edit_request(
        lambda request: request.update(username="a" * 256)
    ),
    "a field of the request holds a NUL character": _edit_request(
        lambda request: request.update(ca_name="Management\0CA")
    ),
    "the request has a field too many": _edit_request(lambda request: request.update(superadministrator=True)),
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
"""Each makes one thing wrong in a request that is genuine otherwise."""
