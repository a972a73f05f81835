"""CMP's own words over HTTP (RFC 9811)."""

from lockgate.enrolment.protocol import EnrolmentProtocol
from lockgate.queue.message import MessageType

CMP = EnrolmentProtocol("cmp", MessageType.CMP)
