"""`lockgate init`: a new deployment in two folders."""

from collections.abc import Callable, Mapping
from inspect import Parameter, Signature, signature
from pathlib import Path
from typing import Annotated

import typer

from lockgate_app import deployment
from lockgate_app.cli.terminal import out
from lockgate_app.cli.tokens import TokenPinFile, new_keys_in
from lockgate_app.fronts import FRONTS
from lockgate_app.keys import read_password

DatabasePasswordFile = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Holds the database user's password; its last line end does not count."),
]


def _with_switches(command: Callable[..., None]) -> Callable[..., None]:
    """`command` with a switch for each front in place of its parameter `fronts`."""

    def called(**values: object) -> None:
        command(**{name: value for name, value in values.items() if name not in FRONTS}, fronts=_chosen(values))

    own = signature(command).parameters.values()
    switches = [
        Parameter(key, Parameter.KEYWORD_ONLY, default=False, annotation=_switch(key, front.name))
        for key, front in FRONTS.items()
    ]
    parameters = [*(parameter for parameter in own if parameter.name != "fronts"), *switches]
    called.__doc__ = command.__doc__
    called.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    called.__signature__ = Signature(parameters)  # type: ignore[attr-defined]
    return called


def _switch(key: str, name: str) -> object:
    text = f"Let the RA host run a {name} server, with rights for nothing but that."
    return Annotated[bool, typer.Option(f"--{key}", help=text)]


def _chosen(values: Mapping[str, object]) -> frozenset[str]:
    return frozenset(key for key in FRONTS if values[key])


@_with_switches
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
    token: Annotated[
        str | None,
        typer.Option(
            metavar="URI", help="Make all keys in this PKCS#11 token: pkcs11:token=LABEL?module-path=FILE (RFC 7512)."
        ),
    ] = None,
    token_pin_file: TokenPinFile = None,
    fronts: frozenset[str] = frozenset(),
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
        fronts=fronts,
        token=new_keys_in(token, token_pin_file),
    )
    out().print(f"CA host: {made.ca_config}", soft_wrap=True)
    out().print(f"RA host: {made.ra_config}", soft_wrap=True)
    out().print("Carry each folder to its host; the CA's holds secrets that nobody else may see. Then, on each:")
    out().print("  lockgate --config lockgate.toml check")
