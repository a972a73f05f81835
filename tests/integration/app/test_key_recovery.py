"""`lockgate request key-recovery` and `ca rotate-escrow-key` through the installed commands."""

import json
import subprocess
from pathlib import Path

import pytest

from lockgate_app.deployment import Deployment
from tests.integration.app.commands import Outcome, edited, lockgate, work

PROFILES = """\
certificate_profiles:
  KEEPING: {validity_days: 90, key_recovery: true}
end_entity_profiles:
  EMPTY: {certificate_profiles: [ENDUSER, KEEPING]}
"""
REGISTRATION = (
    "--username", "alice", "--subject-dn", "CN=alice", "--ca", "ManagementCA", "--end-entity-profile", "EMPTY",
    "--certificate-profile", "KEEPING",
)  # fmt: skip


def openssl(*arguments: object) -> str:
    command = ["openssl", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def key_in(path: Path, password: str) -> str:
    return openssl("pkcs12", "-in", path, "-passin", f"pass:{password}", "-nocerts", "-noenc").partition("-----")[2]


@pytest.fixture
def archive(deployment: Deployment) -> Deployment:
    """A deployment that keeps keys, whose RA may recover them, with passwords in files."""
    folder = deployment.directory
    (folder / "profiles.yaml").write_text(PROFILES)
    for name in ("first", "second"):
        (folder / f"{name}.password").write_text(f"the {name} password\n")
    ca = ("--config", deployment.ca_config)
    assert lockgate(*ca, "profile", "import", folder / "profiles.yaml", "--replace").code == 0
    granted = lockgate(*ca, "role", "edit", "RA", "--add-rule", "/action/keyrecovery")
    assert granted.code == 0, granted.err
    return deployment


def ask(deployment: Deployment, command: str, name: str, *more: object) -> Outcome:
    folder = deployment.directory
    options = (
        "--password-file", folder / f"{name}.password", "--output", folder / f"{name}.p12", "--message-id", name,
        "--wait", 0,
    )  # fmt: skip
    ra = ("--config", deployment.ra_config, "request")
    sent = lockgate(*ra, command, *REGISTRATION, *options, *more)
    assert sent.code == 3, sent.err
    work(deployment)
    return lockgate(*ra, "resume", name, "--wait", 0, "--output", folder / f"{name}.p12")


def kept(deployment: Deployment) -> Path:
    """A key made and kept; its certificate."""
    folder = deployment.directory
    done = ask(deployment, "pkcs12", "first", "--key-alg", "ECDSA", "--key-spec", "P-256", "--store-key")
    assert done.code == 0, done.err
    openssl(
        "pkcs12", "-in", folder / "first.p12", "-passin", "pass:the first password", "-nokeys", "-clcerts",
        "-out", folder / "alice.pem",
    )  # fmt: skip
    return folder / "alice.pem"


def test_a_kept_key_is_recovered(archive: Deployment) -> None:
    folder, certificate = archive.directory, kept(archive)
    done = ask(archive, "key-recovery", "second", "--certificate", certificate)
    assert done.code == 0, done.err
    first, second = (key_in(folder / f"{name}.p12", f"the {name} password") for name in ("first", "second"))
    assert first == second
    serial = openssl("x509", "-in", certificate, "-noout", "-serial").strip().removeprefix("serial=")
    shown = lockgate(
        "--config", archive.ca_config, "certificate", "show", "--ca", "ManagementCA", "--serial", serial, "--json"
    )
    assert json.loads(shown.out)["key_kept"] is True, shown.err
    exported = lockgate("--config", archive.ca_config, "audit", "export").out.splitlines()
    assert [entry["who"].split(" ")[0] for line in exported if (entry := json.loads(line))["event"] == "key.recovered"]


def test_the_escrow_secret_is_changed(archive: Deployment) -> None:
    certificate = kept(archive)
    (archive.ca / "new.secret").write_text("a new escrow secret of the CA's\n")
    (archive.ca / "new.secret").chmod(0o600)
    edited(
        archive.ca_config,
        'escrow_secret = { file = "escrow.secret" }',
        'escrow_secret = { file = "new.secret" }\nprevious_escrow_secret = { file = "escrow.secret" }',
    )
    rotate = ("--config", archive.ca_config, "ca", "rotate-escrow-key")
    done = lockgate(*rotate, "--json")
    assert (done.code, json.loads(done.out)) == (0, {"sealed": 1, "unusable": [], "current": 1, "others": 0})
    edited(archive.ca_config, 'previous_escrow_secret = { file = "escrow.secret" }', "")
    (archive.ca / "escrow.secret").unlink()
    assert lockgate("--config", archive.ca_config, "check").code == 0
    assert lockgate(*rotate).out == "0 keys sealed anew, 1 under the current secret\n"
    assert ask(archive, "key-recovery", "second", "--certificate", certificate).code == 0


def test_a_lost_secret_is_said(archive: Deployment) -> None:
    kept(archive)
    (archive.ca / "escrow.secret").write_text("a secret that nothing was sealed under\n")
    done = lockgate("--config", archive.ca_config, "ca", "rotate-escrow-key")
    assert done.code == 2
    assert "cannot be opened" in done.err
