"""What tells one enrolment protocol's transactions and messages from another's."""

import re
from dataclasses import dataclass

MAX_PROTOCOL_NAME = 16
"""Characters in the name of a protocol."""
_NAME = re.compile(f"[a-z0-9]{{1,{MAX_PROTOCOL_NAME}}}")


@dataclass(frozen=True, slots=True)
class EnrolmentProtocol:
    """An enrolment protocol that an RA host serves.

    Attributes:
        name: 1 to `MAX_PROTOCOL_NAME` of a-z and 0-9; stands in the rows of its transactions, and in what seals them.
        message_type: of its messages to the CA in the message database; no other protocol has the same.

    Raises:
        ValueError: the name is none.
    """

    name: str
    message_type: int

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ValueError(f"an enrolment protocol's name has 1 to {MAX_PROTOCOL_NAME} of a-z and 0-9")
