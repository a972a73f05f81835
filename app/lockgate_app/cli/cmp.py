"""`lockgate cmp`: the CMP service of a CA: its keystore, and clients that reach it directly."""

from pathlib import Path
from typing import Annotated

import typer

from lockgate_app.cli.ca_host import ca_host
from lockgate_app.cli.keystore import NewKeystore
from lockgate_app.cli.options import Json
from lockgate_app.cli.presentation import report
from lockgate_app.cli.serve_options import Host, Port, Verbose, log_level
from lockgate_app.cli.terminal import configuration
from lockgate_app.container.cmp_direct import CmpDirectContainer
from lockgate_app.container.http import Place
from lockgate_app.logs import configure_logs
from lockgate_app.settings import load_ca

app = typer.Typer(help="The CMP service of a CA: its keystore, and direct clients.", no_args_is_help=True)


@app.command(name="serve")
def serve_directly(
    context: typer.Context,
    host: Host = None,
    port: Port = None,
    verbose: Verbose = False,
) -> None:
    """Answer CMP messages until SIGTERM, without a message database; runs on the CA's host.

    This opens the CA's host to its clients. The table [cmp.direct] switches it on. Clients use
    http://HOST:8080/ejbca/publicweb/cmp/ALIAS, or http://HOST:8080/.well-known/cmp/p/ALIAS.

    Example: lockgate --config deployment/ca/lockgate.toml cmp serve
    """
    configure_logs(log_level(verbose=verbose))
    container = CmpDirectContainer(zone=load_ca(configuration(context)))
    serve_http = container.service()
    serve_http(Place(host, port))


@app.command(name="keystore")
def keystore(
    context: typer.Context,
    ca: Annotated[str, typer.Option(help="The CA that CMP clients get their certificates from.")],
    output: Annotated[Path, typer.Option(metavar="FILE", help="The new PKCS#12; its password goes beside it.")],
    subject_dn: Annotated[str | None, typer.Option(help="The certificate's subject; CN=cmp-RANDOM by default.")] = None,
    as_json: Json = False,
) -> None:
    """Make the keystore that signs CMP answers: a new key, certified by the CA that issues. Runs on the CA's host.

    Writes FILE and FILE's name with the ending .password; [cmp] names both. The CA's own key signs no answers.

    Example: lockgate --config deployment/ca/lockgate.toml cmp keystore --ca ManagementCA --output cmp.p12
    """
    made = NewKeystore("cmp", "WORKER", ca, subject_dn)
    with ca_host(context) as host:
        facts = made.with_new_key(host, output)
    report(f"{output}, its password in {facts['password_file']}", facts, as_json=as_json)
