"""A CMP client over `carry: bytes -> bytes` (RFC 9810, RFC 9483), for devices, RAs, and issuers that speak CMP."""

from lockgate_formats.cmp_client.client import Carry, CmpClient, CmpClientParts, Judge, accept
from lockgate_formats.cmp_client.credentials import (
    Credentials,
    KeystoreCredentials,
    SharedSecret,
    SigningCredentials,
)
from lockgate_formats.cmp_client.errors import SendAgain, UnprotectedError, UntrustedHost
from lockgate_formats.cmp_client.requests import CertificateRequest, Revocation
from lockgate_formats.cmp_client.settings import CmpClientSettings
from lockgate_formats.cmp_client.states import State, TransactionEvent
from lockgate_formats.cmp_client.transactions import (
    MAX_WORDS,
    WHOLE_MESSAGE,
    CmpTransaction,
    IssuedCertificate,
    Refusal,
)
from lockgate_formats.cmp_client.trust import AnswerTrust

__all__ = [
    "MAX_WORDS",
    "WHOLE_MESSAGE",
    "AnswerTrust",
    "Carry",
    "CertificateRequest",
    "CmpClient",
    "CmpClientParts",
    "CmpClientSettings",
    "CmpTransaction",
    "Credentials",
    "IssuedCertificate",
    "Judge",
    "KeystoreCredentials",
    "Refusal",
    "Revocation",
    "SendAgain",
    "SharedSecret",
    "SigningCredentials",
    "State",
    "TransactionEvent",
    "UnprotectedError",
    "UntrustedHost",
    "accept",
]
