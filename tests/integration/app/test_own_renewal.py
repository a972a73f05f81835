"""`lockgate keystore renew`: an RA's keystore, renewed by its own key through the message database."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import pkcs12

from lockgate.errors import ConfigurationError
from lockgate_app import keystore_renewal
from lockgate_app.deployment import Deployment
from lockgate_app.keystore_renewal import KeystoreRenewal
from lockgate_app.settings import Secret
from lockgate_keys import replacing
from tests.integration.app.commands import Outcome, edited, lockgate, request, work
from tests.support.deployments import created

Command = Callable[..., Outcome]


@pytest.fixture
def ending(deployment: Deployment) -> Deployment:
    """A deployment whose RA has a keystore that ends in 20 days."""
    return ending_soon(deployment)


def ending_soon(deployment: Deployment) -> Deployment:
    """The deployment, whose RA has a keystore that ends in 20 days from now on."""
    ca, profile = ("--config", deployment.ca_config), deployment.directory / "ra.yaml"
    assert lockgate(*ca, "profile", "export", "RA", "--output", profile).code == 0
    edited(profile, "validity_days: 730", "validity_days: 20")
    assert lockgate(*ca, "profile", "import", profile, "--replace").code == 0
    for name in ("ra.p12", "ra.password"):
        (deployment.ra / name).unlink()
    output = ("--role", "RA", "--output", deployment.ra / "ra.p12")
    assert lockgate(*ca, "keystore", "issue", "ra", "--ca", "ManagementCA", *output).code == 0
    edited(profile, "validity_days: 20", "validity_days: 730")
    assert lockgate(*ca, "profile", "import", profile, "--replace").code == 0
    return deployment


def renew(deployment: Deployment, *more: object) -> Outcome:
    return lockgate("--config", deployment.ra_config, "keystore", "renew", "--wait", 0, *more)


def certificate(deployment: Deployment, name: str = "ra.p12") -> x509.Certificate:
    password = (deployment.ra / "ra.password").read_text().strip().encode()
    found = pkcs12.load_pkcs12((deployment.ra / name).read_bytes(), password).cert
    assert found is not None
    return found.certificate


def outbox(deployment: Deployment) -> list[str]:
    listed = lockgate("--config", deployment.ra_config, "request", "list", "--json")
    return [message["message_id"] for message in json.loads(listed.out)["messages"]]


def files(deployment: Deployment) -> set[str]:
    return {path.name for path in deployment.ra.iterdir()}


def test_a_keystore_that_ends_soon_is_renewed_while_requests_wait(ending: Deployment, csr: Path) -> None:
    before, old, password = files(ending), certificate(ending), (ending.ra / "ra.password").read_bytes()
    assert request(ending, csr, "alice", "--wait", 0, "--message-id", "waiting").code == 3
    asked = renew(ending)
    assert (asked.code, "run it again later" in asked.err) == (3, True), asked.err
    assert certificate(ending) == old
    assert work(ending).code == 0
    renewed = renew(ending, "--json")
    assert renewed.code == 0, renewed.err
    new = certificate(ending)
    assert json.loads(renewed.out) == {
        "renewed": True,
        "valid_until": f"{new.not_valid_after_utc:%Y-%m-%dT%H:%M:%SZ}",
    }
    assert (new.subject, new.issuer) == (old.subject, old.issuer)
    assert new.public_key() != old.public_key()
    assert (new.not_valid_after_utc - old.not_valid_after_utc).days > 700
    assert (ending.ra / "ra.password").read_bytes() == password
    assert (ending.ra / "ra.p12").stat().st_mode & 0o777 == 0o600
    assert files(ending) == before | {"ra.p12.previous"}
    assert certificate(ending, "ra.p12.previous") == old
    assert lockgate("--config", ending.ra_config, "check").code == 0
    assert outbox(ending) == ["waiting"]
    resumed = lockgate("--config", ending.ra_config, "request", "resume", "waiting", "--wait", 0, "--json")
    assert resumed.code == 0, resumed.err
    assert request(ending, csr, "bob", "--wait", 0, "--message-id", "later").code == 3
    assert work(ending).code == 0
    later = lockgate("--config", ending.ra_config, "request", "resume", "later", "--wait", 0, "--json")
    assert later.code == 0, later.err
    members = lockgate("--config", ending.ca_config, "role", "show", "RA", "--json").out
    for one in (old, new):
        assert one.fingerprint(hashes.SHA256()).hex() in members


def test_who_locks_an_ra_out_is_told_of_its_next_certificate(ending: Deployment) -> None:
    ca = ("--config", ending.ca_config)
    old = certificate(ending).fingerprint(hashes.SHA256()).hex()
    assert renew(ending).code == 3
    assert work(ending).code == 0
    assert renew(ending).code == 0
    new = certificate(ending).fingerprint(hashes.SHA256()).hex()
    for done in (
        lockgate(*ca, "role", "remove-member", "RA", "--fingerprint", old),
        lockgate(*ca, "certificate", "revoke", old),
    ):
        assert done.code == 0, done.err
        assert f"warning: certificate {new} of the same end entity ra-" in done.err
        assert "is good, and a member of role RA" in done.err
    assert lockgate(*ca, "certificate", "revoke", new).err == ""


def test_an_ra_that_only_delivers_cmp_messages_renews_its_keystore(tmp_path: Path) -> None:
    own = ending_soon(created(tmp_path / "cmp", fronts={"cmp"}))
    old = certificate(own)
    assert renew(own).code == 3
    assert work(own).code == 0
    renewed = renew(own)
    assert renewed.code == 0, renewed.err
    assert certificate(own) != old


def test_nothing_is_done_while_nothing_is_due(deployment: Deployment) -> None:
    before = (deployment.ra / "ra.p12").read_bytes()
    done = renew(deployment)
    assert (done.code, "nothing to do: the certificate is valid until" in done.out) == (0, True), done.err
    assert (outbox(deployment), (deployment.ra / "ra.p12").read_bytes()) == ([], before)


def test_a_refusal_leaves_everything_as_it_was(ending: Deployment) -> None:
    ca, before = ("--config", ending.ca_config), files(ending)
    old = certificate(ending)
    assert lockgate(*ca, "role", "edit", "RA", "--remove-rule", "/action/ownrenewal").code == 0
    assert renew(ending).code == 3
    assert work(ending).code == 0
    refused = renew(ending)
    assert (refused.code, "/action/ownrenewal" in refused.err) == (1, True), refused.err
    assert (files(ending), outbox(ending), certificate(ending)) == (before, [], old)


@pytest.mark.parametrize("step", ["write_keystore", "write_new", "sync_directory"])
def test_whatever_ends_it_there_is_a_keystore_and_the_next_run_goes_on(
    ending: Deployment, in_process: Command, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """One step of putting the new keystore in place fails; each time as if the program had ended there."""
    old, arguments = certificate(ending), ("--config", ending.ra_config, "keystore", "renew", "--wait", "0")
    assert in_process(*arguments).code == 3
    assert work(ending).code == 0

    def end(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(keystore_renewal if step == "write_keystore" else replacing, step, end)
        assert in_process(*arguments).code == 2
    here = certificate(ending)
    assert (here == old) is (step != "sync_directory")
    done = in_process(*arguments)
    assert done.code == 0, done.err
    assert certificate(ending) != old
    assert not {"ra.p12.next", ".ra.p12.new", ".ra.p12.previous"} & files(ending)
    assert lockgate("--config", ending.ra_config, "check").code == 0


def test_only_its_owner_renews_it(deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who runs it as another user would leave a file that the RA cannot read."""
    monkeypatch.setattr(os, "geteuid", lambda: deployment.ra.stat().st_uid + 1)
    password = Secret.model_validate({"file": str(deployment.ra / "ra.password")})
    with pytest.raises(ConfigurationError, match="belongs to another user"):
        KeystoreRenewal.of(deployment.ra / "ra.p12", password)
