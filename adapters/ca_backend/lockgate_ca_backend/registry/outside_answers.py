"""The port `OutsideAnswers`."""

from collections.abc import Sequence
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
        begun = self._store.outside_answers.begin(ca_name, limit, again)
        known = ((kept, self._store.facilities.outside.of(kept.key)) for kept in begun)
        return [
            OcspQuestion(
                ca_name=ca_name, key=kept.key, serial_number=kept.serial_number, ca_certificate=issuer.certificate
            )
            for kept, issuer in known
            if issuer is not None
        ]

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
