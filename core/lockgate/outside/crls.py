"""The rules of a CRL that a CA outside has published (RFC 5280, 5 and 6.3.3), as data.

An adapter verifies that the CA's key has signed it and that it is a full one (`lockgate.ports.CrlReader`). What depends
on the time, and on the CRL that was kept before, is judged here.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

CLOCK_TOLERANCE = timedelta(minutes=5)
"""How far the CA's clock may be ahead of the CA database's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CrlFacts:
    """A full CRL whose signature was verified.

    Only an adapter's `CrlReader.read` makes one, and the registry from what it keeps.

    Attributes:
        key: the identity of the CA's key that has signed it.
        number: its CRL Number (5.2.3); None where it has none.
        this_update, next_update: UTC.
        digest: SHA-256 over the DER CRL, lower-case hexadecimal.
        entries: how many certificates it lists.
    """

    key: str
    number: int | None
    this_update: datetime
    next_update: datetime
    digest: str
    entries: int


@dataclass(frozen=True, slots=True)
class _Judged:
    new: CrlFacts
    kept: CrlFacts | None
    now: datetime


_Rule = Callable[[_Judged], str | None]


def _begun(judged: _Judged) -> str | None:
    """5.1.2.4: a CRL of the future would keep every later one out."""
    ahead = judged.new.this_update > judged.now + CLOCK_TOLERANCE
    return f"the CRL is of the future: thisUpdate is {_at(judged.new.this_update)}" if ahead else None


def _not_over(judged: _Judged) -> str | None:
    """5.1.2.5."""
    ended = judged.new.next_update < judged.now
    return f"the CRL has ended: nextUpdate was {_at(judged.new.next_update)}" if ended else None


def _no_older_time(judged: _Judged) -> str | None:
    """Whoever replays an older CRL would take revocations back."""
    kept = judged.kept
    if kept is None or judged.new.this_update >= kept.this_update:
        return None
    return f"the CRL is older than the one before, of {_at(kept.this_update)}"


def _no_lower_number(judged: _Judged) -> str | None:
    """5.2.3: numbers only grow."""
    kept, new = judged.kept, judged.new
    if kept is None or kept.number is None or (new.number is not None and new.number >= kept.number):
        return None
    return f"the CRL's number {_number(new)} is lower than that of the one before, {_number(kept)}"


def _not_another_one(judged: _Judged) -> str | None:
    """Of two CRLs of one moment nobody can tell which is the newer one."""
    kept, new = judged.kept, judged.new
    if kept is None or (kept.this_update, kept.number) != (new.this_update, new.number):
        return None
    return None if kept.digest == new.digest else "the CRL has the time and number of the one before, and other content"


_RULES: Sequence[_Rule] = (_begun, _not_over, _no_older_time, _no_lower_number, _not_another_one)


def judge_crl(new: CrlFacts, kept: CrlFacts | None, now: datetime) -> str | None:
    """Why `new` is not kept, in words; None where it is.

    Args:
        kept: the last CRL by the same key.
        now: UTC, by the CA database's clock.
    """
    complaints = (rule(_Judged(new, kept, now)) for rule in _RULES)
    return next((complaint for complaint in complaints if complaint), None)


def judge_age(kept: CrlFacts | None, now: datetime, max_age: timedelta | None) -> str | None:
    """Why a CRL that was kept says nothing at `now`, in words; None where it does.

    Args:
        max_age: how long after its thisUpdate it counts at most; None until its nextUpdate.
    """
    if kept is None:
        return "no CRL of it was fetched"
    if now > kept.next_update:
        return f"its last CRL has ended: nextUpdate was {_at(kept.next_update)}"
    if max_age is not None and now > kept.this_update + max_age:
        return f"its last CRL is older than max_age: thisUpdate was {_at(kept.this_update)}"
    return None


def _at(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"


def _number(facts: CrlFacts) -> str:
    return "(none)" if facts.number is None else f"{facts.number}"
