"""A CA behind a program of the operator (docs/issuer-command.md)."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from enum import StrEnum

from lockgate.ports import IssuerAnswer, Order, PublishedCertificates, RemoteIssuer, RevocationOrder, Traits
from lockgate_issuers.command.answers import (
    Answer,
    CertificatesAnswer,
    CrlAnswer,
    StandingAnswer,
    decoded,
    issuer_answer,
    read_answer,
)
from lockgate_issuers.command.complaints import Complaints
from lockgate_issuers.command.program import Program
from lockgate_issuers.command.requests import (
    PublishedRequest,
    Request,
    crl_of,
    encode,
    lookup_of,
    read_draft,
    request_of,
    serial_number_in,
    status_of,
)
from lockgate_issuers.command.running import KILLING, run

DEFAULTS = Traits()


class Promise(StrEnum):
    """What the operator says of the program and its CA (`Traits`)."""

    IDEMPOTENT = "idempotent"
    LOOKS_UP = "looks_up"


class CommandIssuer(RemoteIssuer, PublishedCertificates):
    """Has a program carry out orders. Each request is a run of it.

    Args:
        name: in the configuration, for the log.
        promises: what the program keeps.
        calls: how many runs of it there are at a time.
        longest_wait: how long it may answer `later`.
    """

    def __init__(
        self,
        name: str,
        program: Program,
        promises: Iterable[Promise] = (),
        calls: int = 4,
        longest_wait: timedelta = DEFAULTS.longest_wait,
    ) -> None:
        kept = frozenset(promises)
        self._name, self._program = name, program
        self.traits = Traits(
            idempotent=Promise.IDEMPOTENT in kept,
            looks_up=Promise.LOOKS_UP in kept,
            calls=calls,
            longest_wait=longest_wait,
            timeout=program.timeout + KILLING,
        )

    def draft(self, order: Order | RevocationOrder) -> bytes:
        """The request on standard input."""
        return encode(request_of(order))

    def call(self, draft: bytes) -> IssuerAnswer:
        """Run the program with the request `issue` or `revoke`.

        Raises:
            NotSent, Unavailable, WrongAnswer: as of `command.running.run`.
        """
        answer = issuer_answer(self._ask(read_draft(draft), draft))
        if answer is None:
            raise TypeError("no order has the answer unknown")
        return answer

    def lookup(self, draft: bytes) -> IssuerAnswer | None:
        """Run the program with the request `lookup`.

        Raises:
            NotSent, Unavailable, WrongAnswer: as of `command.running.run`.
        """
        return issuer_answer(self._put(lookup_of(draft)))

    def confirm(self, draft: bytes, certificate: bytes, *, accepted: bool) -> None:
        """Nothing: a certificate counts as soon as the program has returned it."""

    def reference(self, draft: bytes) -> str:
        """The serial number."""
        number = serial_number_in(draft)
        return f"serial number {number}" if number else ""

    def status(self, ca_name: str, certificate: bytes) -> str | None:
        """How the DER certificate stands at the CA: `good`, `on hold` or `revoked`; None where it knows none.

        Raises:
            NotSent, Unavailable, WrongAnswer: as of `command.running.run`.
        """
        answer = self._put(status_of(ca_name, certificate))
        return answer.standing if isinstance(answer, StandingAnswer) else None

    def crl(self, ca_certificate: bytes) -> bytes:
        """The CA's latest CRL, DER; it is not judged here (`lockgate.ports.PublishedCrls`).

        Args:
            ca_certificate: DER.

        Raises:
            NotSent, Unavailable, WrongAnswer: as of `command.running.run`.
        """
        answer = self._put(crl_of(ca_certificate))
        return decoded("X509 CRL", answer.crl) if isinstance(answer, CrlAnswer) else b""

    def certificates(self, ca_name: str = "") -> Sequence[bytes]:
        """The CA's certificates, DER, its own first; they are not judged here.

        Args:
            ca_name: empty where the program has one CA.

        Raises:
            NotSent, Unavailable, WrongAnswer: as of `command.running.run`.
        """
        answer = self._put(PublishedRequest(verb="certificates", ca=ca_name))
        found = answer.certificates if isinstance(answer, CertificatesAnswer) else ()
        return [decoded("CERTIFICATE", certificate) for certificate in found]

    def reach(self) -> str:
        """Run the program with the request `certificates` (`lockgate.ports.ReachableIssuer`).

        Raises:
            NotSent, Unavailable, WrongAnswer: as of `command.running.run`.
        """
        return f"the program answers; certificates of its CA: {len(self.certificates())}"

    def _put(self, request: Request) -> Answer:
        return self._ask(request, encode(request))

    def _ask(self, request: Request, octets: bytes) -> Answer:
        complaints = Complaints(f"issuer {self._name}, {request.verb}", self._program.secrets)
        return read_answer(request.verb, request.operation, run(self._program, octets + b"\n", complaints))
