"""Every rule of the port RemoteIssuer on the CMP issuer, whose CA is another installation of Lockgate, over HTTP."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from secrets import token_hex
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID

from lockgate.certification.revocation import RevocationReason
from lockgate.ports import Order, Traits
from lockgate_app.container.keystores import open_keystore
from lockgate_formats.cmp_client import (
    AnswerTrust,
    CmpClient,
    CmpClientParts,
    Credentials,
    KeystoreCredentials,
)
from lockgate_issuers.cmp import CmpClients, CmpCrls, CmpIssuer, CrlQuestion, RequestKind, Writing
from lockgate_testing.contracts.issuer import KEYS
from lockgate_testing.contracts.published_certificates import PublishedCertificatesContract, RootSuccessionContract
from lockgate_testing.contracts.published_crls import PublishedCrlsContract, PublishedCrlsSubject
from lockgate_testing.contracts.reachable_issuer import ReachableIssuerContract
from lockgate_testing.contracts.remote_issuer import (
    IdempotentIssuerContract,
    IssuerThatConfirmsContract,
    IssuerThatPollsContract,
    IssuerThatVoidsUnconfirmedContract,
    RemoteIssuerSubject,
)
from lockgate_transport.cmp.carry import HttpCarry
from lockgate_transport.host.clock import HostClock, HostRandom
from tests.support.scenarios.cmp_ca import ALIAS, PASSWORD, CmpCa
from tests.support.wire.cmp_serve import free_port, serving

CMP = Traits(polls=True, confirms=True)
NOBODY = x509.Name([])


@dataclass
class Switched:
    """A way to the CA that can be cut."""

    url: str
    cut: bool = False

    def __call__(self, message: bytes) -> bytes:
        url = f"http://127.0.0.1:{free_port()}/" if self.cut else self.url
        return HttpCarry(url, seconds=20)(message)


class ChainedSubject(RemoteIssuerSubject):
    """The other installation's CA."""

    ca_name = "ManagementCA"

    def __init__(
        self, ca: CmpCa, url: str, credentials: Credentials, traits: Traits, kind: RequestKind = RequestKind.CR
    ) -> None:
        self.ca, self.carry = ca, Switched(f"{url}/{ALIAS}")
        self.certificate = ca.certificate
        parts = CmpClientParts(self.carry, HostClock(), HostRandom())
        self.client = CmpClient(parts, credentials, AnswerTrust(authorities=(ca.certificate,)))
        self.issuer = CmpIssuer(CmpClients(self.client), HostClock(), traits, Writing(kind))

    def order(self, key: str = "P-256") -> Order:
        """With a PKCS#10 that says the same."""
        private = KEYS[key]()
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"host {token_hex(8)}")])
        order = replace(super().order(key), subject=name.public_bytes(), public_key=_spki(private))
        return replace(order, pkcs10=_pkcs10(private, name))

    def refused_order(self) -> Order:
        """Nobody's."""
        order = super().order()
        return replace(order, subject=NOBODY.public_bytes(), pkcs10=_pkcs10(KEYS["P-256"](), NOBODY))

    @contextmanager
    def cut_off(self) -> Iterator[None]:
        self.carry.cut = True
        yield
        self.carry.cut = False

    def answers_later(self) -> AbstractContextManager[None]:
        return self.ca.deciding()

    def issued(self) -> Sequence[bytes]:
        return self.ca.issued()

    def revoked(self) -> Mapping[int, RevocationReason]:
        return self.ca.revoked()

    def wait(self, duration: timedelta) -> None:
        assert duration <= timedelta(seconds=2)
        time.sleep(duration.total_seconds())


def _spki(key: Any) -> bytes:
    return bytes(key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))


def _pkcs10(key: Any, name: x509.Name) -> bytes:
    """A request for host.example."""
    request = x509.CertificateSigningRequestBuilder().subject_name(name)
    request = request.add_extension(x509.SubjectAlternativeName([x509.DNSName("host.example")]), critical=False)
    return request.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)


@pytest.fixture(scope="module")
def ca(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CmpCa]:
    ca = CmpCa(tmp_path_factory.mktemp("other") / "lockgate")
    yield ca
    ca.close()


@pytest.fixture(scope="module")
def url(ca: CmpCa) -> Iterator[str]:
    with serving(ca.config) as url:
        yield url


@pytest.fixture(scope="module")
def signing(ca: CmpCa) -> Credentials:
    return KeystoreCredentials(open_keystore(ca.keystore, PASSWORD))


class TestCmpIssuerThatAnswersAgain(
    IdempotentIssuerContract,
    IssuerThatPollsContract,
    IssuerThatVoidsUnconfirmedContract,
    ReachableIssuerContract,
    PublishedCertificatesContract,
    RootSuccessionContract,
):
    @pytest.fixture
    def subject(self, ca: CmpCa, url: str, signing: Credentials) -> RemoteIssuerSubject:
        return ChainedSubject(ca, url, signing, replace(CMP, idempotent=True, voids_unconfirmed=True))


class TestCmpIssuerThatVoidsUnconfirmed(IssuerThatPollsContract, IssuerThatVoidsUnconfirmedContract):
    @pytest.fixture
    def subject(self, ca: CmpCa, url: str, signing: Credentials) -> RemoteIssuerSubject:
        return ChainedSubject(ca, url, signing, replace(CMP, voids_unconfirmed=True), RequestKind.IR)


class TestCmpIssuerByPkcs10(IssuerThatPollsContract, IssuerThatConfirmsContract):
    @pytest.fixture
    def subject(self, ca: CmpCa, url: str, signing: Credentials) -> RemoteIssuerSubject:
        return ChainedSubject(ca, url, signing, CMP, RequestKind.P10CR)


class CmpCrlsSubject(PublishedCrlsSubject):
    """The other installation's CRLs."""

    def __init__(self, chained: ChainedSubject, question: CrlQuestion) -> None:
        self._chained = chained
        self.published = CmpCrls(chained.client, question)
        self.ca_certificate = chained.certificate

    def publish(self) -> bytes:
        return self._chained.ca.publish_crl()

    def cut_off(self) -> None:
        self._chained.carry.cut = True


class TestCmpCrls(PublishedCrlsContract):
    @pytest.fixture(params=CrlQuestion)
    def subject(
        self, ca: CmpCa, url: str, signing: Credentials, request: pytest.FixtureRequest
    ) -> PublishedCrlsSubject:
        return CmpCrlsSubject(ChainedSubject(ca, url, signing, CMP), CrlQuestion(request.param))
