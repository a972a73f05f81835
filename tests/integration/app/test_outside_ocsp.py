"""CAs outside that answer by OCSP by the installed command: what the configuration may say, and `check`."""

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
from tests.integration.app.commands import running, until
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
    assert waiting == "requests that 1 of its certificates have signed wait for an answer"
    now = datetime.now(UTC).replace(microsecond=0)
    with container.registry().direct("test") as work:
        status = CertificateStatus(this_update=now, next_update=now + HOUR, revoked=None)
        work.outside_answers.keep(question, status, HOUR)
    assert warnings(deployment) == []
    assert any("about 1 certificates; 1 answers count" in finding.text for finding in findings(deployment))
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


def test_a_running_worker_asks_over_http(deployment: Deployment) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), Responding) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        configure(deployment, CERTIFICATES, f'ocsp = "http://127.0.0.1:{server.server_port}/"')
        container = CaContainer(zone=load_ca(deployment.ca_config))
        with container.registry().direct("test") as work:
            spki = PARTNER.certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
            key = work.keys.identity(spki)
            work.outside_answers.wish(
                OcspQuestion(ca_name="PartnerCA", key=key, serial_number=4711, ca_certificate=PARTNER.der)
            )
        with running(deployment):
            until(lambda: [one for one in container.inspection().outside_answers("PartnerCA") if one.status])
        container.engine().dispose()
        server.shutdown()
    assert warnings(deployment) == []
