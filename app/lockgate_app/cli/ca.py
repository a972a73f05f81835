"""`lockgate ca`: certification authorities and their CRLs."""

from pathlib import Path
from typing import Annotated

import typer

from lockgate.administration.authorities import (
    CA_KEY_SPECIFICATIONS,
    DEFAULT_CA_KEY,
    CaListing,
    GenerationState,
)
from lockgate.errors import CallerError, ConfigurationError
from lockgate.names.counted import counted
from lockgate_app.certificate_facts import certificate_contents
from lockgate_app.certificate_files import certificates_in
from lockgate_app.cli import ca_rollover
from lockgate_app.cli.ask_ocsp import ask_ocsp
from lockgate_app.cli.ca_host import ca_host
from lockgate_app.cli.ca_register import register
from lockgate_app.cli.ca_status import activate, deactivate
from lockgate_app.cli.crl import crl
from lockgate_app.cli.fetch_crl import fetch_crl
from lockgate_app.cli.options import CaName, Force, Json, PasswordEnv, PasswordFile, PasswordPrompt, Pem, given_password
from lockgate_app.cli.presentation import report, show, show_all
from lockgate_app.cli.terminal import complain
from lockgate_app.container.ca_host import CaHost
from lockgate_app.facts import ca_details, ca_outline, generation_details
from lockgate_app.issuer_facts import kind_of, outline_of
from lockgate_app.keys import certificate_pem, read_certificates, read_crl, read_private_key
from lockgate_app.outputs import require_writable, write_file
from lockgate_app.words import Facts

app = typer.Typer(help="Certification authorities and their CRLs (on the CA host).", no_args_is_help=True)
app.add_typer(ca_rollover.app, name="rollover")
FAILED = 2
"""The exit code where the audit of keys finds broken ones."""
_LAST_CRL = (
    "the CA's last CRL is needed, or its revoked certificates would be good again: name it with --crl FILE, or say "
    "--no-crl if the CA has never issued one"
)

Output = Annotated[Path | None, typer.Option(metavar="FILE", help="Write it there, too.")]


@app.command(name="list")
def list_authorities(context: typer.Context, as_json: Json = False) -> None:
    """Every CA: whether it signs, until when, its last CRL, and the issuer that signs for it.

    Example: lockgate --config deployment/ca/lockgate.toml ca list
    """
    with ca_host(context) as host:
        outlines = [_outline(host, authority) for authority in host.inspection.authorities()]
        show_all("certification_authorities", outlines, as_json=as_json)


@app.command(name="show")
def show_authority(
    context: typer.Context,
    name: CaName,
    following: Annotated[bool, typer.Option("--next", help="The certificate that is to take over.")] = False,
    pem: Pem = False,
    chain: Annotated[bool, typer.Option("--chain", help="With --pem: the CAs above it too, up to the root.")] = False,
    cross: Annotated[
        bool,
        typer.Option("--cross", help="With --pem: a root's cross certificates too, new and old key by each other."),
    ] = False,
    as_json: Json = False,
) -> None:
    """A CA's certificate and its last CRL.

    Example: lockgate --config deployment/ca/lockgate.toml ca show ManagementCA --pem
    """
    with ca_host(context) as host:
        authority = host.inspection.authority(name)
        wanted = GenerationState.NEXT if following else GenerationState.CURRENT
        generations = host.inspection.generations(name)
        issuer = outline_of(host.container.zone(), authority.issuer)
    found = next((one for one in generations if one.state is wanted), None)
    if found is None:
        raise CallerError(f"CA {name} has no next certificate")
    if pem:
        crossed = [der for one in generations for der in (one.old_with_new, one.new_with_old) if der]
        for der in (found.certificate, *(found.chain if chain else ()), *(crossed if cross else ())):
            typer.echo(certificate_pem(der).decode(), nl=False)
    else:
        show(generation_details(found) if following else ca_details(authority, issuer.facts), as_json=as_json)


@app.command()
def create(
    context: typer.Context,
    name: CaName,
    subject_dn: Annotated[str, typer.Option(help="For example: CN=Issuing CA,O=Example,C=SE")],
    key: Annotated[str, typer.Option(help=f"One of: {', '.join(CA_KEY_SPECIFICATIONS)}.")] = DEFAULT_CA_KEY,
    issuer: Annotated[str | None, typer.Option(metavar="CA", help="The CA above it; a root without.")] = None,
    certificate_profile: Annotated[str | None, typer.Option(help="ROOTCA or SUBCA by default.")] = None,
    output: Output = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Make a new CA with a new key: a root, or one below another CA.

    Example: lockgate --config deployment/ca/lockgate.toml ca create IssuingCA --subject-dn "CN=Issuing CA,O=Example"
    --key P-256 --issuer ManagementCA --output issuing.pem
    """
    require_writable(output, force=force)
    with ca_host(context) as host:
        made = host.administration.create_ca(
            name, subject_dn, key=key, issuer=issuer, certificate_profile=certificate_profile
        )
    if output is not None:
        write_file(output, certificate_pem(made), replace=force)
    report(f"CA {name} made", {"name": name, **certificate_contents(made)}, as_json=as_json)


@app.command(name="import")
def import_authority(
    context: typer.Context,
    name: CaName,
    certificate: Annotated[
        Path, typer.Option(metavar="FILE", help="PEM: the CA's certificate, then its issuers up to the root.")
    ],
    key: Annotated[Path, typer.Option(metavar="FILE", help="PEM or PKCS#12: the CA's private key.")],
    crl: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="PEM or DER: the CA's last full CRL, which its next CRL continues."),
    ] = None,
    no_crl: Annotated[bool, typer.Option("--no-crl", help="The CA has never issued a CRL.")] = False,
    certificates: Annotated[
        list[Path] | None,
        typer.Option(metavar="PATH", help="What it has issued: PEM or DER, a file or a folder; repeatable."),
    ] = None,
    password_file: PasswordFile = None,
    password_env: PasswordEnv = None,
    password_prompt: PasswordPrompt = False,
    as_json: Json = False,
) -> None:
    """Take over a CA that was made elsewhere. Its key is encrypted in the CA's database; remove the file afterwards.

    Its next CRL lists all that --crl lists, under the next number. Let the CA issue nothing elsewhere after that CRL.
    Certificates that --certificates names can be revoked here by `certificate revoke`; all of them are taken, or none.

    Example: lockgate --config deployment/ca/lockgate.toml ca import OldCA --certificate old-chain.pem --key old-key.pem
    --crl old.crl --password-file old-key.password
    """
    if (crl is None) is not no_crl:
        raise ConfigurationError(_LAST_CRL)
    last_crl = None if crl is None else read_crl(crl)
    chain = read_certificates(certificate)
    password = given_password(password_file, password_env, prompt=password_prompt, confirm=False)
    private_key = read_private_key(key, password)
    with ca_host(context) as host:
        issued = certificates_in(certificates or ())
        count = host.administration.import_ca(name, private_key, chain[0], chain[1:], crl=last_crl, issued=issued)
    facts = {"name": name, **certificate_contents(chain[0]), "certificates": count}
    report(f"CA {name} imported, with {counted(count, 'certificate')} that it had issued", facts, as_json=as_json)


app.command()(register)
app.command(name="fetch-crl")(fetch_crl)
app.command(name="ask-ocsp")(ask_ocsp)


app.command()(activate)
app.command()(deactivate)
app.command()(crl)


@app.command(name="check-keys")
def check_keys(context: typer.Context, as_json: Json = False) -> None:
    """Look for RSA keys that share a prime with another certificate's key: such keys are broken.

    Compares all certificates ever issued, a few seconds for 100,000. Exit code 2 if there are any.

    Example: lockgate --config deployment/ca/lockgate.toml ca check-keys
    """
    with ca_host(context) as host:
        broken = host.administration.certificates_with_shared_primes()
    facts: Facts = {"certificates": list(broken)}
    if not broken:
        report("no two keys share a prime", facts, as_json=as_json)
        return
    report("\n".join(broken), facts, as_json=as_json)
    complain(f"certificates whose key shares a prime with another key: {len(broken)}; revoke them")
    raise typer.Exit(FAILED)


@app.command(name="rotate-escrow-key")
def rotate_escrow_key(context: typer.Context, as_json: Json = False) -> None:
    """Seal every key that is kept for recovery under the current escrow secret, after it was changed.

    Before: the new secret is `escrow_secret`, the old one `previous_escrow_secret`, and the workers run with both.
    Works in small steps, may be interrupted and repeated. Exit code 2 if a key could not be opened: it is left as it
    is. Afterwards remove `previous_escrow_secret`, and the old secret.

    Example: lockgate --config deployment/ca/lockgate.toml ca rotate-escrow-key
    """
    with ca_host(context) as host:
        done = host.administration.rotate_escrow_key()
        kept = host.administration.kept_keys()
    facts: Facts = {"sealed": done.sealed, "unusable": list(done.unusable), **kept}
    report(
        f"{counted(done.sealed, 'key')} sealed anew, {kept['current']} under the current secret", facts, as_json=as_json
    )
    if done.unusable:
        complain("these certificates' keys cannot be opened:\n" + "\n".join(done.unusable))
        raise typer.Exit(FAILED)


def _outline(host: CaHost, authority: CaListing) -> Facts:
    return {**ca_outline(authority), "issuer_kind": kind_of(host.container.zone(), authority.issuer)}
