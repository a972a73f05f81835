"""A deployment and a PKCS#10 for the tests of the commands."""

from collections.abc import Callable
from pathlib import Path

import pytest

from lockgate_app.cli.run import run
from lockgate_app.deployment import Deployment
from lockgate_app.keys import new_key, new_request
from tests.integration.app.commands import Outcome, copied
from tests.support.deployments import created


@pytest.fixture(scope="session")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Deployment:
    """A new deployment on SQLite that no test changes."""
    return created(tmp_path_factory.mktemp("pristine") / "deployment")


@pytest.fixture
def deployment(pristine: Deployment, tmp_path: Path) -> Deployment:
    """A new deployment on SQLite, this test's own."""
    return copied(pristine, tmp_path / "deployment")


@pytest.fixture(scope="session")
def csr(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A PEM PKCS#10."""
    path = tmp_path_factory.mktemp("csr") / "alice.csr"
    path.write_bytes(new_request(new_key(), "alice"))
    return path


@pytest.fixture
def in_process(capsys: pytest.CaptureFixture[str]) -> Callable[..., Outcome]:
    """Runs the command in this process: what it does is the same, and much quicker than starting another one."""

    def ended(*arguments: object) -> Outcome:
        capsys.readouterr()
        with pytest.raises(SystemExit) as end:
            run([*map(str, arguments)])
        said = capsys.readouterr()
        assert "defect" not in said.err, said.err
        return Outcome(int(end.value.code or 0), said.out, said.err)

    return ended
