"""The CA's CMP service."""

from collections.abc import Mapping

from dependency_injector import containers, providers

from lockgate.errors import ConfigurationError, KeystoreError
from lockgate.line.acting import Acting
from lockgate.ports import CertificateRequests, CertificateTrust, DirectWork, Instruments, Keystore
from lockgate.ports.protocol_transactions import SharedSecrets
from lockgate_app.container.ca import CaContainer
from lockgate_app.container.cmp_aliases import cmp_alias
from lockgate_app.container.cmp_configured import cmp_parts
from lockgate_app.container.keystores import configured_keystore
from lockgate_app.settings import CaZone
from lockgate_app.settings.cmp import CmpTable
from lockgate_formats.cmp.key_delivery import makes_keys
from lockgate_formats.cms.certs_only import certs_only
from lockgate_formats.requests.reader import RequestReader
from lockgate_transport.cmp.direct import DirectService
from lockgate_transport.cmp.service.aliases import CmpAlias
from lockgate_transport.cmp.service.answers import AnswerWriter
from lockgate_transport.cmp.service.certificates import unfit_to_answer
from lockgate_transport.cmp.service.deadlines import Deadlines
from lockgate_transport.cmp.service.delivering import KeyDelivery
from lockgate_transport.cmp.service.enrolling import Enrolling
from lockgate_transport.cmp.service.informing import Informing
from lockgate_transport.cmp.service.keeping import Keeping
from lockgate_transport.cmp.service.reading import MessageReader
from lockgate_transport.cmp.service.requests import Requests
from lockgate_transport.cmp.service.revoking import Revoking
from lockgate_transport.cmp.service.service import CmpService
from lockgate_transport.cmp.service.transactions import Transactions
from lockgate_transport.host.clock import HostRandom
from lockgate_transport.renewals import SignedRenewals
from lockgate_transport.scep.renewals import ScepRenewals


def cmp_keystore(table: CmpTable) -> Keystore:
    """The keystore that signs answers.

    Raises:
        KeystoreError: it cannot be opened, or its certificate is not for that.
    """
    keystore = configured_keystore(table.keystore_path, table.keystore_password, "[cmp] keyStorePassword")
    if unfit := unfit_to_answer(keystore.certificate):
        raise KeystoreError(f"{table.keystore_path}: {unfit}")
    return keystore


def key_authority(table: CmpTable) -> Keystore | None:
    """The keystore that signs keys that the CA has made; None where it makes none.

    Raises:
        KeystoreError: it cannot be opened, or its certificate is not for that.
    """
    if table.kga is None:
        return None
    authority = configured_keystore(table.kga.keystore_path, table.kga.keystore_password, "[cmp.kga] keyStorePassword")
    if not makes_keys(authority.certificate):
        raise KeystoreError(f"{table.kga.keystore_path}: its certificate lacks the extended key usage id-kp-cmKGA")
    return authority


def key_delivery(table: CmpTable) -> KeyDelivery | None:
    """What encrypts keys that the CA has made; None where it makes none.

    Raises:
        KeystoreError: as `key_authority`.
    """
    authority = key_authority(table)
    return None if authority is None else KeyDelivery(authority)


class CmpParts:
    """The parts of the service, made of its settings.

    Attributes:
        service: answers messages.
        deadlines: acts for clients that are silent.
    """

    def __init__(
        self,
        table: CmpTable,
        secrets: SharedSecrets,
        trust: CertificateTrust,
        requests: CertificateRequests,
        acting: Acting,
    ) -> None:
        aliases: Mapping[str, CmpAlias] = {name: cmp_alias(name, each) for name, each in table.alias.items()}
        random = HostRandom()
        reader = MessageReader(aliases, secrets, trust, requests, random)
        asked = Requests(reader, Enrolling(acting, key_delivery(table)), Revoking(acting), acting, trust)
        keeping = Keeping(random)
        transactions = Transactions(asked, Informing(), random)
        self.service = CmpService(reader, transactions, keeping, AnswerWriter(cmp_keystore(table), random))
        self.deadlines = Deadlines(aliases, asked, keeping)


def direct_service(parts: CmpParts | None, registry: DirectWork) -> DirectService:
    """What answers messages on this node itself.

    Raises:
        ConfigurationError: this CA has no CMP service.
    """
    if parts is None:
        raise ConfigurationError("there is no table [cmp]: this CA answers no CMP messages")
    return DirectService(parts.service, registry)


PACKED = providers.Object(certs_only)


class CmpContainer(containers.DeclarativeContainer):
    """The CMP service of a CA node, for clients that reach it directly."""

    zone = providers.Dependency(instance_of=CaZone)
    ca = providers.Container(CaContainer, zone=zone)
    requests = providers.Singleton(RequestReader)
    renewals = providers.Singleton(SignedRenewals, providers.Singleton(ScepRenewals))
    instruments = providers.Singleton(
        Instruments, requests, ca.keys, ca.keystores, providers.Object(certs_only), renewals
    )
    acting = providers.Singleton(Acting, ca.issuer, instruments, ca.clearance)
    parts = providers.Singleton(cmp_parts, zone.provided.cmp, ca.shared_secrets, ca.administrators, requests, acting)
    service = providers.Singleton(direct_service, parts, ca.registry)
