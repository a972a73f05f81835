"""SCEP's table of failures: every reason has its entry."""

import pytest

from lockgate.enrolment.outcome import Refused, refused_by_ca
from lockgate.enrolment.refusals import Refusal
from lockgate.reasons import Reason
from lockgate_transport.scep.failures import REASONS, REFUSALS, UNREADABLE, WITHOUT_CERT_REP, failure
from lockgate_transport.scep.vocabulary import FailInfo


def test_every_refusal_by_the_ra_has_a_failure_or_an_http_status() -> None:
    missing = set(Refusal) - set(REFUSALS) - WITHOUT_CERT_REP
    assert not missing, (
        f"{missing}: give each its failInfo and sentence in REFUSALS of lockgate_transport/scep/failures.py if a device"
        " can meet it, and its place in WITHOUT_CERT_REP there if it cannot"
    )
    twice = set(REFUSALS) & WITHOUT_CERT_REP
    assert not twice, f"{twice}: what has a failInfo in REFUSALS is no HTTP status; take it out of one of them"


def test_every_refusal_by_the_ca_has_a_fail_info() -> None:
    missing = set(Reason) - set(REASONS)
    assert not missing, f"{missing}: give each its failInfo in REASONS of lockgate_transport/scep/failures.py"


@pytest.mark.parametrize("refusal", REFUSALS)
def test_what_a_device_is_told_is_a_sentence(refusal: Refusal) -> None:
    assert failure(Refused(refusal)).text.endswith(".")


def test_a_detail_is_told_in_place_of_the_usual_text() -> None:
    told = failure(Refused(Refusal.NO_USERNAME, "The subject holds no usable CN."))
    assert (told.fail_info, told.text) == (FailInfo.BAD_REQUEST, "The subject holds no usable CN.")


def test_no_detail_tells_what_a_decryption_brought_forth() -> None:
    assert failure(Refused(Refusal.LARGE_REQUEST, "It has 20000 octets.", "20000 octets")) == UNREADABLE


@pytest.mark.parametrize(
    ("reason", "text", "fail_info", "told"),
    [
        ("weak_key", "The key has 1024 bits.", FailInfo.BAD_ALG, "The key has 1024 bits."),
        ("weak_key", None, FailInfo.BAD_ALG, "The CA has refused the request."),
        ("not_authorized", "Missing: /ca/Other", FailInfo.BAD_REQUEST, "The CA has refused the request."),
        ("of the future", "Secret.", FailInfo.BAD_REQUEST, "The CA has refused the request."),
        (
            "too_many_requests",
            "1000 in an hour.",
            FailInfo.BAD_REQUEST,
            "The CA takes no more requests in this hour; try again later.",
        ),
    ],
)
def test_of_the_cas_words_a_device_is_told_what_it_can_put_right(
    reason: str, text: str | None, fail_info: FailInfo, told: str
) -> None:
    refused = refused_by_ca(reason, text)
    assert (failure(refused).fail_info, failure(refused).text) == (fail_info, told)
    assert refused.internal == (text or "")
