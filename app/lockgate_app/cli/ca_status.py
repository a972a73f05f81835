"""`lockgate ca activate` and `deactivate`: whether a CA signs."""

from collections.abc import Iterator

import typer

from lockgate.administration.authorities import CaListing, CaStatus
from lockgate.names.counted import counted
from lockgate_app.cli.ca_host import ca_host
from lockgate_app.cli.options import CaName, Json
from lockgate_app.cli.presentation import report, warn
from lockgate_app.container.ca_host import CaHost
from lockgate_app.words import moment


def activate(context: typer.Context, name: CaName, as_json: Json = False) -> None:
    """Let a CA sign certificates, CRLs and OCSP answers.

    Example: lockgate --config deployment/ca/lockgate.toml ca activate ManagementCA
    """
    with ca_host(context) as host:
        _set_status(host, name, CaStatus.ACTIVE, as_json=as_json)


def deactivate(context: typer.Context, name: CaName, as_json: Json = False) -> None:
    """Let a CA sign nothing until it is activated again: no certificates, CRLs or OCSP answers. Warns of what stops.

    Revocations are stored meanwhile, but published nowhere. What was signed before counts until its own end.

    Example: lockgate --config deployment/ca/lockgate.toml ca deactivate ManagementCA
    """
    with ca_host(context) as host:
        _set_status(host, name, CaStatus.OFFLINE, as_json=as_json)
        warn([*_stopped(host, host.inspection.authority(name))])


def _set_status(host: CaHost, name: str, status: CaStatus, *, as_json: bool) -> None:
    host.administration.set_ca_status(name, status)
    report(f"CA {name} is {status}", {"name": name, "status": str(status)}, as_json=as_json)


def _stopped(host: CaHost, authority: CaListing) -> Iterator[str]:
    """What a CA that was deactivated does no more, in plain words, and how long what it has signed counts."""
    if authority.issuer:
        yield "no certificates are ordered; the CA itself goes on with its CRLs and OCSP answers"
        return
    yield "no certificates, CRLs or OCSP answers are signed until it is activated again; revocations are not published"
    if (ends := authority.crl_ends) is not None:
        counts = "counts until" if ends > host.inspection.now() else "counts no more since"
        yield f"its last CRL {counts} {moment(ends)}"
    if (table := host.container.zone().ocsp) is not None:
        yield f"OCSP answers that are published count for {counted(table.hours, 'hour')} at most after they were signed"
