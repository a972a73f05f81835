"""`lockgate keystore`: certificates of RAs and workers, for keys made here or on their own host."""

import secrets
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from lockgate.certification.endentity import CertificationRequest, IssuedCertificate, Possession
from lockgate.errors import CallerError, ConfigurationError
from lockgate.reasons import Rejected
from lockgate.requests.submessages import RequestKind
from lockgate.rights.authorization import Member
from lockgate_app.cli import keystore_renew, keystore_request
from lockgate_app.cli.ca_host import ca_host
from lockgate_app.cli.options import Json
from lockgate_app.cli.presentation import report
from lockgate_app.container.ca_host import CaHost
from lockgate_app.keys import certificate_pem
from lockgate_app.new_keystores import IN_FILES, KeystoreMaker, NewKeysIn
from lockgate_app.outputs import require_writable, write_file
from lockgate_app.request_files import read_request
from lockgate_app.words import Facts
from lockgate_formats.public_keys import encoded

app = typer.Typer(help="Certificates and keystores of RAs and workers.", no_args_is_help=True)
app.command()(keystore_renew.renew)
app.command()(keystore_request.request)


class KeystoreKind(StrEnum):
    """Whose keystore it is: an RA's, a worker's, or that of the key which signs keys that the CA makes for CMP clients;
    the certificate profile has the same name in capital letters."""

    RA = "ra"
    WORKER = "worker"
    KGA = "kga"


@dataclass(frozen=True, slots=True)
class NewKeystore:
    """What is to be certified.

    Attributes:
        name: the end entity's name begins with it.
        subject_dn: CN=NAME-RANDOM where it is None.
    """

    name: str
    profile: str
    ca_name: str
    subject_dn: str | None

    def with_new_key(self, host: CaHost, output: Path, keystores: KeystoreMaker = IN_FILES) -> Facts:
        """Write a keystore of a new key to `output`, and its password beside it."""
        password_file = output.with_suffix(".password")
        require_writable(output, password_file)
        key = keystores.new_key(f"{self.name}-{secrets.token_hex(4)}")
        authority = host.inspection.authority(self.ca_name).certificate
        public = encoded(key.public_key())
        issued = self._issue(host, CertificationRequest(public_key=public, possession=Possession.MADE))
        keystores.write(output, password_file, key, issued.certificate, authority, self.name)
        return {"keystore": str(output), "password_file": str(password_file), "fingerprint": issued.fingerprint}

    def for_request(self, host: CaHost, csr: Path, output: Path) -> Facts:
        """Write the PEM certificate for the key of a PKCS#10 to `output`."""
        require_writable(output)
        request = host.container.requests().read(RequestKind.PKCS10, read_request(csr))
        if isinstance(request, Rejected):
            raise CallerError(f"{csr}: {request.fail_info}")
        if request.alternative_names:
            raise CallerError(f"{csr}: asks for alternative names; RAs and workers have none: make it without them")
        issued = self._issue(host, request)
        write_file(output, certificate_pem(issued.certificate))
        return {"certificate": str(output), "fingerprint": issued.fingerprint}

    def _issue(self, host: CaHost, request: CertificationRequest) -> IssuedCertificate:
        name = f"{self.name}-{secrets.token_hex(4)}"
        return host.administration.issue_keystore_certificate(
            name,
            self.subject_dn or f"CN={name}",
            request.public_key,
            ca_name=self.ca_name,
            certificate_profile=self.profile,
            possession=request.possession,
        )


@app.command()
def issue(
    context: typer.Context,
    kind: Annotated[KeystoreKind, typer.Argument(metavar="KIND", help="ra, worker or kga.")],
    ca: Annotated[str, typer.Option(help="The CA that certifies it: the one that `raissuer` names.")],
    output: Annotated[
        Path, typer.Option(metavar="FILE", help="The new PKCS#12, its password beside it; with --csr the certificate.")
    ],
    in_token: Annotated[
        bool,
        typer.Option("--in-token", help="Make the key in [ca.token]; the file names it, and its PIN is the password."),
    ] = False,
    csr: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A PKCS#10, PEM or DER, made where the key is to stay.")
    ] = None,
    role: Annotated[
        str | None, typer.Option(metavar="NAME", help="Of an RA: the role that the certificate joins.")
    ] = None,
    subject_dn: Annotated[
        str | None, typer.Option(help="The certificate's subject; CN=KIND-RANDOM by default.")
    ] = None,
    as_json: Json = False,
) -> None:
    """On the CA host: issue an RA's or a worker's next keystore, or the certificate for a key made on its own host.

    The certificates before stay valid, and members of their roles, until `role remove-member` or
    `certificate revoke`.

    Example: lockgate --config deployment/ca/lockgate.toml keystore issue ra --ca ManagementCA --role RA --csr ra.csr
    --output ra.pem
    """
    if in_token and csr is not None:
        raise ConfigurationError("--csr: its key is there already; --in-token makes one")
    if role is not None and kind is not KeystoreKind.RA:
        raise ConfigurationError("--role: only RAs belong to roles")
    made = NewKeystore(kind.value, kind.name, ca, subject_dn)
    with ca_host(context) as host:
        if remote := host.inspection.authority(ca).issuer:
            raise CallerError(
                f"CA {ca}: the remote issuer {remote} signs its certificates, and none at once; ask for the profile"
                f" {kind.name} by `lockgate request pkcs10`, or have its own CA issue the certificate"
            )
        if role is not None:
            host.inspection.role(role)  # there must be one before anything is issued
        keystores = KeystoreMaker(_ca_token(host)) if in_token else IN_FILES
        facts = made.with_new_key(host, output, keystores) if csr is None else made.for_request(host, csr, output)
        if role is not None:
            joined = Member(str(facts["fingerprint"]))
            host.administration.edit_role(role, lambda one: replace(one, members=one.members | {joined}))
    report(f"{output}: certificate {facts['fingerprint']}", facts, as_json=as_json)


def _ca_token(host: CaHost) -> NewKeysIn:
    token = host.container.zone().ca.token
    if token is None:
        raise ConfigurationError("--in-token: [ca.token] is missing")
    return NewKeysIn(token.uri, token.pin.reveal())
