"""An RA that sends messages of every kind and collects the answers, whatever happens to the databases meanwhile."""

import time
from collections.abc import Callable, Iterator
from typing import TypeVar

from lockgate.errors import Unavailable
from lockgate.ra.sent import SentMessage
from lockgate.requests.submessages import Response
from tests.crash.installation import Installation
from tests.crash.load import CmpClients, Load
from tests.crash.verdict import Expectations, unsettled, wrong_answers, wrong_cmp_answers, wrong_effects

T = TypeVar("T")
PATIENCE = 60.0
"""Seconds in which everything must have come back and been answered."""


class Correspondence:
    """One RA and what it has sent.

    Args:
        clients: those of the CMP service, where there is one.

    Attributes:
        expected: what its messages must come to.
        answers: what they came to, verified.
    """

    def __init__(self, site: Installation, worker: str, clients: CmpClients | None = None) -> None:
        self._ra = site.client(worker)
        self._url = site.message_urls[worker]
        self._load = Load(worker, clients)
        self._open: dict[str, SentMessage] = {}
        self.expected: Expectations = self._load.expected
        self.answers: dict[str, tuple[Response, ...]] = {}

    @property
    def waits(self) -> bool:
        """Whether anything is not answered yet."""
        return bool(self._open)

    def send(self) -> None:
        """Send one message of each kind; what the outbox keeps is put again until it stands in the database."""
        for message_id, requests in self._load.messages():
            try:
                self._open[message_id] = self._ra.send(requests, message_id=message_id)
            except Unavailable:
                self._open[message_id] = insisting(lambda message_id=message_id: self._ra.resume(message_id))  # type: ignore[misc]

    def ask_again(self) -> None:
        """Ask once more for every answer that came; a message whose row is gone is put again."""
        for message_id in self.answers:
            self._open[message_id] = insisting(lambda message_id=message_id: self._ra.resume(message_id))  # type: ignore[misc]

    def collect(self) -> None:
        """Look at what is not answered yet."""
        for message_id, pending in list(self._open.items()):
            responses = insisting(lambda pending=pending: self._ra.look(pending))  # type: ignore[misc]
            if responses is not None:
                self.answers[message_id] = responses
                del self._open[message_id]

    def complaints(self) -> Iterator[str]:
        """What is wrong in the message database, and with the answers from it."""
        yield from wrong_answers(self.expected, self.answers)
        for message_id, responses in self.answers.items():
            if self._ra.look(self._ra.resume(message_id)) != responses:
                yield f"{message_id}: answered again, otherwise"
        yield from unsettled(self._url)


def complaints(site: Installation, correspondences: list[Correspondence]) -> list[str]:
    """Everything that is wrong anywhere."""
    expected = {
        message_id: rows for correspondence in correspondences for message_id, rows in correspondence.expected.items()
    }
    answers = {name: answer for correspondence in correspondences for name, answer in correspondence.answers.items()}
    found = [complaint for correspondence in correspondences for complaint in correspondence.complaints()]
    found += wrong_cmp_answers(expected, answers)
    return [*found, *wrong_effects(site.ca.engine(), site.ca.auditor(), expected)]


def insisting(ask: Callable[[], T]) -> T:
    """What `ask` gives, once the database is there."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return ask()
        except Unavailable:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
