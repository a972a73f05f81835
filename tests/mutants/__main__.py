"""The command line of `scripts/mutants`."""

import argparse
import queue
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from pathlib import Path

from tests.mutants.copies import Copy
from tests.mutants.document import PATH, with_section
from tests.mutants.mutant import Mutant, all_mutants, order_of
from tests.mutants.trial import Outcome

FIFTHS = 5
KILLED = "killed"


def chosen(arguments: argparse.Namespace) -> Sequence[Mutant]:
    """The mutants that are asked for.

    Raises:
        SystemExit: there is no such rule or mutant.
    """
    mutants = all_mutants()
    unknown = set(arguments.rules) - {word for mutant in mutants for word in (mutant.rule, mutant.name)}
    if unknown:
        raise SystemExit(f"no such rule or mutant: {', '.join(sorted(unknown))}; --list names them")
    if arguments.rules:
        return [mutant for mutant in mutants if {mutant.rule, mutant.name} & set(arguments.rules)]
    return mutants if arguments.fifth is None else mutants[arguments.fifth % FIFTHS :: FIFTHS]


class Run:
    """Tries mutants in a few copies at a time."""

    def __init__(self, copies: Sequence[Copy], *, verbose: bool) -> None:
        self._free: queue.Queue[Copy] = queue.Queue()
        for copy in copies:
            self._free.put(copy)
        self._threads = ThreadPoolExecutor(len(copies))
        self._verbose = verbose
        self._telling = threading.Lock()

    def without_mutants(self, mutants: Sequence[Mutant]) -> dict[Mutant, Outcome]:
        """What becomes of the mutants' checks in the tree as it is: all have to pass."""
        ordered = sorted((mutant for mutant in mutants if mutant.check), key=_file)
        jobs = [list(group) for _, group in groupby(ordered, _file)]
        outcomes = self._threads.map(self._baseline, jobs)
        return {mutant: outcome for found in outcomes for mutant, outcome in found.items()}

    def verdicts(self, mutants: Sequence[Mutant]) -> Iterable[tuple[Mutant, str]]:
        """What became of each mutant."""
        return zip(mutants, self._threads.map(self._try, mutants), strict=True)

    def _baseline(self, mutants: Sequence[Mutant]) -> dict[Mutant, Outcome]:
        checks = list(dict.fromkeys(mutant.check for mutant in mutants if mutant.check))
        copy = self._free.get()
        try:
            outcomes, text = copy.run(checks)
        finally:
            self._free.put(copy)
        self._tell(text)
        found = dict(zip(checks, outcomes, strict=True))
        return {mutant: found[mutant.check] for mutant in mutants if mutant.check}

    def _try(self, mutant: Mutant) -> str:
        copy = self._free.get()
        try:
            with copy.mutated(mutant):
                outcome, text = self._outcome(mutant, copy)
        except ValueError:
            return "does not apply"
        finally:
            self._free.put(copy)
        self._tell(f"---- {mutant.name}\n{text}")
        return verdict(mutant, outcome)

    def _outcome(self, mutant: Mutant, copy: Copy) -> tuple[Outcome, str]:
        if mutant.check is None:
            return copy.complains(mutant.module)
        (outcome,), text = copy.run([mutant.check])
        return outcome, text

    def _tell(self, text: str) -> None:
        if self._verbose and text:
            with self._telling:
                print(text, file=sys.stderr)


def _file(mutant: Mutant) -> str:
    return mutant.check.file if mutant.check else ""


def verdict(mutant: Mutant, outcome: Outcome) -> str:
    """What it means for a mutant when its check comes out like that. A check that could not be run kills nothing."""
    if outcome is Outcome.FAILED or (outcome is Outcome.HUNG and mutant.may_hang):
        return KILLED
    return "ALIVE" if outcome is Outcome.PASSED else f"{outcome} check"


def table(rows: Iterable[tuple[Mutant, str]]) -> int:
    """Print what became of each mutant; how many were not killed."""
    left = 0
    for mutant, word in rows:
        left += word != KILLED
        print(f"{mutant.rule:>5}  {mutant.name:<40} {word:<15} {mutant.killed_by}", flush=True)
    return left


def arguments() -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(prog="scripts/mutants", description="Take rules out, and see scenarios fail.")
    parser.add_argument("rules", nargs="*", metavar="RULE", help="numbers of rules, or names of mutants; otherwise all")
    parser.add_argument("--fifth", type=int, metavar="N", help="every fifth mutant, from the N-th on (any number)")
    parser.add_argument("--list", action="store_true", help="name the mutants, and run nothing")
    parser.add_argument(
        "--write", action="store_true", help="name the mutants in docs/threat-model.md, and run nothing"
    )
    parser.add_argument("--processes", type=int, default=2, help="how many run at a time (default: 2)")
    parser.add_argument("--verbose", action="store_true", help="print how the scenarios failed")
    return parser.parse_args()


def main() -> int:
    """0 where every mutant was killed."""
    asked = arguments()
    mutants = sorted(chosen(asked), key=lambda mutant: order_of(mutant.rule))
    if asked.list:
        table((mutant, "") for mutant in mutants)
        return 0
    if asked.write:
        PATH.write_text(with_section(PATH.read_text(), all_mutants()))
        return 0
    began = time.monotonic()
    directory = Path(tempfile.mkdtemp(prefix="lockgate-mutants-"))
    copies: list[Copy] = []
    try:
        for number in range(max(1, min(asked.processes, len(mutants)))):
            (directory / str(number)).mkdir()
            copies.append(Copy(directory / str(number)))
        run = Run(copies, verbose=asked.verbose)
        before = run.without_mutants(mutants)
        lame = [mutant for mutant in mutants if before.get(mutant, Outcome.PASSED) is not Outcome.PASSED]
        left = table((mutant, f"{before[mutant]} before") for mutant in lame)
        left += table(run.verdicts([mutant for mutant in mutants if mutant not in lame]))
    finally:
        for copy in copies:
            copy.close()
        shutil.rmtree(directory, ignore_errors=True)
    print(f"{len(mutants)} mutants, {len(mutants) - left} killed, {left} not, {time.monotonic() - began:.0f} s")
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main())
