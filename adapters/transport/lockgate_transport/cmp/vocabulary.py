"""CMP's own words on the way (RFC 9811; RFC 9483, 6.1): media type, paths, operations, and names of aliases."""

import re
from collections.abc import Mapping
from types import MappingProxyType

from lockgate.enrolment.protocol import EnrolmentProtocol
from lockgate.queue.message import MessageType
from lockgate_formats.cmp.vocabulary import BodyType

CMP = EnrolmentProtocol("cmp", MessageType.CMP)
MEDIA_TYPE = "application/pkixcmp"
DEFAULT_CONTEXT = "cmpProxy"
"""The first part of the proxy's own paths, as the External RA's CMP proxy has it."""
CA_PATH = "/ejbca/publicweb/cmp"
"""The beginning of a CA's paths."""
WELL_KNOWN = "/.well-known/cmp"
"""RFC 9811, 3.3."""
DEFAULT_ALIAS = "cmp"
"""The alias of paths that name none."""
ALIAS = re.compile("[A-Za-z0-9._-]{1,64}")
"""What an alias of a CA can be called."""
BODIES: Mapping[str, BodyType] = MappingProxyType({body.rfc_name: body for body in BodyType})
"""The bodies of messages by their names (RFC 9810, 5.1.2)."""
OPERATIONS = (
    "initialization",
    "certification",
    "keyupdate",
    "pkcs10",
    "revocation",
    "getcacerts",
    "getrootupdate",
    "getcertreqtemplate",
    "getcrls",
    "nested",
)
"""The last parts of paths that RFC 9483, 6.1 defines. The message says what is asked for; they select nothing."""
