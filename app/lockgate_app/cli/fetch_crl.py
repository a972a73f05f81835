"""`lockgate ca fetch-crl`: the CRLs of a CA outside, fetched now."""

from typing import Annotated

import typer

from lockgate.outside.fetching import Fetched
from lockgate_app.certificate_facts import crl_contents
from lockgate_app.cli.ca_host import ca_host
from lockgate_app.cli.options import Json
from lockgate_app.cli.presentation import show_all
from lockgate_app.cli.terminal import complain
from lockgate_app.words import Facts

FAILED = 2
"""The exit code where a CRL was not fetched."""


def fetch_crl(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The CA's name: that of its [ca.outside.NAME], or here.")],
    as_json: Json = False,
) -> None:
    """Fetch the CRLs of a CA outside now, as a worker does when they are due, and keep those that are newer.

    What the CRL lists of certificates that are stored here counts at once. The exit code is 2 if a CRL was not fetched,
    or is not kept; the one before counts on, until it is too old.

    Example: lockgate --config deployment/ca/lockgate.toml ca fetch-crl PartnerCA
    """
    with ca_host(context) as host:
        brought = host.fetch_crls(name)
    show_all("crls", map(_facts, brought), as_json=as_json)
    if troubles := [f"{one.place}: {one.trouble}" for one in brought if one.trouble]:
        complain("\n".join(troubles))
        raise typer.Exit(FAILED)


def _facts(one: Fetched) -> Facts:
    contents = crl_contents(one.crl) if one.found is not None else {}
    shown = {key: contents.get(key) for key in ("number", "entries", "this_update", "next_update")}
    return {"place": one.place, "kept": not one.trouble, **shown}
