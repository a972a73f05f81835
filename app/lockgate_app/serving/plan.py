"""Which jobs a host has, by its configuration."""

from collections.abc import Iterator, Mapping, Sequence

from lockgate.errors import ConfigurationError
from lockgate_app.serving import shares
from lockgate_app.serving.jobs import Job, Kind, Place, job
from lockgate_app.settings import CaZone, RaZone
from lockgate_app.settings.http import HttpTable
from lockgate_app.workers.choice import runnable

Plan = Mapping[str, Job]
"""Jobs by their keys."""


def whole_plan(zone: CaZone | RaZone) -> Plan:
    """Everything that is configured for this host.

    Raises:
        ConfigurationError: that is nothing, or two servers would listen at the same place.
    """
    jobs = list(_of_ca(zone) if isinstance(zone, CaZone) else _of_ra(zone))
    if not jobs:
        raise ConfigurationError("nothing is configured that this host could run")
    if zone.health is not None:
        jobs.append(job(Kind.HEALTH, zone, place=(zone.health.host, zone.health.port)))
    _require_places_apart(jobs)
    return _by_key(jobs)


def worker_plan(zone: CaZone, names: Sequence[str]) -> Plan:
    """These workers, and runners of remote issuers."""
    return _by_key(_workers(zone, names))


def _by_key(jobs: "Sequence[Job] | Iterator[Job]") -> Plan:
    return {each.key: each for each in jobs}


def _of_ca(zone: CaZone) -> Iterator[Job]:
    yield from _workers(zone, runnable(zone))
    if zone.crls is not None:
        yield job(Kind.CRLS, shares.of_crls(zone))
    if zone.notices is not None:
        yield job(Kind.NOTICES, shares.of_notices(zone))
    if zone.ocsp is not None:
        for source in dict.fromkeys(zone.ocsp.data_sources):
            yield job(Kind.OCSP_ANSWERS, shares.of_ocsp_answers(zone, source), source)
    if zone.cmp is not None and zone.cmp.direct is not None:
        yield job(Kind.CMP_SERVICE, shares.of_cmp_service(zone), place=_place(zone.cmp.direct))
    if zone.console is not None:
        yield job(Kind.CONSOLE, shares.of_console(zone), place=(zone.console.host, zone.console.port))


def _workers(zone: CaZone, names: Sequence[str]) -> Iterator[Job]:
    for name in names:
        if name in zone.ca.issuers:
            yield job(Kind.RUNNER, shares.of_runner(zone, name), name)
            continue
        for number in range(1, zone.workers[name].processes + 1):
            yield job(Kind.WORKER, shares.of_worker(zone, name, number), shares.identity(name, number))


def _of_ra(zone: RaZone) -> Iterator[Job]:
    if zone.scep is not None:
        yield job(Kind.SCEP_SERVER, shares.of_scep_server(zone), place=_place(zone.scep))
    if zone.cmp is not None:
        yield job(Kind.CMP_PROXY, shares.of_cmp_proxy(zone), place=_place(zone.cmp))
    if zone.ocsp is not None:
        yield job(Kind.OCSP_RESPONDER, shares.of_ocsp_responder(zone), place=_place(zone.ocsp))
    if zone.web is not None:
        yield job(Kind.WEB_SERVER, shares.of_web_server(zone), place=_place(zone.web))


def _place(table: HttpTable) -> Place:
    return table.host, table.port


def _require_places_apart(jobs: Sequence[Job]) -> None:
    first: dict[Place, Job] = {}
    for each in jobs:
        if each.place is not None and (other := first.setdefault(each.place, each)) is not each:
            host, port = each.place
            raise ConfigurationError(f"{other.key} and {each.key} would both listen on {host}, port {port}")
