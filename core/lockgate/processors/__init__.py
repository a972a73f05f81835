"""Processors: one module per request type, and the table that joins type and processor."""

from collections.abc import Mapping
from types import MappingProxyType

from lockgate.processors.case import Case, Processor
from lockgate.processors.pkcs10 import PKCS10Processor
from lockgate.submessages import PKCS10Request, Request

__all__ = ["PROCESSORS", "Case", "Processor"]

PROCESSORS: Mapping[type[Request], Processor] = MappingProxyType({PKCS10Request: PKCS10Processor()})
