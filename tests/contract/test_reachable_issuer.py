"""Every rule of ReachableIssuer, on the double."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from lockgate_testing.contracts.reachable_issuer import ReachableIssuerContract
from lockgate_testing.contracts.remote_issuer import RemoteIssuerSubject
from lockgate_testing.doubles.remote_ca import running
from tests.contract.remote_issuers import RemoteCaSubject


class TestReachableIssuer(ReachableIssuerContract):
    @pytest.fixture
    def subject(self, tmp_path: Path) -> Iterator[RemoteIssuerSubject]:
        with running(tmp_path / "remote.db") as ca:
            yield RemoteCaSubject(ca, ca.issuer())
