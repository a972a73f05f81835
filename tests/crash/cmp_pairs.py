"""Two messages of one client at the same moment: the same octets, or two that cannot both have their effect."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from tests.crash.cmp_jobs import IMPLICIT, JOBS, CmpJob, by_secret, only_one, poll, rejecting, taking, unconfirmed
from tests.crash.cmp_site import CmpSite

Pair = tuple[CmpJob, CmpJob]


def same(make: Callable[[CmpSite], CmpJob]) -> Callable[[CmpSite], Pair]:
    """Twice the same octets."""

    def pair(site: CmpSite) -> Pair:
        job = make(site)
        return job, job

    return pair


def _two_requests(site: CmpSite) -> Pair:
    job = by_secret(site)
    return job, replace(job, message=job.client.request(infos=IMPLICIT))


def _two_polls(site: CmpSite) -> Pair:
    job = poll(site)
    return job, replace(job, message=job.client.poll(job.message.header.recip_nonce))


def _two_confirmations(site: CmpSite) -> Pair:
    client, answer = unconfirmed(site)
    return taking(site, client, answer), taking(site, client, answer)


def _two_minds(site: CmpSite) -> Pair:
    client, answer = unconfirmed(site)
    return taking(site, client, answer), rejecting(site, client, answer)


PAIRS: Mapping[str, Callable[[CmpSite], Pair]] = {
    **{f"twice the same {name}": same(make) for name, make in JOBS.items()},
    "twice the same ir where one may be open": same(only_one),
    "two irs of one transactionID": _two_requests,
    "two pollReqs": _two_polls,
    "two certConfs": _two_confirmations,
    "two certConfs that contradict each other": _two_minds,
}
