"""Messages for a remote issuer and for one inside the transaction, and lives that are killed meanwhile."""

import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

from cryptography import x509
from sqlalchemy import text

from lockgate.certification.revocation import RevocationReason
from lockgate.operations.status import OperationKind, OperationStatus
from lockgate.ports import Order, RevocationOrder
from lockgate.requests.submessages import PKCS10Request, PKCS12Request, RevocationRequest
from tests.crash.boundaries import KillAt, Record
from tests.crash.correspondence import insisting
from tests.crash.installation import QUICK_CA, Installation
from tests.crash.load import Expected
from tests.crash.remote import ISSUER, Lives
from tests.crash.verdict import unsettled, wrong_answers, wrong_effects
from tests.support.pki.certificate_requests import pkcs10
from tests.support.pki.identities import rsa_key

REMOTE_CA, WORKER = "RemoteCA", "worker0"
LAPS = 200
"""Lives in which everything must have been answered."""
DOUBLE = 'kind = "double"\n'


class RemoteSide(Protocol):
    """What the CA tells an operator."""

    @property
    def certificate(self) -> bytes:
        """Its own, DER."""

    def issued(self) -> Sequence[bytes]:
        """Every certificate that has counted, DER."""

    def issued_for(self, operation: str) -> Sequence[bytes]:
        """Those that an operator finds for an operation that is in doubt."""

    def revoked(self) -> Mapping[int, RevocationReason]:
        """By serial number."""


class Site:
    """An installation with a remote issuer, and one RA."""

    def __init__(self, installation: Installation, ca: RemoteSide, table: str = DOUBLE) -> None:
        """Configure it.

        Args:
            table: the issuer's, for `lockgate.toml`.
        """
        self.installation, self.ca = installation, ca
        administration = installation.ca.administration()
        administration.register_ca(REMOTE_CA, ISSUER, ca.certificate)
        administration.edit_role("RA", lambda role: replace(role, rules=role.rules | {f"/ca/{REMOTE_CA}"}))
        config = installation.config(WORKER)
        config.write_text(config.read_text() + f"\n[ca.issuers.{ISSUER}]\n{table}")
        self._ra = installation.client(WORKER)
        self._number, self._people = 0, 0
        self._revoked: set[str] = set()
        self._open: dict[str, Any] = {}
        self.expected: dict[str, tuple[Expected, ...]] = {}
        self.answers: dict[str, Any] = {}

    def send(self) -> None:
        """One message of each kind: certificates of two issuers, a keystore, the revocation of what was answered."""
        self._put(self._certificate(), self._certificate(QUICK_CA))
        self._put(self._keystore())
        for revocation in self._revocations():
            self._put(revocation)

    @property
    def waits(self) -> bool:
        return bool(self._open)

    def collect(self) -> None:
        """Look at what is not answered yet."""
        for message_id, pending in list(self._open.items()):
            responses = insisting(lambda sent=pending: self._ra.look(sent))  # type: ignore[misc]
            if responses is not None:
                self.answers[message_id] = responses
                del self._open[message_id]

    def decide(self) -> None:
        """An operator looks at the CA, and decides what is in doubt."""
        administration = self.installation.ca.administration()
        for operation in administration.open_operations():
            if operation.status is not OperationStatus.DOUBTFUL:
                continue
            issued = self.ca.issued_for(operation.id)
            if operation.kind is OperationKind.ISSUE and issued:
                administration.settle_issued(operation.id, issued[0])
            elif operation.kind is OperationKind.REVOKE and self._is_revoked(operation.order):
                administration.settle_revoked(operation.id)
            else:
                administration.settle_refused(operation.id, "The CA has not done it.")

    def complaints(self) -> Iterator[str]:
        """Everything that is wrong: answers, effects here, and effects at the issuer."""
        outcomes = {name: rows for name, rows in self.expected.items() if not self._was_refused(name)}
        yield from wrong_answers(outcomes, self.answers)
        yield from unsettled(self.installation.message_urls[WORKER])
        yield from wrong_effects(self.installation.ca.engine(), self.installation.ca.auditor(), outcomes)
        yield from self._wrong_at_issuer()
        if left := self.installation.ca.administration().open_operations():
            yield f"operations are left: {[(operation.id, operation.status) for operation in left]}"

    def _wrong_at_issuer(self) -> Iterator[str]:
        """Exactly the certificates that stand at the issuer stand here, and the same ones are revoked."""
        query = text("select certificate, revoked from certificate where caname = :ca")
        with self.installation.ca.engine().connect() as connection:
            rows = connection.execute(query, {"ca": REMOTE_CA}).all()
        here, there = {bytes(row.certificate) for row in rows}, set(self.ca.issued())
        if here != there:
            yield f"{len(there - here)} certificates stand at the issuer alone, {len(here - there)} here alone"
        revoked = {_serial_number(bytes(row.certificate)) for row in rows if row.revoked is not None}
        if missing := revoked - self.ca.revoked().keys():
            yield f"{len(missing)} certificates are revoked here, and not at the issuer"

    def refused(self) -> int:
        """How many messages were refused, because an operator said so."""
        return sum(map(self._was_refused, self.expected))

    def _was_refused(self, message_id: str) -> bool:
        return any(response.reason == "issuer_refused" for response in self.answers.get(message_id, ()))

    def _is_revoked(self, order: Order | RevocationOrder) -> bool:
        return isinstance(order, RevocationOrder) and _serial_number(order.certificate) in self.ca.revoked()

    def _put(self, *rows: Expected) -> None:
        self._number += 1
        message_id = f"message-{self._number}"
        self.expected[message_id] = rows
        self._open[message_id] = self._ra.send([row.request for row in rows], message_id=message_id)

    def _certificate(self, ca_name: str = REMOTE_CA) -> Expected:
        username, described = self._somebody(ca_name, "ENDUSER")
        request = PKCS10Request(pkcs10=pkcs10(rsa_key(1)), **described)
        return Expected(request, username=username, certificates=1)

    def _keystore(self) -> Expected:
        username, described = self._somebody(REMOTE_CA, "ENDUSER")
        request = PKCS12Request(password="a passw0rd of 0perations", key_alg="ECDSA", key_spec="P-256", **described)
        return Expected(request, username=username, certificates=1)

    def _somebody(self, ca_name: str, profile: str) -> tuple[str, dict[str, Any]]:
        self._people += 1
        username = f"host{self._people}"
        described = {
            "request_id": self._people,
            "username": username,
            "subject_dn": f"CN={username}",
            "end_entity_profile": "EMPTY",
            "certificate_profile": profile,
            "ca_name": ca_name,
        }
        return username, described

    def _revocations(self) -> Iterator[Expected]:
        """Of the certificates that were answered since the last time."""
        answered = [name for name in self.answers if name not in self._revoked and not self._was_refused(name)]
        for name in answered:
            self._revoked.add(name)
            request = self.expected[name][0].request
            if isinstance(request, PKCS10Request):
                self._people += 1
                revocation = RevocationRequest(request_id=self._people, username=request.username, revoke_all=True)
                yield Expected(replace(revocation, reason=RevocationReason.SUPERSEDED))


def _serial_number(certificate: bytes) -> int:
    return x509.load_der_x509_certificate(certificate).serial_number


class Lane:
    """Lives that are killed at random boundaries, until enough were."""

    def __init__(self, site: Site, lives: Lives, seed: str) -> None:
        self._site, self._lives = site, lives
        self._file = site.installation.config(WORKER).with_suffix(".boundary")
        self._random = random.Random(seed)
        self._boundaries: list[int] = []
        self.killed: Counter[str] = Counter()

    def run(self, kills: int) -> None:
        """Send, kill and work off, until that many lives were killed."""
        self._site.send()
        self._work_off()
        while self.killed.total() < kills:
            self._site.send()
            for _ in range(2):
                self._kill()
                self._site.decide()
            self._work_off()

    def _kill(self) -> None:
        number = self._boundaries.pop()
        if not self._lives.live(KillAt(number, self._file)):
            self.killed[self._file.read_text()] += 1

    def _work_off(self) -> None:
        for _ in range(LAPS):
            assert self._lives.live(Record(self._file))
            passed = len(self._file.read_text().splitlines())
            if not self._boundaries:
                self._boundaries = self._random.sample(range(1, passed + 1), passed)
            self._site.decide()
            self._site.collect()
            if not self._site.waits:
                return
        raise AssertionError(f"no answer: {self._site.installation.ca.administration().open_operations()}")
