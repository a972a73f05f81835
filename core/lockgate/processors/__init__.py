"""Processors: one module per request type; `lockgate.registry` joins them to their types."""

from lockgate.processors.base import Brought, Processor
from lockgate.processors.card_renewal import CardRenewalProcessor
from lockgate.processors.certificate_request import CertificateRequestProcessor
from lockgate.processors.edit_user import EditUserProcessor
from lockgate.processors.key_recovery import KeyRecoveryProcessor
from lockgate.processors.keystore_retrieval import KeyStoreRetrievalProcessor
from lockgate.processors.pkcs10 import PKCS10Processor
from lockgate.processors.pkcs12 import PKCS12Processor
from lockgate.processors.publications import GetCertProcessor, GetCRLProcessor, GetNextCACertProcessor
from lockgate.processors.renewal import RenewalProcessor
from lockgate.processors.revocation import RevocationProcessor

__all__ = [
    "Brought",
    "CardRenewalProcessor",
    "CertificateRequestProcessor",
    "EditUserProcessor",
    "GetCRLProcessor",
    "GetCertProcessor",
    "GetNextCACertProcessor",
    "KeyRecoveryProcessor",
    "KeyStoreRetrievalProcessor",
    "PKCS10Processor",
    "PKCS12Processor",
    "Processor",
    "RenewalProcessor",
    "RevocationProcessor",
]
