"""`lockgate certificate revoke-all`: every certificate that fits a search, or that a file names."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lockgate.administration.authorities import RefusedByCa
from lockgate.administration.listings import CertificateListing, CertificateQuery
from lockgate.administration.pages import every
from lockgate.certification.revocation import RevocationReason
from lockgate.errors import CallerError, ConfigurationError
from lockgate.rights.signer import CertificateStanding
from lockgate_app import words
from lockgate_app.certificate_facts import is_ca
from lockgate_app.cli.ca_host import ca_host
from lockgate_app.cli.choices import choice
from lockgate_app.cli.options import MOMENTS, Json, fingerprint, utc
from lockgate_app.cli.presentation import report, show_all, warn
from lockgate_app.cli.terminal import complain
from lockgate_app.container.ca_host import CaHost
from lockgate_app.facts import certificate_outline
from lockgate_app.operation_facts import untold_revocations

_FAILED = 1

if TYPE_CHECKING:
    _Reason = RevocationReason
else:
    _Reason = str  # where a required option is missing, Typer tells the values of an enumeration, not the names
Reason = Annotated[_Reason, choice(RevocationReason, RevocationReason.REMOVE_FROM_CRL, metavar="REASON")]


def revoke_all(
    context: typer.Context,
    reason: Reason,
    file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A SHA-256 fingerprint on each line; # begins a comment.")
    ] = None,
    username: Annotated[str | None, typer.Option(metavar="PATTERN", help="`*` any characters, `?` one.")] = None,
    subject: Annotated[str | None, typer.Option(metavar="PATTERN", help="Of the whole name: `*O=Example*`.")] = None,
    ca: Annotated[str | None, typer.Option(help="The CA that issued.")] = None,
    certificate_profile: Annotated[str | None, typer.Option(help="For example ENDUSER.")] = None,
    requested_by: Annotated[
        str | None,
        typer.Option(parser=fingerprint, metavar="FINGERPRINT", help="The RA certificate behind the requests."),
    ] = None,
    begins_since: Annotated[datetime | None, typer.Option(formats=MOMENTS, help="Valid from then, or later.")] = None,
    begins_before: Annotated[datetime | None, typer.Option(formats=MOMENTS, help="Valid from before then.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show which ones, and change nothing.")] = False,
    as_json: Json = False,
) -> None:
    """Revoke every certificate that fits everything asked for, or that the file names; times are UTC.

    Those that are revoked already stay as they are, and so do certificates of CAs that no file names. Look at what
    --dry-run shows first. Each certificate is revoked on its own: what is interrupted can be run again. What a remote
    issuer has not carried out yet is counted as asked for. Exit code 1 if the CA refuses one of them.

    Example: lockgate --config deployment/ca/lockgate.toml certificate revoke-all --file lost.txt --reason superseded
    """
    query = CertificateQuery(
        username=username,
        subject=subject,
        ca_name=ca,
        certificate_profile=certificate_profile,
        requester_fingerprint=requested_by,
        begins_since=utc(begins_since),
        begins_before=utc(begins_before),
    )
    if (file is None) == (query == CertificateQuery()):
        raise ConfigurationError("name the certificates by --file, or by the other options")
    if reason is RevocationReason.REMOVE_FROM_CRL:
        raise ConfigurationError("to take a certificate from hold: lockgate certificate reactivate")
    with ca_host(context) as host:
        meant = _named(host, file) if file is not None else _found(host, query)
        chosen = [one for one in meant if one.standing is not CertificateStanding.REVOKED]
        if dry_run:
            show_all("certificates", map(certificate_outline, chosen), as_json=as_json)
            return
        revoked = _revoked(host, chosen, reason)
        asked = revoked & untold_revocations(host.administration.open_operations()).keys()
    facts = {
        "revoked": len(revoked - asked),
        "asked_for": len(asked),
        "refused": len(chosen) - len(revoked),
        "revoked_before": len(meant) - len(chosen),
    }
    report(_told(facts), facts, as_json=as_json)
    if facts["refused"]:
        raise typer.Exit(_FAILED)


def _told(facts: Mapping[str, int]) -> str:
    counts = "{revoked} revoked, {asked_for} asked for, {refused} refused, {revoked_before} had been revoked before"
    where = "; remote issuers have not carried out yet what is asked for: lockgate operation list"
    return counts.format(**facts) + (where if facts["asked_for"] else "")


def _revoked(host: CaHost, chosen: Sequence[CertificateListing], reason: RevocationReason) -> set[str]:
    """Revoke them; the fingerprints of those that the CA did not refuse."""
    revoked = set()
    for one in chosen:
        try:
            host.administration.revoke(reason, fingerprint=one.fingerprint)
        except RefusedByCa as error:
            complain(f"certificate {one.fingerprint} ({one.subject_dn}): {error}")
        else:
            revoked.add(one.fingerprint)
    return revoked


def _found(host: CaHost, query: CertificateQuery) -> Sequence[CertificateListing]:
    """Every one that fits, but those of CAs: a wide search must not revoke a root, which nobody could undo."""
    found = list(every(partial(host.inspection.certificates, query)))
    meant = [one for one in found if not is_ca(one.certificate)]
    if left_out := len(found) - len(meant):
        warn([f"certificates of CAs that fit and stay as they are: {left_out}; name them by --file"])
    return meant


def _named(host: CaHost, file: Path) -> Sequence[CertificateListing]:
    """Every one that the file names, before anything is done.

    Raises:
        ConfigurationError: lines name no certificate; each is told.
    """
    named: dict[str, CertificateListing] = {}
    complaints = []
    for number, line in enumerate(_read(file).splitlines(), start=1):
        if written := line.partition("#")[0].strip():
            try:
                one = _certificate(host, words.fingerprint(written))
            except CallerError as error:
                complaints.append(f"{file}, line {number}: {error}")
            else:
                named[one.fingerprint] = one
    if complaints:
        raise ConfigurationError("\n".join(complaints))
    return list(named.values())


def _certificate(host: CaHost, fingerprint: str) -> CertificateListing:
    return host.inspection.certificate(CertificateQuery(fingerprint=fingerprint))


def _read(file: Path) -> str:
    try:
        return file.read_text("utf-8-sig")  # some editors begin a file with a mark
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{file}: cannot be read: {error}") from None
