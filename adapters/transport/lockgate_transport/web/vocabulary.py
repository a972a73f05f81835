"""The enrolment page's own words: its protocol, what can be asked for, bounds."""

from enum import StrEnum

from lockgate.enrolment.protocol import EnrolmentProtocol
from lockgate.queue.message import MessageType

WEB = EnrolmentProtocol("web", MessageType.WEB)
MAX_FIELD = 255
"""Characters in a username or password at most."""
MAX_REQUEST_TEXT = 32 * 1024
"""Characters in a pasted certificate request at most: 16 KiB of DER make 22 KiB of PEM."""
MIN_KEYSTORE_PASSWORD = 12
"""Characters in the password of a new keystore at least: who has the file can try passwords without limit."""


class Wanted(StrEnum):
    """What somebody asks for; the first part of its transaction's address, and its alias."""

    CERTIFICATE = "certificate"
    KEYSTORE = "keystore"
