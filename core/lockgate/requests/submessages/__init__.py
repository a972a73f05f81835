"""Requests and responses of the External RA API: frozen dataclasses, and the rules of their fields as data.

The names are the historic ones, because deployers write them in whitelists. Binary fields are DER. The JSON encoding
and the published JSON Schema are generated from these classes (adapters/transport). A field's metadata says what
its type cannot: `max_length` (characters or octets), `pattern` (of a text), `secret` (never in clear, never logged).
"""

from lockgate.requests.submessages.base import (
    MAX_NAME_LENGTH,
    EndEntityRequest,
    Request,
    Response,
    der,
    secret_fields,
    text,
)
from lockgate.requests.submessages.certificates import (
    CardRenewalRequest,
    CardRenewalResponse,
    CertificateRequestRequest,
    CertificateRequestResponse,
    PKCS10Request,
    PKCS10Response,
    RenewalRequest,
    RequestKind,
    ResponseKind,
)
from lockgate.requests.submessages.cmp import CMPRequest, CMPResponse
from lockgate.requests.submessages.end_entities import (
    EditUserRequest,
    EditUserResponse,
    RevocationRequest,
    RevocationResponse,
)
from lockgate.requests.submessages.keystores import (
    KeyRecoveryRequest,
    KeyStoreRetrievalRequest,
    KeyStoreRetrievalResponse,
    PKCS12Request,
    PKCS12Response,
)
from lockgate.requests.submessages.publications import (
    GetCertRequest,
    GetCertResponse,
    GetCRLRequest,
    GetCRLResponse,
    GetNextCACertRequest,
    GetNextCACertResponse,
    IssuedRequest,
)

__all__ = [
    "MAX_NAME_LENGTH",
    "CMPRequest",
    "CMPResponse",
    "CardRenewalRequest",
    "CardRenewalResponse",
    "CertificateRequestRequest",
    "CertificateRequestResponse",
    "EditUserRequest",
    "EditUserResponse",
    "EndEntityRequest",
    "GetCRLRequest",
    "GetCRLResponse",
    "GetCertRequest",
    "GetCertResponse",
    "GetNextCACertRequest",
    "GetNextCACertResponse",
    "IssuedRequest",
    "KeyRecoveryRequest",
    "KeyStoreRetrievalRequest",
    "KeyStoreRetrievalResponse",
    "PKCS10Request",
    "PKCS10Response",
    "PKCS12Request",
    "PKCS12Response",
    "RenewalRequest",
    "Request",
    "RequestKind",
    "Response",
    "ResponseKind",
    "RevocationRequest",
    "RevocationResponse",
    "der",
    "secret_fields",
    "text",
]
