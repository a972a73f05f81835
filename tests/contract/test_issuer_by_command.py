"""Every rule of the port RemoteIssuer, on the examples of issuers by command, with their real CAs."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from lockgate.certification.revocation import RevocationReason
from lockgate.ports import Order, RemoteIssuer
from lockgate_issuers.command import CommandIssuer, Promise
from lockgate_testing.contracts.issuer import KEYS
from lockgate_testing.contracts.remote_issuer import (
    IdempotentIssuerContract,
    IssuerThatLooksUpContract,
    RemoteIssuerSubject,
)
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

    def wait(self, duration: timedelta) -> None:
        raise AssertionError("it answers at once")


@pytest.fixture(scope="module")
def openssl_ca(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpensslCa]:
    try:
        yield OpensslCa(tmp_path_factory.mktemp("openssl") / "ca")
    except MissingPart as missing:
        do_without(missing)


class TestOpensslCa(IdempotentIssuerContract, IssuerThatLooksUpContract):
    @pytest.fixture(params=[pytest.param(True, id="PKCS10"), pytest.param(False, id="a key alone")])
    def subject(self, request: pytest.FixtureRequest, openssl_ca: OpensslCa) -> RemoteIssuerSubject:
        return OpensslSubject(openssl_ca, request.param)
