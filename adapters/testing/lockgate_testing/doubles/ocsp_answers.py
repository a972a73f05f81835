"""OCSP answers as a dictionary."""

from collections.abc import Sequence
from datetime import datetime

from lockgate.errors import Conflict
from lockgate.ports import OcspAnswers
from lockgate.publishing.answers import PublishedAnswer


class MemoryOcspAnswers(OcspAnswers):
    """Answers in memory."""

    def __init__(self) -> None:
        self._answers: dict[bytes, PublishedAnswer] = {}

    def publish(self, answers: Sequence[PublishedAnswer], *, anew: bool = False) -> None:
        later = {answer.id for answer in answers if not anew and self._is_later(answer)}
        if any(answer.id in later for answer in answers if answer.octets is not None):
            raise Conflict("a later answer was published")
        self._answers |= {answer.id: answer for answer in answers if answer.id not in later}

    def _is_later(self, answer: PublishedAnswer) -> bool:
        standing = self._answers.get(answer.id)
        return standing is not None and answer.this_update < standing.this_update != answer.later

    def find(self, certificate: bytes) -> bytes | None:
        found = self._answers.get(certificate)
        return None if found is None else found.octets

    def purge(self, now: datetime) -> None:
        self._answers = {key: answer for key, answer in self._answers.items() if answer.next_update > now}

    def remove_others(self, first: datetime, last: datetime) -> None:
        self._answers = {key: answer for key, answer in self._answers.items() if first <= answer.this_update <= last}
