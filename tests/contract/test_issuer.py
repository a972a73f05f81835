"""Every rule of the port Issuer, on the CA in this process."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from lockgate_testing.contracts.issuer import IssuerContract, IssuerSubject
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
