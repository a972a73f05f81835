"""What the client sends: headers, protection, templates, controls and proofs of possession."""

import dataclasses
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from lockgate.certification.endentity import CertificationRequest, Possession
from lockgate.errors import CallerError, ConfigurationError
from lockgate_formats import der
from lockgate_formats.cmp.contents import CertificateId, CertificateRequestMessage, Validity
from lockgate_formats.cmp.controls import text_control
from lockgate_formats.cmp.crmf import read_certificate_requests
from lockgate_formats.cmp.messages import InfoValue, PkiMessage
from lockgate_formats.cmp.names import NULL_DN, directory_name
from lockgate_formats.cmp.pki_message import read_message
from lockgate_formats.cmp.possession import Authentication, judge_possession
from lockgate_formats.cmp.protection import verify_mac, verify_signature
from lockgate_formats.cmp.revocations import read_revocations
from lockgate_formats.cmp.vocabulary import BodyType, ControlType, PossessionKind
from lockgate_formats.cmp_client import (
    CertificateRequest,
    CmpClient,
    CmpTransaction,
    KeystoreCredentials,
    Revocation,
    SharedSecret,
    SigningCredentials,
)
from lockgate_formats.public_keys import encoded
from lockgate_keys.pkcs12 import SoftKeystore
from tests.support.pki.certificate_requests import pkcs10
from tests.support.pki.identities import ec_key, name, rsa_key
from tests.support.wire.cmp_clients import (
    NOW,
    REFERENCE,
    SHARED,
    asking,
    authority,
    conversation,
    device,
    holder,
    signing,
)
from tests.support.wire.cmp_scripted_ca import SECRET

ED25519 = ed25519.Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
KEYS = [rsa_key(420), ec_key(421), ec_key(422, ec.SECP384R1), ec_key(423, ec.SECP521R1), ED25519]
SUBJECT = name("device").public_bytes()


def client(credentials: Any = SHARED, **options: Any) -> CmpClient:
    return conversation(credentials=credentials, **options).client


def written(transaction: CmpTransaction) -> PkiMessage:
    return read_message(transaction.message)


def requested(transaction: CmpTransaction) -> CertificateRequestMessage:
    (request,) = read_certificate_requests(written(transaction).body)
    return request


# ---- header and protection


def test_the_header_of_a_message_under_a_secret() -> None:
    recipient = authority().certificate.subject.public_bytes()
    transaction = client(recipient=recipient).ir([asking()])
    message = written(transaction)
    header = message.header
    assert (header.pvno, header.sender_kid, header.message_time) == (2, REFERENCE, NOW)
    named = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, REFERENCE.decode())]).public_bytes()
    assert (header.sender, header.recipient) == (directory_name(named), directory_name(recipient))
    assert (header.transaction_id, header.sender_nonce) == (transaction.id, transaction.nonce)
    assert [len(transaction.id), len(transaction.nonce)] == [16, 16]
    assert (header.recip_nonce, header.recip_kid, header.general_info) == (None, None, ())
    assert verify_mac(message, SECRET)
    assert message.extra_certs == ()


def test_a_reference_that_is_no_text_has_no_name() -> None:
    for reference in (b"\xff\xfe", b""):
        header = written(client(SharedSecret(reference, SECRET)).ir([asking()])).header
        assert (header.sender, header.sender_kid) == (NULL_DN, reference)
    own = SharedSecret(REFERENCE, SECRET, sender=SUBJECT)
    assert written(client(own).ir([asking()])).header.sender == directory_name(SUBJECT)


def test_the_header_of_a_signed_message() -> None:
    credentials = SigningCredentials(holder().key, holder().der, chain=(authority().der,))
    message = written(client(credentials).ir([asking()]))
    identifier = holder().certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    assert message.header.sender == directory_name(holder().certificate.subject.public_bytes())
    assert message.header.sender_kid == identifier
    assert message.extra_certs == (holder().der, authority().der)
    assert verify_signature(message, holder().der)


@pytest.mark.parametrize("key", KEYS, ids=lambda key: type(key).__name__)
@pytest.mark.parametrize("pss", [False, True])
def test_every_kind_of_key_signs(key: Any, pss: bool) -> None:
    own = authority().issue("signer", key, "digital_signature")
    message = written(client(SigningCredentials(key, own.der, pss=pss)).ir([asking()]))
    assert verify_signature(message, own.der)
    is_pss = der.oid("1.2.840.113549.1.1.10") in (message.header.protection_algorithm or b"")
    assert is_pss == (pss and isinstance(key, rsa.RSAPrivateKey))


def test_a_keystore_signs() -> None:
    keystore = SoftKeystore(rsa_key(420), authority().issue("signer", rsa_key(420)).der, (authority().der,))
    message = written(client(KeystoreCredentials(keystore)).ir([asking()]))
    assert verify_signature(message, keystore.certificate)
    assert message.extra_certs == (keystore.certificate, authority().der)
    assert message.header.sender == directory_name(name("signer").public_bytes())
    identifier = x509.SubjectKeyIdentifier.from_public_key(rsa_key(420).public_key())
    assert message.header.sender_kid == identifier.digest


def test_a_certificate_of_another_key_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="belongs to another key"):
        SigningCredentials(holder().key, device().der)
    with pytest.raises(ConfigurationError, match="cannot be read"):
        SigningCredentials(holder().key, b"\x30\x00")


def test_no_secret_is_shown() -> None:
    for shown in (repr(SHARED), repr(signing()), repr(asking(controls=(text_control(ControlType.REG_TOKEN, "once"),)))):
        assert "secret of the tests" not in shown
        assert "PrivateKey" not in shown
        assert "once" not in shown


def test_each_message_has_an_id_and_a_nonce_of_its_own() -> None:
    sender = client()
    transactions = [sender.ir([asking()]) for _ in range(2)]
    assert len({one.id for one in transactions} | {one.nonce for one in transactions}) == 4


def test_wishes_stand_in_general_info() -> None:
    message = written(client(implicit_confirm=True, pvno=3).cr([asking(), asking()], profiles=("server", "mail")))
    assert message.header.implicit_confirm
    assert message.header.certificate_profiles == ("server", "mail")
    assert (message.header.pvno, message.body_type) == (3, BodyType.CR)
    assert written(client(implicit_confirm=True).rr([Revocation(device().der)])).header.general_info == ()


# ---- bodies


def test_the_template_holds_what_is_asked_for() -> None:
    extensions = der.sequence(der.sequence(der.oid("2.5.29.15"), der.octet_string(b"\x03\x02\x07\x80")))
    validity = Validity(datetime(2026, 6, 1, tzinfo=UTC), datetime(2027, 6, 1, tzinfo=UTC))
    token = text_control(ControlType.REG_TOKEN, "once")
    info = InfoValue("1.3.6.1.5.5.7.5.2.1", der.utf8_string("version?1%"))
    asked = asking(extensions=extensions, validity=validity, issuer=SUBJECT, controls=(token,), reg_info=(info,))
    found = requested(client().ir([asked]))
    template = found.template
    assert (template.subject, template.issuer, template.extensions) == (asked.subject, SUBJECT, extensions)
    assert (template.public_key, template.validity) == (encoded(device().key.public_key()), validity)
    assert (found.controls.reg_token, found.controls.old_certificate) == ("once", None)
    assert (found.reg_info, found.cert_req_id) == ((info,), 0)


def test_several_requests_are_numbered() -> None:
    found = read_certificate_requests(written(client().ir([asking(), asking(key=ec_key(424))])).body)
    assert [one.cert_req_id for one in found] == [0, 1]
    assert [one.template.public_key for one in found] == [
        encoded(device().key.public_key()),
        encoded(ec_key(424).public_key()),
    ]


def test_a_key_update_names_the_old_certificate() -> None:
    transaction = client(signing()).kur(asking(), holder().der)
    expected = CertificateId(authority().certificate.subject.public_bytes(), holder().certificate.serial_number)
    assert requested(transaction).controls.old_certificate == expected
    assert transaction.request_type is BodyType.KUR


def test_a_pkcs10_is_sent_as_it_is() -> None:
    octets = pkcs10(device().key)
    transaction = client().p10cr(octets)
    assert (written(transaction).body, written(transaction).body_type) == (octets, BodyType.P10CR)
    assert transaction.asked[0].public_key == encoded(device().key.public_key())


def test_a_revocation_names_the_certificate_and_the_reason() -> None:
    found = read_revocations(written(client().rr([Revocation(device().der, 4), Revocation(holder().der)])).body)
    assert [one.template.serial_number for one in found] == [
        one.certificate.serial_number for one in (device(), holder())
    ]
    assert {one.template.issuer for one in found} == {authority().certificate.subject.public_bytes()}
    assert [one.reason for one in found] == [4, None]


# ---- proofs of possession


def judged(message: CertificateRequestMessage, transaction: CmpTransaction, secret: bytes | None, **how: Any) -> object:
    return judge_possession(message, Authentication(written(transaction).header.sender, secret), **how)


@pytest.mark.parametrize("key", KEYS, ids=lambda key: type(key).__name__)
@pytest.mark.parametrize("subject", [SUBJECT, None])
@pytest.mark.parametrize("under_a_secret", [True, False])
def test_a_signature_shows_possession(key: Any, subject: bytes | None, under_a_secret: bool) -> None:
    transaction = client(SHARED if under_a_secret else signing()).ir([asking(subject=subject, key=key)])
    found = requested(transaction)
    assert found.possession.kind is PossessionKind.SIGNATURE
    result = judged(found, transaction, SECRET if under_a_secret else None)
    assert isinstance(result, CertificationRequest), result
    assert (result.possession, result.public_key) == (Possession.PROVEN, encoded(key.public_key()))
    other = dataclasses.replace(found, template=dataclasses.replace(found.template, public_key=encoded(OTHER)))
    assert not isinstance(judged(other, transaction, SECRET), CertificationRequest)


OTHER = ec_key(425).public_key()


def test_an_ra_speaks_for_a_key_that_it_does_not_have() -> None:
    spki = encoded(OTHER)
    asked = asking(key=None, public_key=spki, possession=PossessionKind.RA_VERIFIED)
    transaction = client(signing()).ir([asked])
    assert requested(transaction).possession.kind is PossessionKind.RA_VERIFIED
    assert requested(transaction).template.public_key == spki
    assert isinstance(judged(requested(transaction), transaction, None, ra_verified=True), CertificationRequest)


@pytest.mark.parametrize(("key", "agreement"), [(rsa_key(420), False), (ec_key(421), True)])
def test_an_encrypted_certificate_shows_possession_later(key: Any, agreement: bool) -> None:
    asked = asking(key=key, possession=PossessionKind.ENCRYPTED_CERTIFICATE)
    found = requested(client(keys=(key,)).ir([asked]))
    assert (found.possession.kind, found.possession.for_agreement) == (PossessionKind.ENCRYPTED_CERTIFICATE, agreement)
    with pytest.raises(CallerError, match="among the keys of the client"):
        client().ir([asked])


@pytest.mark.parametrize("algorithm", [None, der.sequence(der.oid("1.2.840.10045.2.1"), der.oid("1.3.132.0.34"))])
def test_the_ca_is_asked_to_make_the_key(algorithm: bytes | None) -> None:
    transaction = client(pvno=3).ir([asking(key=None, key_algorithm=algorithm)])
    found = requested(transaction)
    assert (found.template.asks_for_key, found.template.key_algorithm) == (True, algorithm)
    assert (found.possession.kind, transaction.asked[0].public_key) == (PossessionKind.ABSENT, None)


@pytest.mark.parametrize("subject", [x509.Name([]), "CN=alice"], ids=["object", "text"])
def test_a_subject_is_der(subject: Any) -> None:
    with pytest.raises(CallerError, match="subject is a Name in DER octets"):
        asking(subject=subject)


@pytest.mark.parametrize(
    "fields",
    [
        {"public_key": encoded(OTHER)},
        {"key": None, "public_key": encoded(OTHER)},
        {"possession": PossessionKind.CHALLENGE_RESPONSE},
        {"possession": PossessionKind.ABSENT},
        {"key": ED25519, "possession": PossessionKind.ENCRYPTED_CERTIFICATE},
    ],
)
def test_requests_that_cannot_be_shown_possession_of(fields: dict[str, Any]) -> None:
    with pytest.raises(CallerError):
        CertificateRequest(**{"subject": SUBJECT, "key": device().key, **fields})
