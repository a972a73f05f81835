"""Reason codes of the RA."""

from lockgate.enrolment.refusals import Refusal


def test_each_code_has_a_sentence_of_its_own() -> None:
    sentences = [refusal.sentence for refusal in Refusal]
    assert len(set(sentences)) == len(sentences)
    assert all(sentence.endswith(".") for sentence in sentences)
