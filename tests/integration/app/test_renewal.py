"""`lockgate request renew`: certificates renewed by their own keys."""

import subprocess
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from lockgate_app.deployment import Deployment
from tests.integration.app.commands import Outcome, lockgate, request, work

PASSWORD = "sesame-open-4410"


def openssl(*arguments: object) -> None:
    subprocess.run(["openssl", *map(str, arguments)], capture_output=True, check=True)


@pytest.fixture(params=["RSA", "EC, encrypted"])
def folder(request: pytest.FixtureRequest, deployment: Deployment) -> Path:
    """Where "alice" has a key, its certificate and a file with the key's password."""
    return enrolled(deployment, request.param)


def enrolled(deployment: Deployment, kind: str) -> Path:
    folder = deployment.directory
    option = "rsa_keygen_bits:3072" if kind == "RSA" else "ec_paramgen_curve:P-384"
    openssl("genpkey", "-algorithm", kind.partition(",")[0], "-pkeyopt", option, "-out", folder / "alice.key")
    openssl("req", "-new", "-key", folder / "alice.key", "-subj", "/CN=any", "-out", folder / "alice.csr")
    if kind.endswith("encrypted"):
        (folder / "alice.password").write_text(f"{PASSWORD}\n")
        encrypted = ("-aes256", "-passout", f"pass:{PASSWORD}", "-out", folder / "encrypted.key")
        openssl("pkey", "-in", folder / "alice.key", *encrypted)
        (folder / "encrypted.key").replace(folder / "alice.key")
    assert request(deployment, folder / "alice.csr", "alice", "--wait", 0, "--message-id", "first").code == 3
    work(deployment)
    arguments = ("request", "resume", "first", "--output", folder / "alice.pem")
    assert lockgate("--config", deployment.ra_config, *arguments).code == 0
    return folder


def renew(deployment: Deployment, message_id: str, *more: object) -> Outcome:
    """Ask, let the worker run, and pick the answer up in next.pem."""
    folder, ra = deployment.directory, ("--config", deployment.ra_config, "request")
    password = folder / "alice.password"
    protected = ("--password-file", password) if password.exists() else ()
    own = ("--certificate", folder / "alice.pem", "--key", folder / "alice.key", *protected)
    output = ("--output", folder / "next.pem", "--force", "--wait", 0)
    asked = lockgate(*ra, "renew", *own, *output, "--message-id", message_id, *more)
    if asked.code != 3:
        return asked
    work(deployment)
    return lockgate(*ra, "resume", message_id, *output)


def certificate(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


def test_a_certificate_is_renewed_for_a_new_key_of_the_same_kind(deployment: Deployment, folder: Path) -> None:
    done = renew(deployment, "renewal", "--new-key", folder / "next.key")
    assert (done.code, done.out) == (0, f"certificate: {folder / 'next.pem'}\n"), done.err
    old, new = certificate(folder / "alice.pem"), certificate(folder / "next.pem")
    secret = PASSWORD.encode() if (folder / "alice.password").exists() else None
    key = load_pem_private_key((folder / "next.key").read_bytes(), secret)
    assert new.public_key() == key.public_key() != old.public_key()
    assert new.public_key().key_size == old.public_key().key_size  # type: ignore[union-attr]
    assert new.subject == old.subject
    assert (folder / "next.key").stat().st_mode & 0o777 == 0o600


def test_the_key_that_is_there_is_taken_and_counts_once(deployment: Deployment) -> None:
    folder = enrolled(deployment, "RSA")
    openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", folder / "next.key")
    before = (folder / "next.key").read_bytes()
    assert renew(deployment, "renewal", "--new-key", folder / "next.key").code == 0
    assert (folder / "next.key").read_bytes() == before
    again = renew(deployment, "again", "--new-key", folder / "next.key")
    assert (again.code, "key_certified_before" in again.err) == (1, True), again.err


def test_the_next_key_may_be_elsewhere(deployment: Deployment) -> None:
    folder = enrolled(deployment, "EC")
    openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", folder / "away.key")
    openssl("req", "-new", "-key", folder / "away.key", "-subj", "/CN=any", "-out", folder / "away.csr")
    assert renew(deployment, "renewal", "--csr", folder / "away.csr").code == 0
    away = load_pem_private_key((folder / "away.key").read_bytes(), None)
    assert certificate(folder / "next.pem").public_key() == away.public_key()


def test_the_same_key_is_certified_again_where_the_profile_says_so(deployment: Deployment) -> None:
    folder = enrolled(deployment, "RSA")
    refused = renew(deployment, "refused", "--new-key", folder / "alice.key")
    assert (refused.code, "key_certified_before" in refused.err) == (1, True), refused.err
    ca, profile = ("--config", deployment.ca_config, "profile"), folder / "enduser.yaml"
    assert lockgate(*ca, "export", "ENDUSER", "--output", profile).code == 0
    profile.write_text(profile.read_text().replace("renewal_same_key: false", "renewal_same_key: true"))
    assert lockgate(*ca, "import", profile, "--replace").code == 0
    assert renew(deployment, "renewal", "--new-key", folder / "alice.key").code == 0
    old, new = certificate(folder / "alice.pem"), certificate(folder / "next.pem")
    assert (new.public_key(), new.serial_number != old.serial_number) == (old.public_key(), True)


def test_a_revoked_certificate_is_not_renewed(deployment: Deployment) -> None:
    folder = enrolled(deployment, "EC")
    fingerprint = certificate(folder / "alice.pem").fingerprint(SHA256()).hex()
    revoked = lockgate("--config", deployment.ca_config, "certificate", "revoke", fingerprint)
    assert revoked.code == 0, revoked.err
    done = renew(deployment, "renewal", "--new-key", folder / "next.key")
    assert (done.code, "wrong_standing" in done.err) == (1, True), done.err
    assert not (folder / "next.pem").exists()


def test_what_cannot_be_asked_is_said_before_anything_is_made(deployment: Deployment) -> None:
    folder = enrolled(deployment, "EC")
    for more, said in (
        ((), "--new-key or --csr"),
        (("--new-key", folder / "next.key", "--csr", folder / "alice.csr"), "--new-key or --csr"),
    ):
        refused = renew(deployment, "renewal", *more)
        assert (refused.code, said in refused.err) == (2, True), refused.err
    (folder / "alice.key").write_bytes(b"no key")
    refused = renew(deployment, "renewal", "--new-key", folder / "next.key")
    assert (refused.code, "holds no private key" in refused.err) == (2, True), refused.err
    assert not (folder / "next.key").exists()
