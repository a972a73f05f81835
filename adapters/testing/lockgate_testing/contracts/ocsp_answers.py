"""The contract suite of the port OcspAnswers."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from lockgate.errors import Conflict
from lockgate.ports import OcspAnswers
from lockgate.publishing.answers import PublishedAnswer
from lockgate.publishing.certificate_ids import CertificateId

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)


def answer(serial_number: int, octets: bytes | None, issued: datetime = NOW) -> PublishedAnswer:
    """One that lasts a day."""
    named = CertificateId("sha1", b"name", b"key", serial_number)
    return PublishedAnswer(named.digest, issued, issued + DAY, octets)


ONE, OTHER = answer(1, b"good"), answer(2, bytes(range(256)) * 8)


class OcspAnswersContract:
    """Every rule of the port OcspAnswers. A subclass supplies the fixture `answers`."""

    @pytest.fixture
    def answers(self) -> OcspAnswers:
        """The adapter under test, without answers."""
        raise NotImplementedError("supply the fixture `answers`: the adapter under test")

    def test_what_is_published_is_found(self, answers: OcspAnswers) -> None:
        assert answers.find(ONE.id) is None
        answers.publish([ONE, OTHER])
        assert answers.find(ONE.id) == ONE.octets
        assert answers.find(OTHER.id) == OTHER.octets

    def test_nothing_to_publish(self, answers: OcspAnswers) -> None:
        answers.publish([ONE])
        answers.publish([])
        assert answers.find(ONE.id) == ONE.octets

    @pytest.mark.parametrize("later", [timedelta(), SECOND])
    def test_a_later_one_takes_its_place(self, answers: OcspAnswers, later: timedelta) -> None:
        answers.publish([ONE, OTHER])
        answers.publish([answer(1, b"revoked", NOW + later)])
        assert answers.find(ONE.id) == b"revoked"
        assert answers.find(OTHER.id) == OTHER.octets

    def test_an_earlier_one_does_not(self, answers: OcspAnswers) -> None:
        answers.publish([answer(1, b"revoked", NOW + SECOND)])
        with pytest.raises(Conflict):
            answers.publish([ONE, OTHER])
        assert answers.find(ONE.id) == b"revoked"
        assert answers.find(OTHER.id) is None, "all or none are published"

    def test_an_earlier_one_takes_the_place_of_the_later_one_that_it_names(self, answers: OcspAnswers) -> None:
        answers.publish([answer(1, b"revoked", NOW + DAY), answer(2, b"revoked", NOW + DAY)])
        with pytest.raises(Conflict):
            answers.publish([replace(ONE, later=NOW + DAY - SECOND)])
        answers.publish([replace(ONE, later=NOW + DAY), replace(OTHER, later=NOW + DAY, octets=None)])
        assert answers.find(ONE.id) == ONE.octets
        assert answers.find(OTHER.id) is None

    def test_one_without_octets_removes_an_earlier_one_alone(self, answers: OcspAnswers) -> None:
        answers.publish([ONE, answer(2, b"revoked", NOW + SECOND)])
        answers.publish([answer(1, None), answer(2, None), answer(3, b"good")])
        assert answers.find(ONE.id) is None
        assert answers.find(OTHER.id) == b"revoked"
        assert answers.find(answer(3, None).id) == b"good"
        answers.publish([answer(3, None)])
        assert answers.find(answer(3, None).id) is None

    def test_what_has_ended_is_purged(self, answers: OcspAnswers) -> None:
        answers.publish([ONE, replace(OTHER, next_update=NOW + DAY + SECOND)])
        answers.purge(NOW + DAY - SECOND)
        assert answers.find(ONE.id) == ONE.octets
        answers.purge(NOW + DAY)
        assert answers.find(ONE.id) is None
        assert answers.find(OTHER.id) == OTHER.octets

    def test_anew_one_takes_the_place_of_a_later_one(self, answers: OcspAnswers) -> None:
        answers.publish([answer(1, b"revoked", NOW + DAY), OTHER])
        answers.publish([ONE], anew=True)
        assert answers.find(ONE.id) == ONE.octets
        assert answers.find(OTHER.id) == OTHER.octets

    @pytest.mark.parametrize("issued", [NOW - SECOND, NOW + DAY + SECOND])
    def test_others_than_those_of_some_time_are_removed(self, answers: OcspAnswers, issued: datetime) -> None:
        last = answer(3, b"good", NOW + DAY)
        answers.publish([ONE, last, answer(2, b"good", issued)])
        answers.remove_others(NOW, NOW + DAY)
        assert answers.find(ONE.id) == ONE.octets
        assert answers.find(last.id) == last.octets
        assert answers.find(OTHER.id) is None
