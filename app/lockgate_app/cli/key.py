"""`lockgate key`: which public keys are condemned or in doubt, and an administrator's word on them."""

from pathlib import Path
from typing import Annotated

import typer

from lockgate.administration.keys import KeyName
from lockgate.requests.submessages import RequestKind
from lockgate_app.cli.ca_host import ca_host
from lockgate_app.cli.options import Json, fingerprint
from lockgate_app.cli.presentation import report, show_all
from lockgate_app.request_files import read_request
from lockgate_app.words import Facts

app = typer.Typer(help="Public keys that are condemned or in doubt (on the CA host).", no_args_is_help=True)

Key = Annotated[
    str | None, typer.Argument(parser=fingerprint, metavar="KEY", help="The key, as `lockgate key list` names it.")
]
Certificate = Annotated[
    str | None,
    typer.Option(parser=fingerprint, metavar="FINGERPRINT", help="Instead: SHA-256 of a certificate for the key."),
]
PublicKey = Annotated[Path | None, typer.Option(metavar="FILE", help="Instead: the public key, PEM or DER.")]


@app.command(name="list")
def list_keys(context: typer.Context, as_json: Json = False) -> None:
    """Every key that is condemned or in doubt, and by whose report it is in doubt.

    Example: lockgate --config deployment/ca/lockgate.toml key list
    """
    with ca_host(context) as host:
        found = host.administration.keys()
    rows: list[Facts] = [
        {"key": key, "fate": str(state.fate), "reporters": sorted(state.reporters)} for key, state in found.items()
    ]
    show_all("keys", rows, as_json=as_json)


@app.command()
def condemn(
    context: typer.Context,
    key: Key = None,
    certificate: Certificate = None,
    public_key: PublicKey = None,
    as_json: Json = False,
) -> None:
    """Condemn a key: it is certified for nobody, and its certificates sign, approve and vouch for nothing.

    The certificates are not revoked by this; do that with `lockgate certificate revoke --reason key-compromise`.

    Example: lockgate --config deployment/ca/lockgate.toml key condemn --public-key leaked.pem
    """
    name = _name(key, certificate, public_key)
    with ca_host(context) as host:
        condemned = host.administration.condemn_key(name)
    report(f"key {condemned} is condemned", {"key": condemned, "fate": "condemned"}, as_json=as_json)


@app.command()
def clear(
    context: typer.Context,
    key: Key = None,
    certificate: Certificate = None,
    public_key: PublicKey = None,
    as_json: Json = False,
) -> None:
    """Make a key good that is condemned or in doubt. Certificates that are revoked stay revoked.

    Example: lockgate --config deployment/ca/lockgate.toml key clear --certificate 3b1f…
    """
    name = _name(key, certificate, public_key)
    with ca_host(context) as host:
        cleared = host.administration.clear_key(name)
    report(f"key {cleared} is good", {"key": cleared, "fate": "good"}, as_json=as_json)


def _name(key: str | None, certificate: str | None, public_key: Path | None) -> KeyName:
    octets = None if public_key is None else read_request(public_key, RequestKind.PUBLIC_KEY)
    return KeyName(key, certificate, octets)
