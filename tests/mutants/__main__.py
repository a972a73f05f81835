"""The command line of `scripts/mutants`."""

import argparse
import signal
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.mutants.copies import Copy
from tests.mutants.document import PATH, with_section
from tests.mutants.mutant import Mutant, all_mutants, order_of
from tests.mutants.run import KILLED, Run
from tests.mutants.trial import Outcome
from tests.support.fifths import fifth_of


def arguments() -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(prog="scripts/mutants", description="Take rules out, and see scenarios fail.")
    parser.add_argument("rules", nargs="*", metavar="RULE", help="numbers of rules, or names of mutants; otherwise all")
    parser.add_argument("--fifth", type=int, metavar="N", help="every fifth mutant, from the N-th on (any number)")
    parser.add_argument("--list", action="store_true", help="name the mutants, and run nothing")
    parser.add_argument("--write", action="store_true", help="name them in docs/threat-model.md, and run nothing")
    parser.add_argument("--passed", action="store_true", help="do not run the scenarios without mutants first")
    parser.add_argument("--processes", type=int, default=2, help="how many run at a time (default: 2)")
    parser.add_argument("--verbose", action="store_true", help="print how the scenarios failed")
    return parser.parse_args()


def chosen(asked: argparse.Namespace) -> Sequence[Mutant]:
    """The mutants that are asked for, in the order of the rules.

    Raises:
        SystemExit: there is no such rule or mutant.
    """
    mutants = sorted(all_mutants(), key=lambda mutant: order_of(mutant.rule))
    wanted = set(asked.rules)
    unknown = wanted - {word for mutant in mutants for word in (mutant.rule, mutant.name)}
    if unknown:
        raise SystemExit(f"no such rule or mutant: {', '.join(sorted(unknown))}; --list names them")
    if wanted:
        return [mutant for mutant in mutants if wanted & {mutant.rule, mutant.name}]
    return fifth_of(mutants, asked.fifth)


@contextmanager
def copies(count: int) -> Iterator[Sequence[Copy]]:
    """So many copies of the tree."""
    with ExitStack() as stack:
        made = []
        for _ in range(count):
            directory = stack.enter_context(tempfile.TemporaryDirectory(prefix="lockgate-mutants-"))
            made.append(stack.enter_context(Copy(Path(directory))))
        yield made


def table(rows: Iterable[tuple[Mutant, str]]) -> int:
    """Print what became of each mutant; how many were not killed."""
    left = 0
    for mutant, word in rows:
        left += word != KILLED
        print(f"{mutant.rule:>9}  {mutant.name:<40} {word:<15} {mutant.killed_by}", flush=True)
    return left


def tried(mutants: Sequence[Mutant], run: Run, *, passed: bool) -> int:
    """Try all; how many were not killed."""
    before = {} if passed else run.without_mutants(mutants)
    failing = {mutant: outcome for mutant, outcome in before.items() if outcome is not Outcome.PASSED}
    left = table((mutant, f"{outcome} before") for mutant, outcome in failing.items())
    return left + table(run.verdicts([mutant for mutant in mutants if mutant not in failing]))


def main() -> int:
    """0 where every mutant was killed."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # the copies are removed then, too
    asked, began = arguments(), time.monotonic()
    mutants = chosen(asked)
    if asked.list:
        table((mutant, "") for mutant in mutants)
        return 0
    if asked.write:
        PATH.write_text(with_section(PATH.read_text(), all_mutants()))
        return 0
    with copies(max(1, min(asked.processes, len(mutants)))) as made:
        left = tried(mutants, Run(made, verbose=asked.verbose), passed=asked.passed)
    print(f"{len(mutants)} mutants, {len(mutants) - left} killed, {left} not, {time.monotonic() - began:.0f} s")
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main())
