"""OCSP answers: how many the CA's side signs and publishes in a second, and how many the responder hands out.

Run `python -m bench.ocsp` from the project's root; `--help` lists the options. The responder is asked in this process,
without HTTP, which costs every server the same.
"""

import argparse
import tempfile
import time
from datetime import timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from sqlalchemy import Engine, insert, select

from lockgate.names.dn import parse_dn
from lockgate.publishing.answers import AnswerTerms
from lockgate.publishing.rounds import AnswerPublishing, PublishedRound
from lockgate_ca_backend.ocsp import OcspSigning
from lockgate_ca_backend.store import ocsp_tables, tables
from lockgate_persistence.dialects import execute_many
from lockgate_persistence.ocsp_answers import SqlOcspAnswers
from lockgate_transport.host.clock import HostClock
from lockgate_transport.responder.answering import PublishedResponder
from tests.contract.message_stores import current_engine
from tests.contract.registries import new_engine
from tests.integration.ca_backend.conftest import Deployment
from tests.support.databases.servers import PostgresqlServer

CA = "Bench CA"
ASKED = 500
"""Certificates that are asked about."""
KEYS = ("P-256", "RSA-2048", "RSA-3072", "RSA-4096")
ROWS = 5000
TERMS = AnswerTerms(timedelta(hours=48), ("sha1", "sha256"))


def main() -> None:
    options = argparse.ArgumentParser(description="OCSP answers signed, published and handed out in a second.")
    options.add_argument("--key", choices=KEYS, default="RSA-3072", help="of the CA")
    options.add_argument("--certificates", type=int, default=1000)
    options.add_argument("--others", type=int, default=100_000, help="certificates besides, whose answers are not due")
    options.add_argument("--questions", type=int, default=5000)
    options.add_argument("--sqlite", action="store_true", help="on files in place of a PostgreSQL server")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="lockgate-bench-") as directory:
        if chosen.sqlite:
            _measure(chosen, *(f"sqlite:///{Path(directory) / name}.db" for name in ("ca", "messages")))
            return
        server = PostgresqlServer(durable=True)
        try:
            _measure(chosen, server.fresh_url(), server.fresh_url())
        finally:
            server.stop()


def _measure(chosen: argparse.Namespace, ca_url: str, message_url: str) -> None:
    deployment = Deployment(new_engine(ca_url))
    deployment.administration.create_ca(CA, f"CN={CA}", key=chosen.key)
    for number in range(chosen.certificates):
        deployment.issue(username=f"host {number}", subject_dn=parse_dn(f"CN=host {number}"), ca_name=CA)
    with current_engine(message_url) as messages:
        signing = OcspSigning(deployment.ca, deployment.ca._facilities)
        answers = SqlOcspAnswers(messages)
        publishing = AnswerPublishing(signing, deployment.coordinator, {"messages": answers}, TERMS, "bench")
        count, seconds = _published(publishing)
        print(f"{chosen.key}: {count} certificates, {len(TERMS.algorithms)} answers each, in {seconds:.1f} s:", end=" ")
        print(f"{count * len(TERMS.algorithms) / seconds:.0f} answers a second signed and published")
        _add_others(deployment.engine, chosen.others)
        count, seconds = _published(publishing)
        print(f"a round that finds {count} due among {chosen.others}: {seconds * 1000:.0f} ms")
        _ask(chosen.questions, deployment.engine, PublishedResponder(answers, HostClock()))
    deployment.engine.dispose()


def _add_others(registry: Engine, count: int) -> None:
    """Rows like the last certificate's and its answer's, with numbers of their own."""
    certificate, answer = tables.certificate, ocsp_tables.published_answer
    with registry.begin() as connection:
        last = dict(
            connection.execute(select(certificate).order_by(certificate.c.sequence.desc())).mappings().first() or {}
        )
        of_last = dict(connection.execute(select(answer)).mappings().first() or {})
        first = last.pop("sequence") + 1
        for begin in range(0, count, ROWS):
            numbers = range(begin, min(begin + ROWS, count))
            rows = [last | {"fingerprint": f"{number:064x}", "serial": f"{number:040x}"} for number in numbers]
            execute_many(connection, insert(certificate), rows)
            execute_many(connection, insert(answer), [of_last | {"certificate": first + number} for number in numbers])


def _published(publishing: AnswerPublishing) -> tuple[int, float]:
    """About how many certificates answers were published, and the seconds that took."""
    began, count = time.perf_counter(), 0
    more = True
    while more:
        done = publishing.publish("messages")
        assert isinstance(done, PublishedRound)
        count, more = count + done.certificates, done.more
    return count, time.perf_counter() - began


def _ask(questions: int, registry: Engine, responder: PublishedResponder) -> None:
    with registry.begin() as connection:
        ca = connection.execute(select(tables.ca_generation.c.certificate)).scalar_one()
        query = select(tables.certificate.c.certificate).order_by(tables.certificate.c.sequence).limit(ASKED)
        stored = connection.execute(query).scalars().all()
    issuer = x509.load_der_x509_certificate(bytes(ca))
    sha1 = hashes.SHA1()
    asked = [
        ocsp.OCSPRequestBuilder().add_certificate(x509.load_der_x509_certificate(bytes(der)), issuer, sha1).build()
        for der in stored
    ]
    requests = [request.public_bytes(Encoding.DER) for request in asked]
    began = time.perf_counter()
    for number in range(questions):
        assert responder.answer(requests[number % len(requests)], "").facts is not None
    print(f"{questions / (time.perf_counter() - began):.0f} questions a second answered, one thread")


if __name__ == "__main__":
    main()
