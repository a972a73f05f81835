"""`lockgate ca crl`: full and delta CRLs of every generation of the CAs, issued and written to a directory."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Annotated
from urllib.parse import quote

import typer

from lockgate.administration.authorities import (
    CRL_LIFETIME,
    CRL_OVERLAP,
    DELTA_CRL_LIFETIME,
    DELTA_CRL_OVERLAP,
    PROGRAM,
    CaStatus,
    NoBaseCrl,
    RefusedByCa,
    generation_suffix,
)
from lockgate.errors import CallerError, ConfigurationError
from lockgate_app.cli.ca_host import ca_host
from lockgate_app.cli.console import complain
from lockgate_app.cli.options import Json
from lockgate_app.cli.presentation import show_all
from lockgate_app.container.ca_host import CaHost
from lockgate_app.facts import crl_contents
from lockgate_app.keys import crl_pem
from lockgate_app.outputs import write_file
from lockgate_app.words import Facts

FAILED = 2
"""The exit code where a CA could not sign its CRL."""
_URL = re.compile(r"(https?|ldaps?)://[\x21-\x7e]{1,500}")
_HOUR = timedelta(hours=1)
_LIFETIMES = {False: (CRL_LIFETIME, CRL_OVERLAP), True: (DELTA_CRL_LIFETIME, DELTA_CRL_OVERLAP)}


@dataclass(frozen=True, slots=True)
class _WantedCrls:
    """Which CRLs are wanted; without `overlap` new ones in any case."""

    delta: bool
    lifetime: timedelta
    overlap: timedelta | None
    freshest: Sequence[str]


@dataclass(frozen=True, slots=True)
class _CrlFile:
    """Whose CRL, and the name of its file without the ending. One that was fetched is that of a CA outside."""

    ca_name: str
    generation: int
    file_name: str
    fetched: bool = False


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
        for file in _places(host, name, delta=delta):
            try:
                der, issued = _issue(host, file, order)
            except (RefusedByCa, NoBaseCrl) as error:  # one CA that cannot sign keeps no other from it
                refusals.append(f"CA {file.ca_name}: {error}")
            else:
                rows.append({"ca": file.ca_name, "generation": file.generation, "issued": issued, **crl_contents(der)})
                _write_crl(directory, file.file_name, der, pem=pem)
    if rows:
        show_all("crls", rows, as_json=as_json)
    if refusals:
        complain("\n".join(refusals))
        raise typer.Exit(FAILED)


def _order(*, delta: bool, days: int | None, if_due: bool, overlap: int | None, freshest: Sequence[str]) -> _WantedCrls:
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
    return _WantedCrls(delta, lifetime, early if if_due else None, freshest)


def _places(host: CaHost, name: str | None, *, delta: bool) -> Sequence[_CrlFile]:
    """The CRLs of one CA, or of every active one that signs here or whose CRL was fetched."""
    listed = host.inspection.authorities()
    own = [ca.name for ca in listed if ca.status is CaStatus.ACTIVE and not ca.issuer]
    outside = [ca for ca in listed if ca.issuer not in ("", PROGRAM) and not delta and name in (None, ca.name)]
    if name is not None:
        own = [] if outside else [name]
    taken = {ca.name for ca in listed}
    found = [
        _CrlFile(ca.name, ca.generation, quote(ca.name, safe=" "), fetched=True)
        for ca in outside
        if ca.crl_issued is not None or name is not None
    ]
    for ca_name in own:
        for generation in host.administration.crl_generations(ca_name):
            suffix = generation_suffix(generation) + ("-delta" if delta else "")
            if suffix and f"{ca_name}{suffix}" in taken:
                raise CallerError(f"the CRLs of {ca_name} and {ca_name}{suffix} would have the same file names")
            found.append(_CrlFile(ca_name, generation, quote(f"{ca_name}{suffix}", safe=" ")))
    return found


def _issue(host: CaHost, file: _CrlFile, order: _WantedCrls) -> tuple[bytes, bool]:
    """The CRL to publish, and whether it is new."""
    administration, name, generation = host.administration, file.ca_name, file.generation
    if file.fetched:
        last = host.inspection.latest_crl(name)
        if last is None:
            raise NoBaseCrl(f"no CRL of it was fetched yet: `ca fetch-crl {name}` does")
        return last, False
    if order.delta:
        made = administration.issue_delta_crl(name, order.lifetime, order.overlap, generation=generation)
    elif order.overlap is None:
        made = administration.issue_crl(name, order.lifetime, generation=generation, freshest=order.freshest)
    else:
        made = administration.issue_crl_if_due(
            name, order.lifetime, order.overlap, generation=generation, freshest=order.freshest
        )
    if made is not None:
        return made, True
    return administration.latest_crl(name, generation=generation, delta=order.delta) or b"", False


def _write_crl(directory: Path | None, name: str, der: bytes, *, pem: bool) -> None:
    if directory is not None:
        write_file(directory / f"{name}.{'pem' if pem else 'crl'}", crl_pem(der) if pem else der, replace=True)
