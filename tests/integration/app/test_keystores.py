"""`lockgate request pkcs12` and `request keystore` through the installed commands."""

import stat
import subprocess
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs12 as pkcs12_in

from lockgate_app.deployment import Deployment
from tests.integration.app.commands import Outcome, lockgate, work

PASSWORD = "a password of alice's"


@pytest.fixture
def password(deployment: Deployment) -> Path:
    path = deployment.directory / "alice.password"
    path.write_text(PASSWORD + "\n")
    return path


def ask(deployment: Deployment, *arguments: object) -> Outcome:
    """Ask, let the worker run, and pick the answer up."""
    output = deployment.directory / "alice.p12"
    common = ("--message-id", "asked", "--wait", 0, "--output", output)
    asked = lockgate("--config", deployment.ra_config, "request", *arguments, *common)
    if asked.code != 3:
        return asked
    work(deployment)
    return lockgate("--config", deployment.ra_config, "request", "resume", "asked", "--wait", 0, "--output", output)


def pkcs12(deployment: Deployment, *more: object) -> Outcome:
    return ask(
        deployment, "pkcs12", "--username", "alice", "--subject-dn", "CN=alice", "--ca", "ManagementCA",
        "--end-entity-profile", "EMPTY", "--certificate-profile", "ENDUSER", *more,
    )  # fmt: skip


def subject_in(path: Path) -> str:
    """That of the certificate which openssl finds in the keystore beside the key."""
    command = ["openssl", "pkcs12", "-in", str(path), "-passin", f"pass:{PASSWORD}", "-nokeys", "-clcerts"]
    found = subprocess.run(command, capture_output=True, check=True).stdout
    (certificate,) = x509.load_pem_x509_certificates(found)
    return certificate.subject.rfc4514_string()


def test_a_pkcs12_is_written_for_its_owner_alone(deployment: Deployment, password: Path) -> None:
    done = pkcs12(deployment, "--password-file", password, "--key-alg", "ECDSA", "--key-spec", "P-256")
    path = deployment.directory / "alice.p12"
    assert (done.code, done.out) == (0, f"keystore: {path}\n"), done.err
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert subject_in(path) == "CN=alice"
    assert PASSWORD not in done.out + done.err


def test_a_refused_pkcs12_writes_nothing(deployment: Deployment, password: Path) -> None:
    done = pkcs12(deployment, "--password-file", password, "--key-spec", "1024")
    assert done.code == 1
    assert "bad_key_specification" in done.err
    assert not (deployment.directory / "alice.p12").exists()


def test_without_a_password_nothing_is_sent(deployment: Deployment) -> None:
    done = pkcs12(deployment)
    assert done.code == 2
    assert "a password is needed" in done.err


@pytest.fixture
def alice(deployment: Deployment, password: Path) -> Path:
    """An end entity that fetches its keystore with that password."""
    added = lockgate(
        "--config", deployment.ca_config, "end-entity", "add", "alice", "--subject-dn", "CN=alice",
        "--ca", "ManagementCA", "--end-entity-profile", "EMPTY", "--certificate-profile", "ENDUSER",
        "--token", "P12", "--password-file", password,
    )  # fmt: skip
    assert added.code == 0, added.err
    return password


def test_an_end_entity_fetches_its_keystore(deployment: Deployment, alice: Path) -> None:
    done = ask(deployment, "keystore", "--username", "alice", "--password-file", alice)
    assert done.code == 0, done.err
    assert subject_in(deployment.directory / "alice.p12") == "CN=alice"


def test_a_keystore_gets_a_password_and_a_key_of_its_own(deployment: Deployment, alice: Path) -> None:
    own = deployment.directory / "keystore.password"
    own.write_text("one for the file alone\n")
    wishes = ("--keystore-password-file", own, "--key-alg", "ECDSA", "--key-spec", "P-384")
    done = ask(deployment, "keystore", "--username", "alice", "--password-file", alice, *wishes)
    assert done.code == 0, done.err
    octets = (deployment.directory / "alice.p12").read_bytes()
    key, certificate, _ = pkcs12_in.load_key_and_certificates(octets, own.read_bytes().strip())
    assert certificate is not None
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    assert key.curve.name == "secp384r1"


def test_a_keystore_is_not_shown_on_the_terminal_and_stays_until_it_is_stored(
    deployment: Deployment, password: Path
) -> None:
    pending = pkcs12(deployment, "--password-file", password, "--key-alg", "Ed25519", "--key-spec", "")
    assert pending.code == 0, pending.err
    lockgate(
        "--config", deployment.ra_config, "request", "pkcs12", "--username", "bob", "--subject-dn", "CN=bob",
        "--ca", "ManagementCA", "--end-entity-profile", "EMPTY", "--certificate-profile", "ENDUSER",
        "--password-file", password, "--message-id", "bob", "--wait", 0, "--output", deployment.directory / "bob.p12",
    )  # fmt: skip
    work(deployment)
    resume = ("--config", deployment.ra_config, "request", "resume", "bob", "--wait", 0)
    shown = lockgate(*resume)
    assert (shown.code, shown.out) == (2, "")
    assert "--output FILE" in shown.err
    assert lockgate(*resume, "--output", deployment.directory / "bob.p12").code == 0
