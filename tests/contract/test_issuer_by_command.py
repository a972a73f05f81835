"""Every rule of the port RemoteIssuer, on the examples of issuers by command, with their real CAs."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from secrets import token_hex

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.name import _ASN1Type
from cryptography.x509.oid import NameOID

from lockgate.certification.revocation import RevocationReason
from lockgate.ports import Order, RemoteIssuer, Revoked
from lockgate.reasons import Reason, Rejected
from lockgate_issuers.command import CommandIssuer, Promise
from lockgate_testing.contracts.issuer import KEYS
from lockgate_testing.contracts.published_certificates import PublishedCertificatesContract
from lockgate_testing.contracts.reachable_issuer import ReachableIssuerContract
from lockgate_testing.contracts.remote_issuer import (
    IdempotentIssuerContract,
    IssuerThatLooksUpContract,
    RemoteIssuerSubject,
)
from lockgate_testing.contracts.remote_issuer.subjects import drafted, obtained, revocation
from lockgate_testing.doubles.remote_ca.certificates import Signer, new_key
from tests.support.cfssl import CfsslCa
from tests.support.openssl_ca import OpensslCa
from tests.support.parts import MissingPart, do_without
from tests.support.pki.certificate_requests import pkcs10


def with_pkcs10(order: Order, kind: str) -> Order:
    """The order, for another key of that kind, which a PKCS#10 proves."""
    key = KEYS[kind]()
    assert isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey)
    public_key = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return replace(order, public_key=public_key, pkcs10=pkcs10(key))


@dataclass
class OpensslSubject(RemoteIssuerSubject):
    """`openssl ca`.

    Attributes:
        proven: orders bring a PKCS#10.
    """

    ca: OpensslCa
    proven: bool
    ca_name: str = "OpenSSL CA"

    def __post_init__(self) -> None:
        self.issuer: RemoteIssuer = CommandIssuer("backend", self.ca.program, list(Promise))
        self.certificate = self.ca.certificate

    def order(self, key: str = "P-256") -> Order:
        order = super().order(key)
        return with_pkcs10(order, key) if self.proven else order

    def refused_order(self) -> Order:
        """It is too short for a CA that counts in days."""
        return replace(self.order(), pkcs10=None, not_after=datetime.now(UTC) + timedelta(hours=12))

    def cut_off(self) -> AbstractContextManager[None]:
        return self.ca.cut_off()

    def issued(self) -> Sequence[bytes]:
        return self.ca.issued()

    def revoked(self) -> Mapping[int, RevocationReason]:
        return self.ca.revoked()

    def answers_later(self) -> AbstractContextManager[None]:
        raise AssertionError("it answers at once")

    def wait(self, duration: timedelta) -> None:
        raise AssertionError("it answers at once")


@dataclass
class CfsslSubject(RemoteIssuerSubject):
    """cfssl, which chooses string types by itself."""

    ca: CfsslCa
    ca_name: str = "cfssl CA"

    def __post_init__(self) -> None:
        self.issuer: RemoteIssuer = CommandIssuer("backend", self.ca.program, [Promise.LOOKS_UP])
        self.certificate = self.ca.certificate

    def order(self, key: str = "P-256") -> Order:
        organization = x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Åland")
        host = x509.NameAttribute(NameOID.COMMON_NAME, f"host {token_hex(8)}", _ASN1Type.PrintableString)
        subject = x509.Name([organization, host]).public_bytes()
        return with_pkcs10(replace(super().order(key), subject=subject), key)

    def refused_order(self) -> Order:
        return replace(self.order(), pkcs10=None)

    def cut_off(self) -> AbstractContextManager[None]:
        return self.ca.cut_off()

    def issued(self) -> Sequence[bytes]:
        return self.ca.issued()

    def revoked(self) -> Mapping[int, RevocationReason]:
        return self.ca.revoked()

    def answers_later(self) -> AbstractContextManager[None]:
        raise AssertionError("it answers at once")

    def wait(self, duration: timedelta) -> None:
        raise AssertionError("it answers at once")


@pytest.fixture(scope="module")
def cfssl_ca(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CfsslCa]:
    try:
        ca = CfsslCa(tmp_path_factory.mktemp("cfssl") / "ca", "signature")
    except MissingPart as missing:
        do_without(missing)
    ca.start()
    yield ca
    ca.stop()


@pytest.fixture(scope="module")
def openssl_ca(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpensslCa]:
    try:
        yield OpensslCa(tmp_path_factory.mktemp("openssl") / "ca")
    except MissingPart as missing:
        do_without(missing)


class TestOpensslCa(
    IdempotentIssuerContract, IssuerThatLooksUpContract, ReachableIssuerContract, PublishedCertificatesContract
):
    @pytest.fixture(params=[pytest.param(True, id="PKCS10"), pytest.param(False, id="a key alone")])
    def subject(self, request: pytest.FixtureRequest, openssl_ca: OpensslCa) -> RemoteIssuerSubject:
        return OpensslSubject(openssl_ca, request.param)


class TestCfssl(IssuerThatLooksUpContract, ReachableIssuerContract):
    @pytest.fixture
    def subject(self, cfssl_ca: CfsslCa) -> RemoteIssuerSubject:
        return CfsslSubject(cfssl_ca)

    def test_a_certificate_is_released_from_hold(self, subject: RemoteIssuerSubject) -> None:
        """cfssl cannot: it refuses, and the certificate stays on hold."""
        certificate = obtained(subject, subject.order())
        hold, release = (
            revocation(subject, certificate, reason)
            for reason in (RevocationReason.CERTIFICATE_HOLD, RevocationReason.REMOVE_FROM_CRL)
        )
        assert subject.issuer.call(drafted(subject, hold)) == Revoked()
        answer = subject.issuer.call(drafted(subject, release))
        assert answer == Rejected(Reason.ISSUER_REFUSED, "cfssl takes no certificate from hold.")
        serial = x509.load_der_x509_certificate(certificate).serial_number
        assert subject.revoked()[serial] is RevocationReason.CERTIFICATE_HOLD


class TestWhatOpensslCaPublishes:
    @pytest.fixture
    def subject(self, openssl_ca: OpensslCa) -> OpensslSubject:
        return OpensslSubject(openssl_ca, proven=True)

    @pytest.fixture
    def issuer(self, openssl_ca: OpensslCa) -> CommandIssuer:
        return CommandIssuer("backend", openssl_ca.program)

    def test_how_a_certificate_stands(self, subject: OpensslSubject, issuer: CommandIssuer) -> None:
        certificate, found = obtained(subject, subject.order()), []
        reasons = (
            RevocationReason.CERTIFICATE_HOLD,
            RevocationReason.REMOVE_FROM_CRL,
            RevocationReason.PRIVILEGE_WITHDRAWN,
        )
        for reason in reasons:
            found.append(issuer.status("CA", certificate))
            assert issuer.call(drafted(subject, revocation(subject, certificate, reason))) == Revoked()
        assert [*found, issuer.status("CA", certificate)] == ["good", "on hold", "good", "revoked"]
        assert issuer.status("CA", subject.certificate) is None

    def test_a_reason_becomes_a_compromise_and_nothing_else(
        self, subject: OpensslSubject, issuer: CommandIssuer
    ) -> None:
        certificate = obtained(subject, subject.order())
        serial = x509.load_der_x509_certificate(certificate).serial_number
        reasons = (RevocationReason.SUPERSEDED, RevocationReason.CERTIFICATE_HOLD, RevocationReason.KEY_COMPROMISE)
        found = []
        for reason in reasons:
            issuer.call(drafted(subject, revocation(subject, certificate, reason)))
            found.append(subject.revoked()[serial])
        assert found == [RevocationReason.SUPERSEDED, RevocationReason.SUPERSEDED, RevocationReason.KEY_COMPROMISE]
        release = drafted(subject, revocation(subject, certificate, RevocationReason.REMOVE_FROM_CRL))
        assert isinstance(issuer.call(release), Rejected)

    def test_a_certificate_of_another_ca_is_not_revoked(self, subject: OpensslSubject, issuer: CommandIssuer) -> None:
        own = subject.order()
        obtained(subject, own)
        name = x509.load_der_x509_certificate(subject.certificate).subject.public_bytes()
        twin = Signer(new_key(), name).certificate(own)
        before = subject.revoked()
        for certificate in (subject.certificate, twin):
            order = revocation(subject, certificate, RevocationReason.SUPERSEDED)
            assert isinstance(issuer.call(drafted(subject, order)), Rejected)
        assert subject.revoked() == before

    def test_its_crl_and_its_certificate(self, subject: OpensslSubject, issuer: CommandIssuer) -> None:
        certificate = x509.load_der_x509_certificate(obtained(subject, subject.order()))
        made = certificate.public_bytes(Encoding.DER)
        issuer.call(drafted(subject, revocation(subject, made, RevocationReason.SUPERSEDED)))
        crl = x509.load_der_x509_crl(issuer.crl(subject.certificate))
        assert crl.get_revoked_certificate_by_serial_number(certificate.serial_number) is not None
        (own,) = issuer.certificates("CA")
        public_key = x509.load_der_x509_certificate(own).public_key()
        assert isinstance(public_key, rsa.RSAPublicKey)
        assert crl.is_signature_valid(public_key)
        assert own == subject.certificate

    def test_a_serial_number_of_another_certificate_is_refused(
        self, subject: OpensslSubject, issuer: CommandIssuer
    ) -> None:
        first, second = subject.order(), subject.order()
        obtained(subject, first)
        answer = issuer.call(drafted(subject, replace(second, serial_number=first.serial_number)))
        assert isinstance(answer, Rejected)
        assert "another certificate with that serial number" in (answer.detail or "")
