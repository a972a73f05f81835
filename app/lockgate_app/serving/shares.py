"""The share of a zone's settings that one process works by. What it does not see cannot make it start anew."""

from lockgate_app.settings import CaZone, RaZone
from lockgate_app.settings.zones import ApprovalsTable


def identity(name: str, number: int) -> str:
    """The name under which the process `number` of a worker, from 1, holds its lease; no worker can have it."""
    return name if number == 1 else f"{name}#{number}"


def of_worker(zone: CaZone, name: str, number: int = 1) -> CaZone:
    """That of a process of the worker `name`, which has the name `identity` there; it measures where `[health]` is, and
    traces where `[tracing]` is."""
    own = zone.workers[name]
    return _of_ca(zone).model_copy(
        update={
            "approvals": zone.approvals,
            "cmp": zone.cmp and zone.cmp.model_copy(update={"direct": None}),
            "health": zone.health,
            "tracing": zone.tracing,
            "data_sources": {own.data_source: zone.data_sources[own.data_source]},
            "workers": {identity(name, number): own.model_copy(update={"processes": 1})},
        }
    )


def of_runner(zone: CaZone, name: str) -> CaZone:
    """That of the runner of the remote issuer `name`."""
    return _of_ca(zone, name)


def of_crls(zone: CaZone) -> CaZone:
    """That of what issues CRLs."""
    return _of_ca(zone).model_copy(update={"crls": zone.crls})


def of_notices(zone: CaZone) -> CaZone:
    """That of what tells operators."""
    return _of_ca(zone).model_copy(update={"notices": zone.notices})


def of_ocsp_answers(zone: CaZone, source: str) -> CaZone:
    """That of what publishes OCSP answers in the data source."""
    table = zone.ocsp and zone.ocsp.model_copy(update={"data_sources": [source]})
    return _of_ca(zone).model_copy(update={"ocsp": table, "data_sources": {source: zone.data_sources[source]}})


def of_cmp_service(zone: CaZone) -> CaZone:
    """That of the CMP service that clients reach directly."""
    own = {"approvals": zone.approvals, "cmp": zone.cmp, "health": zone.health, "tracing": zone.tracing}
    return _of_ca(zone).model_copy(update=own)


def of_console(zone: CaZone) -> CaZone:
    """That of the console, which shows all that is configured but monitoring and the CRLs' files."""
    return zone.model_copy(update={"crls": None, "notices": None, "health": None, "tracing": None})


def _of_ca(zone: CaZone, *issuers: str) -> CaZone:
    """What all processes of a CA node have in common."""
    ca = zone.ca.model_copy(update={"issuers": {name: zone.ca.issuers[name] for name in issuers}})
    tables = dict.fromkeys(("cmp", "console", "crls", "health", "notices", "ocsp", "tracing"))
    nothing: dict[str, object] = {**tables, "data_sources": {}, "workers": {}}
    return zone.model_copy(update={"ca": ca, "approvals": ApprovalsTable(), **nothing})


def of_scep_server(zone: RaZone) -> RaZone:
    """That of the SCEP server."""
    return _of_ra(zone).model_copy(update={"scep": zone.scep, "health": zone.health, "tracing": zone.tracing})


def of_cmp_proxy(zone: RaZone) -> RaZone:
    """That of the CMP proxy."""
    return _of_ra(zone).model_copy(update={"cmp": zone.cmp, "health": zone.health, "tracing": zone.tracing})


def of_ocsp_responder(zone: RaZone) -> RaZone:
    """That of the OCSP responder."""
    return _of_ra(zone).model_copy(update={"ocsp": zone.ocsp, "health": zone.health})


def of_web_server(zone: RaZone) -> RaZone:
    """That of the enrolment page."""
    return _of_ra(zone).model_copy(update={"web": zone.web, "health": zone.health, "tracing": zone.tracing})


def _of_ra(zone: RaZone) -> RaZone:
    source = {zone.ra.data_source: zone.data_source}
    nothing = dict.fromkeys(("scep", "cmp", "ocsp", "web", "health", "tracing"))
    return zone.model_copy(update={**nothing, "data_sources": source})
