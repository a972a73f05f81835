"""Processors: one module per request type; `lockgate.requests.request_types` joins them to their types."""

from lockgate.requests.processors.base import Brought, Processor
from lockgate.requests.processors.card_renewal import CardRenewalProcessor
from lockgate.requests.processors.central_keys import CentralKeyProcessor, CentralKeyUpdateProcessor
from lockgate.requests.processors.certificate_request import CertificateRequestProcessor
from lockgate.requests.processors.cmp import CMPProcessor
from lockgate.requests.processors.devices import CentralKeyDeviceProcessor, DeviceProcessor
from lockgate.requests.processors.edit_user import EditUserProcessor
from lockgate.requests.processors.key_recovery import KeyRecoveryProcessor
from lockgate.requests.processors.keystore_retrieval import KeyStoreRetrievalProcessor
from lockgate.requests.processors.pkcs10 import PKCS10Processor
from lockgate.requests.processors.pkcs12 import PKCS12Processor
from lockgate.requests.processors.publications import GetCertProcessor, GetCRLProcessor, GetNextCACertProcessor
from lockgate.requests.processors.renewal import KeyUpdateProcessor, RenewalProcessor
from lockgate.requests.processors.revocation import RevocationProcessor

__all__ = [
    "Brought",
    "CMPProcessor",
    "CardRenewalProcessor",
    "CentralKeyDeviceProcessor",
    "CentralKeyProcessor",
    "CentralKeyUpdateProcessor",
    "CertificateRequestProcessor",
    "DeviceProcessor",
    "EditUserProcessor",
    "GetCRLProcessor",
    "GetCertProcessor",
    "GetNextCACertProcessor",
    "KeyRecoveryProcessor",
    "KeyStoreRetrievalProcessor",
    "KeyUpdateProcessor",
    "PKCS10Processor",
    "PKCS12Processor",
    "Processor",
    "RenewalProcessor",
    "RevocationProcessor",
]
