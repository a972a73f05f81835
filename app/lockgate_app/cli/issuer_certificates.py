"""`lockgate issuer certificates`: what the CA of a remote issuer says of its certificates, and of a new root."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import typer
from cryptography import x509

from lockgate.errors import CallerError, PeerError
from lockgate.ports import NewRoot, PublishedCertificates, RemoteIssuer, RootSuccession
from lockgate_app.certificate_facts import certificate_contents
from lockgate_app.cli.ca_host import ca_host
from lockgate_app.cli.options import Force, Json
from lockgate_app.cli.presentation import show_all
from lockgate_app.container.ca_host import CaHost
from lockgate_app.issuers import configured_issuer
from lockgate_app.keys import certificate_pem, read_certificate
from lockgate_app.outputs import require_writable, write_file
from lockgate_app.words import Facts

_SHOWN = ("subject", "issuer", "valid_until", "fingerprint")
_Told = tuple[str, bytes]
"""What a certificate is, and the certificate, DER."""


def issuer_certificates(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="As in [ca.issuers.NAME].")],
    root: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="PEM: ask which root has taken over from this one; by default the last one."),
    ] = None,
    output: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the certificates there, PEM.")] = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Ask an issuer's CA for its certificates, and for a root that has taken over. Nothing is trusted by that.

    `known` says that `ca register` was given this certificate. Compare fingerprints with what the CA has published by
    another way before you use another one.

    Example: lockgate --config deployment/ca/lockgate.toml issuer certificates product --output told.pem
    """
    require_writable(output, force=force)
    before = None if root is None else read_certificate(root)
    with ca_host(context) as host:
        issuer, (names, known) = configured_issuer(host.container.zone(), name), _registered(host, name)
    told = [*_own(name, issuer, names), *_roots(issuer, before)]
    rows = [_facts(what, der, known) for what, der in told]
    if output is not None:
        write_file(output, b"".join(certificate_pem(der) for _, der in told), replace=force)
    show_all("certificates", rows, as_json=as_json)


def _registered(host: CaHost, name: str) -> tuple[Sequence[str], frozenset[bytes]]:
    """The CAs for which the issuer signs, and their certificates up to the root."""
    signed_for = [one for one in host.inspection.authorities() if one.issuer == name]
    certificates = (der for one in signed_for for der in (one.certificate, *one.chain))
    return [one.name for one in signed_for] or [""], frozenset(certificates)


def _own(name: str, issuer: RemoteIssuer, names: Sequence[str]) -> Iterator[_Told]:
    if not isinstance(issuer, PublishedCertificates):
        raise CallerError(f"issuer {name}: its adapter asks for no certificates")
    for der in dict.fromkeys(der for ca_name in names for der in issuer.certificates(ca_name)):
        yield "CA", der


def _roots(issuer: RemoteIssuer, before: bytes | None) -> Iterator[_Told]:
    new = issuer.new_root(before) if isinstance(issuer, RootSuccession) else None
    return iter(()) if new is None else _named(new)


def _named(new: NewRoot) -> Iterator[_Told]:
    yield "new root", new.certificate
    if new.by_old is not None:
        yield "new root, by the old key", new.by_old
    if new.old_by_new is not None:
        yield "old root, by the new key", new.old_by_new


def _facts(what: str, der: bytes, known: frozenset[bytes]) -> Facts:
    try:
        x509.load_der_x509_certificate(der)
    except ValueError:
        raise PeerError(f"the CA has told something that is no certificate ({what})") from None
    contents = certificate_contents(der)
    return {"what": what, "known": der in known, **{key: contents[key] for key in _SHOWN}}
