"""The header, the protection and the certificates of the CMP service's answers."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from lockgate_formats import der
from lockgate_formats.cmp.macs import PASSWORD_BASED_MAC_SHA256
from lockgate_formats.cmp.messages import Header, PkiMessage
from lockgate_formats.cmp.names import directory_name
from lockgate_formats.cmp.pki_message import read_message
from lockgate_formats.cmp.protection import verify_mac, verify_signature
from lockgate_formats.cmp.vocabulary import BodyType
from lockgate_keys.pkcs12 import SoftKeystore
from lockgate_testing.doubles.host import RepeatableRandom
from lockgate_transport.cmp.service.aliases import CmpAlias, Mode, ProfilePair, ResponseProtection
from lockgate_transport.cmp.service.answers import AnswerWriter
from lockgate_transport.cmp.service.incoming import Incoming
from lockgate_transport.cmp.service.keeping import Keeping
from lockgate_transport.cmp.service.records import KeptAnswer
from lockgate_transport.cmp.service.replies import confirmed
from lockgate_transport.cmp.service.senders import Sender, SenderKind
from lockgate_transport.host.clock import HostRandom
from tests.support.pki.identities import NOT_AFTER, NOT_BEFORE, authority, ec_key, make_authority, rsa_key, worker

NOW = datetime(2026, 3, 1, tzinfo=UTC)
SECRET = b"a secret"
ALIAS = CmpAlias(name="ra", mode=Mode.RA, ca_name="ManagementCA", profiles=ProfilePair("EMPTY", "ENDUSER"))
ASKED = Header(
    pvno=3,
    sender=directory_name(x509.Name([]).public_bytes()),
    recipient=directory_name(x509.Name([]).public_bytes()),
    sender_kid=b"reference",
    recip_kid=b"a key of the CA",
    transaction_id=b"an id",
    sender_nonce=bytes(16),
    protection_algorithm=PASSWORD_BASED_MAC_SHA256.algorithm,
)
SIGNED = Incoming(octets=b"", alias=ALIAS, header=ASKED, sender=Sender(kind=SenderKind.CERTIFICATE, name="CN=device"))
SHARED = replace(SIGNED, sender=Sender(kind=SenderKind.SECRET, name="reference", secret=SECRET))
UNREAD = Incoming(octets=b"", alias=None)
SERVICE, ROOT = worker(), authority()
INTERMEDIATE, DEVICE = (ROOT.issue(name, ec_key(number)) for name, number in (("a CA below", 31), ("device", 32)))
SIGNED_BODIES = [BodyType.IP, BodyType.PKICONF, BodyType.POLLREP, BodyType.ERROR, BodyType.RP, BodyType.GENP]


def written(incoming: Incoming, answer: KeptAnswer | None = None, keystore: SoftKeystore | None = None) -> PkiMessage:
    writer = AnswerWriter(keystore or SERVICE.keystore, RepeatableRandom())
    return read_message(writer.write(incoming, answer or kept(), NOW))


def kept(kind: BodyType = BodyType.PKICONF, chain: tuple[bytes, ...] = ()) -> KeptAnswer:
    return KeptAnswer(body_type=kind, body=der.NULL, nonce=bytes(range(16)), chain=chain)


def own_key_identifier() -> bytes:
    return SERVICE.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest


@pytest.mark.parametrize(("asked", "answered"), [(0, 2), (1, 2), (2, 2), (3, 3), (4, 3), (99, 3)])
@pytest.mark.parametrize("kind", [BodyType.PKICONF, BodyType.ERROR])
def test_an_answer_has_the_version_of_the_message(kind: BodyType, asked: int, answered: int) -> None:
    incoming = replace(SIGNED, header=replace(ASKED, pvno=asked))
    assert written(incoming, kept(kind)).header.pvno == answered


def test_octets_without_a_header_are_answered_in_the_oldest_version() -> None:
    header = written(UNREAD, kept(BodyType.ERROR)).header
    assert (header.pvno, header.transaction_id, header.recip_nonce) == (2, None, None)


def test_the_sender_is_the_subject_as_its_octets_stand_in_the_certificate() -> None:
    """In other strings than those in which a name is written here: nothing makes it anew from text."""
    old = x509.name._ASN1Type
    common_name = x509.NameAttribute(x509.NameOID.COMMON_NAME, "service", old.T61String)
    unit = x509.NameAttribute(x509.NameOID.ORGANIZATIONAL_UNIT_NAME, "ra", old.BMPString)
    country = x509.NameAttribute(x509.NameOID.COUNTRY_NAME, "de", old.PrintableString)
    subject = x509.Name(
        [x509.RelativeDistinguishedName([common_name, unit]), x509.RelativeDistinguishedName([country])]
    )
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(ROOT.certificate.subject)
    builder = builder.public_key(rsa_key(33).public_key()).serial_number(33)
    builder = builder.not_valid_before(NOT_BEFORE).not_valid_after(NOT_AFTER)
    certificate = builder.sign(ROOT.key, hashes.SHA256()).public_bytes(Encoding.DER)
    found = written(SIGNED, keystore=SoftKeystore(rsa_key(33), certificate))
    assert found.header.sender_name
    assert found.header.sender_name in certificate
    assert found.header.sender_name == subject.public_bytes()


@pytest.mark.parametrize("kind", SIGNED_BODIES)
def test_the_certificate_that_protects_stands_first_in_every_signed_answer(kind: BodyType) -> None:
    found = written(SIGNED, kept(kind, (INTERMEDIATE.der,)))
    assert found.extra_certs == (SERVICE.der, INTERMEDIATE.der)
    assert found.header.sender_kid == own_key_identifier()
    assert verify_signature(found, SERVICE.der)


@pytest.mark.parametrize("kind", SIGNED_BODIES)
def test_a_message_under_a_secret_is_answered_under_it(kind: BodyType) -> None:
    found = written(SHARED, kept(kind))
    assert verify_mac(found, SECRET)
    assert (found.header.sender_kid, found.extra_certs) == (b"reference", ())


@pytest.mark.parametrize("kind", SIGNED_BODIES)
def test_an_alias_may_have_every_answer_signed(kind: BodyType) -> None:
    alias = replace(ALIAS, responses=ResponseProtection.SIGNATURE)
    found = written(replace(SHARED, alias=alias), kept(kind))
    assert verify_signature(found, SERVICE.der)
    assert found.header.sender_kid == own_key_identifier()


@pytest.mark.parametrize("incoming", [SIGNED, SHARED, UNREAD])
def test_the_recip_kid_of_a_message_stands_nowhere_in_its_answer(incoming: Incoming) -> None:
    found = written(incoming)
    assert found.header.recip_kid is None
    assert b"a key of the CA" not in found.octets


def test_a_message_whose_sender_is_not_known_gets_a_signed_answer() -> None:
    found = written(replace(SHARED, sender=None), kept(BodyType.ERROR))
    assert verify_signature(found, SERVICE.der)
    assert verify_signature(written(UNREAD, kept(BodyType.ERROR)), SERVICE.der)


def test_the_chain_of_the_service_stands_before_that_of_the_new_certificate_and_nothing_twice() -> None:
    other = make_authority("Other CA", ec_key(34))
    keystore = SoftKeystore(SERVICE.key, SERVICE.der, (INTERMEDIATE.der, ROOT.der))
    answer = kept(BodyType.IP, (DEVICE.der, INTERMEDIATE.der, ROOT.der, other.der, SERVICE.der))
    assert written(SIGNED, answer, keystore).extra_certs == (SERVICE.der, INTERMEDIATE.der, DEVICE.der)
    with_roots = replace(SIGNED, alias=replace(ALIAS, with_roots=True))
    whole = (SERVICE.der, INTERMEDIATE.der, ROOT.der, DEVICE.der, other.der)
    assert written(with_roots, answer, keystore).extra_certs == whole


def test_each_answer_has_a_nonce_of_its_own() -> None:
    keeping = Keeping(HostRandom())
    nonces = {keeping.plain(confirmed()).nonce for _ in range(100)}
    assert len(nonces) == 100
    assert {len(nonce) for nonce in nonces} == {16}
