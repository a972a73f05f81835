"""`lockgate quickstart`: from nothing to a first certificate on this host, step by step."""

from pathlib import Path
from typing import Annotated

import typer

from lockgate_app import quickstart as steps
from lockgate_app.cli.terminal import out
from lockgate_app.logs import configure_logs


def quickstart(
    directory: Annotated[Path, typer.Option(metavar="DIR", help="Where to make the deployment.")] = Path(
        "lockgate-quickstart"
    ),
    csr: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A PKCS#10 to certify; a new key and PKCS#10 by default.")
    ] = None,
) -> None:
    """Try Lockgate on this host: make a deployment, send a signed and encrypted request, get the certificate.

    Existing files stay as they are. For real use, `lockgate init` makes the same in two folders for two hosts.

    Example: lockgate quickstart --directory /tmp/lockgate --csr alice.csr
    """
    configure_logs()
    steps.run(directory, csr, out())
