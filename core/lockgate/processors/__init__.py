"""Processors: one module per request type, and the table that joins type and processor."""

from collections.abc import Mapping
from types import MappingProxyType

from lockgate.processors.case import Case, Plan, Processor
from lockgate.processors.edit_user import EditUserProcessor
from lockgate.processors.pkcs10 import PKCS10Processor
from lockgate.processors.revocation import RevocationProcessor
from lockgate.submessages import EditUserRequest, PKCS10Request, Request, RevocationRequest

__all__ = ["PROCESSORS", "Case", "Plan", "Processor"]

PROCESSORS: Mapping[type[Request], Processor] = MappingProxyType(
    {
        PKCS10Request: PKCS10Processor(),
        EditUserRequest: EditUserProcessor(),
        RevocationRequest: RevocationProcessor(),
    }
)
