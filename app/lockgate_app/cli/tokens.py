"""Options of the commands that make keys in tokens."""

from pathlib import Path
from typing import Annotated

import typer

from lockgate.errors import ConfigurationError
from lockgate_app.keys import read_password
from lockgate_app.new_keystores import NewKeysIn
from lockgate_keys.hardware.uri import TokenUri

TokenPinFile = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Holds the PIN of the token's user; its last line end does not count."),
]


def new_keys_in(uri: str | None, pin_file: Path | None) -> NewKeysIn | None:
    """The token of `--token` and `--token-pin-file`; None where neither is given.

    Raises:
        ConfigurationError: one is missing, the URI cannot be read, or the file cannot.
    """
    if uri is None and pin_file is None:
        return None
    if uri is None or pin_file is None:
        raise ConfigurationError("--token and --token-pin-file belong together; one of them is missing")
    return named_token(uri, pin_file)


def named_token(uri: str, pin_file: Path) -> NewKeysIn:
    """The token `uri`, for new keys.

    Raises:
        ConfigurationError: the URI cannot be read or names a key, or the file cannot be read.
    """
    parsed = TokenUri.parse(uri)
    if parsed.is_key:
        raise ConfigurationError("--token: names a token, without a key in it: leave object and id out")
    return NewKeysIn(parsed, read_password(pin_file))
