"""The OCSP responder in the RA's zone of a scenario, what publishes for it, and clients."""

import hashlib
from collections.abc import Callable, Sequence
from datetime import timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from lockgate.ports import OcspAnswers
from lockgate.publishing.answers import PublishedAnswer
from lockgate.publishing.rounds import AnswerPublishing, PublishedRound
from lockgate_app.container.ca_host import CaHost
from lockgate_app.container.ocsp import publishing
from lockgate_app.container.ocsp_responder import OcspResponderContainer
from lockgate_ca_backend.ocsp import OcspSigning
from lockgate_persistence.ocsp_answers import SqlOcspAnswers
from lockgate_transport.responder.answering import PublishedResponder
from tests.support.scenarios.client_clock import Patience
from tests.support.scenarios.world import CA, World

SOURCE = "RAMessage1DS"
HASHES = {"SHA-1": hashes.SHA1(), "SHA-256": hashes.SHA256(), "SHA-512": hashes.SHA512()}
GOOD, REVOKED = ocsp.OCSPCertStatus.GOOD, ocsp.OCSPCertStatus.REVOKED
Interruption = Callable[[], None]


class Interrupted(SqlOcspAnswers):
    """Something happens once, before or after answers are published."""

    before: Interruption | None = None
    after: Interruption | None = None

    def publish(self, answers: Sequence[PublishedAnswer], *, anew: bool = False) -> None:
        before, self.before = self.before, None
        if before is not None:
            before()
        super().publish(answers, anew=anew)
        after, self.after = self.after, None
        if after is not None:
            after()


class ResponderSite:
    """Both sides of the answers.

    Attributes:
        done: the last round.
        certificates: what clients ask about, by name.
        last: the answer that a client got last.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self.clock = Patience()
        self.certificates: dict[str, x509.Certificate] = {}
        self.done: PublishedRound | None = None
        self.last = b""
        world.ra_host.put("ocsp", {"cache_seconds": 60})
        container = OcspResponderContainer(zone=world.ra_host.zone)
        container.ra.engine.override(world.engine)
        self.responder = PublishedResponder(container.answers(), self.clock)

    def pass_by(self, hours: int) -> None:
        """Let time pass, on both sides."""
        self.world.ca_side.hours.pass_by(timedelta(hours=hours))
        self.clock.sleep(hours * 3600)

    def publishing(self, answers: OcspAnswers | None = None) -> AnswerPublishing:
        """What publishes, in a process of its own.

        Args:
            answers: in place of the message database's.
        """
        container = self.world.ca_side.container
        table = container.zone().ocsp
        assert table is not None
        if answers is None:
            return publishing(CaHost(container, "an operator"), table, {SOURCE: self.world.engine})
        signing = OcspSigning(container.registry(), container.facilities())
        return AnswerPublishing(
            signing, self.world.ca_side.coordinator, {SOURCE: answers}, table.terms, "a late process"
        )

    def publish(self) -> None:
        """One round."""
        self.done = self.publishing().publish(SOURCE)

    def publish_anew(self, answers: OcspAnswers | None = None) -> None:
        """All answers.

        Args:
            answers: as of `publishing`.
        """
        self.done = self.publishing(answers).publish_all(SOURCE, anew=True)

    def ask(self, name: str, hash_name: str) -> str:
        """What a client is told about one of the certificates: the reason where it is revoked."""
        certificate = self.certificates[name]
        builder = ocsp.OCSPRequestBuilder().add_certificate(certificate, self.issuer(certificate), HASHES[hash_name])
        request = builder.build()
        told = self.send(request.public_bytes(Encoding.DER))
        answer = ocsp.load_der_ocsp_response(self.last)
        if answer.response_status is ocsp.OCSPResponseStatus.SUCCESSFUL:
            assert _named(answer) == _named(request), "the answer is about another certificate"
        return told

    def send(self, request: bytes) -> str:
        """What a client is told that sends those octets."""
        self.last = self.responder.answer(request, "192.0.2.1").octets
        answer = ocsp.load_der_ocsp_response(self.last)
        if answer.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
            return answer.response_status.name.lower()
        if answer.certificate_status is GOOD:
            return "good"
        assert answer.certificate_status is REVOKED
        return "" if answer.revocation_reason is None else answer.revocation_reason.value

    def issuer(self, certificate: x509.Certificate) -> x509.Certificate:
        """The CA's certificate whose key has signed it."""
        inspection = self.world.ca_side.inspection
        authorities = [
            x509.load_der_x509_certificate(generation.certificate)
            for ca in inspection.authorities()
            for generation in inspection.generations(ca.name)
        ]
        return next(authority for authority in authorities if _has_signed(authority, certificate))

    def authority(self, number: int) -> x509.Certificate:
        """ManagementCA's certificate of that generation."""
        found = {one.number: one.certificate for one in self.world.ca_side.inspection.generations(CA)}
        return x509.load_der_x509_certificate(found[number])

    def fingerprint(self, name: str) -> str:
        """Of a certificate."""
        return hashlib.sha256(self.certificates[name].public_bytes(Encoding.DER)).hexdigest()


def _named(said: ocsp.OCSPRequest | ocsp.OCSPResponse) -> tuple[str, bytes, bytes, int]:
    return said.hash_algorithm.name, said.issuer_name_hash, said.issuer_key_hash, said.serial_number


def _has_signed(authority: x509.Certificate, certificate: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(authority)
    except Exception:  # noqa: BLE001  (whatever is wrong: it has not)
        return False
    return True
