"""Every rule of the port RemoteIssuer, on the double, with each promise alone and with all of them."""

from collections.abc import Iterator

import pytest

from lockgate_testing.contracts.remote_issuer import (
    IdempotentIssuerContract,
    IssuerThatConfirmsContract,
    IssuerThatLooksUpContract,
    IssuerThatPollsContract,
    IssuerThatVoidsUnconfirmedContract,
    RemoteIssuerContract,
    RemoteIssuerSubject,
)
from lockgate_testing.doubles.remote_ca import RemoteCa, running
from tests.contract.remote_issuers import RemoteCaSubject


@pytest.fixture(scope="module")
def ca(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RemoteCa]:
    with running(tmp_path_factory.mktemp("ca") / "remote.db") as ca:
        yield ca


EVERY_PROMISE = dict.fromkeys(("idempotent", "looks_up", "polls", "confirms"), True)
AT_ONCE, LATER = pytest.param({}, id="at once"), pytest.param({"later": 2}, id="later")
ORDERED_SERIALS = pytest.param({"keeps_serial_numbers": True}, id="ordered serial numbers")


class TestIssuerWithoutPromises(RemoteIssuerContract):
    @pytest.fixture(params=[AT_ONCE, ORDERED_SERIALS])
    def subject(self, request: pytest.FixtureRequest, ca: RemoteCa) -> RemoteIssuerSubject:
        return RemoteCaSubject(ca, ca.issuer(), request.param)


class TestIdempotentIssuer(IdempotentIssuerContract):
    @pytest.fixture(params=[AT_ONCE, ORDERED_SERIALS])
    def subject(self, request: pytest.FixtureRequest, ca: RemoteCa) -> RemoteIssuerSubject:
        return RemoteCaSubject(ca, ca.issuer(idempotent=True), request.param)


class TestIssuerThatLooksUp(IssuerThatLooksUpContract):
    @pytest.fixture(params=[AT_ONCE, LATER])
    def subject(self, request: pytest.FixtureRequest, ca: RemoteCa) -> RemoteIssuerSubject:
        return RemoteCaSubject(ca, ca.issuer(looks_up=True), request.param)


class TestIssuerThatPolls(IssuerThatPollsContract):
    @pytest.fixture(params=[AT_ONCE, LATER])
    def subject(self, request: pytest.FixtureRequest, ca: RemoteCa) -> RemoteIssuerSubject:
        return RemoteCaSubject(ca, ca.issuer(polls=True), request.param)


class TestIssuerThatVoidsUnconfirmed(IssuerThatVoidsUnconfirmedContract):
    @pytest.fixture
    def subject(self, ca: RemoteCa) -> RemoteIssuerSubject:
        return RemoteCaSubject(ca, ca.issuer(confirms=True, voids_unconfirmed=True))


class TestIssuerThatConfirms(IssuerThatConfirmsContract):
    @pytest.fixture
    def subject(self, ca: RemoteCa) -> RemoteIssuerSubject:
        return RemoteCaSubject(ca, ca.issuer(confirms=True, calls=1))


class TestIssuerWithEveryPromise(
    IdempotentIssuerContract, IssuerThatLooksUpContract, IssuerThatPollsContract, IssuerThatConfirmsContract
):
    @pytest.fixture(params=[AT_ONCE, LATER])
    def subject(self, request: pytest.FixtureRequest, ca: RemoteCa) -> RemoteIssuerSubject:
        return RemoteCaSubject(ca, ca.issuer(**EVERY_PROMISE), request.param)
