"""What commands write: a new file, whole; another one is replaced only with --force, where there is that."""

import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from lockgate.errors import ConfigurationError
from lockgate_app.deployment import Deployment
from lockgate_app.outputs import output_file, require_writable, write_file
from tests.integration.app.commands import Outcome, request, work

Command = Callable[..., Outcome]
KEPT = "what stood there before"
REPLACED = {
    "a CA's certificate": "ca create Other --subject-dn CN=Other --key P-256 --output {file}",
    "a next CA certificate": "ca rollover prepare ManagementCA --output {file}",
    "profiles": "profile export --output {file}",
}
"""Commands of the CA host that have --force."""
NEVER_REPLACED = {
    "the audit log": "audit export --output {file}",
    "an RA's keystore": "keystore issue ra --ca ManagementCA --output {file}",
    "an RA's certificate": "keystore issue ra --ca ManagementCA --csr {csr} --output {file}",
    "a SCEP server's keystore": "scep-ra keystore --ca ManagementCA --output {file}",
}
REQUESTS = {
    "pkcs10": "request pkcs10 {described} --csr {csr} --output {file}",
    "a chain": "request pkcs10 {described} --csr {csr} --output {other} --chain {file}",
    "certificate": "request certificate {described} --request {csr} --create-or-edit --output {file}",
    "pkcs12": "request pkcs12 {described} --password-file {csr} --output {file}",
    "keystore": "request keystore --username alice --password-file {csr} --output {file}",
    "resume": "request resume order-1 --output {file}",
}
DESCRIBED = (
    "--username alice --subject-dn CN=alice --ca ManagementCA --end-entity-profile EMPTY --certificate-profile ENDUSER"
)


@pytest.fixture
def existing(tmp_path: Path) -> Path:
    path = tmp_path / "there.yaml"
    path.write_text(KEPT)
    return path


def words(command: str, file: Path, csr: Path) -> list[str]:
    """The command's arguments; no path here holds a space."""
    return command.format(file=file, csr=csr, other=file.with_name("other.pem"), described=DESCRIBED).split()


@pytest.mark.parametrize("what", REPLACED | NEVER_REPLACED)
def test_a_command_of_the_ca_host_leaves_a_file_that_is_there(
    what: str, deployment: Deployment, csr: Path, existing: Path, in_process: Command
) -> None:
    command = words((REPLACED | NEVER_REPLACED)[what], existing, csr)
    refused = in_process("--config", deployment.ca_config, *command)
    hint = "name another file, or replace it with --force" if what in REPLACED else "name another file"
    assert (refused.code, refused.out) == (2, "")
    assert refused.err == f"lockgate: {existing}: exists already, and stays as it is; {hint}\n"
    assert existing.read_text() == KEPT


def test_nothing_is_done_whose_outcome_could_not_be_written(
    deployment: Deployment, csr: Path, existing: Path, in_process: Command
) -> None:
    in_process("--config", deployment.ca_config, *words(REPLACED["a CA's certificate"], existing, csr))
    assert "Other" not in in_process("--config", deployment.ca_config, "ca", "list").out


@pytest.mark.parametrize("what", REPLACED)
def test_with_force_it_replaces_the_file(
    what: str, deployment: Deployment, csr: Path, existing: Path, in_process: Command
) -> None:
    done = in_process("--config", deployment.ca_config, *words(REPLACED[what], existing, csr), "--force")
    assert done.code == 0, done.err
    assert KEPT not in existing.read_text()
    assert [path.name for path in existing.parent.iterdir() if path.name.startswith(".")] == []


@pytest.mark.parametrize("what", REQUESTS)
def test_no_request_is_sent_whose_answer_would_replace_a_file(
    what: str, deployment: Deployment, csr: Path, existing: Path, in_process: Command
) -> None:
    refused = in_process("--config", deployment.ra_config, *words(REQUESTS[what], existing, csr))
    assert refused.code == 2
    assert f"{existing}: exists already, and stays as it is" in refused.err
    assert existing.read_text() == KEPT
    assert in_process("--config", deployment.ra_config, "request", "list").out == "no messages\n"


def test_an_answer_replaces_a_file_with_force_alone(deployment: Deployment, csr: Path, in_process: Command) -> None:
    target = deployment.directory / "alice.pem"
    assert request(deployment, csr, "alice", "--message-id", "order-1", "--wait", 0).code == 3
    assert work(deployment).code == 0
    target.write_text(KEPT)
    resume = ("--config", deployment.ra_config, "request", "resume", "order-1", "--output", target)
    assert in_process(*resume).code == 2
    assert target.read_text() == KEPT
    assert in_process(*resume, "--force").code == 0
    assert target.read_text().startswith("-----BEGIN CERTIFICATE-----")


def test_two_files_of_one_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="is named for two files"):
        require_writable(tmp_path / "a", tmp_path / "a", None, force=True)


@pytest.mark.parametrize("place", ["none/file", "."])
def test_a_place_that_cannot_be_written_is_named(place: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be written"):
        require_writable(tmp_path / place, force=True)


def test_a_device_is_no_file() -> None:
    with pytest.raises(ConfigurationError, match="a device"):
        require_writable(Path("/dev/null"), force=True)


def test_a_file_that_appears_meanwhile_stays(tmp_path: Path) -> None:
    path = tmp_path / "file"

    def overtaken() -> None:
        with output_file(path) as file:
            file.write(b"new")
            path.write_text(KEPT)

    with pytest.raises(ConfigurationError, match="exists already"):
        overtaken()
    assert path.read_text() == KEPT
    assert [left.name for left in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("replace", [True, False])
def test_what_fails_halfway_leaves_nothing(replace: bool, tmp_path: Path) -> None:
    def fail() -> None:
        with output_file(tmp_path / "file", replace=replace) as file:
            file.write(b"half")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert list(tmp_path.iterdir()) == []


def test_the_mode_is_as_asked_for(tmp_path: Path) -> None:
    for mode in (0o600, 0o644):
        write_file(tmp_path / "file", b"", mode, replace=True)
        assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == mode
