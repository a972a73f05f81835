"""CAs outside by the installed command: `ca fetch-crl`, `check`, and a worker that fetches over HTTP."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from lockgate_app.checks import Finding, Severity, examine
from lockgate_app.deployment import Deployment
from lockgate_app.keys import certificate_pem
from lockgate_app.settings import load
from tests.integration.app.commands import Outcome, running, until, work
from tests.integration.app.test_messages import Operator
from tests.support.pki.crls import crl
from tests.support.pki.identities import Authority, ec_key, make_authority

PARTNER = "PartnerCA"
TABLE = """
[ca.outside.PartnerCA]
ca_certificates = ["partner.pem"]
crls = {places}
max_age = 864000
"""


@dataclass(frozen=True)
class Site:
    operator: Operator
    partner: Authority

    @property
    def deployment(self) -> Deployment:
        return self.operator.deployment

    @property
    def crl_file(self) -> Path:
        return self.deployment.ca_config.parent / "partner.crl"

    def configure(self, *places: str) -> None:
        text = self.deployment.ca_config.read_text().partition("\n[ca.outside")[0]
        self.deployment.ca_config.write_text(text + TABLE.format(places=json.dumps(places)))

    def crl(self, number: int = 1, begins: timedelta = timedelta(), lasts: timedelta = timedelta(days=1)) -> bytes:
        now = datetime.now(UTC).replace(microsecond=0)
        issuer = self.partner.certificate.subject
        return crl(self.partner.key, issuer, now + begins, now + lasts, number=number, revoked={4711: None})

    def findings(self) -> list[Finding]:
        path = self.deployment.ca_config
        return [finding for finding in examine(path, load(path)) if finding.subject == f"CA {PARTNER}"]

    def warnings(self) -> list[str]:
        found = self.findings()
        assert not [finding for finding in found if finding.verdict is Severity.WRONG]
        return [finding.text for finding in found if finding.verdict is Severity.WARNING]

    def audited(self) -> list[dict[str, Any]]:
        lines = map(json.loads, self.operator.told("audit", "export").splitlines())
        return [entry for entry in lines if entry["event"] == "crl.fetched"]


@pytest.fixture
def site(deployment: Deployment, in_process: Callable[..., Outcome]) -> Site:
    made = Site(Operator(deployment, in_process), make_authority("Partner CA", ec_key(71)))
    (deployment.ca_config.parent / "partner.pem").write_bytes(certificate_pem(made.partner.der))
    made.configure("partner.crl")
    return made


class TestFetchCrl:
    def test_a_crl_is_fetched_and_kept(self, site: Site) -> None:
        site.crl_file.write_bytes(site.crl(7))
        (fetched,) = site.operator.said("ca", "fetch-crl", PARTNER)["crls"]
        assert (fetched["kept"], fetched["number"], fetched["entries"]) == (True, 7, 1)
        assert fetched["place"] == str(site.crl_file)
        assert "partner.crl" in site.operator.told("ca", "fetch-crl", PARTNER)
        (entry,) = site.audited()
        assert (entry["who"], entry["target"]) == (f"CA {PARTNER}", PARTNER)
        assert entry["details"]["number"] == "7"

    def test_what_is_not_kept_is_told(self, site: Site) -> None:
        site.crl_file.write_bytes(site.crl(7))
        site.operator.told("ca", "fetch-crl", PARTNER)
        site.crl_file.write_bytes(site.crl(6))
        done = site.operator.ended("ca", "fetch-crl", PARTNER, "--json")
        assert done.code == 2
        (told,) = json.loads(done.out)["crls"]
        assert (told["kept"], told["number"]) == (False, 6)
        assert "number 6 is lower than that of the one before, 7" in done.err

    def test_a_ca_whose_crls_are_nowhere(self, site: Site) -> None:
        told = site.operator.refused("ca", "fetch-crl", "ManagementCA")
        assert "nothing says where the CRLs of CA ManagementCA are" in told
        assert "[ca.outside.ManagementCA] has no crls" in told


class TestCheck:
    def test_it_tells_how_fetching_goes(self, site: Site) -> None:
        assert site.warnings() == [
            f"its CRLs were never fetched: run `lockgate ca fetch-crl {PARTNER}`, or start a worker"
        ]
        site.operator.ended("ca", "fetch-crl", PARTNER)
        failed, none = site.warnings()
        assert failed.startswith("the last fetch of its CRLs has failed (")
        assert "no CRL was ever fetched; the next fetch is due at " in failed
        assert none == "no CRL of it is kept"
        site.crl_file.write_bytes(site.crl(7))
        site.operator.told("ca", "fetch-crl", PARTNER)
        assert site.warnings() == []
        good = [finding.text for finding in site.findings()]
        assert any(text.startswith("its CRLs were fetched at ") and "the next fetch is due at" in text for text in good)
        assert any(text.startswith("its CRL number 7 of ") and "with 1 entry" in text for text in good)

    def test_it_warns_of_a_crl_that_is_too_old(self, site: Site) -> None:
        site.crl_file.write_bytes(site.crl(begins=-timedelta(days=11)))
        site.operator.told("ca", "fetch-crl", PARTNER)
        (warning,) = site.warnings()
        assert warning.startswith("its last CRL is older than max_age: thisUpdate was ")
        assert warning.endswith(": requests that its certificates have signed wait")

    @pytest.mark.parametrize(
        ("name", "certificates", "complaint"),
        [
            ("ManagementCA", "[]", "its key is here, and so are its CRLs"),
            ("NoCA", "[]", "no CA of that name is registered here, and [ca.outside.NoCA] has no ca_certificates"),
        ],
    )
    def test_tables_of_no_ca_outside(self, site: Site, name: str, certificates: str, complaint: str) -> None:
        text = site.deployment.ca_config.read_text()
        text = text.replace(f"[ca.outside.{PARTNER}]", f"[ca.outside.{name}]")
        site.deployment.ca_config.write_text(text.replace('["partner.pem"]', certificates))
        found = examine(site.deployment.ca_config, load(site.deployment.ca_config))
        assert [one.text for one in found if one.verdict is Severity.WRONG and complaint in one.text]

    def test_a_ca_outside_of_the_name_of_one_here_starts_no_worker(self, site: Site) -> None:
        text = site.deployment.ca_config.read_text()
        site.deployment.ca_config.write_text(text.replace(f"[ca.outside.{PARTNER}]", "[ca.outside.ManagementCA]"))
        done = work(site.deployment)
        assert done.code == 2
        assert "ca.outside.ManagementCA: the CA's database holds a CA of that name" in done.err


@contextmanager
def publishing(content: bytes) -> Iterator[tuple[str, list[str]]]:
    """The URL where a server publishes that, and the paths that it was asked for."""
    asked: list[str] = []

    class Publishing(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Publishing) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/partner.crl", asked
        server.shutdown()


def test_a_running_worker_fetches_over_http(site: Site) -> None:
    with publishing(site.crl(9)) as (url, asked):
        site.configure(url)
        with running(site.deployment):
            until(site.audited)
        assert asked == ["/partner.crl"]
    (entry,) = site.audited()
    assert (entry["details"]["number"], entry["details"]["place"]) == ("9", url)
    assert site.warnings() == []


def test_a_worker_that_runs_once_fetches_what_is_due(site: Site) -> None:
    with publishing(site.crl(9)) as (url, asked):
        site.configure(url)
        for _ in range(2):
            assert work(site.deployment).out.startswith("0 messages settled")
        assert asked == ["/partner.crl"]
    assert len(site.audited()) == 1
