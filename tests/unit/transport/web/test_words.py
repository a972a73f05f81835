"""What people are told: every reason has its sentence."""

import pytest

from lockgate.enrolment.outcome import Refused, refused_by_ca
from lockgate.enrolment.refusals import Refusal
from lockgate.reasons import Reason
from lockgate_transport.web.words import ELSEWHERE, REFUSALS, told


def test_every_refusal_by_the_ra_has_a_sentence_or_is_told_elsewhere() -> None:
    missing = set(Refusal) - set(REFUSALS) - ELSEWHERE
    assert not missing, (
        f"{missing}: give each its sentence in REFUSALS of lockgate_transport/web/words.py if the enrolment page can"
        " meet it, and its place in ELSEWHERE there if it cannot"
    )
    twice = set(REFUSALS) & ELSEWHERE
    assert not twice, f"{twice}: what has a sentence in REFUSALS is not told elsewhere; take it out of one of them"


@pytest.mark.parametrize("reason", [*REFUSALS, *Reason])
def test_what_people_are_told_is_a_sentence(reason: Refusal | Reason) -> None:
    assert told(Refused(reason)).endswith(".")


@pytest.mark.parametrize(
    ("reason", "text", "sentence"),
    [
        ("weak_key", "The key has 1024 bits.", "The key has 1024 bits."),
        ("not_authorized", "Missing: /ca/Other", "The CA has refused the request. Its operator can tell why."),
        (
            "created_in_future",
            "Some words.",
            "A clock is wrong. Ask the operator, and tell the reference.",
        ),
        ("of the future", "Secret.", "The CA has refused the request. Its operator can tell why."),
        ("too_many_requests", "1000 in an hour.", "Too many requests were made. Try again in an hour."),
    ],
)
def test_of_the_cas_words_people_are_told_what_they_can_put_right(reason: str, text: str, sentence: str) -> None:
    assert told(refused_by_ca(reason, text)) == sentence
