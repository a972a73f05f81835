"""The port `OutsideAnswers`."""

from collections.abc import Iterable, Sequence
from datetime import timedelta

from lockgate.outside.answers import CertificateStatus, OcspQuestion
from lockgate.ports import KeptAnswer, OutsideAnswers
from lockgate_ca_backend.registry.store import Store


class SqlOutsideAnswers(OutsideAnswers):
    """Answers of CAs outside in one transaction."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def wish(self, question: OcspQuestion) -> None:
        """In the certificate's row, which stays locked."""
        self._store.outside_answers.wish(question)

    def begin(self, ca_name: str, limit: int, again: timedelta) -> Sequence[OcspQuestion]:
        """Of keys that the configuration does not name any more nobody can ask; they are forgotten later."""
        return self._asked(self._store.outside_answers.begin(ca_name, limit, again))

    def questions(self, ca_name: str) -> Sequence[OcspQuestion]:
        """Without those that nobody can ask any more."""
        return self._asked(self._store.outside_answers.all(ca_name))

    def last(self, question: OcspQuestion) -> KeptAnswer | None:
        """Locked."""
        return self._store.outside_answers.last(question)

    def keep(self, question: OcspQuestion, status: CertificateStatus, again: timedelta) -> None:
        """In the certificate's row."""
        self._store.outside_answers.keep(question, status, again)

    def fail(self, question: OcspQuestion, trouble: str, again: timedelta) -> None:
        """In the certificate's row."""
        self._store.outside_answers.fail(question, trouble, again)

    def forget(self, after: timedelta) -> None:
        """Of every CA, also those that the configuration does not name any more."""
        self._store.outside_answers.forget(after)

    def _asked(self, kept: Iterable[KeptAnswer]) -> Sequence[OcspQuestion]:
        known = ((one, self._store.facilities.outside.of(one.key)) for one in kept)
        return [
            OcspQuestion(
                ca_name=one.ca_name, key=one.key, serial_number=one.serial_number, ca_certificate=issuer.certificate
            )
            for one, issuer in known
            if issuer is not None
        ]
