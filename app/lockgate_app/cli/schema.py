"""`lockgate schema`: the JSON Schema of every request and answer of this installation."""

import json

import typer

from lockgate_app.request_types import installed_request_types
from lockgate_formats.submessages import schema as published


def schema() -> None:
    """Show the JSON Schema of every request type that is installed, and of the answers; for clients in any language.

    Example: lockgate schema
    """
    typer.echo(json.dumps(published.schema(installed_request_types()), indent=2))
