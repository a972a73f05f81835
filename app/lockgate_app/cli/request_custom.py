"""`lockgate request send`: any request type, its fields as JSON; for the ones that a deployer adds."""

import json
import secrets
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from lockgate.errors import ConfigurationError
from lockgate.requests.submessages import Request
from lockgate_app.cli.options import Force
from lockgate_app.cli.pickup import Targets
from lockgate_app.cli.requests import MessageId, NoEncrypt, NoSign, Replace, Sending, Wait
from lockgate_app.keys import read_file
from lockgate_app.request_types import installed_request_types
from lockgate_formats.structures import read


def send(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="TYPE", help="The request type, for example PKCS10Request.")],
    fields: Annotated[Path, typer.Argument(metavar="FILE", help="Its fields, a JSON object; octets as base64.")],
    output: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where to write the answer (JSON), for you alone.")
    ] = None,
    force: Force = False,
    message_id: MessageId = None,
    replace: Replace = False,
    wait: Wait = 60,
    no_sign: NoSign = False,
    no_encrypt: NoEncrypt = False,
) -> None:
    """Send a request of any type that is installed, and show the answer as JSON.

    `request_id` may be left out. `lockgate schema` shows each type's fields. Exit codes as for `request pkcs10`.

    Example: lockgate --config deployment/ra/lockgate.toml request send RevocationRequest revocation.json
    """
    asked = _read(name, read_file(fields), fields)
    Sending(message_id, wait, no_sign, no_encrypt, replace).ask(
        context, asked, Targets(output, as_json=True, force=force)
    )


def _read(name: str, content: bytes, path: Path) -> Request:
    types = installed_request_types()
    if name not in types:
        raise ConfigurationError(f"{name} is no request type installed here; there are {', '.join(types)}")
    try:
        given: Any = json.loads(content)
        numbered = {"request_id": secrets.randbits(63), **given}
        return read(types[name].request, json.dumps(numbered).encode())
    except (ValueError, TypeError, RecursionError, msgspec.DecodeError) as error:
        raise ConfigurationError(f"{path}: {error}") from None
