"""The CA and its database, shared by everything in one process of the CA's host."""

from collections.abc import Mapping, Sequence

from dependency_injector import containers, providers
from sqlalchemy import Engine

from lockgate.line.clearance import Clearance
from lockgate.outside.cas import OutsideCa
from lockgate.ports import Issuer
from lockgate.rights.votes import Votes
from lockgate_app.container.databases import database_engine
from lockgate_app.container.outside import believed, outside_cas
from lockgate_app.request_types import installed_request_types
from lockgate_app.settings import CaZone
from lockgate_ca_backend.administration import Administration
from lockgate_ca_backend.administration.approvals import ApprovalAdministration
from lockgate_ca_backend.auditing import Auditor
from lockgate_ca_backend.coordination import SqlCoordinator
from lockgate_ca_backend.escrow import EscrowSealer
from lockgate_ca_backend.facilities import Facilities, KeyRules
from lockgate_ca_backend.in_process import IssuersByCa
from lockgate_ca_backend.inspection import Inspection
from lockgate_ca_backend.key_checks import read_blocklist
from lockgate_ca_backend.keystores import HostKeyGenerator, KeystoreWriter
from lockgate_ca_backend.migrations import CERTIFICATION_AUTHORITY
from lockgate_ca_backend.notices import SqlNotices
from lockgate_ca_backend.observation import Observation
from lockgate_ca_backend.registry.sql_registry import SqlRegistry
from lockgate_ca_backend.secret_checks import SecretChecks
from lockgate_ca_backend.shared_secrets import SqlSharedSecrets
from lockgate_formats.cms import CmsEnvelopes
from lockgate_formats.crls import FullCrlReader
from lockgate_formats.requests.reader import RequestReader
from lockgate_formats.submessages.contents import JsonContents
from lockgate_formats.trust import CurrentIssuersTrust
from lockgate_keys.hardware.token import Token, token_of
from lockgate_persistence.migrating import is_empty


def key_encryption_secret(zone: CaZone) -> bytes:
    """The secret that decrypts the CA's keys."""
    return zone.ca.key_encryption_secret.reveal().encode()


def escrow_sealer(zone: CaZone) -> EscrowSealer | None:
    """Encrypts and decrypts kept keys; None if no keys are kept.

    Raises:
        ConfigurationError: a secret is missing or too short.
    """
    settings = zone.ca
    if settings.escrow_secret is None:
        return None
    previous = (settings.previous_escrow_secret,) if settings.previous_escrow_secret else ()
    return EscrowSealer(settings.escrow_secret.reveal().encode(), [old.reveal().encode() for old in previous])


def ca_token(zone: CaZone) -> Token | None:
    """The token of the CA's keys; None where they are in the registry. It is not used yet.

    Raises:
        ConfigurationError: the extra `hsm` is missing.
        KeystoreError: the token has another PIN elsewhere in the configuration.
    """
    return None if zone.ca.token is None else token_of(zone.ca.token.uri, zone.ca.token.pin.reveal())


def key_rules(zone: CaZone) -> KeyRules:
    """The operator's rules for keys to certify.

    Raises:
        ConfigurationError: the blocklist cannot be read.
    """
    blocklist = read_blocklist(zone.ca.key_blocklist) if zone.ca.key_blocklist else frozenset()
    return KeyRules(blocklist, zone.ca.compared_moduli)


def with_own(issuer: Issuer, own: Mapping[str, Issuer]) -> Issuer:
    """`issuer`, but for the CAs in `own`: issuers of the program's, by the names of their CAs."""
    return IssuersByCa(own, issuer) if own else issuer


def is_installed(engine: Engine) -> bool:
    """Whether the database behind `engine` holds a CA installation, of any version.

    Raises:
        Unavailable: it cannot be reached.
    """
    return not is_empty(engine, CERTIFICATION_AUTHORITY)


def issuer_certificates(
    inspection: Inspection, name: str | None = None, outside: Sequence[OutsideCa] = ()
) -> Sequence[bytes]:
    """The DER certificates of the CA `name`, or of every CA, of this installation or outside.

    Raises:
        ConfigurationError: there is no such CA, or two have that name.
    """
    return believed(inspection.issuer_certificates, outside, name)


class CaContainer(containers.DeclarativeContainer):
    """The CA and its database, shared by everything in one process."""

    zone = providers.Dependency(instance_of=CaZone)
    engine = providers.Singleton(database_engine, zone.provided.ca.database, None)
    installed = providers.Callable(is_installed, engine)
    secret = providers.Callable(key_encryption_secret, zone)
    key_rules = providers.Singleton(key_rules, zone)
    escrow = providers.Singleton(escrow_sealer, zone)
    outside = providers.Singleton(outside_cas, zone)
    crl_reader = providers.Singleton(FullCrlReader)
    token = providers.Singleton(ca_token, zone)
    facilities = providers.Singleton(
        Facilities.under, secret, key_rules=key_rules, escrow=escrow, token=token, outside=outside
    )
    registry = providers.Singleton(SqlRegistry, engine, facilities)
    own_issuers = providers.Dict()
    issuer = providers.Callable(lambda registry, own: with_own(registry.issuer, own), registry, own_issuers)
    shared_secrets = providers.Singleton(SqlSharedSecrets, engine, secret)
    administration = providers.Singleton(Administration, engine, facilities, issuer=issuer)
    auditor = providers.Singleton(Auditor, engine, secret)
    secret_checks = providers.Factory(SecretChecks, engine, facilities)
    inspection = providers.Singleton(Inspection, engine)
    notices = providers.Singleton(SqlNotices, engine)
    observation = providers.Singleton(Observation, engine)
    coordinator = providers.Singleton(SqlCoordinator, engine)
    keys = providers.Singleton(HostKeyGenerator)
    keystores = providers.Singleton(KeystoreWriter)
    request_types = providers.Singleton(installed_request_types)
    contents = providers.Singleton(JsonContents, request_types)
    issuers = providers.Callable(issuer_certificates, inspection, outside=outside)
    administrators = providers.Singleton(CurrentIssuersTrust, issuers.provider)
    requests = providers.Singleton(RequestReader)
    envelopes = providers.Factory(CmsEnvelopes)
    votes = providers.Singleton(Votes, providers.Singleton(CmsEnvelopes, None), contents, administrators)
    clearance = providers.Singleton(Clearance, zone.provided.approvals.rules, votes, contents)
    approvals = providers.Singleton(ApprovalAdministration, engine, facilities, votes=votes)
