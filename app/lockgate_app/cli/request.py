"""`lockgate request`: send requests from an RA host, and pick up their answers."""

import secrets
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from lockgate.errors import ConfigurationError, NoAnswer, UnverifiedAnswer
from lockgate.submessages import PKCS10Request, PKCS10Response, Response
from lockgate_app.cli.console import complain, configuration, out
from lockgate_app.container import connect
from lockgate_app.keys import certificate_pem, chain_pem, read_request, write_file
from lockgate_transport.client import RaClient
from lockgate_transport.sent import Pending

app = typer.Typer(help="Send requests to the CA, and pick up the answers.", no_args_is_help=True)
REFUSED, NO_ANSWER = 1, 3

Output = Annotated[Path, typer.Option(metavar="FILE", help="Where to write the certificate (PEM).")]
Chain = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Where to write certificate and CA chain (PKCS#7, PEM).")
]
Wait = Annotated[int, typer.Option(metavar="SECONDS", min=0, help="How long to wait for the answer.")]


@app.callback()
def request() -> None:
    """Send requests to the CA, and pick up the answers."""


@app.command()
def pkcs10(
    context: typer.Context,
    username: Annotated[str, typer.Option(help="The end entity's name at the CA.")],
    subject_dn: Annotated[str, typer.Option(help="For example: CN=alice,O=Example,C=SE")],
    csr: Annotated[Path, typer.Option(metavar="FILE", help="The PKCS#10, PEM or DER.")],
    ca: Annotated[str, typer.Option(help="The CA that shall issue.")],
    end_entity_profile: Annotated[str, typer.Option(help="For example EMPTY.")],
    certificate_profile: Annotated[str, typer.Option(help="For example ENDUSER.")],
    output: Output,
    chain: Chain = None,
    subject_alt_name: Annotated[str | None, typer.Option(help="For example: DNSNAME=host.example")] = None,
    email: Annotated[str | None, typer.Option(help="The end entity's e-mail address.")] = None,
    message_id: Annotated[str | None, typer.Option(help="Unique in the message database; random by default.")] = None,
    wait: Wait = 60,
    no_sign: Annotated[bool, typer.Option("--no-sign", help="Do not sign the request.")] = False,
    no_encrypt: Annotated[bool, typer.Option("--no-encrypt", help="Do not encrypt the request.")] = False,
) -> None:
    """Have a certificate issued for the key of a PKCS#10.

    Exit code 0: the certificate is written. 1: the CA refused; its reason is shown. 3: no answer came in time; the
    message stays, and `request resume` picks the answer up later. 2: anything else.

    Example: lockgate --config deployment/ra/lockgate.toml request pkcs10 --username alice --subject-dn
    CN=alice,O=Example --csr alice.csr --ca ManagementCA --end-entity-profile EMPTY --certificate-profile ENDUSER
    --output alice.pem
    """
    _require_writable(output, chain)
    asked = PKCS10Request(
        request_id=secrets.randbits(63),
        username=username,
        subject_dn=subject_dn,
        subject_alt_name=subject_alt_name,
        email=email,
        end_entity_profile=end_entity_profile,
        certificate_profile=certificate_profile,
        ca_name=ca,
        pkcs10=read_request(csr),
    )
    with connect(configuration(context)) as ra:
        pending = ra.send([asked], message_id=message_id, sign=not no_sign, encrypt=not no_encrypt)
        _pick_up(ra, pending, wait, output, chain)


@app.command()
def resume(
    context: typer.Context,
    message_id: Annotated[str, typer.Argument(metavar="MESSAGE-ID", help="Of a message sent from this host.")],
    output: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where to write the certificate (PEM); shown by default.")
    ] = None,
    chain: Chain = None,
    wait: Wait = 60,
) -> None:
    """Pick up the answer to a request that was sent before, or wait for it again.

    Exit codes as for `request pkcs10`.

    Example: lockgate --config deployment/ra/lockgate.toml request resume 5f0c… --output alice.pem
    """
    _require_writable(output, chain)
    with connect(configuration(context)) as ra:
        _pick_up(ra, ra.resume(message_id), wait, output, chain)


def _require_writable(*paths: Path | None) -> None:
    """Nothing is sent whose answer could not be stored."""
    for path in paths:
        if path is not None and (path.is_dir() or not path.parent.is_dir()):
            raise ConfigurationError(f"{path}: cannot be written: no such directory, or a directory itself")


def _pick_up(ra: RaClient, pending: Pending, wait: int, output: Path | None, chain: Path | None) -> None:
    try:
        responses = ra.wait(pending, timedelta(seconds=wait))
    except NoAnswer:
        complain(f"no answer within {wait} s; the message stays. Later: request resume {pending.message_id}")
        raise typer.Exit(NO_ANSWER) from None
    (response,) = responses
    if response.success:
        _store(response, output, chain)
    else:
        complain(f"refused by the CA ({response.reason}): {response.fail_info}")
    ra.forget(pending)
    if not response.success:
        raise typer.Exit(REFUSED)


def _store(response: Response, output: Path | None, chain: Path | None) -> None:
    if not isinstance(response, PKCS10Response) or response.certificate is None or response.pkcs7 is None:
        raise UnverifiedAnswer("the answer holds no certificate")
    if chain is not None:
        write_file(chain, chain_pem(response.pkcs7))
    pem = certificate_pem(response.certificate)
    if output is None:
        typer.echo(pem.decode(), nl=False)
    else:
        write_file(output, pem)
        out.print(f"certificate: {output}", markup=False, soft_wrap=True)
