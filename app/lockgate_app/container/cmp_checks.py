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


def message_checks(table: CmpProxyTable, clock: Clock) -> tuple[MessageCheck, ...]:
    """The checks that are switched on.

    Raises:
        ConfigurationError: a secret or a file cannot be read, or a CRL is of none of the issuers.
    """
    return tuple(_checks(table, clock))


def _checks(table: CmpProxyTable, clock: Clock) -> Iterator[MessageCheck]:
    if table.aliases:
        yield KnownAlias(frozenset(table.aliases))
    if table.body_types:
        yield AcceptedBody(table.body_types)
    if table.secrets or table.trusted_issuers:
        yield VerifiedProtection(_secrets(table), trusted_issuers(table, clock))


def _secrets(table: CmpProxyTable) -> KnownSecrets | None:
    if not table.secrets:
        return None
    revealed = {reference: secret.reveal().encode() for reference, secret in table.secrets.items()}
    everybody = revealed.pop(EVERYBODY, None)
    limits = ProtectionLimits(table.iterations, hmac_sha1=table.hmac_sha1)
    return KnownSecrets({reference.encode(): secret for reference, secret in revealed.items()}, everybody, limits)


def trusted_issuers(table: CmpProxyTable, clock: Clock) -> TrustedIssuers | None:
    """The check of signatures; None where none is made.

    Raises:
        ConfigurationError: as `message_checks`.
    """
    if not table.trusted_issuers:
        return None
    issuers = [certificate for path in table.trusted_issuers for certificate in read_certificates(path)]
    files = CrlFiles(table.crls, issuers, read_crl) if table.crls else None
    return TrustedIssuers(IssuerTrust(issuers), clock, files.current if files else None)
