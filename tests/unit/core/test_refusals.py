"""Reason codes of the RA."""

from lockgate.enrolment.refusals import Refusal


def test_each_code_has_a_sentence_of_its_own() -> None:
    sentences = [its.sentence for its in Refusal]
    assert len(set(sentences)) == len(sentences)
    assert all(its.endswith(".") for its in sentences)
