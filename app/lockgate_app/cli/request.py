"""`lockgate request`: send requests from an RA host, and pick up their answers."""

import secrets
from pathlib import Path
from typing import Annotated

import typer

from lockgate.certification.endentity import TokenType
from lockgate.requests.submessages import EditUserRequest, RevocationRequest
from lockgate_app.cli import request_certificates, request_custom, request_keystores, request_renewal
from lockgate_app.cli.options import Force, Json
from lockgate_app.cli.pickup import Targets, pick_up
from lockgate_app.cli.presentation import show_all
from lockgate_app.cli.requests import (
    AnswerJson,
    Ca,
    CertificateProfile,
    Chain,
    Email,
    EndEntityProfile,
    FullChain,
    MessageId,
    NewPasswordFile,
    NoEncrypt,
    NoSign,
    Reason,
    Replace,
    Sending,
    Status,
    SubjectAltName,
    SubjectDn,
    Username,
    Wait,
    WithRoot,
)
from lockgate_app.cli.terminal import complain, configuration
from lockgate_app.container.ra import connect
from lockgate_app.keys import issuer_and_serial, read_password

app = typer.Typer(help="Send requests to the CA, and pick up the answers.", no_args_is_help=True)


app.command()(request_certificates.pkcs10)
app.command()(request_certificates.certificate)
app.command("card-renewal")(request_certificates.card_renewal)
app.command()(request_renewal.renew)
app.command()(request_keystores.pkcs12)
app.command()(request_keystores.keystore)
app.command("key-recovery")(request_keystores.key_recovery)
app.command()(request_custom.send)


@app.callback()
def request() -> None:
    """Send requests to the CA, and pick up the answers."""


@app.command("edit-user")
def edit_user(
    context: typer.Context,
    username: Username,
    subject_dn: SubjectDn,
    ca: Ca,
    end_entity_profile: EndEntityProfile,
    certificate_profile: CertificateProfile,
    subject_alt_name: SubjectAltName = None,
    email: Email = None,
    status: Status = "new",  # type: ignore[assignment]
    token: Annotated[TokenType, typer.Option(help="What the end entity is given.")] = TokenType.USER_GENERATED,
    password_file: NewPasswordFile = None,
    as_json: AnswerJson = False,
    message_id: MessageId = None,
    replace: Replace = False,
    wait: Wait = 60,
    no_sign: NoSign = False,
    no_encrypt: NoEncrypt = False,
) -> None:
    """Add or edit an end entity, its status and password; nothing is issued.

    Exit codes as for `request pkcs10`.

    Example: lockgate --config deployment/ra/lockgate.toml request edit-user --username alice --subject-dn
    CN=alice,O=Example --ca ManagementCA --end-entity-profile EMPTY --certificate-profile ENDUSER
    --password-file alice.password
    """
    asked = EditUserRequest(
        request_id=secrets.randbits(63),
        username=username,
        subject_dn=subject_dn,
        subject_alt_name=subject_alt_name,
        email=email,
        end_entity_profile=end_entity_profile,
        certificate_profile=certificate_profile,
        ca_name=ca,
        password=None if password_file is None else read_password(password_file),
        status=status,
        token_name=token,
    )
    Sending(message_id, wait, no_sign, no_encrypt, replace).ask(context, asked, Targets(as_json=as_json))


@app.command()
def revoke(
    context: typer.Context,
    certificate: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The certificate to revoke (PEM); names issuer and serial number."),
    ] = None,
    issuer_dn: Annotated[
        str | None, typer.Option(help="The issuer of the one certificate, with --serial-number.")
    ] = None,
    serial_number: Annotated[str | None, typer.Option(metavar="HEX", help="Its serial number.")] = None,
    username: Annotated[str | None, typer.Option(help="The end entity whose certificates are meant.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Every certificate of the end entity.")] = False,
    user: Annotated[bool, typer.Option("--user", help="Besides all its certificates the end entity itself.")] = False,
    reason: Reason = "unspecified",  # type: ignore[assignment]
    as_json: AnswerJson = False,
    message_id: MessageId = None,
    replace: Replace = False,
    wait: Wait = 60,
    no_sign: NoSign = False,
    no_encrypt: NoEncrypt = False,
) -> None:
    """Revoke a certificate, all certificates of an end entity, or those and the end entity.

    Exit codes as for `request pkcs10`.

    Example: lockgate --config deployment/ra/lockgate.toml request revoke --certificate alice.pem --reason superseded
    """
    if certificate is not None:
        issuer_dn, serial_number = issuer_and_serial(certificate)
    asked = RevocationRequest(
        request_id=secrets.randbits(63),
        issuer_dn=issuer_dn,
        certificate_sn=serial_number,
        username=username,
        reason=reason,
        revoke_all=every,
        revoke_user=user,
    )
    Sending(message_id, wait, no_sign, no_encrypt, replace).ask(context, asked, Targets(as_json=as_json))


@app.command("list")
def list_messages(context: typer.Context, as_json: Json = False) -> None:
    """The messages sent from this host whose answers were not fetched yet: for `request resume`.

    A file of the outbox that cannot be read is named; the exit code is 2 then.

    Example: lockgate --config deployment/ra/lockgate.toml request list
    """
    with connect(configuration(context)) as ra:
        kept = ra.kept()
    rows = [
        {"message_id": message.message_id, "requests": [part.request_type for part in message.parts]}
        for message in kept.messages
    ]
    show_all("messages", rows, as_json=as_json)
    for damaged in kept.damaged:
        complain(damaged)
    if kept.damaged:
        raise typer.Exit(2)


@app.command()
def resume(
    context: typer.Context,
    message_id: Annotated[str, typer.Argument(metavar="MESSAGE-ID", help="Of a message sent from this host.")],
    output: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where to write the certificate (PEM); shown by default.")
    ] = None,
    chain: Chain = None,
    fullchain: FullChain = None,
    with_root: WithRoot = False,
    sign_output: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where to write a card's signature certificate (PEM).")
    ] = None,
    force: Force = False,
    as_json: AnswerJson = False,
    wait: Wait = 60,
) -> None:
    """Pick up the answer to a request that was sent before, or wait for it again.

    Exit codes as for `request pkcs10`.

    Example: lockgate --config deployment/ra/lockgate.toml request resume 5f0c… --output alice.pem
    """
    targets = Targets(output, chain, sign_output, as_json, fullchain, with_root, force)
    targets.require_writable()
    with connect(configuration(context)) as ra:
        pick_up(ra, ra.resume(message_id), wait, targets)
