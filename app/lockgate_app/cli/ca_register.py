"""`lockgate ca register`: a CA whose certificates a remote issuer signs."""

from pathlib import Path
from typing import Annotated

import typer

from lockgate.errors import ConfigurationError
from lockgate_app.certificate_facts import certificate_contents
from lockgate_app.cli.ca_host import ca_host
from lockgate_app.cli.options import CaName, Json
from lockgate_app.cli.presentation import report
from lockgate_app.keys import read_certificates


def register(
    context: typer.Context,
    name: CaName,
    issuer: Annotated[str, typer.Option(help="The remote issuer that signs: the NAME of its [ca.issuers.NAME].")],
    certificate: Annotated[
        Path, typer.Option(metavar="FILE", help="PEM: the CA's certificate, then its issuers up to the root.")
    ],
    as_json: Json = False,
) -> None:
    """Add a CA whose key is elsewhere: a remote issuer signs its certificates. Its CRLs are issued there, too.

    Example: lockgate --config deployment/ca/lockgate.toml ca register RemoteCA --issuer backend
    --certificate remote-chain.pem
    """
    chain = read_certificates(certificate)
    with ca_host(context) as host:
        configured = host.container.zone().ca.issuers
        if issuer not in configured:
            there = ", ".join(configured) or "none"
            raise ConfigurationError(f"there is no [ca.issuers.{issuer}]; there are: {there}")
        host.administration.register_ca(name, issuer, chain[0], chain[1:])
    facts = {"name": name, "remote_issuer": issuer, **certificate_contents(chain[0])}
    report(f"CA {name} registered; the remote issuer {issuer} signs its certificates", facts, as_json=as_json)
