"""Rounds of publishing OCSP answers: what is due is signed, published and recorded, page by page.

An answer that was signed but not published, or not recorded, is published again; it is signed again where this process
has not kept it. Work in a round is bounded, so that a revocation, which comes first in the next one, does not wait for
a large backlog.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from lockgate.errors import Conflict, Defect, FenceLost, KeyAway, KeystoreError, PeerError, TokenAway
from lockgate.ports import AnswerSigning, Coordinator, Fence, OcspAnswers
from lockgate.publishing.answers import AnswerTerms, DueAnswer
from lockgate.publishing.kept import KeptPage

PAGE = 100
"""Certificates whose answers are published at a time."""
ROUND = 1000
"""Certificates of each CA in a round at most."""
LEASE = timedelta(minutes=5)
"""Longer than a page takes to be signed and published."""
CLEAR = "`lockgate ocsp publish --anew` replaces all"


@dataclass(slots=True)
class PublishedRound:
    """What came of a round.

    Attributes:
        certificates: about how many answers were published.
        more: whether further answers are due.
        refusals: why CAs could not sign.
    """

    certificates: int = 0
    more: bool = False
    refusals: list[str] = field(default_factory=list)

    def add(self, following: "PublishedRound") -> None:
        """What came of the round after it."""
        self.certificates += following.certificates
        self.more = following.more
        self.refusals = list(dict.fromkeys([*self.refusals, *following.refusals]))


class AnswerPublishing:
    """Publishes answers in message databases.

    Args:
        sources: the databases by the names of their data sources.
        holder: names this process, unlike any other.
        stopping: whether this process is to end.
    """

    def __init__(
        self,
        signing: AnswerSigning,
        coordinator: Coordinator,
        sources: Mapping[str, OcspAnswers],
        terms: AnswerTerms,
        holder: str,
        stopping: Callable[[], bool] = lambda: False,
    ) -> None:
        self._signing, self._coordinator, self._sources = signing, coordinator, sources
        self._terms, self._holder, self._stopping = terms, holder, stopping
        self._kept = {source: KeptPage(lambda due: signing.sign(due, terms), terms) for source in sources}

    @property
    def sources(self) -> Sequence[str]:
        """The names of the data sources."""
        return list(self._sources)

    def publish(self, source: str) -> PublishedRound | None:
        """One round in a data source; None where another process publishes there now.

        Raises:
            FenceLost: another process has taken over.
            PeerError: a later answer stands in the message database, or that rejects what is published.
            Unavailable: a database cannot be reached.
        """
        return self._held(source, partial(self._round, source=source))

    def publish_all(self, source: str, *, anew: bool = False) -> PublishedRound | None:
        """Rounds in a data source until nothing is due that can be signed, without another process between them; None
        where one publishes there now.

        Args:
            anew: publish every answer again, in the place of whatever stands there; once all are published, what is
                left of others is removed.

        Raises:
            FenceLost, PeerError, Unavailable: as of `publish`.
        """
        return self._held(source, partial(self._all, source=source, anew=anew))

    def _held(self, source: str, work: Callable[[Fence], PublishedRound]) -> PublishedRound | None:
        fence = self._coordinator.acquire(f"OCSP answers {source}", self._holder, LEASE)
        if fence is None:
            return None
        try:
            return work(fence)
        finally:
            self._coordinator.release(fence)

    def _all(self, fence: Fence, source: str, *, anew: bool) -> PublishedRound:
        since = self._signing.forget(fence, source).replace(microsecond=0) if anew else None
        whole = PublishedRound(more=True)
        while whole.more and not self._stopping():
            whole.add(self._round(fence, source, since))
        return whole

    def _round(self, fence: Fence, source: str, since: datetime | None = None) -> PublishedRound:
        """One round; `since` is when all answers were said to be replaced, None where later ones are to stand."""
        done = PublishedRound()
        for ca_name in self._signing.cas(fence):
            due = self._signing.due(fence, source, ca_name, ROUND, self._terms)
            try:
                for page in _pages(due):
                    if self._stopping():
                        done.more = True
                        return done
                    self._publish(fence, source, page, anew=since is not None)
                    done.certificates += sum(answer.ca_certificate is not None for answer in page)
            except (KeyAway, KeystoreError, TokenAway) as error:
                done.refusals.append(f"CA {ca_name}: {error}")
            else:
                done.more |= len(due) == ROUND
        if not done.more and not done.refusals:
            self._remove(source, since, self._signing.finish(fence, source))
        return done

    def _remove(self, source: str, since: datetime | None, now: datetime) -> None:
        with _by_owner():
            if since is None:
                self._sources[source].purge(now)
            else:
                self._sources[source].remove_others(since, now)

    def _publish(self, fence: Fence, source: str, page: Sequence[DueAnswer], *, anew: bool) -> None:
        signed = self._kept[source].signed(page)
        if not self._coordinator.renew(fence, LEASE):
            raise FenceLost(f"another process has begun to publish OCSP answers in data source {source}")
        try:
            with _by_owner():
                self._sources[source].publish([answer for each in signed for answer in each.answers], anew=anew)
        except Conflict:
            raise PeerError(
                f"data source {source}: a later OCSP answer stands there than is published now, by another"
                f" process or before a clock was set back; {CLEAR}"
            ) from None
        self._signing.record(fence, source, [each.due for each in signed], self._terms)
        self._kept[source].drop()


@contextmanager
def _by_owner() -> Iterator[None]:
    """A block in which a message database that rejects a statement is no defect: its owner can make it do so, and that
    concerns its data source alone."""
    try:
        yield
    except Defect as error:
        raise PeerError(str(error)) from error


def _pages(due: Sequence[DueAnswer]) -> Iterator[Sequence[DueAnswer]]:
    return (due[first : first + PAGE] for first in range(0, len(due), PAGE))
