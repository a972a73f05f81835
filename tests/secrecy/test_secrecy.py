"""The search for secrets in log lines finds them: sessions of pytest of their own, with leaks."""

import base64
import os
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from tests.secrecy.records import Records
from tests.secrecy.vault import Vault
from tests.support.pki.identities import Key, ec_key, rsa_key

ROOT = Path(__file__).resolve().parents[2]
SECRET = "correct horse é"
LEAKS = """
import base64, logging, subprocess, sys
from pathlib import Path
import pytest, structlog
from lockgate.ports import KeyPair
from lockgate.requests.submessages import EditUserRequest, KeyStoreRetrievalRequest
from lockgate_app.settings import Secret
from tests.support.pki.identities import ec_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

def test_a_logged_password():
    its = KeyStoreRetrievalRequest(request_id=1, username="alice", password="a password, logged")
    logging.getLogger("lockgate.worker").debug("processing %s for %s", its.password, its.username)

def test_a_printed_setting():
    print(Secret.model_validate("a setting, printed").reveal())

def test_a_setting_that_capsys_saw(capsys):
    print(Secret.model_validate("a setting, captured").reveal(), file=sys.stderr)
    capsys.readouterr()

def test_a_password_in_a_traceback():
    try:
        raise ValueError(KeyStoreRetrievalRequest(request_id=1, username="a", password="a password, raised").password)
    except ValueError:
        logging.getLogger("lockgate.core").exception("defect")

def test_a_key_in_structured_form():
    der = ec_key(1).private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    structlog.get_logger("lockgate.worker").info("made", key=base64.b64encode(KeyPair(der, b"").private_key).decode())

@pytest.mark.parametrize("pipes", [{"stderr": -1}, {"stdout": -1, "stderr": -1}])
def test_a_password_said_by_the_command(tmp_path, pipes):
    (tmp_path / "worker.password").write_text(f"a password, said to {len(pipes)}\\n")
    command = tmp_path / "lockgate"
    command.write_text("#!/bin/sh\\ncat $(dirname $2)/worker.password >&2\\n")
    command.chmod(0o755)
    subprocess.run([command, "--config", tmp_path / "lockgate.toml"], **pipes)

def test_a_password_read_from_the_command_line_by_line(tmp_path):
    (tmp_path / "file").write_text("a password, read\\n")
    command = tmp_path / "lockgate"
    command.write_text("#!/bin/sh\\ncat $2 >&2\\n")
    command.chmod(0o755)
    with subprocess.Popen([command, "--password-file", tmp_path / "file"], stderr=-1, text=True) as process:
        assert process.stderr.readline()

def test_a_short_one():
    EditUserRequest(
        request_id=1, username="alice", subject_dn="CN=alice", end_entity_profile="EMPTY",
        certificate_profile="ENDUSER", ca_name="CA", password="short",
    )
"""
FOUND = [
    ("KeyStoreRetrievalRequest: password", "log line of lockgate.worker", "test_a_logged_password"),
    ("a secret of the configuration", "Captured stdout call", "test_a_printed_setting"),
    ("a secret of the configuration", "output", "test_a_setting_that_capsys_saw"),
    ("KeyStoreRetrievalRequest: password", "traceback of lockgate.core", "test_a_password_in_a_traceback"),
    ("KeyPair: private_key", "Captured stdout call", "test_a_key_in_structured_form"),
    ("file worker.password", "standard error of lockgate", "test_a_password_said_by_the_command[pipes0]"),
    ("file worker.password", "standard error of lockgate", "test_a_password_said_by_the_command[pipes1]"),
    ("file file", "standard error of lockgate", "test_a_password_read_from_the_command_line_by_line"),
    ("EditUserRequest: password", "fewer than 8 octets", "test_a_short_one"),
]
DISCREET = """
import logging
from lockgate.requests.submessages import KeyStoreRetrievalRequest

def test_nothing_is_told():
    its = KeyStoreRetrievalRequest(request_id=1, username="alice", password="a password, kept")
    logging.getLogger("lockgate.worker").warning("processing %s", its)
"""


def session(directory: Path, tests: str, *options: str) -> tuple[int, list[str]]:
    """Run `tests` under the search; the exit code and what it says."""
    (directory / "conftest.py").write_text("from tests.conftest import pytest_configure\n")
    (directory / "test_leaks.py").write_text(tests)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(directory), *options]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    environment["PYTHONPATH"] = str(ROOT)
    done = subprocess.run(command, env=environment, cwd=directory, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout.splitlines()


@pytest.mark.parametrize("options", [(), ("-n", "2")], ids=["one process", "two processes"])
def test_a_session_that_leaks_fails_and_names_secret_and_place(tmp_path: Path, options: tuple[str, ...]) -> None:
    code, lines = session(tmp_path, LEAKS, *options)
    assert code == 1, lines
    assert any(f"{len(FOUND)} passed" in line for line in lines), lines
    for label, what, test in FOUND:
        assert [line for line in lines if line.startswith(label) and what in line and test in line], (label, lines)
    assert not [line for line in lines if "a password, " in line or "a setting, " in line]


def test_a_session_that_keeps_its_secrets_passes(tmp_path: Path) -> None:
    code, lines = session(tmp_path, DISCREET)
    assert code == 0, lines
    assert not [line for line in lines if "secrets in log lines" in line]


def found(vault: Vault, text: str | bytes) -> bool:
    records = Records()
    records.add(text, "a line")
    return bool(list(vault.findings(records)))


@pytest.mark.parametrize("before", ["", "x", "xy"])
def test_a_secret_is_found_in_whatever_form(before: str) -> None:
    vault = Vault()
    vault.add(SECRET, "a secret")
    octets = (before + SECRET + "!").encode()
    for form in (
        before + SECRET, repr(octets), octets.hex(), octets.hex().upper(), base64.b64encode(octets),
        base64.urlsafe_b64encode(octets), '"correct horse \\u00e9"', "correct%20horse%20%C3%A9",
    ):  # fmt: skip
        assert found(vault, form), form
    assert not found(vault, "correct hors")


@pytest.mark.parametrize("key", [rsa_key(1), ec_key(1)], ids=["RSA", "EC"])
@pytest.mark.parametrize("encoding", [Encoding.PEM, Encoding.DER])
def test_a_private_key_is_found_and_a_public_one_is_none(key: Key, encoding: Encoding) -> None:
    vault = Vault()
    vault.add_key(key, "a key")
    private = key.private_bytes(encoding, PrivateFormat.PKCS8, NoEncryption()).replace(b"PRIVATE KEY", b"")
    assert found(vault, private)
    assert found(vault, private.hex()) or encoding is Encoding.PEM
    assert not found(vault, key.public_key().public_bytes(encoding, PublicFormat.SubjectPublicKeyInfo))
