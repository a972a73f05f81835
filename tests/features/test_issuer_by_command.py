"""issuer_by_command.feature."""

import json
from pathlib import Path

import pytest
from cryptography import x509
from pytest_bdd import given, parsers, scenarios, then

from lockgate.certification.revocation import RevocationReason
from lockgate_issuers.command import Promise
from tests.features.steps.remote_issuer_actions import *  # noqa: F403
from tests.features.steps.remote_issuer_outcomes import *  # noqa: F403
from tests.features.steps.remote_issuers import *  # noqa: F403
from tests.support.openssl_ca import OpensslCa
from tests.support.parts import MissingPart, do_without
from tests.support.scenarios.command_issuer import ARGUMENTS, ENVIRONMENT, SECRET, CommandSite
from tests.support.scenarios.world import World

scenarios("issuer_by_command.feature")


@given('a CA "RemoteCA" whose certificates a program issues', target_fixture="remote")
def command_site(world: World, tmp_path: Path) -> CommandSite:
    try:
        return CommandSite(world, OpensslCa(tmp_path / "openssl"))
    except MissingPart as missing:
        do_without(missing)


@given("the program looks up")
def looking_up_by_program(remote: CommandSite) -> None:
    remote.promises = [Promise.LOOKS_UP]


@given(parsers.re("the program (?P<how>(?!looks up).*)"))
def behaving(remote: CommandSite, how: str) -> None:
    remote.behave(how)


@then("the program has issued one certificate")
def program_has_issued_one(remote: CommandSite) -> None:
    assert len(remote.openssl.issued()) == 1


@then("the program was called once")
def program_called_once(remote: CommandSite) -> None:
    verbs = [json.loads(line)["verb"] for line in remote.noted("requests")]
    assert verbs.count("issue") == 1


@then("no process of the program is left")
def no_process(remote: CommandSite) -> None:
    assert not [process for process in remote.noted("processes") if _runs(process)]
    folder = str(remote.openssl.folder)
    lines = [path for path in Path("/proc").glob("[0-9]*/cmdline") if _command_names(path, folder)]
    assert not lines


@then("its arguments and its environment are those of the configuration")
def nothing_else(remote: CommandSite) -> None:
    interpreter, path, *arguments = remote.noted("arguments")
    assert (interpreter, path) == ("/bin/sh", str(remote.openssl.folder / "wrapper"))
    assert tuple(arguments) == ARGUMENTS
    assert set(remote.noted("environment")) == {f"{name}={value}" for name, value in ENVIRONMENT.items()}


@then("the log holds 20 of its lines, and no secret")
def bounded_log(caplog: pytest.LogCaptureFixture) -> None:
    said = [record.getMessage() for record in caplog.records if "the program says: " in record.getMessage()]
    assert said[0].endswith("the program says: [secret]")
    assert len(said) == 20
    assert SECRET not in caplog.text


@then("its certificate is revoked in the CA of the program")
def revoked_by_program(remote: CommandSite) -> None:
    remote.run()
    (certificate,) = remote.openssl.issued()
    serial = x509.load_der_x509_certificate(certificate).serial_number
    assert remote.openssl.revoked() == {serial: RevocationReason.CESSATION_OF_OPERATION}


def _runs(process: str) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def _command_names(path: Path, folder: str) -> bool:
    try:
        return folder in path.read_bytes().decode(errors="replace")
    except OSError:
        return False  # it has ended
