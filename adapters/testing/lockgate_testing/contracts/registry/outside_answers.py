"""Rules of the OCSP answers of CAs outside: what is to be asked, what is kept, and how certificates stand by it."""

from datetime import timedelta

import pytest

from lockgate.certification.revocation import RevocationReason, RevokedCertificate
from lockgate.errors import StandingUntold
from lockgate.outside.answers import CertificateStatus, OcspQuestion, StandingUnasked
from lockgate.ports import Fence, KeptAnswer, RegistryTransaction
from lockgate.rights.signer import CertificateStanding, TrustedCertificate
from lockgate_testing.contracts.registry.outside_crls import LATER, PAST, THEN, of_outside, outside_key
from lockgate_testing.contracts.registry.subjects import (
    ASKED_CA,
    ASKED_CERTIFICATE,
    ASKED_KEY,
    ASKED_SUBJECT,
    OUTSIDE_MAX_AGE,
    RegistrySubject,
)
from lockgate_testing.contracts.registry.values import NUMBERS
from lockgate_testing.contracts.registry.work import run

MANY = 10_000
LONG_NUMBER = 2**159
HOLD, SUPERSEDED = RevocationReason.CERTIFICATE_HOLD, RevocationReason.SUPERSEDED


def question(work: RegistryTransaction, serial_number: int | None = None) -> OcspQuestion:
    """A question that no other test asks."""
    number = LONG_NUMBER + next(NUMBERS) if serial_number is None else serial_number
    key = outside_key(work, ASKED_KEY)
    return OcspQuestion(ca_name=ASKED_CA, key=key, serial_number=number, ca_certificate=ASKED_CERTIFICATE)


def wished(subject: RegistrySubject, fence: Fence) -> OcspQuestion:
    """A question that somebody waits for."""
    with subject.ca.transaction(fence) as work:
        made = question(work)
        work.outside_answers.wish(made)
    return made


def begun(subject: RegistrySubject, fence: Fence, again: timedelta) -> list[OcspQuestion]:
    """Everything that is due."""
    with subject.ca.transaction(fence) as work:
        return list(work.outside_answers.begin(ASKED_CA, MANY, again))


def known(subject: RegistrySubject, fence: Fence, asked: OcspQuestion) -> KeptAnswer | None:
    """What is known of the certificate."""
    with subject.ca.transaction(fence) as work:
        return work.outside_answers.last(asked)


class QuestionRules:
    """What is to be asked."""

    def test_a_wish_is_due_once(self, subject: RegistrySubject, fence: Fence) -> None:
        asked = wished(subject, fence)
        assert [asked in begun(subject, fence, LATER) for _ in range(2)] == [True, False]

    def test_a_question_that_is_never_answered_is_due_again(self, subject: RegistrySubject, fence: Fence) -> None:
        asked = wished(subject, fence)
        assert all(asked in begun(subject, fence, PAST) for _ in range(2))
        begun(subject, fence, LATER)

    def test_so_many_at_a_time_those_that_are_due_the_longest(self, subject: RegistrySubject, fence: Fence) -> None:
        begun(subject, fence, LATER)
        asked = [wished(subject, fence) for _ in range(3)]
        with subject.ca.transaction(fence) as work:
            work.outside_answers.fail(asked[2], "away", 2 * PAST)
            work.outside_answers.fail(asked[0], "away", PAST)
            first = work.outside_answers.begin(ASKED_CA, 2, LATER)
        assert list(first) == [asked[2], asked[0]]
        assert begun(subject, fence, LATER) == [asked[1]]

    def test_of_another_ca_nothing_is_due(self, subject: RegistrySubject, fence: Fence) -> None:
        wished(subject, fence)
        with subject.ca.transaction(fence) as work:
            assert not work.outside_answers.begin("another CA é", MANY, LATER)

    def test_every_question_is_told_whether_or_not_it_is_due(self, subject: RegistrySubject, fence: Fence) -> None:
        asked = [wished(subject, fence) for _ in range(2)]
        begun(subject, fence, LATER)
        with subject.ca.transaction(fence) as work:
            told = work.outside_answers.questions(ASKED_CA)
            assert [told.count(question) for question in asked] == [1, 1]
            assert not work.outside_answers.questions("another CA é")

    def test_a_wish_that_is_repeated_is_due_soon(self, subject: RegistrySubject, fence: Fence) -> None:
        asked = wished(subject, fence)
        begun(subject, fence, 100 * LATER)
        with subject.ca.transaction(fence) as work:
            work.outside_answers.wish(asked)
            last, now = work.outside_answers.last(asked), work.now()
        assert last is not None
        assert now < last.due <= now + LATER

    def test_a_wish_that_is_rolled_back_is_none(self, subject: RegistrySubject, fence: Fence) -> None:
        with subject.ca.transaction(fence) as work:
            asked = question(work)

        def failing(work: RegistryTransaction) -> None:
            work.outside_answers.wish(asked)
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            run(subject, fence, failing)
        assert known(subject, fence, asked) is None

    def test_what_nobody_wishes_to_know_is_forgotten(self, subject: RegistrySubject, fence: Fence) -> None:
        asked = wished(subject, fence)
        for after, there in ((LATER, True), (-LATER, False)):
            with subject.ca.transaction(fence) as work:
                work.outside_answers.forget(after)
            assert (known(subject, fence, asked) is not None) is there


class AnswerRules:
    """What is kept."""

    @pytest.mark.parametrize("ends", [None, LATER], ids=["endless", "ends"])
    @pytest.mark.parametrize("reason", [None, HOLD, SUPERSEDED], ids=["good", "on hold", "superseded"])
    def test_an_answer_is_kept_as_it_is(
        self, subject: RegistrySubject, fence: Fence, ends: timedelta | None, reason: RevocationReason | None
    ) -> None:
        asked = wished(subject, fence)
        revoked = None if reason is None else RevokedCertificate(asked.serial_number, THEN, reason)
        status = CertificateStatus(this_update=THEN, next_update=THEN + ends if ends else None, revoked=revoked)
        with subject.ca.transaction(fence) as work:
            work.outside_answers.fail(asked, "it is away é", PAST)
            work.outside_answers.keep(asked, status, LATER)
            now = work.now()
        last = known(subject, fence, asked)
        assert last is not None
        assert (last.ca_name, last.key, last.serial_number) == (asked.ca_name, asked.key, asked.serial_number)
        assert (last.status, last.trouble, last.due) == (status, "", now + LATER)

    def test_trouble_leaves_the_answer_in_its_place(self, subject: RegistrySubject, fence: Fence) -> None:
        asked = wished(subject, fence)
        status = CertificateStatus(this_update=THEN, next_update=None, revoked=None)
        with subject.ca.transaction(fence) as work:
            work.outside_answers.keep(asked, status, LATER)
            work.outside_answers.fail(asked, "it is away é", LATER)
        last = known(subject, fence, asked)
        assert last is not None
        assert (last.status, last.trouble) == (status, "it is away é")

    def test_what_was_forgotten_meanwhile_is_not_kept(self, subject: RegistrySubject, fence: Fence) -> None:
        with subject.ca.transaction(fence) as work:
            asked = question(work)
            status = CertificateStatus(this_update=THEN, next_update=None, revoked=None)
            work.outside_answers.keep(asked, status, LATER)
        assert known(subject, fence, asked) is None


class AskedStandingRules:
    """The standing of certificates of a CA outside that answers by OCSP."""

    def test_without_an_answer_the_ca_is_to_be_asked(self, subject: RegistrySubject, fence: Fence) -> None:
        with subject.ca.transaction(fence) as work:
            asked = question(work)
            with pytest.raises(StandingUnasked, match=ASKED_CA) as caught:
                work.certificates.standing(certificate(work, asked))
            assert caught.value.question == asked
            work.outside_answers.wish(caught.value.question)
        assert asked in begun(subject, fence, LATER)
        with pytest.raises(StandingUntold), subject.ca.transaction(fence) as work:
            work.certificates.standing(certificate(work, asked))

    @pytest.mark.parametrize(
        ("reason", "standing"),
        [
            (None, CertificateStanding.GOOD),
            (SUPERSEDED, CertificateStanding.REVOKED),
            (HOLD, CertificateStanding.ON_HOLD),
            (RevocationReason.REMOVE_FROM_CRL, CertificateStanding.REVOKED),
        ],
    )
    def test_it_is_that_of_the_last_answer(
        self, subject: RegistrySubject, fence: Fence, reason: RevocationReason | None, standing: CertificateStanding
    ) -> None:
        asked = answered(subject, fence, reason)
        with subject.ca.transaction(fence) as work:
            assert work.certificates.standing(certificate(work, asked)) is standing

    @pytest.mark.parametrize(
        ("begins", "ends"),
        [(-2 * LATER, -LATER), (-OUTSIDE_MAX_AGE - LATER, LATER), (-OUTSIDE_MAX_AGE - LATER, None)],
        ids=["ended", "too old", "endless and too old"],
    )
    def test_an_answer_that_does_not_count_says_nothing(
        self, subject: RegistrySubject, fence: Fence, begins: timedelta, ends: timedelta | None
    ) -> None:
        asked = answered(subject, fence, None, begins, ends)
        with pytest.raises(StandingUnasked), subject.ca.transaction(fence) as work:
            work.certificates.standing(certificate(work, asked))

    def test_answers_about_other_certificates_say_nothing(self, subject: RegistrySubject, fence: Fence) -> None:
        asked = answered(subject, fence, None)
        with pytest.raises(StandingUnasked), subject.ca.transaction(fence) as work:
            work.certificates.standing(certificate(work, question(work, asked.serial_number + MANY)))


def certificate(work: RegistryTransaction, asked: OcspQuestion) -> TrustedCertificate:
    """The certificate that the question is about."""
    return of_outside(work, ASKED_KEY, ASKED_SUBJECT, asked.serial_number)


def answered(
    subject: RegistrySubject,
    fence: Fence,
    reason: RevocationReason | None,
    begins: timedelta = PAST,
    ends: timedelta | None = LATER,
) -> OcspQuestion:
    """A certificate about which an answer is kept, of and until so long from now."""
    asked = wished(subject, fence)
    with subject.ca.transaction(fence) as work:
        now = work.now()
        revoked = None if reason is None else RevokedCertificate(asked.serial_number, now + begins, reason)
        status = CertificateStatus(
            this_update=now + begins, next_update=None if ends is None else now + ends, revoked=revoked
        )
        work.outside_answers.keep(asked, status, LATER)
    return asked
