"""The CMP proxy's checks, made of its settings."""

from collections.abc import Iterator

from lockgate.ports import Clock
from lockgate_app.keys import read_certificates, read_crl
from lockgate_app.settings.cmp_proxy import EVERYBODY, CmpProxyTable
from lockgate_formats.cmp.limits import ProtectionLimits
from lockgate_formats.trust import IssuerTrust
from lockgate_transport.cmp.checks import AcceptedBody, KnownAlias, MessageCheck
from lockgate_transport.cmp.crl_files import CrlFiles
from lockgate_transport.cmp.protections import KnownSecrets, TrustedIssuers, VerifiedProtection
from lockgate_transport.cmp.vocabulary import BODIES


def message_checks(table: CmpProxyTable, clock: Clock) -> tuple[MessageCheck, ...]:
    """The checks that are switched on.

    Raises:
        ConfigurationError: a secret or a file cannot be read, or a CRL is of none of the issuers.
    """
    return tuple(_checks(table, clock))


def _checks(table: CmpProxyTable, clock: Clock) -> Iterator[MessageCheck]:
    if table.aliases:
        yield KnownAlias(frozenset(table.aliases))
    if table.messages:
        yield AcceptedBody(frozenset(BODIES[message] for message in table.messages))
    if table.secrets or table.trusted_issuers:
        yield VerifiedProtection(_secrets(table), _issuers(table, clock))


def _secrets(table: CmpProxyTable) -> KnownSecrets | None:
    if not table.secrets:
        return None
    revealed = {reference: secret.reveal().encode() for reference, secret in table.secrets.items()}
    everybody = revealed.pop(EVERYBODY, None)
    limits = ProtectionLimits(table.iterations, hmac_sha1=table.hmac_sha1)
    return KnownSecrets({reference.encode(): secret for reference, secret in revealed.items()}, everybody, limits)


def _issuers(table: CmpProxyTable, clock: Clock) -> TrustedIssuers | None:
    if not table.trusted_issuers:
        return None
    files = crl_files(table)
    return TrustedIssuers(IssuerTrust(issuer_certificates(table)), clock, files.current if files else None)


def issuer_certificates(table: CmpProxyTable) -> list[bytes]:
    """The DER certificates of the CAs whose certificates may sign messages.

    Raises:
        ConfigurationError: a file cannot be read.
    """
    return [certificate for path in table.trusted_issuers for certificate in read_certificates(path)]


def crl_files(table: CmpProxyTable) -> CrlFiles | None:
    """Their CRLs; None where none are asked for.

    Raises:
        ConfigurationError: a file cannot be read, or is no CRL of theirs.
    """
    return CrlFiles(table.crls, issuer_certificates(table), read_crl) if table.crls else None
