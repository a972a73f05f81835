"""`lockgate certificate`: the issued certificates, their owners, requesters and status."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from lockgate.administration.listings import CertificateListing, CertificateQuery
from lockgate.administration.pages import Page
from lockgate.certification.revocation import RevocationReason
from lockgate.errors import ConfigurationError
from lockgate.rights.signer import CertificateStanding
from lockgate_app.cli.ca_host import ca_host
from lockgate_app.cli.certificate_revoke_all import revoke_all
from lockgate_app.cli.choices import choice
from lockgate_app.cli.options import After, Json, Limit, Pem, Serial, fingerprint, utc
from lockgate_app.cli.presentation import report, show, show_all, warn
from lockgate_app.container.ca_host import CaHost
from lockgate_app.facts import certificate_details, certificate_outline
from lockgate_app.keys import certificate_pem
from lockgate_app.operation_facts import untold_revocations
from lockgate_app.outputs import require_writable, write_file

_NEVER_STORED = (CertificateStanding.BLOCKED, CertificateStanding.WORKERS, CertificateStanding.UNKNOWN)
app = typer.Typer(help="Certificates that were issued (on the CA host).", no_args_is_help=True)

Fingerprint = Annotated[
    str | None,
    typer.Argument(parser=fingerprint, metavar="FINGERPRINT", help="SHA-256 of the certificate, hexadecimal."),
]
Ca = Annotated[str | None, typer.Option(help="Instead of the fingerprint: the CA, with --serial.")]


@app.command(name="list")
def list_certificates(context: typer.Context, limit: Limit = 50, after: After = None, as_json: Json = False) -> None:
    """All certificates, the latest first, page by page.

    Example: lockgate --config deployment/ca/lockgate.toml certificate list --limit 20
    """
    _show_page(context, CertificateQuery(), Page(limit, after), as_json=as_json)


@app.command()
def search(
    context: typer.Context,
    username: Annotated[str | None, typer.Option(metavar="PATTERN", help="`*` any characters, `?` one.")] = None,
    subject: Annotated[str | None, typer.Option(metavar="PATTERN", help="Of the whole name: `*O=Example*`.")] = None,
    ca: Annotated[str | None, typer.Option(help="The CA that issued.")] = None,
    serial: Serial = None,
    status: Annotated[
        CertificateStanding | None,
        choice(CertificateStanding, *_NEVER_STORED, metavar="STATUS"),
    ] = None,
    certificate_profile: Annotated[str | None, typer.Option(help="For example ENDUSER.")] = None,
    requested_by: Annotated[
        str | None,
        typer.Option(parser=fingerprint, metavar="FINGERPRINT", help="The RA certificate behind the requests."),
    ] = None,
    ends_before: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Valid until before this day (UTC).")
    ] = None,
    limit: Limit = 50,
    after: After = None,
    as_json: Json = False,
) -> None:
    """Certificates that fit everything asked for, the latest first. Capital and small letters differ.

    Example: lockgate --config deployment/ca/lockgate.toml certificate search --status good --ends-before 2027-01-31
    """
    query = CertificateQuery(
        username=username,
        subject=subject,
        ca_name=ca,
        serial_number=serial,
        standing=status,
        certificate_profile=certificate_profile,
        requester_fingerprint=requested_by,
        ends_before=utc(ends_before),
    )
    _show_page(context, query, Page(limit, after), as_json=as_json)


@app.command(name="show")
def show_certificate(
    context: typer.Context,
    its_fingerprint: Fingerprint = None,
    ca: Ca = None,
    serial: Serial = None,
    pem: Pem = False,
    as_json: Json = False,
) -> None:
    """A certificate, its end entity, and the RA certificate and the approval behind it.

    Example: lockgate --config deployment/ca/lockgate.toml certificate show --ca ManagementCA --serial 5f:0c:…
    """
    with ca_host(context) as host:
        found = _found(host, its_fingerprint, ca, serial)
        behind, approval = host.behind(found), host.approvals.behind(found.operation)
        key_kept = host.inspection.is_key_kept(found.fingerprint)
    if pem:
        typer.echo(certificate_pem(found.certificate).decode(), nl=False)
    else:
        show(certificate_details(found, behind, approval, key_kept=key_kept), as_json=as_json)


@app.command()
def revoke(
    context: typer.Context,
    its_fingerprint: Fingerprint = None,
    ca: Ca = None,
    serial: Serial = None,
    reason: Annotated[
        RevocationReason | None,
        choice(
            RevocationReason,
            RevocationReason.REMOVE_FROM_CRL,
            metavar="REASON",
            help="One of: {}; the first by default.",
        ),
    ] = None,
    crl: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Issue the CA's CRL at once, too, and write it there (DER).")
    ] = None,
    as_json: Json = False,
) -> None:
    """Revoke a certificate for good, or put it on hold with the reason certificate-hold.

    The workers refuse it at once; everybody else learns it from the next CRL. The reason key-compromise condemns the
    certificate's key, or puts it in doubt where nobody had shown possession of it: see `lockgate key list`. A revoked
    certificate's reason can be changed to key-compromise; the time of its revocation stays.

    Example: lockgate --config deployment/ca/lockgate.toml certificate revoke 3b1f… --reason key-compromise
    """
    if reason is RevocationReason.REMOVE_FROM_CRL:
        raise ConfigurationError("to take a certificate from hold: lockgate certificate reactivate")
    require_writable(crl, force=True)
    _change(context, reason or RevocationReason.UNSPECIFIED, (its_fingerprint, ca, serial), crl, as_json=as_json)


app.command(name="revoke-all")(revoke_all)


@app.command()
def reactivate(
    context: typer.Context,
    its_fingerprint: Fingerprint = None,
    ca: Ca = None,
    serial: Serial = None,
    as_json: Json = False,
) -> None:
    """Take a certificate from hold. A certificate that was revoked for good stays revoked.

    Example: lockgate --config deployment/ca/lockgate.toml certificate reactivate 3b1f…
    """
    _change(context, RevocationReason.REMOVE_FROM_CRL, (its_fingerprint, ca, serial), None, as_json=as_json)


def _change(
    context: typer.Context,
    reason: RevocationReason,
    named: tuple[str | None, str | None, int | None],
    crl: Path | None,
    *,
    as_json: bool,
) -> None:
    with ca_host(context) as host:
        found = _found(host, *named)
        host.administration.revoke(reason, fingerprint=found.fingerprint)
        changed = host.inspection.certificate(CertificateQuery(fingerprint=found.fingerprint))
        if crl is not None:
            write_file(crl, _crl(host, found), replace=True)
        if reason is not RevocationReason.REMOVE_FROM_CRL:
            warn(host.inspection.also_members(found.fingerprint))
        operation = untold_revocations(host.administration.open_operations()).get(found.fingerprint)
    text = f"certificate {changed.fingerprint} ({changed.subject_dn}) is {changed.standing}"
    if operation is not None:
        told = f"the issuer of CA {changed.ca_name} has not carried it out yet: lockgate operation show {operation}"
        text = f"{text} here; {told}"
    report(text, {**certificate_outline(changed), "operation": operation}, as_json=as_json)


def _crl(host: CaHost, found: CertificateListing) -> bytes:
    """A new CRL by the key that signed the certificate."""
    generation = host.administration.generation_of(found.fingerprint)
    return host.administration.issue_crl(found.ca_name, generation=generation)


def _found(host: CaHost, its_fingerprint: str | None, ca: str | None, serial: int | None) -> CertificateListing:
    by_serial = ca is not None and serial is not None
    if by_serial == (its_fingerprint is not None) or (ca is None) != (serial is None):
        raise ConfigurationError("name the certificate by its fingerprint, or by --ca with --serial")
    query = CertificateQuery(fingerprint=its_fingerprint, ca_name=ca, serial_number=serial)
    return host.inspection.certificate(query)


def _show_page(context: typer.Context, query: CertificateQuery, page: Page, *, as_json: bool) -> None:
    with ca_host(context) as host:
        found = host.inspection.certificates(query, page)
    rows = map(certificate_outline, found.items)
    show_all("certificates", rows, as_json=as_json, after=found.next, paged=True)
