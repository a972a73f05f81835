"""Every rule of the port Issuer, on the CA in this process, on issuers that a program brings, and on the double."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from lockgate_ca_backend.in_process import IssuersByCa
from lockgate_testing.contracts.issuer import IssuerContract, IssuerSubject
from lockgate_testing.doubles.issuer import MemoryIssuer
from tests.contract.registries import SqlRegistrySubject, new_engine


class TestInProcessIssuer(IssuerContract):
    @pytest.fixture(params=["P-256", "P-384", "RSA-2048"])
    def subject(self, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[IssuerSubject]:
        engine = new_engine(f"sqlite:///{tmp_path / 'ca.db'}")
        registry = SqlRegistrySubject(engine)
        registry.administration.create_ca("ManagementCA", "CN=ManagementCA,O=Example", key=request.param)
        with registry.ca.transaction(registry.fence()) as work:
            certificate = work.store.authorities.issuer("ManagementCA").certificates[0]
        yield IssuerSubject(registry.ca.issuer, "ManagementCA", certificate)
        engine.dispose()


class TestMemoryIssuer(IssuerContract):
    @pytest.fixture
    def subject(self) -> IssuerSubject:
        issuer = MemoryIssuer("TestCA")
        return IssuerSubject(issuer, issuer.ca_name, issuer.certificate)


class TestIssuersByCa(IssuerContract):
    @pytest.fixture(params=["own", "other"])
    def subject(self, request: pytest.FixtureRequest) -> IssuerSubject:
        own, other = MemoryIssuer("own"), MemoryIssuer("other")
        asked = own if request.param == "own" else other
        return IssuerSubject(IssuersByCa({"own": own}, other), asked.ca_name, asked.certificate)
