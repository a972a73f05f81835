"""The proxy's optional checks: what passes, and what a client is told of what does not."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from lockgate.errors import ConfigurationError
from lockgate_app.keys import read_crl
from lockgate_formats import der
from lockgate_formats.cmp.headers import encode_header
from lockgate_formats.cmp.limits import ProtectionLimits
from lockgate_formats.cmp.pki_message import read_message
from lockgate_formats.cmp.protection import mac_protector
from lockgate_formats.cmp.signatures import keystore_protector
from lockgate_formats.cmp.vocabulary import BodyType, FailInfo
from lockgate_formats.trust import IssuerTrust
from lockgate_testing.doubles.host import RepeatableRandom, SteppingClock
from lockgate_testing.doubles.message_store import MemoryMessageStore
from lockgate_transport.cmp.checks import AcceptedBody, KnownAlias, MessageCheck, judged
from lockgate_transport.cmp.crl_files import CrlFiles
from lockgate_transport.cmp.protections import KnownSecrets, TrustedIssuers, VerifiedProtection
from lockgate_transport.cmp.refusals import Refused
from tests.support.pki import identities
from tests.support.scenarios.cmp_proxies import CmpCa, ProxySite
from tests.support.wire.cmp_carried import error_in, message, with_mac

NOW = identities.NOT_BEFORE + timedelta(days=1)
SECRET = b"a secret of 16 octets"
ROUTER = KnownSecrets({b"router": SECRET})


def outcome(check: MessageCheck, octets: bytes, alias: str = "alias") -> FailInfo | None:
    found = judged([check], alias, octets)
    return found.fail_info if isinstance(found, Refused) else None


def test_only_known_aliases_pass() -> None:
    check = KnownAlias(frozenset({"alias", "other"}))
    assert outcome(check, message()) is None
    assert outcome(check, message(), "Alias") is FailInfo.BAD_REQUEST


@pytest.mark.parametrize("body_type", BodyType)
def test_only_accepted_bodies_pass(body_type: BodyType) -> None:
    check = AcceptedBody(frozenset({BodyType.IR, BodyType.CERTCONF}))
    accepted = body_type in check.types
    assert outcome(check, message(body_type=body_type)) is (None if accepted else FailInfo.BAD_REQUEST)


def test_with_a_check_a_message_must_be_readable() -> None:
    check = AcceptedBody(frozenset(BodyType))
    header_alone = der.sequence(encode_header(read_message(message()).header), der.element(0xBE, der.NULL))
    for octets in (message()[:-1], header_alone):
        assert outcome(check, octets) is FailInfo.BAD_DATA_FORMAT


@pytest.mark.parametrize(
    ("octets", "fail_info"),
    [
        (with_mac(SECRET, b"router"), None),
        (with_mac(SECRET, b"Router"), FailInfo.BAD_MESSAGE_CHECK),
        (with_mac(b"another secret", b"router"), FailInfo.BAD_MESSAGE_CHECK),
        (message(protector=mac_protector(SECRET, RepeatableRandom())), FailInfo.BAD_MESSAGE_CHECK),
        (message(), FailInfo.BAD_MESSAGE_CHECK),
    ],
    ids=["right", "unknown reference", "another secret", "no reference", "unprotected"],
)
def test_a_mac_must_be_made_with_the_secret_that_its_reference_names(octets: bytes, fail_info: FailInfo | None) -> None:
    assert outcome(VerifiedProtection(ROUTER, None), octets) is fail_info


def test_a_reference_without_a_secret_is_told_as_a_wrong_mac() -> None:
    check = VerifiedProtection(ROUTER, None)
    assert outcome(check, with_mac(hashlib.sha256(b"nobody").digest(), b"nobody")) is FailInfo.BAD_MESSAGE_CHECK
    told = {judged([check], "alias", with_mac(b"wrong", kid)).text for kid in (b"router", b"nobody")}  # type: ignore[union-attr]
    assert len(told) == 1


def test_one_secret_may_stand_for_every_reference() -> None:
    check = VerifiedProtection(KnownSecrets({b"router": b"another"}, everybody=SECRET), None)
    assert outcome(check, with_mac(SECRET, b"anybody")) is None
    assert outcome(check, message(protector=mac_protector(SECRET, RepeatableRandom()))) is None
    assert outcome(check, with_mac(SECRET, b"router")) is FailInfo.BAD_MESSAGE_CHECK


def test_a_mac_that_costs_too_much_is_not_computed() -> None:
    limits = ProtectionLimits(iterations=100)
    check = VerifiedProtection(KnownSecrets({b"router": SECRET}, limits=limits), None)
    assert outcome(check, with_mac(SECRET, b"router")) is FailInfo.BAD_ALG


DEVICE = identities.authority().issue("device", identities.ec_key(7))
STRANGER = identities.make_authority("Stranger", identities.ec_key(8)).issue("device", identities.ec_key(7))


def signed(by: identities.Identity = DEVICE, *, certificates: Sequence[bytes] | None = None) -> bytes:
    chain = (by.der, identities.authority().der) if certificates is None else tuple(certificates)
    return message(protector=keystore_protector(by.keystore), extra_certs=chain)


@dataclass(frozen=True)
class Crls:
    """CRLs in files."""

    directory: Path
    paths: list[Path] = field(default_factory=list)

    def write(self, crl: x509.CertificateRevocationList, name: str = "crl.pem") -> Path:
        path = self.directory / name
        path.write_bytes(crl.public_bytes(Encoding.PEM if name.endswith("pem") else Encoding.DER))
        return path


@pytest.fixture
def crls(tmp_path: Path) -> Crls:
    return Crls(tmp_path)


def trusting(files: CrlFiles | None = None, now: datetime = NOW) -> VerifiedProtection:
    trust = IssuerTrust([identities.authority().der])
    return VerifiedProtection(None, TrustedIssuers(trust, SteppingClock(now), files.current if files else None))


def opened(*paths: Path) -> CrlFiles:
    return CrlFiles(paths, [identities.authority().der], read_crl)


TAMPERED = signed().replace(b"\4\0", b"\5\0", 1)


@pytest.mark.parametrize(
    ("octets", "fail_info"),
    [
        (signed(), None),
        (signed(STRANGER), FailInfo.SIGNER_NOT_TRUSTED),
        (signed(certificates=[]), FailInfo.SIGNER_NOT_TRUSTED),
        (signed(certificates=[b"\x30\x00"]), FailInfo.SIGNER_NOT_TRUSTED),
        (signed(certificates=[identities.authority().der]), FailInfo.SIGNER_NOT_TRUSTED),
        (signed(certificates=[identities.ra().der]), FailInfo.BAD_MESSAGE_CHECK),
        (TAMPERED, FailInfo.BAD_MESSAGE_CHECK),
        (message(), FailInfo.BAD_MESSAGE_CHECK),
        (with_mac(SECRET, b"router"), FailInfo.BAD_MESSAGE_CHECK),
    ],
    ids=["right", "stranger", "none", "no certificate", "a CA", "another's", "tampered", "unprotected", "MAC"],
)
def test_a_signature_must_be_by_a_certificate_of_a_trusted_issuer(octets: bytes, fail_info: FailInfo | None) -> None:
    assert outcome(trusting(), octets) is fail_info


def test_where_only_macs_can_be_verified_signed_messages_do_not_pass() -> None:
    assert outcome(VerifiedProtection(ROUTER, None), signed()) is FailInfo.BAD_MESSAGE_CHECK


@pytest.mark.parametrize("now", [identities.NOT_BEFORE - timedelta(days=1), identities.NOT_AFTER + timedelta(days=1)])
def test_a_certificate_must_be_valid_now(now: datetime) -> None:
    assert outcome(trusting(now=now), signed()) is FailInfo.SIGNER_NOT_TRUSTED


@pytest.mark.parametrize("name", ["crl.pem", "crl.der"])
def test_a_revoked_certificate_does_not_pass_from_when_its_crl_is_there(crls: Crls, name: str) -> None:
    authority = identities.authority()
    path = crls.write(authority.crl(1), name)
    check = trusting(opened(path))
    assert outcome(check, signed()) is None
    crls.write(authority.crl(2, DEVICE.certificate.serial_number), name)
    assert outcome(check, signed()) is FailInfo.CERT_REVOKED


def test_without_a_current_crl_of_its_issuer_a_certificate_does_not_pass(crls: Crls) -> None:
    path = crls.write(identities.authority().crl(1))
    later = identities.NOT_AFTER - timedelta(hours=1)
    assert outcome(trusting(opened(path), later), signed()) is None
    assert outcome(trusting(opened()), signed()) is FailInfo.SIGNER_NOT_TRUSTED
    short = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(identities.authority().certificate.subject)
        .last_update(identities.NOT_BEFORE)
        .next_update(NOW - timedelta(seconds=1))
        .sign(identities.authority().key, hashes.SHA256())
    )
    assert outcome(trusting(opened(crls.write(short))), signed()) is FailInfo.SIGNER_NOT_TRUSTED


def test_a_file_that_becomes_unusable_leaves_the_crl_before_it(crls: Crls) -> None:
    path = crls.write(identities.authority().crl(1, DEVICE.certificate.serial_number))
    check = trusting(opened(path))
    assert outcome(check, signed()) is FailInfo.CERT_REVOKED
    with capture_logs() as lines:
        path.write_bytes(b"-----BEGIN nothing")
        assert outcome(check, signed()) is FailInfo.CERT_REVOKED
        path.unlink()
        assert outcome(check, signed()) is FailInfo.CERT_REVOKED
    assert len(lines) == 2


def foreign() -> x509.CertificateRevocationList:
    return identities.make_authority("Stranger", identities.ec_key(8)).crl(1)


def forged() -> x509.CertificateRevocationList:
    """With the name of the trusted CA, signed by another key."""
    return identities.make_authority("Management CA", identities.ec_key(8)).crl(1)


def of_another_name() -> x509.CertificateRevocationList:
    """Signed by the key of the trusted CA."""
    return identities.make_authority("Another", identities.authority().key).crl(1)


@pytest.mark.parametrize(
    ("crl", "complaint"),
    [
        (of_another_name(), "the CRL is of another issuer"),
        (foreign(), "the CRL is of another issuer"),
        (forged(), "none of the trusted issuers has signed the CRL"),
        (identities.authority().crl(1, extensions=[x509.DeltaCRLIndicator(1)]), "it is a delta CRL"),
    ],
)
def test_a_crl_that_says_nothing_of_these_issuers_is_refused_at_the_start(
    crls: Crls, crl: x509.CertificateRevocationList, complaint: str
) -> None:
    with pytest.raises(ConfigurationError, match=complaint):
        opened(crls.write(crl))


def test_nothing_of_what_is_refused_reaches_the_message_database() -> None:
    store = MemoryMessageStore()
    check = VerifiedProtection(ROUTER, None)
    site = ProxySite(store=store, checks=[check])
    with capture_logs() as lines:
        (answer,) = site.ask(with_mac(b"another secret", b"router"))
    found, status = error_in(answer)
    assert status.fail_info == {FailInfo.BAD_MESSAGE_CHECK}
    assert (found.header.transaction_id, found.header.sender_kid) == (bytes(15) + b"\1", None)
    assert [(line["reason"], line["detail"]) for line in lines] == [("wrong_mac", "another MAC for 'router'")]
    assert CmpCa(store).answer_all() == 0


EVERY_CHECK: list[MessageCheck] = [
    KnownAlias(frozenset({"alias"})),
    AcceptedBody(frozenset(BodyType)),
    VerifiedProtection(ROUTER, None),
]
WHOLE = with_mac(SECRET, b"router")


@settings(max_examples=300)
@given(
    st.one_of(
        st.binary(max_size=300),
        st.tuples(st.integers(0, len(WHOLE) - 1), st.integers(0, 255)).map(
            lambda change: WHOLE[: change[0]] + bytes([change[1]]) + WHOLE[change[0] + 1 :]
        ),
    )
)
def test_of_what_was_changed_nothing_passes_and_nothing_is_raised(octets: bytes) -> None:
    assert (judged(EVERY_CHECK, "alias", octets) is None) == (octets == WHOLE)
