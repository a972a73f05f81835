"""`lockgate ocsp publish` and `lockgate ocsp serve`: what real clients are told of this installation's certificates."""

import base64
import subprocess
import urllib.request
from collections.abc import Iterator
from urllib.parse import quote

import pytest

from lockgate_app.deployment import Deployment
from tests.integration.app.administering import answered, done, refused
from tests.integration.app.commands import PATIENCE, copied
from tests.integration.app.test_cmp_proxy import serving
from tests.support.parts import needed_program

CA_TABLE = '\n[ocsp]\ndata_sources = ["RAMessage1DS"]\n'
RA_TABLE = "\n[ocsp]\ncache_seconds = 600\n"


@pytest.fixture(scope="module")
def published(pristine: Deployment, tmp_path_factory: pytest.TempPathFactory) -> Deployment:
    """A deployment with a responder, whose answers were published after the RA's certificate was put on hold."""
    made = copied(pristine, tmp_path_factory.mktemp("ocsp") / "deployment")
    for config, table in ((made.ca_config, CA_TABLE), (made.ra_config, RA_TABLE)):
        config.write_text(config.read_text() + table)
    done(made, "certificate", "revoke", fingerprint(made, "ra"), "--reason", "certificate-hold")
    (made.directory / "ca.pem").write_text(done(made, "ca", "show", "ManagementCA", "--pem"))
    for name in ("ra", "worker"):
        (made.directory / f"{name}.pem").write_text(done(made, "certificate", "show", fingerprint(made, name), "--pem"))
    (row,) = answered(made, "ocsp", "publish")["publications"]
    assert row["certificates"] == 3, "the CA's own certificate, the RA's and the worker's"
    return made


def fingerprint(deployment: Deployment, username: str) -> str:
    (found,) = answered(deployment, "certificate", "search", "--username", username)["certificates"]
    return str(found["fingerprint"])


@pytest.fixture(scope="module")
def url(published: Deployment) -> Iterator[str]:
    with serving(published.ra_config, "ocsp") as port:
        yield f"http://127.0.0.1:{port}/ocsp"


def openssl(deployment: Deployment, *arguments: str) -> str:
    command = [needed_program("openssl", "openssl"), "ocsp", "-issuer", "ca.pem", "-CAfile", "ca.pem", *arguments]
    run = subprocess.run(
        command, cwd=deployment.directory, capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    return run.stdout + run.stderr


@pytest.mark.parametrize("named_with", ["-sha1", "-sha256"])
def test_openssl_by_post(published: Deployment, url: str, named_with: str) -> None:
    said = openssl(published, "-url", url, named_with, "-cert", "worker.pem", "-cert", "ra.pem")
    assert "unauthorized" in said, "two certificates in one request"
    assert "Response verify OK" in (good := openssl(published, "-url", url, named_with, "-cert", "worker.pem"))
    assert "worker.pem: good" in good
    revoked = openssl(published, "-url", url, named_with, "-cert", "ra.pem")
    assert "Response verify OK" in revoked
    assert "ra.pem: revoked" in revoked
    assert "Reason: certificateHold" in revoked


def test_openssl_asks_about_what_is_unknown(published: Deployment, url: str) -> None:
    assert "unauthorized" in openssl(published, "-url", url, "-serial", "0x4711")


def test_a_get_that_caches_may_answer(published: Deployment, url: str) -> None:
    openssl(published, "-no_nonce", "-cert", "ra.pem", "-reqout", "request.der")
    octets = (published.directory / "request.der").read_bytes()
    path = quote(base64.b64encode(octets).decode(), safe="")
    with urllib.request.urlopen(f"{url}/{path}", timeout=PATIENCE) as answer:
        (published.directory / "answer.der").write_bytes(answer.read())
        headers = answer.headers
    assert headers["content-type"] == "application/ocsp-response"
    assert headers["cache-control"] == "max-age=600, public, no-transform, must-revalidate"
    assert "ra.pem: revoked" in openssl(published, "-cert", "ra.pem", "-respin", "answer.der")


def test_gnutls(published: Deployment, url: str) -> None:
    command = [needed_program("ocsptool", "gnutls-bin"), f"--ask={url}", "--load-issuer", "ca.pem", "--load-cert"]
    for name, status in (("worker.pem", "good"), ("ra.pem", "revoked")):
        run = subprocess.run(
            [*command, name, "--load-trust", "ca.pem"],
            cwd=published.directory, input="", capture_output=True, text=True, timeout=PATIENCE, check=False,
        )  # fmt: skip
        assert "Verifying OCSP Response: Success" in run.stdout, run.stdout + run.stderr
        assert f"Certificate Status: {status}" in run.stdout


def test_what_is_configured_nowhere(deployment: Deployment) -> None:
    assert "there is no table [ocsp]" in refused(deployment, "ocsp", "publish")
    assert "there is no table [ocsp]" in refused_by_ra(deployment)


def refused_by_ra(deployment: Deployment) -> str:
    from tests.integration.app.commands import lockgate

    outcome = lockgate("--config", deployment.ra_config, "ocsp", "serve")
    assert outcome.code == 2
    return outcome.err
