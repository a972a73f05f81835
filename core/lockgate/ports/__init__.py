"""What the core asks of the world. Adapters subclass these protocols explicitly; one contract suite per port runs
against every adapter and every double (tests/contract).

All ports are synchronous. Methods raise `Unavailable` where what is behind them cannot be reached; refusals that belong
to the protocol are returned as `Rejected`.
"""

from lockgate.ports.approvals import ApprovalBook
from lockgate.ports.client import Clock, Kept, Outbox, Random, SentRecords
from lockgate.ports.coordination import Coordinator, Fence
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
from lockgate.ports.escrow import KeptKey, KeyEscrow
from lockgate.ports.issuer import Issuer, Order
from lockgate.ports.key_fates import KeyFates
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
from lockgate.ports.messages import MessageStore
from lockgate.ports.publications import Publications, RenewalTerms
from lockgate.ports.registry import IssuanceRequest, Registry, RegistryTransaction
from lockgate.ports.scep import Bounds, NewTransaction, Opening, ScepTransactions, StoredTransaction
from lockgate.ports.wakeup import Sleep, WakeUp

__all__ = [
    "ApprovalBook",
    "Bounds",
    "CertificateRequests",
    "CertificateTrust",
    "Clock",
    "Contents",
    "Coordinator",
    "Envelopes",
    "Fence",
    "Instruments",
    "IssuanceRequest",
    "Issuer",
    "Kept",
    "KeptKey",
    "KeyEscrow",
    "KeyFates",
    "KeyGenerator",
    "KeyPair",
    "KeyTransport",
    "Keystore",
    "KeystoreFile",
    "Keystores",
    "MessageStore",
    "NewTransaction",
    "Opened",
    "Opening",
    "Order",
    "Outbox",
    "Publications",
    "Random",
    "Registry",
    "RegistryTransaction",
    "RenewalProof",
    "RenewalTerms",
    "Renewals",
    "ScepTransactions",
    "SentRecords",
    "SignatureScheme",
    "Signed",
    "Sleep",
    "StoredTransaction",
    "WakeUp",
]
