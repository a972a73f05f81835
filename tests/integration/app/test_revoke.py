"""`lockgate request revoke` through the installed commands."""

from pathlib import Path

import pytest

from lockgate_app.deployment import Deployment
from tests.integration.app.commands import Outcome, lockgate, request, work


def revoke(deployment: Deployment, *options: object) -> Outcome:
    """Ask, let the worker run, and pick the answer up."""
    asked = lockgate(
        "--config", deployment.ra_config, "request", "revoke", *options, "--message-id", "revoke", "--wait", 0
    )
    assert asked.code == 3, asked.err
    work(deployment)
    return lockgate("--config", deployment.ra_config, "request", "resume", "revoke", "--wait", 0)


@pytest.fixture
def certificate(deployment: Deployment, csr: Path) -> Path:
    """Alice's certificate."""
    request(deployment, csr, "alice", "--message-id", "issue", "--wait", 0)
    work(deployment)
    path = deployment.directory / "alice.pem"
    done = lockgate("--config", deployment.ra_config, "request", "resume", "issue", "--output", path, "--wait", 0)
    assert done.code == 0, done.err
    return path


def test_a_certificate_is_revoked_once(deployment: Deployment, certificate: Path) -> None:
    done = revoke(deployment, "--certificate", certificate, "--reason", "key-compromise")
    assert (done.code, done.out) == (0, "done: the CA has carried the request out\n")


def test_all_of_an_end_entity(deployment: Deployment, certificate: Path) -> None:
    assert certificate.exists()
    assert revoke(deployment, "--username", "alice", "--user").code == 0


def test_a_refusal_names_its_reason(deployment: Deployment) -> None:
    done = revoke(deployment)
    assert done.code == 1
    assert "(incomplete_request)" in done.err
    assert "Either username or issuer/serno is required." in done.err
