"""`lockgate request certificate` and `request card-renewal` through the installed commands, keys made by openssl."""

import subprocess
from pathlib import Path

import pytest
from cryptography import x509

from lockgate_app.deployment import Deployment
from tests.integration.app.commands import Outcome, lockgate, work
from tests.support.pki.certificate_requests import pkcs10
from tests.support.pki.identities import rsa_key
from tests.support.pki.key_forms import crmf

REGISTRATION = (
    "--subject-dn", "CN=alice", "--ca", "ManagementCA", "--end-entity-profile", "EMPTY",
    "--certificate-profile", "ENDUSER",
)  # fmt: skip


def openssl(*arguments: object) -> str:
    command = ["openssl", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@pytest.fixture
def files(deployment: Deployment) -> Path:
    """A folder with a key in each of the four forms, and a password."""
    folder = deployment.directory
    key = folder / "alice.key"
    openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", key)
    openssl("req", "-new", "-key", key, "-subj", "/CN=any", "-out", folder / "alice.pkcs10")
    openssl("spkac", "-key", key, "-digest", "sha256", "-challenge", "any", "-out", folder / "alice.spkac")
    openssl("pkey", "-in", key, "-pubout", "-out", folder / "alice.publickey")
    (folder / "alice.crmf").write_bytes(crmf(rsa_key(21)))
    (folder / "alice.password").write_text("sesame for alice\n")
    return folder


def ask(deployment: Deployment, command: str, *arguments: object, sign: Path | None = None) -> Outcome:
    """Ask, let the worker run, and pick the answer up in out.pem and `sign`."""
    output = ("--output", deployment.directory / "out.pem", *(("--sign-output", sign) if sign else ()))
    common = ("--message-id", "asked", "--wait", 0, *output)
    asked = lockgate("--config", deployment.ra_config, "request", command, *arguments, *common)
    if asked.code != 3:
        return asked
    work(deployment)
    return lockgate("--config", deployment.ra_config, "request", "resume", "asked", "--wait", 0, *output)


def certificate(deployment: Deployment, form: str, *more: object) -> Outcome:
    request = ("--request", deployment.directory / f"alice.{form}", "--form", form)
    return ask(deployment, "certificate", "--username", "alice", *REGISTRATION, *request, *more)


def allow_unproven_keys(deployment: Deployment) -> None:
    """As an operator does: the profile's switch and the RA's right."""
    profile = deployment.directory / "enduser.yaml"
    for arguments in (
        ("profile", "export", "ENDUSER", "--output", profile),
        ("profile", "import", profile, "--replace"),
        ("role", "edit", "RA", "--add-rule", "/action/certifyunproven"),
    ):
        done = lockgate("--config", deployment.ca_config, *arguments)
        assert done.code == 0, done.err
        if arguments[1] == "export":
            profile.write_text(profile.read_text().replace("unproven_keys: false", "unproven_keys: true"))


def certified_key(path: Path) -> str:
    return openssl("x509", "-in", path, "-noout", "-pubkey")


@pytest.mark.parametrize("form", ["pkcs10", "spkac", "publickey"])
def test_a_key_of_openssl_is_certified(deployment: Deployment, files: Path, form: str) -> None:
    allow_unproven_keys(deployment)
    done = certificate(deployment, form, "--create-or-edit")
    assert (done.code, done.out) == (0, f"certificate: {files / 'out.pem'}\n"), done.err
    assert certified_key(files / "out.pem") == (files / "alice.publickey").read_text()


def test_a_crmf_message_is_answered_with_the_chain(deployment: Deployment, files: Path) -> None:
    done = certificate(deployment, "crmf", "--create-or-edit", "--response", "pkcs7withchain")
    assert (done.code, done.out) == (0, f"PKCS#7: {files / 'out.pem'}\n"), done.err
    printed = openssl("pkcs7", "-in", files / "out.pem", "-print_certs")
    subjects = [one.subject.rfc4514_string() for one in x509.load_pem_x509_certificates(printed.encode())]
    assert sorted(subjects) == ["CN=ManagementCA,O=Lockgate", "CN=alice"]


def test_an_end_entity_is_known_by_its_password(deployment: Deployment, files: Path) -> None:
    added = lockgate(
        "--config", deployment.ca_config, "end-entity", "add", "alice", *REGISTRATION,
        "--password-file", files / "alice.password",
    )  # fmt: skip
    assert added.code == 0, added.err
    done = certificate(deployment, "spkac", "--password-file", files / "alice.password")
    assert done.code == 0, done.err
    assert certified_key(files / "out.pem") == (files / "alice.publickey").read_text()


def test_without_its_password_it_is_nobody(deployment: Deployment, files: Path) -> None:
    done = certificate(deployment, "spkac")
    assert done.code == 1
    assert "wrong_credentials" in done.err
    assert not (files / "out.pem").exists()


@pytest.mark.parametrize("form", ["pkcs10", "crmf", "spkac", "publickey"])
def test_a_file_of_another_kind_is_not_sent(deployment: Deployment, files: Path, form: str) -> None:
    (files / f"alice.{form}").write_text("a text\n")
    done = certificate(deployment, form)
    assert done.code == 2
    assert f"alice.{form}: holds no " in done.err


def test_a_card_is_renewed(deployment: Deployment, files: Path) -> None:
    allow_unproven_keys(deployment)
    sign = files / "sign.pem"
    for number, half in ((31, "auth"), (32, "sign")):
        (files / "alice.pkcs10").write_bytes(pkcs10(rsa_key(number)))
        asked = lockgate(
            "--config", deployment.ra_config, "request", "pkcs10", "--username", "alice", *REGISTRATION,
            "--csr", files / "alice.pkcs10", "--message-id", half, "--wait", 0, "--output", files / f"old-{half}.pem",
        )  # fmt: skip
        assert asked.code == 3, asked.err
        work(deployment)
        resume = ("request", "resume", half, "--wait", 0, "--output", files / f"old-{half}.pem")
        assert lockgate("--config", deployment.ra_config, *resume).code == 0
        (files / f"{half}.csr").write_bytes(pkcs10(rsa_key(number + 2), signed_by=rsa_key(number)))
    assert lockgate("--config", deployment.ca_config, "end-entity", "edit", "alice", "--status", "new").code == 0
    done = ask(
        deployment, "card-renewal", "--auth-certificate", files / "old-auth.pem", "--auth-csr", files / "auth.csr",
        "--sign-certificate", files / "old-sign.pem", "--sign-csr", files / "sign.csr", sign=sign,
    )  # fmt: skip
    assert done.code == 0, done.err
    for number, path in ((33, files / "out.pem"), (34, sign)):
        renewed = x509.load_pem_x509_certificate(path.read_bytes())
        assert renewed.public_key() == rsa_key(number).public_key()
