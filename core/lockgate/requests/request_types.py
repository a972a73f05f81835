"""The request types by name, one table: the class of each request, the class of its response, and its processor.

A deployer's own are added by packages that name a `RequestType`
under the entry point group `lockgate.request_types`; everything that holds for the built-in ones holds for them.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from lockgate.errors import ConfigurationError
from lockgate.ports.services import MessageService
from lockgate.requests.processors import (
    CardRenewalProcessor,
    CertificateRequestProcessor,
    CMPProcessor,
    EditUserProcessor,
    GetCertProcessor,
    GetCRLProcessor,
    GetNextCACertProcessor,
    KeyRecoveryProcessor,
    KeyStoreRetrievalProcessor,
    PKCS10Processor,
    PKCS12Processor,
    Processor,
    RenewalProcessor,
    RevocationProcessor,
)
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
    KeyRecoveryRequest,
    KeyStoreRetrievalRequest,
    KeyStoreRetrievalResponse,
    PKCS10Request,
    PKCS10Response,
    PKCS12Request,
    PKCS12Response,
    RenewalRequest,
    Request,
    Response,
    RevocationRequest,
    RevocationResponse,
)

_NAME = re.compile("[A-Za-z][A-Za-z0-9]{0,99}")


@dataclass(frozen=True, slots=True)
class RequestType:
    """A request class, the class of its response, and its processor."""

    request: type[Request]
    response: type[Response]
    processor: Processor

    @property
    def name(self) -> str:
        """Its name in whitelists and submessages."""
        return self.request.__name__


RequestTypes = Mapping[str, RequestType]

REQUEST_TYPES: RequestTypes = MappingProxyType(
    {
        request_type.name: request_type
        for request_type in (
            RequestType(PKCS10Request, PKCS10Response, PKCS10Processor()),
            RequestType(PKCS12Request, PKCS12Response, PKCS12Processor()),
            RequestType(CertificateRequestRequest, CertificateRequestResponse, CertificateRequestProcessor()),
            RequestType(CardRenewalRequest, CardRenewalResponse, CardRenewalProcessor()),
            RequestType(KeyRecoveryRequest, PKCS12Response, KeyRecoveryProcessor()),
            RequestType(KeyStoreRetrievalRequest, KeyStoreRetrievalResponse, KeyStoreRetrievalProcessor()),
            RequestType(EditUserRequest, EditUserResponse, EditUserProcessor()),
            RequestType(RevocationRequest, RevocationResponse, RevocationProcessor()),
            RequestType(RenewalRequest, PKCS10Response, RenewalProcessor()),
            RequestType(GetCertRequest, GetCertResponse, GetCertProcessor()),
            RequestType(GetCRLRequest, GetCRLResponse, GetCRLProcessor()),
            RequestType(GetNextCACertRequest, GetNextCACertResponse, GetNextCACertProcessor()),
            RequestType(CMPRequest, CMPResponse, CMPProcessor()),
        )
    }
)
"""The built-in ones: those of the External RA API, and those that its SCEP RA server and its CMP proxy need."""


def with_cmp(service: MessageService, types: RequestTypes) -> RequestTypes:
    """`types`, where `service` answers CMP messages."""
    return MappingProxyType({**types, CMPRequest.__name__: RequestType(CMPRequest, CMPResponse, CMPProcessor(service))})


def extended(further: Iterable[RequestType]) -> RequestTypes:
    """The built-in request types and `further` ones.

    Raises:
        ConfigurationError: one of them is no dataclass of its kind, or its name is taken or unfit.
    """
    table = dict(REQUEST_TYPES)
    for added in further:
        _check(added, table)
        table[added.name] = added
    return MappingProxyType(table)


def _check(added: RequestType, table: RequestTypes) -> None:
    kinds: tuple[tuple[type, type], ...] = ((added.request, Request), (added.response, Response))
    for kind, base in kinds:
        if not issubclass(kind, base) or "__dataclass_fields__" not in vars(kind):
            raise ConfigurationError(f"request type {added.name}: {kind.__name__} is no dataclass of {base.__name__}")
    if not _NAME.fullmatch(added.name):
        raise ConfigurationError(f"request type {added.name!a}: a name has letters and digits only, 100 at most")
    if added.name in table:
        raise ConfigurationError(f"request type {added.name}: there is one of that name already")
    responses: set[type[Response]] = {Response, *(one.response for one in table.values())}
    known = {one.__name__: one for one in responses}.get(added.response.__name__, added.response)
    if known is not added.response:
        raise ConfigurationError(f"request type {added.name}: there is another response {added.response.__name__}")
