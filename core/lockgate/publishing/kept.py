"""Answers that were signed and could not be published. They are offered again, so that an owner of a message database
who lets every write fail does not make the CA sign at each look."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from lockgate.publishing.answers import AnswerTerms, DueAnswer, PublishedAnswer

LONGEST = timedelta(hours=1)
"""For which answers are kept at most. They are signed anew then, because a process that has ended may have published
later ones without recording them."""


@dataclass(frozen=True, slots=True)
class SignedAnswers:
    """The answers about a certificate, and how it stood when they were signed."""

    due: DueAnswer
    answers: Sequence[PublishedAnswer]


class KeptPage:
    """The last page of a data source, until it is published.

    Args:
        sign: gives the answers about a certificate.
    """

    def __init__(self, sign: Callable[[DueAnswer], Sequence[PublishedAnswer]], terms: AnswerTerms) -> None:
        self._sign = sign
        self._longest = min(LONGEST, terms.lifetime / 4)
        self._kept: Mapping[int, SignedAnswers] = {}

    def signed(self, page: Sequence[DueAnswer]) -> Sequence[SignedAnswers]:
        """The answers about these certificates: those that are kept where the standing is the same, or new ones."""
        signed = [self._again(due) or SignedAnswers(due, self._sign(due)) for due in page]
        self._kept = {each.due.number: each for each in signed}
        return signed

    def drop(self) -> None:
        """The page was published."""
        self._kept = {}

    def _again(self, due: DueAnswer) -> SignedAnswers | None:
        kept = self._kept.get(due.number)
        if kept is None or replace(kept.due, at=due.at) != due:
            return None
        return kept if timedelta() <= due.at - kept.due.at < self._longest else None
