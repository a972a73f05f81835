"""Asking CAs outside by OCSP how certificates stand: in a thread of its own, never while a message is handled.

What is to be asked stands in the registry: a certificate that has signed a request, and of which no answer that counts
is kept, and those of which an answer is kept, long before it ends. A question is begun in one transaction and its
answer is kept in another one: a process that dies in between leaves the question to be asked again.
"""

import logging
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial

from lockgate.errors import Defect, LockgateError, Unavailable
from lockgate.outside.answers import OcspAnswer, OcspQuestion, judge_answer, next_question
from lockgate.outside.carrying import Threads, Transactions
from lockgate.outside.cas import OutsideCa
from lockgate.outside.fetching import MAX_TROUBLE, RETRY
from lockgate.ports import Fence, OcspResponder, Registry, RegistryTransaction
from lockgate.queue.housekeeping import Purged

ASKED_AT_ONCE = 20
"""Questions that one thread asks at most, one after another."""
FORGOTTEN_AFTER = timedelta(days=7)
"""An answer is no longer kept up to date if nobody has wished to know it for so long."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a question has brought.

    Attributes:
        trouble: why there is no answer, or why it is not kept; empty where it is.
    """

    question: OcspQuestion
    answer: OcspAnswer | None = None
    trouble: str = ""


class OcspAsking:
    """The questions of one worker.

    Args:
        cas: the CAs outside; those with a `responder` are asked.
        threads: the questions to one CA are asked there.
    """

    def __init__(self, cas: Sequence[OutsideCa], registry: Registry, threads: Threads) -> None:
        self._cas = [ca for ca in cas if ca.responder is not None]
        self._registry = registry
        self._threads = threads
        self._flying: dict[str, tuple[OutsideCa, Future[Sequence[Asked]]]] = {}

    @property
    def idle(self) -> bool:
        """Whether no question is under way."""
        return not self._flying

    def round(self, fence: Fence) -> Purged:
        """Keep what questions have brought, and begin to ask what is due. It waits for nothing outside.

        Raises:
            FenceLost: another process holds this worker's lease now.
            Unavailable: the database cannot be reached.
        """
        for name, (ca, flight) in list(self._flying.items()):
            if flight.done():
                del self._flying[name]
                with self._registry.transaction(fence) as work:
                    _keep(ca, flight.result(), work)
        idle = [ca for ca in self._cas if ca.name not in self._flying]
        with self._registry.transaction(fence) as work:
            work.outside_answers.forget(FORGOTTEN_AFTER)
            due = [(ca, work.outside_answers.begin(ca.name, ASKED_AT_ONCE, min(RETRY, ca.every))) for ca in idle]
        for ca, questions in due:
            if questions and ca.responder is not None:
                self._flying[ca.name] = ca, self._threads.submit(partial(_ask, ca.responder, questions))
        return Purged({}, False)


def ask_now(ca: OutsideCa, transactions: Transactions) -> Sequence[Asked]:
    """Ask a CA at once about every certificate that somebody has wished to know of, whether or not that is due. After
    one question to which there is no answer now, nobody is asked any more.

    Args:
        ca: one with a responder.

    Returns:
        what each question has brought; `trouble` of what was not kept says why.
    """
    if ca.responder is None:
        raise Defect(f"CA {ca.name} does not answer by OCSP")
    with transactions() as work:
        questions = work.outside_answers.questions(ca.name)
    judged: list[Asked] = []
    for first in range(0, len(questions), ASKED_AT_ONCE):
        part = questions[first : first + ASKED_AT_ONCE]
        asked = _ask(ca.responder, part)
        with transactions() as work:
            judged += _keep(ca, asked, work)
        if len(asked) < len(part):
            break
    return judged


def _ask(responder: OcspResponder, questions: Sequence[OcspQuestion]) -> Sequence[Asked]:
    """What they bring. After one to which there is no answer now, the others are left for the next round: they are
    due before that one."""
    asked: list[Asked] = []
    for question in questions:
        try:
            asked.append(Asked(question, responder.status(question)))
        except LockgateError as error:
            asked.append(Asked(question, trouble=str(error)[:MAX_TROUBLE]))
            if isinstance(error, Unavailable):
                break
        except Exception as error:  # noqa: BLE001  (a defect of the adapter is a question without an answer)
            _log.exception("defect while asking CA %s", question.ca_name)
            asked.append(Asked(question, trouble=f"defect: {type(error).__name__}"))
    return asked


def _keep(ca: OutsideCa, asked: Sequence[Asked], work: RegistryTransaction) -> Sequence[Asked]:
    judged = [replace(one, trouble=_kept(ca, one, work)) for one in asked]
    for one in judged:
        if one.trouble:
            _log.warning("CA %s: certificate %x: %s", ca.name, one.question.serial_number, one.trouble)
            work.outside_answers.fail(one.question, one.trouble, min(RETRY, ca.every))
    return judged


def _kept(ca: OutsideCa, asked: Asked, work: RegistryTransaction) -> str:
    """Keep the answer; why it is not kept, otherwise empty."""
    if asked.answer is None:
        return asked.trouble
    last, now = work.outside_answers.last(asked.question), work.now()
    if complaint := judge_answer(asked.answer, last.status if last else None, now, ca.max_age):
        return complaint
    status = asked.answer.status
    work.outside_answers.keep(asked.question, status, next_question(status, now, ca.every, ca.max_age))
    return ""
