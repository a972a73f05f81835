"""The services that the core needs from outside. Adapters subclass these protocols explicitly; one contract suite per
port, in the package lockgate_testing, runs against every adapter and every double.

All ports are synchronous. Methods raise `Unavailable` if the service behind them cannot be reached; refusals that
belong to the protocol are returned as `Rejected`.
"""

from lockgate.ports.approvals import Approvals
from lockgate.ports.certificates import Certificates
from lockgate.ports.client import Clock, Kept, Outbox, Random, SentRecords
from lockgate.ports.coordination import Coordinator, Fence
from lockgate.ports.end_entities import EndEntities
from lockgate.ports.enrolments import (
    Bounds,
    EnrolmentTransactions,
    NewTransaction,
    Opening,
    StoredTransaction,
    TransactionSealer,
)
from lockgate.ports.envelopes import (
    CertificateTrust,
    Contents,
    Envelopes,
    Keystore,
    KeyTransport,
    Opened,
    SignatureScheme,
    Signed,
)
from lockgate.ports.issuance import Issuance, IssuanceRequest
from lockgate.ports.issuer import Issuer, Order
from lockgate.ports.journal import Journal
from lockgate.ports.kept_keys import KeptKey, KeptKeys
from lockgate.ports.keys import (
    CertificateRequests,
    Instruments,
    KeyGenerator,
    KeyPair,
    KeystoreFile,
    Keystores,
    RenewalProof,
    Renewals,
)
from lockgate.ports.known_keys import KnownKeys
from lockgate.ports.messages import MessageStore
from lockgate.ports.ocsp_answers import AnswerSigning, OcspAnswers
from lockgate.ports.operations import Intent, KeystoreDelivery, Operation, Operations
from lockgate.ports.outside_answers import KeptAnswer, OcspResponder, OutsideAnswers
from lockgate.ports.outside_crls import (
    CrlReader,
    FetchState,
    KeptCrl,
    OutsideCrls,
    PublishedCrls,
    RevocationList,
)
from lockgate.ports.profiles import Profiles, RenewalTerms, Rules
from lockgate.ports.protocol_transactions import (
    MessageKey,
    ProtocolTransaction,
    ProtocolTransactions,
    SharedSecrets,
    TransactionKey,
)
from lockgate.ports.publications import ChainMember, KeyChange, Publications, PublishedCrl
from lockgate.ports.published_certificates import NewRoot, PublishedCertificates, RootSuccession
from lockgate.ports.reachable_issuer import ReachableIssuer
from lockgate.ports.registry import DirectWork, Registry, RegistryTransaction
from lockgate.ports.remote_issuer import (
    Counts,
    Issued,
    IssuerAnswer,
    Later,
    RemoteIssuer,
    RevocationOrder,
    Revoked,
    Traits,
)
from lockgate.ports.roles import Roles
from lockgate.ports.tracing import NO_TRACING, Span, SpanFacts, Tracer
from lockgate.ports.wakeup import Sleep, WakeUp

__all__ = [
    "NO_TRACING",
    "AnswerSigning",
    "Approvals",
    "Bounds",
    "CertificateRequests",
    "CertificateTrust",
    "Certificates",
    "ChainMember",
    "Clock",
    "Contents",
    "Coordinator",
    "Counts",
    "CrlReader",
    "DirectWork",
    "EndEntities",
    "EnrolmentTransactions",
    "Envelopes",
    "Fence",
    "FetchState",
    "Instruments",
    "Intent",
    "Issuance",
    "IssuanceRequest",
    "Issued",
    "Issuer",
    "IssuerAnswer",
    "Journal",
    "Kept",
    "KeptAnswer",
    "KeptCrl",
    "KeptKey",
    "KeptKeys",
    "KeyChange",
    "KeyGenerator",
    "KeyPair",
    "KeyTransport",
    "Keystore",
    "KeystoreDelivery",
    "KeystoreFile",
    "Keystores",
    "KnownKeys",
    "Later",
    "MessageKey",
    "MessageStore",
    "NewRoot",
    "NewTransaction",
    "OcspAnswers",
    "OcspResponder",
    "Opened",
    "Opening",
    "Operation",
    "Operations",
    "Order",
    "Outbox",
    "OutsideAnswers",
    "OutsideCrls",
    "Profiles",
    "ProtocolTransaction",
    "ProtocolTransactions",
    "Publications",
    "PublishedCertificates",
    "PublishedCrl",
    "PublishedCrls",
    "Random",
    "ReachableIssuer",
    "Registry",
    "RegistryTransaction",
    "RemoteIssuer",
    "RenewalProof",
    "RenewalTerms",
    "Renewals",
    "RevocationList",
    "RevocationOrder",
    "Revoked",
    "Roles",
    "RootSuccession",
    "Rules",
    "SentRecords",
    "SharedSecrets",
    "SignatureScheme",
    "Signed",
    "Sleep",
    "Span",
    "SpanFacts",
    "StoredTransaction",
    "Tracer",
    "Traits",
    "TransactionKey",
    "TransactionSealer",
    "WakeUp",
]
