"""CAs outside that answer by OCSP by the installed command: what the configuration may say, `check`,
`ca ask-ocsp`, and workers that ask."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import ocsp

from lockgate.errors import ConfigurationError
from lockgate.outside.answers import CertificateStatus, OcspQuestion
from lockgate_app.checks import Finding, Severity, examine
from lockgate_app.container.ca import CaContainer
from lockgate_app.deployment import Deployment
from lockgate_app.keys import certificate_pem
from lockgate_app.settings import load, load_ca
from lockgate_ca_backend.inspection import Inspection
from tests.integration.app.commands import Outcome, running, until, work
from tests.integration.app.test_messages import Operator
from tests.support.pki.identities import ec_key, make_authority
from tests.support.pki.ocsp_answers import Answer

PARTNER = make_authority("Partner CA", ec_key(71))
URL = "http://127.0.0.1:9/ocsp"
HOUR = timedelta(hours=1)


def configure(deployment: Deployment, *lines: str) -> None:
    (deployment.ca_config.parent / "partner.pem").write_bytes(certificate_pem(PARTNER.der))
    table = "\n".join(["", "[ca.outside.PartnerCA]", *lines, ""])
    deployment.ca_config.write_text(deployment.ca_config.read_text() + table)


CERTIFICATES = 'ca_certificates = ["partner.pem"]'


@pytest.mark.parametrize(
    ("lines", "complaint"),
    [
        ((CERTIFICATES,), "crls: there is none, and no ocsp"),
        ((CERTIFICATES, f'ocsp = "{URL}"', 'crls = ["a.crl"]'), "state one of them"),
        ((f'ocsp = "{URL}"',), "how certificates of ca_certificates stand, and there are none"),
        ((CERTIFICATES, 'ocsp = "ocsp.example"'), "no URL of an OCSP answer"),
    ],
    ids=["neither", "both", "without certificates", "no URL"],
)
def test_what_the_configuration_may_not_say(deployment: Deployment, lines: tuple[str, ...], complaint: str) -> None:
    configure(deployment, *lines)
    with pytest.raises(ConfigurationError, match=complaint):
        load(deployment.ca_config)


def findings(deployment: Deployment) -> list[Finding]:
    found = examine(deployment.ca_config, load(deployment.ca_config))
    return [finding for finding in found if finding.subject == "CA PartnerCA"]


def warnings(deployment: Deployment) -> list[str]:
    return [finding.text for finding in findings(deployment) if finding.verdict is not Severity.GOOD]


def test_check_tells_which_answers_count(deployment: Deployment) -> None:
    configure(deployment, CERTIFICATES, f'ocsp = "{URL}"')
    assert warnings(deployment) == []
    assert any("is asked by OCSP about 0 certificates" in finding.text for finding in findings(deployment))
    container = CaContainer(zone=load_ca(deployment.ca_config))
    question = OcspQuestion(ca_name="PartnerCA", key=sha256(b"").hexdigest(), serial_number=4711, ca_certificate=b"")
    with container.registry().direct("test") as work:
        work.outside_answers.wish(question)
        work.outside_answers.fail(question, "it is away", HOUR)
    away, waiting = warnings(deployment)
    assert away == "it has not answered about certificate 1267: it is away"
    assert waiting.startswith("certificates that have signed requests which wait for an answer about them: 1")
    assert waiting.endswith("run `lockgate ca ask-ocsp PartnerCA`, or start a worker")
    now = datetime.now(UTC).replace(microsecond=0)
    with container.registry().direct("test") as work:
        status = CertificateStatus(this_update=now, next_update=now + HOUR, revoked=None)
        work.outside_answers.keep(question, status, HOUR)
    assert warnings(deployment) == []
    assert any("about 1 certificate; answers that count: 1" in finding.text for finding in findings(deployment))
    container.engine().dispose()


class Responding(BaseHTTPRequestHandler):
    """A responder to which every certificate is good."""

    def do_POST(self) -> None:
        request = ocsp.load_der_ocsp_request(self.rfile.read(int(self.headers["Content-Length"])))
        now = datetime.now(UTC).replace(microsecond=0)
        content = Answer(issuer=PARTNER, this_update=now, next_update=now + HOUR).to(request)
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


def wish(deployment: Deployment) -> None:
    """Somebody waits for PartnerCA's word on a certificate."""
    container = CaContainer(zone=load_ca(deployment.ca_config))
    with container.registry().direct("test") as work:
        spki = PARTNER.certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        key = work.keys.identity(spki)
        work.outside_answers.wish(
            OcspQuestion(ca_name="PartnerCA", key=key, serial_number=4711, ca_certificate=PARTNER.der)
        )
    container.engine().dispose()


@pytest.fixture
def inspection(deployment: Deployment) -> Iterator[Inspection]:
    """Of a deployment whose PartnerCA answers, and in which somebody waits for an answer."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Responding) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        configure(deployment, CERTIFICATES, f'ocsp = "http://127.0.0.1:{server.server_port}/"')
        wish(deployment)
        container = CaContainer(zone=load_ca(deployment.ca_config))
        yield container.inspection()
        container.engine().dispose()
        server.shutdown()


def answered(inspection: Inspection) -> list[datetime]:
    """When the answers that are kept were made."""
    return [one.status.this_update for one in inspection.outside_answers("PartnerCA") if one.status]


def test_a_running_worker_asks_over_http(deployment: Deployment, inspection: Inspection) -> None:
    with running(deployment):
        until(lambda: answered(inspection))
    assert warnings(deployment) == []


def test_a_worker_that_runs_once_asks_and_keeps_the_answer(deployment: Deployment, inspection: Inspection) -> None:
    assert work(deployment).out.startswith("0 messages settled")
    assert len(answered(inspection)) == 1


class TestAskOcsp:
    def test_it_asks_whether_or_not_that_is_due(
        self, deployment: Deployment, inspection: Inspection, in_process: Callable[..., Outcome]
    ) -> None:
        operator = Operator(deployment, in_process)
        for _ in range(2):
            (told,) = operator.said("ca", "ask-ocsp", "PartnerCA")["certificates"]
            assert (told["serial_number"], told["kept"], told["status"]) == ("1267", True, "good")
            assert datetime.fromisoformat(told["this_update"]) == answered(inspection)[0]

    def test_what_is_not_answered_is_told(self, deployment: Deployment, in_process: Callable[..., Outcome]) -> None:
        configure(deployment, CERTIFICATES, f'ocsp = "{URL}"')
        operator = Operator(deployment, in_process)
        assert operator.said("ca", "ask-ocsp", "PartnerCA") == {"certificates": []}
        wish(deployment)
        done = operator.ended("ca", "ask-ocsp", "PartnerCA", "--json")
        assert done.code == 2
        (told,) = json.loads(done.out)["certificates"]
        assert (told["kept"], told["status"]) == (False, None)
        assert "1267: " in done.err

    def test_a_ca_that_does_not_answer_by_ocsp(
        self, deployment: Deployment, in_process: Callable[..., Outcome]
    ) -> None:
        told = Operator(deployment, in_process).refused("ca", "ask-ocsp", "ManagementCA")
        assert "nothing says where CA ManagementCA answers by OCSP" in told
