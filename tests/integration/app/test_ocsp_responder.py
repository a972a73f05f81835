"""`lockgate ocsp publish` and `lockgate ocsp serve`: what real clients are told of this installation's certificates."""

import base64
import json
import sqlite3
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import pytest
from sqlalchemy import create_engine, update

from lockgate_app.checks import examine
from lockgate_app.checks.ocsp import LATE, NEVER, WITHOUT_URL
from lockgate_app.deployment import Deployment
from lockgate_app.settings import load
from lockgate_ca_backend.store import ocsp_tables
from tests.integration.app.administering import administer, answered, done, refused
from tests.integration.app.commands import PATIENCE, copied, edited, lockgate, until
from tests.integration.app.serving import serving, serving_alone
from tests.protocol.site import free_port
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
    (row,) = answered(made, "ocsp", "publish")["data_sources"]
    assert row["certificates"] == 3, "the CA's own certificate, the RA's and the worker's"
    return made


def fingerprint(deployment: Deployment, username: str) -> str:
    (found,) = answered(deployment, "certificate", "search", "--username", username)["certificates"]
    return str(found["fingerprint"])


@pytest.fixture(scope="module")
def url(published: Deployment) -> Iterator[str]:
    with serving_alone(published.ra_config, "ocsp") as port:
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


def told(deployment: Deployment, port: int, name: str) -> str:
    return openssl(deployment, "-url", f"http://127.0.0.1:{port}/ocsp", "-cert", name)


def test_lockgate_serve_publishes_changes_and_serves_them(published: Deployment, tmp_path: Path) -> None:
    made, port = copied(published, tmp_path / "deployment"), free_port()
    edited(made.ca_config, "[ocsp]\n", "[ocsp]\nevery = 10\n")
    edited(made.ra_config, "[ocsp]\n", f"[ocsp]\nport = {port}\n")
    folders = [tmp_path / name for name in ("ca", "ra")]
    for folder in folders:
        folder.mkdir()
    with serving(made.ca_config, folders[0]) as node, serving(made.ra_config, folders[1]) as host:
        until(lambda: "worker.pem: good" in told(made, port, "worker.pem"))
        done(made, "certificate", "revoke", fingerprint(made, "worker"), "--reason", "superseded")
        until(lambda: "worker.pem: revoked" in told(made, port, "worker.pem"))
        until(lambda: [line["certificates"] for line in node.events("OCSP answers published")] == [1])
        for each in (node, host):
            each.process.terminate()
            assert each.process.wait(PATIENCE) == 0


def test_all_are_published_anew_and_otherwise_what_is_due(published: Deployment, tmp_path: Path) -> None:
    made = copied(published, tmp_path / "deployment")
    counts = [answered(made, "ocsp", "publish", *options)["data_sources"] for options in ((), ("--anew",), ())]
    assert [[row["certificates"] for row in rows] for rows in counts] == [[0], [3], [0]]


def findings(config: Path) -> list[str]:
    return [found.text for found in examine(config, load(config)) if found.subject == "OCSP"]


def test_check_and_status_tell_of_answers_and_the_responder(
    published: Deployment, deployment: Deployment, tmp_path: Path
) -> None:
    deployment.ca_config.write_text(deployment.ca_config.read_text() + CA_TABLE)
    assert findings(deployment.ca_config) == [f"data source RAMessage1DS: {NEVER}", WITHOUT_URL]
    assert findings(published.ca_config) == ["answers are published in data source RAMessage1DS", WITHOUT_URL]
    assert findings(published.ra_config) == ["the responder answers on 0.0.0.0, port 8080"]
    (answers,) = json.loads(administer(published, "status", "--json").out)["ca"]["ocsp_answers"]
    assert answers["overdue"] == 0
    assert 0 <= answers["round_age_seconds"] < 3600
    assert "OCSP answers" in administer(published, "status").out


def test_check_warns_of_an_old_round_and_of_answers_that_are_due_for_long(
    published: Deployment, tmp_path: Path
) -> None:
    made = copied(published, tmp_path / "deployment")
    answers, rounds = ocsp_tables.published_answer, ocsp_tables.answer_round
    engine = create_engine(f"sqlite:///{made.directory / 'ca' / 'ca.db'}")
    two_hours = 2 * 3600 * 1000
    with engine.begin() as connection:
        connection.execute(update(rounds).values(finished=rounds.c.finished - two_hours))
    source = "data source RAMessage1DS"
    assert findings(made.ca_config) == [
        f"{source}: no round has published all answers for more than 60 minutes; {LATE}",
        WITHOUT_URL,
    ]
    with engine.begin() as connection:
        connection.execute(update(answers).values(due=answers.c.thisupdate - two_hours).where(answers.c.revoked >= 0))
    engine.dispose()
    waiting = f"{source}: certificates whose answer has been due for more than 60 minutes: 1; {LATE}"
    assert findings(made.ca_config) == [waiting, WITHOUT_URL]
    done(made, "ocsp", "publish")
    assert findings(made.ca_config) == ["answers are published in data source RAMessage1DS", WITHOUT_URL]


def test_what_is_configured_nowhere(deployment: Deployment) -> None:
    assert "there is no table [ocsp]" in refused(deployment, "ocsp", "publish")
    outcome = lockgate("--config", deployment.ra_config, "ocsp", "serve")
    assert outcome.code == 2
    assert "there is no table [ocsp]" in outcome.err


def test_a_data_source_that_is_away_keeps_no_other_from_its_answers(deployment: Deployment) -> None:
    other = '[data_sources.Away]\nurl = "sqlite:///../messages/away.db"\n'
    table = '\n[ocsp]\ndata_sources = ["Away", "RAMessage1DS"]\n'
    deployment.ca_config.write_text(f"{deployment.ca_config.read_text()}{table}{other}")
    outcome = lockgate("--config", deployment.ca_config, "ocsp", "publish", "--json")
    assert (outcome.code, "data source Away" in outcome.err) == (2, True), outcome.err
    (row,) = json.loads(outcome.out)["data_sources"]
    assert row == {"data source": "RAMessage1DS", "certificates": 3}


def test_an_owner_who_lets_his_database_reject_answers_keeps_no_other_from_its(deployment: Deployment) -> None:
    hostile = '[data_sources.Hostile]\nurl = "sqlite:///../messages/hostile.db"\n'
    table = '\n[ocsp]\ndata_sources = ["Hostile", "RAMessage1DS"]\n'
    deployment.ca_config.write_text(f"{deployment.ca_config.read_text()}{table}{hostile}")
    done(deployment, "db", "upgrade")
    with closing(sqlite3.connect(deployment.directory / "messages" / "hostile.db")) as owner:
        owner.execute("create trigger no before insert on ocsp_answer begin select raise(abort, 'no'); end")
    outcome = lockgate("--config", deployment.ca_config, "ocsp", "publish", "--json")
    assert outcome.code == 2
    (line,) = outcome.err.splitlines()
    assert "data source Hostile: the database rejects a statement" in line
    (row,) = json.loads(outcome.out)["data_sources"]
    assert row == {"data source": "RAMessage1DS", "certificates": 3}


def test_a_data_source_that_is_not_there(deployment: Deployment) -> None:
    deployment.ca_config.write_text(deployment.ca_config.read_text() + CA_TABLE.replace("RAMessage1DS", "nowhere"))
    assert "there is no [data_sources.nowhere]" in refused(deployment, "ocsp", "publish")
