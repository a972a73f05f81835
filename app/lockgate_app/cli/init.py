"""`lockgate init`: a new deployment in two folders."""

from pathlib import Path
from typing import Annotated

import typer

from lockgate_app import deployment
from lockgate_app.cli.console import out
from lockgate_app.keys import read_password

DatabasePasswordFile = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Holds the database user's password; its last line end does not count."),
]


def init(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="Where to make the folders ca and ra.")],
    message_db: Annotated[
        str | None,
        typer.Option(
            metavar="URL", help="The message database: sqlite, postgresql, mariadb, db2 or oracle; SQLite by default."
        ),
    ] = None,
    ca_db: Annotated[
        str | None,
        typer.Option(
            metavar="URL", help="The CA's own database: sqlite, postgresql or mariadb; SQLite in DIR/ca by default."
        ),
    ] = None,
    message_db_password_file: DatabasePasswordFile = None,
    ca_db_password_file: DatabasePasswordFile = None,
    tls_ca: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="PEM certificates of the database servers' CAs; needed for other hosts."),
    ] = None,
    scep: Annotated[
        bool, typer.Option("--scep", help="Let the RA host run a SCEP server, with rights for nothing but that.")
    ] = False,
) -> None:
    """Make a new deployment: DIR/ca for the CA host and DIR/ra for the RA host.

    Creates ManagementCA, keystores with random passwords for the worker and the RA, and the RA's role. Signatures
    and encryption are required. An existing deployment stays as it is. A database's password does not belong in its
    URL, where other users of the host can read it.

    Example: lockgate init deployment --message-db postgresql://lockgate@db.example/messages
    --message-db-password-file messages.password --tls-ca db-ca.pem
    """
    made = deployment.create(
        directory,
        message_db,
        ca_db,
        tls_ca,
        message_db_password=None if message_db_password_file is None else read_password(message_db_password_file),
        ca_db_password=None if ca_db_password_file is None else read_password(ca_db_password_file),
        scep=scep,
    )
    out().print(f"CA host: {made.ca_config}", markup=False, soft_wrap=True)
    out().print(f"RA host: {made.ra_config}", markup=False, soft_wrap=True)
    out().print("Carry each folder to its host; the CA's holds secrets that nobody else may see. Then, on each:")
    out().print("  lockgate --config lockgate.toml check")
