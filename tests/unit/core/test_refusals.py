"""Reason codes of the RA and of the CA."""

import pytest

from lockgate.enrolment.refusals import Refusal
from lockgate.reasons import Reason


@pytest.mark.parametrize("codes", [Refusal, Reason])
def test_each_code_has_a_sentence_of_its_own(codes: type[Refusal | Reason]) -> None:
    sentences = [code.sentence for code in codes]
    assert len(set(sentences)) == len(sentences)
    assert all(sentence.endswith(".") for sentence in sentences)
