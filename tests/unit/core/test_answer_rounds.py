"""Rounds of publishing OCSP answers: their bounds, and what becomes of them where something is away."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from lockgate.certification.revocation import RevocationReason, RevokedCertificate
from lockgate.errors import Defect, KeyAway, KeystoreError, LockgateError, PeerError, TokenAway, Unavailable
from lockgate.ports import AnswerSigning, Fence
from lockgate.publishing.answers import AnswerTerms, DueAnswer, PublishedAnswer
from lockgate.publishing.certificate_ids import CertificateId
from lockgate.publishing.rounds import PAGE, ROUND, AnswerPublishing
from lockgate_testing.doubles.coordinator import MemoryCoordinator
from lockgate_testing.doubles.ocsp_answers import MemoryOcspAnswers

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
TERMS = AnswerTerms(timedelta(hours=48), ("sha1",))


def named(number: int) -> bytes:
    return CertificateId("sha1", b"name", b"key", number).digest


class ScriptedSigning(AnswerSigning):
    """CAs with so many certificates each, none of which has an answer yet.

    Attributes:
        away: why a CA cannot sign.
        finished: whether a round has left nothing due.
        signatures: how many were made.
    """

    def __init__(self, **cas: int) -> None:
        numbers = iter(range(10**6))
        self._due = {name: [self._certificate(name, next(numbers)) for _ in range(size)] for name, size in cas.items()}
        self.away: dict[str, Exception] = {}
        self.finished = False
        self.signatures = 0

    def cas(self, fence: Fence) -> Sequence[str]:
        return list(self._due)

    def due(self, fence: Fence, source: str, ca_name: str, limit: int, terms: AnswerTerms) -> Sequence[DueAnswer]:
        return self._due[ca_name][:limit]

    def sign(self, due: DueAnswer, terms: AnswerTerms) -> Sequence[PublishedAnswer]:
        if due.ca_name in self.away:
            raise self.away[due.ca_name]
        self.signatures += 1
        return [PublishedAnswer(named(due.number), due.at, due.at + terms.lifetime, due.ca_name.encode())]

    def record(self, fence: Fence, source: str, published: Sequence[DueAnswer], terms: AnswerTerms) -> None:
        numbers = {answer.number for answer in published}
        for name, due in self._due.items():
            self._due[name] = [each for each in due if each.number not in numbers]

    def finish(self, fence: Fence, source: str) -> datetime:
        self.finished = True
        return NOW

    def forget(self, fence: Fence, source: str) -> datetime:
        return NOW

    def change(self, **changes: Any) -> None:
        """So every certificate stands now."""
        self._due = {name: [replace(each, **changes) for each in due] for name, due in self._due.items()}

    @staticmethod
    def _certificate(ca_name: str, number: int) -> DueAnswer:
        return DueAnswer(number, ca_name, "fingerprint", b"name", number, NOW, None, NOW + timedelta(days=1))


def publishing(
    signing: AnswerSigning, answers: MemoryOcspAnswers, stopping: Callable[[], bool] = lambda: False
) -> AnswerPublishing:
    return AnswerPublishing(signing, MemoryCoordinator(), {"source": answers}, TERMS, "this process", stopping)


def test_a_round_is_bounded() -> None:
    signing, answers = ScriptedSigning(CA=ROUND + 1), MemoryOcspAnswers()
    publisher = publishing(signing, answers)
    first = publisher.publish("source")
    assert first is not None
    assert (first.certificates, first.more, signing.finished) == (ROUND, True, False)
    second = publisher.publish("source")
    assert second is not None
    assert (second.certificates, second.more, signing.finished) == (1, False, True)
    assert answers.find(named(ROUND)) == b"CA"


def test_no_other_process_publishes_between_the_rounds_of_all() -> None:
    coordinator, looks = MemoryCoordinator(), 0

    class Watched(MemoryOcspAnswers):
        def publish(self, answers: Sequence[PublishedAnswer], *, anew: bool = False) -> None:
            nonlocal looks
            looks += 1
            assert coordinator.acquire("OCSP answers source", "another", timedelta(minutes=1)) is None
            super().publish(answers, anew=anew)

    signing, answers = ScriptedSigning(CA=ROUND + 1), Watched()
    publisher = AnswerPublishing(signing, coordinator, {"source": answers}, TERMS, "this process")
    later = PublishedAnswer(named(0), NOW + timedelta(days=1), NOW + timedelta(days=3), b"later")
    answers._answers[later.id] = later
    done = publisher.publish_all("source", anew=True)
    assert done is not None
    assert (done.certificates, done.more, signing.finished) == (ROUND + 1, False, True)
    assert looks == ROUND / PAGE + 1
    assert answers.find(named(0)) == b"CA"


@pytest.mark.parametrize(
    "error",
    [KeyAway("the key is not in the token"), TokenAway("away"), KeystoreError("the secret does not open the key")],
)
def test_a_ca_whose_key_is_away_keeps_no_other_from_its_answers(error: Exception) -> None:
    signing, answers = ScriptedSigning(Away=ROUND, Here=2), MemoryOcspAnswers()
    signing.away = {"Away": error}
    done = publishing(signing, answers).publish("source")
    assert done is not None
    assert done.refusals == [f"CA Away: {error}"]
    assert (done.certificates, done.more) == (2, False), "another round at once would only try in vain"
    assert not signing.finished
    assert answers.find(named(ROUND)) == b"Here"


def test_a_stop_is_heard_after_each_page() -> None:
    signing, answers = ScriptedSigning(CA=3 * PAGE), MemoryOcspAnswers()
    asked = iter([False, True])
    done = publishing(signing, answers, lambda: next(asked)).publish("source")
    assert done is not None
    assert (done.certificates, signing.finished) == (PAGE, False)


class Rejecting(MemoryOcspAnswers):
    """A message database whose owner lets it reject every statement."""

    def publish(self, answers: Sequence[PublishedAnswer], *, anew: bool = False) -> None:
        raise Defect("data source Hostile: the database rejects a statement")

    def purge(self, now: datetime) -> None:
        raise Defect("data source Hostile: the database rejects a statement")


@pytest.mark.parametrize("certificates", [0, 1])
def test_what_an_owner_lets_his_database_reject_is_no_defect(certificates: int) -> None:
    with pytest.raises(PeerError, match="data source Hostile: the database rejects a statement"):
        publishing(ScriptedSigning(CA=certificates), Rejecting()).publish("source")


class Failing(MemoryOcspAnswers):
    """A message database that takes nothing while `failing`."""

    failing = True

    def publish(self, answers: Sequence[PublishedAnswer], *, anew: bool = False) -> None:
        if self.failing:
            raise Unavailable("the database is not available")
        super().publish(answers, anew=anew)


def in_vain(publisher: AnswerPublishing) -> None:
    with pytest.raises(LockgateError):
        publisher.publish("source")


def test_answers_that_could_not_be_published_are_not_signed_again() -> None:
    signing, answers = ScriptedSigning(CA=3), Failing()
    publisher = publishing(signing, answers)
    for minutes in (0, 10, 59):
        signing.change(at=NOW + timedelta(minutes=minutes))
        in_vain(publisher)
    assert signing.signatures == 3
    answers.failing = False
    publisher.publish("source")
    assert (signing.signatures, answers.find(named(2))) == (3, b"CA")
    answers.purge(NOW + TERMS.lifetime)
    assert answers.find(named(2)) is None, "it counts from when it was signed"


REVOKED = RevokedCertificate(1, NOW, RevocationReason.SUPERSEDED)


@pytest.mark.parametrize(
    "changes", [{"revoked": REVOKED}, {"at": NOW + timedelta(hours=1)}, {"at": NOW - TERMS.lifetime}]
)
def test_they_are_where_the_standing_has_changed_or_time_has_passed(changes: dict[str, object]) -> None:
    signing = ScriptedSigning(CA=3)
    publisher = publishing(signing, Failing())
    in_vain(publisher)
    signing.change(**changes)
    in_vain(publisher)
    assert signing.signatures == 6
