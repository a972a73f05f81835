"""Proofs of possession: what shows it, what does not, and what only an RA or an encrypted certificate may show."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519

from lockgate.certification.endentity import CertificationRequest, Possession
from lockgate.names.altname import GeneralName
from lockgate.reasons import Reason, Rejected
from lockgate_formats import der
from lockgate_formats.cmp.contents import CertificateRequestMessage, CertificateTemplate
from lockgate_formats.cmp.crmf import (
    RA_VERIFIED,
    encrypted_certificate_possession,
    read_certificate_requests,
    write_certificate_request,
    write_certificate_request_message,
    write_certificate_requests,
)
from lockgate_formats.cmp.limits import ProtectionLimits
from lockgate_formats.cmp.macs import PASSWORD_BASED_MAC_SHA256, PBMAC1_SHA256
from lockgate_formats.cmp.names import directory_name
from lockgate_formats.cmp.possession import Authentication, judge_possession, same_name
from lockgate_formats.cmp.protection import MacProtection, MacProtector
from lockgate_formats.cmp.proving import input_possession, signature_possession
from lockgate_formats.cmp.signatures import SignatureProtector, SigningKey, key_protector
from lockgate_formats.cms import oids
from lockgate_formats.cms.algorithms import algorithm
from tests.support.pki.cmp_messages import SECRET
from tests.support.pki.identities import ec_key, name, rsa_key
from tests.support.pki.key_forms import Key, public_key

SUBJECT = name("alice").public_bytes()
SENDER = directory_name(name("client").public_bytes())
OTHER = directory_name(name("mallory").public_bytes())
ED25519 = ed25519.Ed25519PrivateKey.generate()
SIGNED, UNSIGNED = Authentication(SENDER), None
SHARED = Authentication(SENDER, SECRET)
KEY = ec_key(1)


def message(possession: bytes, request: bytes) -> CertificateRequestMessage:
    (found,) = read_certificate_requests(
        write_certificate_requests([write_certificate_request_message(request, possession)])
    )
    return found


def template(key: Key = KEY, subject: bytes | None = SUBJECT, extensions: bytes | None = None) -> CertificateTemplate:
    return CertificateTemplate(subject=subject, public_key=public_key(key), extensions=extensions)


def signed(asked: CertificateTemplate, signer: SignatureProtector) -> CertificateRequestMessage:
    request = write_certificate_request(0, asked)
    return message(signature_possession(request, signer), request)


def with_input(
    identity: bytes | MacProtector, *, signer: SigningKey = KEY, spki: bytes | None = None, subject: bytes | None = None
) -> CertificateRequestMessage:
    request = write_certificate_request(0, template(subject=subject))
    possession = input_possession(spki or public_key(KEY), identity, key_protector(signer))
    return message(possession, request)


def mac(secret: bytes = SECRET, parameters: MacProtection = PASSWORD_BASED_MAC_SHA256) -> MacProtector:
    return MacProtector(secret, parameters)


PROVEN: dict[str, tuple[CertificateRequestMessage, Authentication | None]] = {
    "EC": (signed(template(), key_protector(KEY)), SIGNED),
    "EC, P-384": (
        signed(template(ec_key(1, ec.SECP384R1)), key_protector(ec_key(1, ec.SECP384R1), "sha384")),
        SIGNED,
    ),
    "RSA": (signed(template(rsa_key(1)), key_protector(rsa_key(1))), SHARED),
    "RSASSA-PSS": (signed(template(rsa_key(1)), key_protector(rsa_key(1), pss=True)), SIGNED),
    "Ed25519": (signed(template(ED25519), key_protector(ED25519)), SIGNED),
    "outside CMP": (signed(template(), key_protector(KEY)), UNSIGNED),
    "an input with the sender": (with_input(SENDER), SIGNED),
    "an input with the sender, who shares a secret": (with_input(SENDER), SHARED),
    "an input with a MAC": (with_input(mac()), SHARED),
    "an input with a MAC by PBMAC1": (with_input(mac(parameters=PBMAC1_SHA256)), SHARED),
    "an input outside CMP": (with_input(OTHER), UNSIGNED),
}


@pytest.mark.parametrize(("asked", "authentication"), PROVEN.values(), ids=PROVEN)
def test_possession_is_proven(asked: CertificateRequestMessage, authentication: Authentication | None) -> None:
    found = judge_possession(asked, authentication)
    assert found == CertificationRequest(
        public_key=asked.template.public_key or b"", possession=Possession.PROVEN, alternative_names=()
    )


def test_the_same_sender_in_other_strings() -> None:
    printable = x509.Name(
        [x509.NameAttribute(one.oid, str(one.value), x509.name._ASN1Type.PrintableString) for one in name("client")]
    ).public_bytes()
    assert printable != name("client").public_bytes()
    assert same_name(directory_name(printable), SENDER)
    assert isinstance(judge_possession(with_input(directory_name(printable)), SIGNED), CertificationRequest)
    assert not same_name(der.implicit(2, b"client"), SENDER)
    assert same_name(der.implicit(2, b"client"), der.implicit(2, b"client"))


@dataclass(frozen=True)
class Refusal:
    """A request that shows no possession.

    Attributes:
        detail: stands in the sentence.
    """

    asked: Callable[[], CertificateRequestMessage]
    authentication: Authentication | None
    reason: Reason
    detail: str = ""


def with_signature(identified: bytes, signature: bytes = b"\x00" * 64) -> CertificateRequestMessage:
    value = der.explicit(1, identified + der.bit_string(signature))
    return message(value, write_certificate_request(0, template()))


ECDSA = algorithm(oids.ECDSA_WITH_SHA256)
BAD = Reason.BAD_PROOF_OF_POSSESSION
REFUSED: dict[str, Refusal] = {
    "another key has signed": Refusal(lambda: signed(template(), key_protector(ec_key(2))), SIGNED, BAD),
    "a key of another kind has signed": Refusal(
        lambda: signed(template(), key_protector(rsa_key(1))), SIGNED, BAD, "does not fit the key"
    ),
    "another request was signed": Refusal(
        lambda: replace(signed(template(), key_protector(KEY)), request=write_certificate_request(1, template())),
        SIGNED,
        BAD,
    ),
    "no subject, and the request is signed": Refusal(
        lambda: signed(template(subject=None), key_protector(KEY)), SIGNED, BAD, "Without a subject"
    ),
    "a subject, and an input is signed": Refusal(
        lambda: with_input(SENDER, subject=SUBJECT), SIGNED, BAD, "With a subject and a key in the template"
    ),
    "an input with another sender": Refusal(lambda: with_input(OTHER), SIGNED, BAD, "another sender"),
    "an input with a sender of another kind": Refusal(
        lambda: with_input(der.implicit(2, b"client")), SIGNED, BAD, "another sender"
    ),
    "an input with a sender that is none": Refusal(lambda: with_input(der.NULL), SIGNED, BAD, "cannot be read"),
    "an input with another key": Refusal(
        lambda: with_input(SENDER, spki=public_key(ec_key(2))), SIGNED, BAD, "another one than the template's"
    ),
    "an input that another key has signed": Refusal(lambda: with_input(SENDER, signer=ec_key(2)), SIGNED, BAD),
    "an input with a MAC, and no secret": Refusal(lambda: with_input(mac()), SIGNED, BAD, "no secret is shared"),
    "an input with a MAC outside CMP": Refusal(lambda: with_input(mac()), UNSIGNED, BAD, "no secret is shared"),
    "an input with a MAC of another secret": Refusal(
        lambda: with_input(mac(b"another secret")), SHARED, BAD, "The MAC of the public key is wrong."
    ),
    "an input with a MAC of too many iterations": Refusal(
        lambda: with_input(mac(parameters=replace(PBMAC1_SHA256, iterations=10_001))),
        SHARED,
        Reason.UNACCEPTED_ALGORITHM,
        "iteration count",
    ),
    "a weak digest": Refusal(
        lambda: with_signature(algorithm(oids.ECDSA_WITH_SHA1)), SIGNED, Reason.UNACCEPTED_ALGORITHM, "SHA-256"
    ),
    "an algorithm of no kind": Refusal(
        lambda: with_signature(algorithm("1.2.3")), SIGNED, BAD, "a kind that is not accepted"
    ),
    "Ed448": Refusal(
        lambda: signed(template(), key_protector(ed448.Ed448PrivateKey.generate())), SIGNED, BAD, "a kind that is not"
    ),
    "a signature that is none": Refusal(lambda: with_signature(ECDSA), SIGNED, BAD),
    "garbage": Refusal(lambda: with_signature(der.NULL), SIGNED, BAD, "cannot be read"),
    "none": Refusal(
        lambda: message(b"", write_certificate_request(0, template())), SIGNED, BAD, "(no proof of possession)"
    ),
    "raVerified": Refusal(
        lambda: message(RA_VERIFIED, write_certificate_request(0, template())), SIGNED, BAD, "(raVerified)"
    ),
    "encrCert": Refusal(
        lambda: message(encrypted_certificate_possession(), write_certificate_request(0, template())),
        SIGNED,
        BAD,
        "(subsequentMessage encrCert)",
    ),
    "challengeResp": Refusal(
        lambda: message(der.explicit(2, der.implicit(1, b"\x01")), write_certificate_request(0, template())),
        SIGNED,
        BAD,
        "(subsequentMessage challengeResp)",
    ),
    "thisMessage": Refusal(
        lambda: message(der.explicit(2, der.implicit(0, b"\x00x")), write_certificate_request(0, template())),
        SIGNED,
        BAD,
        "(thisMessage)",
    ),
    "no key in the template": Refusal(
        lambda: message(b"", write_certificate_request(0, CertificateTemplate(subject=SUBJECT))),
        SIGNED,
        Reason.BAD_CERTIFICATE_REQUEST,
        "no public key",
    ),
    "a key on another curve": Refusal(
        lambda: signed(template(ec.generate_private_key(ec.SECP224R1())), key_protector(KEY)), SIGNED, Reason.WEAK_KEY
    ),
}


@pytest.mark.parametrize("refusal", REFUSED.values(), ids=REFUSED)
def test_possession_is_not_shown(refusal: Refusal) -> None:
    found = judge_possession(refusal.asked(), refusal.authentication)
    assert isinstance(found, Rejected)
    assert found.reason is refusal.reason
    assert refusal.detail in found.detail


def test_an_ra_may_say_that_it_has_verified_possession() -> None:
    asked = message(RA_VERIFIED, write_certificate_request(0, template()))
    found = judge_possession(asked, SIGNED, ra_verified=True)
    assert isinstance(found, CertificationRequest)
    assert found.possession is Possession.PROVEN


def test_an_ras_word_allows_nothing_else() -> None:
    for case in ("another key has signed", "encrCert", "thisMessage", "none"):
        found = judge_possession(REFUSED[case].asked(), SIGNED, ra_verified=True)
        assert isinstance(found, Rejected)


def test_an_encrypted_certificate_shows_possession_later() -> None:
    for agreement in (False, True):
        value = encrypted_certificate_possession(for_agreement=agreement)
        found = judge_possession(message(value, write_certificate_request(0, template())), SIGNED, indirect=True)
        assert isinstance(found, CertificationRequest)
        assert found.possession is Possession.AWAITED
    nothing = template(ed25519.Ed25519PrivateKey.generate())
    asked = message(encrypted_certificate_possession(), write_certificate_request(0, nothing))
    assert isinstance(judge_possession(asked, SIGNED, indirect=True), Rejected)
    assert isinstance(judge_possession(REFUSED["challengeResp"].asked(), SIGNED, indirect=True), Rejected)


def test_a_mac_of_sha_1_where_it_is_switched_on() -> None:
    old = replace(
        PASSWORD_BASED_MAC_SHA256, owf=algorithm(oids.SHA1), mac=algorithm("1.3.6.1.5.5.8.1.2"), iterations=500
    )
    asked = with_input(mac(parameters=old))
    assert isinstance(judge_possession(asked, SHARED), Rejected)
    limits = ProtectionLimits(hmac_sha1=True)
    assert isinstance(judge_possession(asked, SHARED, limits=limits), CertificationRequest)


def test_alternative_names_come_from_the_template() -> None:
    names = x509.SubjectAlternativeName([x509.DNSName("a.example")]).public_bytes()
    extensions = der.sequence(der.sequence(der.oid("2.5.29.17"), der.octet_string(names)))
    found = judge_possession(signed(template(extensions=extensions), key_protector(KEY)), SIGNED)
    assert isinstance(found, CertificationRequest)
    assert found.alternative_names == (GeneralName("DNSNAME", "a.example"),)


def test_secrets_are_not_shown() -> None:
    assert SECRET.decode() not in f"{SHARED!r} {MacProtector(SECRET, PBMAC1_SHA256)!r}"
