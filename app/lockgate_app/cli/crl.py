"""`lockgate ca crl`: full and delta CRLs of every generation of the CAs, issued and written to a directory."""

import re
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from lockgate.administration.authorities import CRL_LIFETIME, CRL_OVERLAP, DELTA_CRL_LIFETIME, DELTA_CRL_OVERLAP
from lockgate.errors import CallerError, ConfigurationError
from lockgate_app.certificate_facts import crl_contents
from lockgate_app.cli.ca_host import ca_host
from lockgate_app.cli.options import Json
from lockgate_app.cli.presentation import show_all
from lockgate_app.cli.terminal import complain
from lockgate_app.crls import WantedCrls, current_crls
from lockgate_app.settings.crls import CRL_URL
from lockgate_app.words import Facts

FAILED = 2
"""The exit code where a CA could not sign its CRL."""
_URL = re.compile(CRL_URL)
_HOUR = timedelta(hours=1)
_LIFETIMES = {False: (CRL_LIFETIME, CRL_OVERLAP), True: (DELTA_CRL_LIFETIME, DELTA_CRL_OVERLAP)}


def crl(
    context: typer.Context,
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="One CA; without, all.")] = None,
    directory: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write each CA's CRL to DIR/NAME.crl, or NAME.pem with --pem.")
    ] = None,
    pem: Annotated[bool, typer.Option("--pem", help="Write PEM instead of DER.")] = False,
    delta: Annotated[
        bool, typer.Option("--delta", help="Delta CRLs to the last full ones: DIR/NAME-delta.crl.")
    ] = False,
    days: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=365,
            help=f"From now to the CRL's Next Update; {CRL_LIFETIME.days}, with --delta {DELTA_CRL_LIFETIME.days}.",
        ),
    ] = None,
    if_due: Annotated[bool, typer.Option("--if-due", help="Only where one is due; for a scheduler.")] = False,
    overlap: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=8760,
            metavar="HOURS",
            help="One is due so long before the last one's end; "
            f"{CRL_OVERLAP // _HOUR}, with --delta {DELTA_CRL_OVERLAP // _HOUR}.",
        ),
    ] = None,
    freshest_crl: Annotated[
        list[str] | None,
        typer.Option(metavar="URL", help="Say in full CRLs where the delta CRLs are; {generation} as in profiles."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Issue CRLs and write them. One is due where there is none, the last one ends soon, or revocations changed since.

    After a rollover the keys before the current one sign CRLs of their own until their certificates end: NAME.crl is
    the first key's, NAME-2.crl the second one's. With --if-due the last CRL is written where no new one is due, so the
    directory is always complete. A CA that cannot sign keeps no other from it; the exit code is 2 then. For a CA
    whose key is elsewhere the last CRL that was fetched is written.

    Example: lockgate --config deployment/ca/lockgate.toml ca crl --if-due --directory /srv/www/crl
    """
    if directory is not None and not directory.is_dir():
        raise ConfigurationError(f"{directory}: there is no such directory")
    order = _order(delta=delta, days=days, if_due=if_due, overlap=overlap, freshest=freshest_crl or ())
    rows: list[Facts] = []
    refusals: list[str] = []
    with ca_host(context) as host:
        for found in current_crls(host, name, order, directory, pem=pem):
            if found.der is None:
                refusals.append(found.refusal)
            else:
                at = {"ca": found.file.ca_name, "generation": found.file.generation, "issued": found.issued}
                rows.append({**at, **crl_contents(found.der)})
    if rows:
        show_all("crls", rows, as_json=as_json)
    if refusals:
        complain("\n".join(refusals))
        raise typer.Exit(FAILED)


def _order(*, delta: bool, days: int | None, if_due: bool, overlap: int | None, freshest: Sequence[str]) -> WantedCrls:
    lifetime, early = _LIFETIMES[delta]
    lifetime = lifetime if days is None else timedelta(days=days)
    early = early if overlap is None else overlap * _HOUR
    if if_due and early >= lifetime:
        raise CallerError("--overlap is not shorter than --days: a CRL would be due as soon as it is issued")
    if freshest and delta:
        raise CallerError("--freshest-crl is for full CRLs (RFC 5280, 5.2.6)")
    for url in freshest:
        if not _URL.fullmatch(url):
            raise CallerError(f"--freshest-crl {url!a} is no URL of HTTP or LDAP")
    return WantedCrls(delta, lifetime, early if if_due else None, freshest)
