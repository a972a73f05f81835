"""Tries mutants in a few copies at a time: without any, then each one; and tells what that means."""

import queue
import sys
import threading
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import groupby

from tests.mutants.copies import Copy
from tests.mutants.mutant import Mutant
from tests.mutants.trial import Outcome

KILLED = "killed"


class Run:
    """One run.

    Args:
        verbose: whether to print how checks fail.
    """

    def __init__(self, copies: Sequence[Copy], *, verbose: bool) -> None:
        self._free: queue.Queue[Copy] = queue.Queue()
        for copy in copies:
            self._free.put(copy)
        self._threads = ThreadPoolExecutor(len(copies))
        self._verbose = verbose
        self._telling = threading.Lock()

    def without_mutants(self, mutants: Sequence[Mutant]) -> dict[Mutant, Outcome]:
        """What becomes of the mutants' checks in the tree as it is: all have to pass."""
        jobs = [list(group) for _, group in groupby(sorted(mutants, key=_file), _file)]
        outcomes = self._threads.map(self._without, jobs)
        return {mutant: outcome for found in outcomes for mutant, outcome in found.items()}

    def verdicts(self, mutants: Sequence[Mutant]) -> Iterable[tuple[Mutant, str]]:
        """What became of each mutant."""
        return zip(mutants, self._threads.map(self._with, mutants), strict=True)

    def _without(self, mutants: Sequence[Mutant]) -> dict[Mutant, Outcome]:
        """Mutants whose checks stand in one file."""
        checks = list(dict.fromkeys(mutant.check for mutant in mutants if mutant.check))
        with self._copy() as copy:
            if not checks:
                return {mutant: copy.complains(mutant.module)[0] for mutant in mutants}
            outcomes, text = copy.run(checks)
        self._tell(text)
        found = dict(zip(checks, outcomes, strict=True))
        return {mutant: found[mutant.check] for mutant in mutants if mutant.check}

    def _with(self, mutant: Mutant) -> str:
        try:
            with self._copy() as copy, copy.mutated(mutant):
                outcome, text = _outcome(mutant, copy)
        except ValueError:
            return "does not apply"
        self._tell(f"---- {mutant.name}\n{text}")
        return verdict(mutant, outcome)

    @contextmanager
    def _copy(self) -> Iterator[Copy]:
        """One that nobody else uses meanwhile."""
        copy = self._free.get()
        try:
            yield copy
        finally:
            self._free.put(copy)

    def _tell(self, text: str) -> None:
        if self._verbose and text:
            with self._telling:
                print(text, file=sys.stderr)


def _file(mutant: Mutant) -> str:
    return mutant.check.file if mutant.check else ""


def _outcome(mutant: Mutant, copy: Copy) -> tuple[Outcome, str]:
    if mutant.check is None:
        return copy.complains(mutant.module)
    (outcome,), text = copy.run([mutant.check])
    return outcome, text


def verdict(mutant: Mutant, outcome: Outcome) -> str:
    """What it means for a mutant when its check comes out like that. A check that could not be run kills nothing."""
    if outcome is Outcome.FAILED or (outcome is Outcome.HUNG and mutant.may_hang):
        return KILLED
    return "ALIVE" if outcome is Outcome.PASSED else f"{outcome} check"
