"""`lockgate request edit-user` through the installed commands."""

import pytest

from lockgate_app.deployment import Deployment
from tests.integration.app.commands import Outcome, lockgate, work


def edit(deployment: Deployment, *options: object, message_id: str = "edit") -> Outcome:
    """Ask, let the worker run, and pick the answer up."""
    asked = lockgate(
        "--config", deployment.ra_config, "request", "edit-user", "--username", "alice", "--subject-dn", "CN=alice",
        "--ca", "ManagementCA", "--end-entity-profile", "EMPTY", "--certificate-profile", "ENDUSER",
        "--message-id", message_id, "--wait", 0, *options,
    )  # fmt: skip
    if asked.code != 3:
        return asked
    work(deployment)
    return lockgate("--config", deployment.ra_config, "request", "resume", message_id, "--wait", 0)


def test_an_end_entity_is_added_with_its_password(deployment: Deployment) -> None:
    password = deployment.directory / "alice.password"
    password.write_text("correct horse\n")
    done = edit(deployment, "--password-file", password, "--token", "P12")
    assert (done.code, done.out) == (0, "done: the CA has carried the request out\n"), done.err


def test_a_status_that_needs_another_right_is_refused(deployment: Deployment) -> None:
    assert edit(deployment, message_id="added").code == 0
    done = edit(deployment, "--status", "KEY_RECOVERY")
    assert done.code == 1
    assert "Missing: /action/keyrecovery" in done.err


@pytest.mark.parametrize(("content", "said"), [(b"", "holds no password"), (b"\xff", "is no text")])
def test_a_password_file_without_a_password_sends_nothing(deployment: Deployment, content: bytes, said: str) -> None:
    password = deployment.directory / "alice.password"
    password.write_bytes(content)
    done = edit(deployment, "--password-file", password)
    assert done.code == 2
    assert said in done.err
