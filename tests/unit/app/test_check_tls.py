"""What `lockgate check` says of the files by which a server speaks TLS."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from lockgate_app.checks.tls import SOON, check_tls
from lockgate_app.container.health import CertificateFiles, server_certificate
from lockgate_app.settings.http import HttpTable
from tests.support.pki.tls import VALIDITY, ServerIdentity, make_server_identity


@pytest.fixture
def files(tmp_path: Path) -> ServerIdentity:
    return make_server_identity(tmp_path, "localhost")


def table(files: ServerIdentity) -> HttpTable:
    return HttpTable().model_copy(update={"tls_certificate": files.certificate, "tls_key": files.key})


def told(files: ServerIdentity, later: timedelta) -> Sequence[tuple[str, str]]:
    """The verdicts and texts about a server with these files."""
    return [(found.verdict, found.text) for found in check_tls("server", table(files), datetime.now(UTC) + later)]


@pytest.mark.parametrize(
    ("later", "verdict", "text"),
    [
        (timedelta(0), "good", "its TLS certificate is valid until"),
        (VALIDITY - SOON + timedelta(hours=1), "warning", "its TLS certificate is valid until"),
        (VALIDITY + timedelta(hours=1), "wrong", "its TLS certificate expired at"),
        (-timedelta(hours=2), "wrong", "its TLS certificate is not valid before"),
    ],
)
def test_a_certificate_is_valid_now_and_for_some_days(
    files: ServerIdentity, later: timedelta, verdict: str, text: str
) -> None:
    key, certificate = told(files, later)
    assert key == ("good", "server.key is readable for its owner only")
    assert (certificate[0], certificate[1].startswith(text)) == (verdict, True)


def test_a_chain_behind_the_certificate_does_not_count(files: ServerIdentity) -> None:
    files.certificate.write_bytes(files.certificate.read_bytes() + files.ca.read_bytes())
    assert [verdict for verdict, _ in told(files, timedelta(0))] == ["good", "good"]
    (watched,) = CertificateFiles(server_certificate("server", table(files)))()
    assert watched.name == "TLS certificate of the server"
    assert watched.seconds_left is not None
    assert timedelta(seconds=watched.seconds_left) <= VALIDITY


def test_a_key_that_others_read_is_wrong(files: ServerIdentity) -> None:
    files.key.chmod(0o644)
    assert told(files, timedelta(0))[0][0] == "wrong"


def test_a_server_without_tls_has_no_such_files() -> None:
    assert [*check_tls("server", HttpTable(), datetime.now(UTC))] == []
