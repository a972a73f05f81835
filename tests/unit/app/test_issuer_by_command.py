"""`[ca.issuers.NAME]` with `kind = "command"`: what is accepted, what is refused before anything is started."""

import os
from datetime import timedelta
from pathlib import Path

import pytest

from lockgate.errors import ConfigurationError
from lockgate.ports import RemoteIssuer
from lockgate.reasons import Rejected
from lockgate_app.issuers import remote_issuer
from lockgate_app.settings import load_ca
from lockgate_issuers.command import find_user
from tests.support.pki.orders import order_for

CA = """instance = "ca-1"
[ca]
key_encryption_secret = "a secret of the CA"
[ca.database]
url = "sqlite:///ca.db"
[data_sources.RAMessage1DS]
url = "sqlite:///messages.db"
[ca.issuers.backend]
kind = "command"
[ca.issuers.backend.options]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """With a program `sign`, which tells that it was started."""
    path = tmp_path / "sign"
    path.write_text(f"#!/bin/sh\ntouch {tmp_path}/started\n")
    path.chmod(0o755)
    return tmp_path


def made(folder: Path, options: str) -> RemoteIssuer:
    path = folder / "lockgate.toml"
    path.write_text(f"{CA}{options}\n")
    return remote_issuer(load_ca(path), "backend")


def complaint(folder: Path, options: str) -> str:
    with pytest.raises(ConfigurationError) as caught:
        made(folder, options)
    assert not (folder / "started").exists()
    return str(caught.value)


def test_the_defaults(folder: Path) -> None:
    traits = made(folder, 'program = "sign"').traits
    assert (traits.idempotent, traits.looks_up, traits.confirms, traits.calls) == (False, False, False, 4)
    assert traits.timeout == timedelta(seconds=35)
    assert not (folder / "started").exists()


def test_what_is_set(folder: Path) -> None:
    options = 'program = "sign"\npromises = ["looks_up", "idempotent"]\ntimeout = 10\ncalls = 2'
    traits = made(folder, options).traits
    assert (traits.idempotent, traits.looks_up, traits.calls) == (True, True, 2)
    assert traits.timeout == timedelta(seconds=15)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ("", "options.program: is missing"),
        ('program = "sign"\npromises = ["confirms"]', "options.promises.0: "),
        ('program = "sign"\ntimeout = 0', "options.timeout: must be at least 1"),
        ('program = "sign"\nshell = true', "options.shell: unknown key"),
        ('program = "sign"\narguments = "a b"', "options.arguments: must be a list"),
        ('program = "none"', "options: program: {folder}/none: No such file or directory"),
        ('program = "."', "options: program: {folder}: is no regular file"),
        ('program = "lockgate.toml"', "options: program: {folder}/lockgate.toml: is not executable"),
        ('program = "sign"\ndirectory = "there"', "options: directory: {folder}/there: there is no such directory"),
        ('program = "sign"\narguments = ["a\\u0000b"]', "holds a NUL character"),
        ('program = "sign"\nenvironment = { "A=B" = "c" }', "options: environment: 'A=B' is no name of a variable"),
        ('program = "sign"\nenvironment = { A = { file = "none" } }', "secret file {folder}/none: cannot be read"),
        ('program = "sign"\ngroup = "daemon"', "options: group: needs user, too"),
        ('program = "sign"\nuser = "nobody at all"', "this system has no 'nobody at all'"),
        ('program = "sign"\nuser = "daemon"\ngroup = "no such"', "or no 'no such'"),
    ],
)
def test_what_cannot_be_meant_is_refused(folder: Path, options: str, text: str) -> None:
    assert text.format(folder=folder) in complaint(folder, options)


@pytest.mark.parametrize("mode", [0o775, 0o757])
@pytest.mark.parametrize("name", ["sign", "."], ids=["program", "directory"])
def test_a_program_that_others_may_change_is_refused(folder: Path, name: str, mode: int) -> None:
    (folder / name).chmod(mode)
    assert "others may write there; remove that right" in complaint(folder, 'program = "sign"')


def test_a_link_into_a_directory_that_others_may_change_is_refused(folder: Path) -> None:
    (folder / "there").mkdir()
    (folder / "sign").rename(folder / "there" / "sign")
    (folder / "sign").symlink_to(folder / "there" / "sign")
    made(folder, 'program = "sign"')
    (folder / "there").chmod(0o777)
    assert f"{folder}/there: others may write there" in complaint(folder, 'program = "sign"')


@pytest.mark.skipif(os.geteuid() != 0, reason="only root starts programs as another user")
def test_the_program_runs_as_the_user_that_is_set(folder: Path) -> None:
    for directory in (folder, *folder.parents[:3]):
        directory.chmod(0o755)
    (folder / "sign").write_text(
        '#!/bin/sh\nprintf \'{"result": "refused", "operation": "operation 1", "reason": "%s"}\' "$(id -un) $(id -Gn)"'
    )
    issuer = made(folder, 'program = "sign"\nuser = "nobody"\ngroup = "daemon"')
    draft = issuer.draft(order_for(b""))
    assert isinstance(draft, bytes)
    answer = issuer.call(draft)
    assert isinstance(answer, Rejected)
    assert answer.detail == "nobody daemon"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_a_program_of_another_user_is_refused(folder: Path) -> None:
    os.chown(folder / "sign", 65534, 65534)
    assert "belongs to another user, who may change it" in complaint(folder, 'program = "sign"')


def test_a_system_that_cannot_end_programs_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "pidfd_open")
    assert "only Linux 5.3 or later" in complaint(folder, 'program = "sign"')


def test_another_user_needs_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(ConfigurationError, match="only root may start programs as daemon"):
        find_user("daemon", None)


def test_no_secret_shows_itself(folder: Path) -> None:
    (folder / "key").write_text("a key of the CA\n")
    made(folder, 'program = "sign"\nenvironment = { KEY = { file = "key" } }')
    assert "a key of the CA" not in repr(load_ca(folder / "lockgate.toml"))
