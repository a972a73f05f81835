"""The request types of the External RA API by name: which class each names, and which class answers it."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from lockgate.submessages import (
    CardRenewalRequest,
    CardRenewalResponse,
    CertificateRequestRequest,
    CertificateRequestResponse,
    EditUserRequest,
    EditUserResponse,
    KeyRecoveryRequest,
    KeyStoreRetrievalRequest,
    KeyStoreRetrievalResponse,
    PKCS10Request,
    PKCS10Response,
    PKCS12Request,
    PKCS12Response,
    Request,
    Response,
    RevocationRequest,
    RevocationResponse,
)


@dataclass(frozen=True, slots=True)
class RequestType:
    """A request class and the class of its response."""

    request: type[Request]
    response: type[Response]


REQUEST_TYPES: Mapping[str, RequestType] = MappingProxyType(
    {
        request.__name__: RequestType(request, response)
        for request, response in (
            (PKCS10Request, PKCS10Response),
            (PKCS12Request, PKCS12Response),
            (CertificateRequestRequest, CertificateRequestResponse),
            (CardRenewalRequest, CardRenewalResponse),
            (KeyRecoveryRequest, PKCS12Response),
            (KeyStoreRetrievalRequest, KeyStoreRetrievalResponse),
            (EditUserRequest, EditUserResponse),
            (RevocationRequest, RevocationResponse),
        )
    }
)
"""Every request type, under the name that whitelists and submessages use."""
