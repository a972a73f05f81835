"""Processors: one module per request type, and the table that joins type and processor."""

from collections.abc import Mapping
from types import MappingProxyType

from lockgate.processors.card_renewal import CardRenewalProcessor
from lockgate.processors.case import Case, Plan, Processor
from lockgate.processors.certificate_request import CertificateRequestProcessor
from lockgate.processors.edit_user import EditUserProcessor
from lockgate.processors.key_recovery import KeyRecoveryProcessor
from lockgate.processors.keystore_retrieval import KeyStoreRetrievalProcessor
from lockgate.processors.pkcs10 import PKCS10Processor
from lockgate.processors.pkcs12 import PKCS12Processor
from lockgate.processors.revocation import RevocationProcessor
from lockgate.submessages import (
    CardRenewalRequest,
    CertificateRequestRequest,
    EditUserRequest,
    KeyRecoveryRequest,
    KeyStoreRetrievalRequest,
    PKCS10Request,
    PKCS12Request,
    Request,
    RevocationRequest,
)

__all__ = ["PROCESSORS", "Case", "Plan", "Processor"]

PROCESSORS: Mapping[type[Request], Processor] = MappingProxyType(
    {
        PKCS10Request: PKCS10Processor(),
        PKCS12Request: PKCS12Processor(),
        CertificateRequestRequest: CertificateRequestProcessor(),
        CardRenewalRequest: CardRenewalProcessor(),
        KeyRecoveryRequest: KeyRecoveryProcessor(),
        KeyStoreRetrievalRequest: KeyStoreRetrievalProcessor(),
        EditUserRequest: EditUserProcessor(),
        RevocationRequest: RevocationProcessor(),
    }
)
