"""The public face for RA clients: send requests through the message database, and read the CA's answers.

    with connect("ra/lockgate.toml") as ra:
        pending = ra.send([PKCS10Request(request_id=1, username="alice", ...)])
        (response,) = ra.wait(pending, timeout=timedelta(minutes=1))
        ra.forget(pending)

`RaClient` has what a client does. A client is for one thread at a time. Databases, cryptography and the configuration's
reader are imported when a client is made, not with this module. docs/stability.md says which names stay.
"""

from lockgate.errors import (
    CallerError,
    ConfigurationError,
    DuplicateMessage,
    KeystoreError,
    LockgateError,
    MessageBusy,
    MessageTooLarge,
    NoAnswer,
    NotProcessed,
    PeerError,
    Unavailable,
    UnverifiedAnswer,
)
from lockgate.ports import Keystore, MessageStore, Outbox, WakeUp
from lockgate.queue.message import MessageType
from lockgate.ra.client import ClientParts, ClientPolicy, RaClient
from lockgate.ra.kept import KeptMessages
from lockgate.ra.sent import SentMessage
from lockgate.reasons import Reason
from lockgate.requests.content import Recipient
from lockgate.requests.submessages import (
    CardRenewalRequest,
    CardRenewalResponse,
    CertificateRequestRequest,
    CertificateRequestResponse,
    CMPRequest,
    CMPResponse,
    EditUserRequest,
    EditUserResponse,
    GetCertRequest,
    GetCertResponse,
    GetCRLRequest,
    GetCRLResponse,
    GetNextCACertRequest,
    GetNextCACertResponse,
    IssuedRequest,
    KeyRecoveryRequest,
    KeyStoreRetrievalRequest,
    KeyStoreRetrievalResponse,
    PKCS10Request,
    PKCS10Response,
    PKCS12Request,
    PKCS12Response,
    RenewalRequest,
    Request,
    RequestKind,
    Response,
    ResponseKind,
    RevocationRequest,
    RevocationResponse,
)
from lockgate.version import __version__
from lockgate_ra.opening import OwnParts, connect, open_client, open_keystore

__all__ = [
    "CMPRequest",
    "CMPResponse",
    "CallerError",
    "CardRenewalRequest",
    "CardRenewalResponse",
    "CertificateRequestRequest",
    "CertificateRequestResponse",
    "ClientParts",
    "ClientPolicy",
    "ConfigurationError",
    "DuplicateMessage",
    "EditUserRequest",
    "EditUserResponse",
    "GetCRLRequest",
    "GetCRLResponse",
    "GetCertRequest",
    "GetCertResponse",
    "GetNextCACertRequest",
    "GetNextCACertResponse",
    "IssuedRequest",
    "KeptMessages",
    "KeyRecoveryRequest",
    "KeyStoreRetrievalRequest",
    "KeyStoreRetrievalResponse",
    "Keystore",
    "KeystoreError",
    "LockgateError",
    "MessageBusy",
    "MessageStore",
    "MessageTooLarge",
    "MessageType",
    "NoAnswer",
    "NotProcessed",
    "Outbox",
    "OwnParts",
    "PKCS10Request",
    "PKCS10Response",
    "PKCS12Request",
    "PKCS12Response",
    "PeerError",
    "RaClient",
    "Reason",
    "Recipient",
    "RenewalRequest",
    "Request",
    "RequestKind",
    "Response",
    "ResponseKind",
    "RevocationRequest",
    "RevocationResponse",
    "SentMessage",
    "Unavailable",
    "UnverifiedAnswer",
    "WakeUp",
    "__version__",
    "connect",
    "open_client",
    "open_keystore",
]
