"""Roles of administrators, inside one unit of work."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Protocol

from lockgate.rights.authorization import Role
from lockgate.rights.signer import TrustedCertificate


class Roles(Protocol):
    """Who is a member of which role."""

    @abstractmethod
    def of(self, certificate: TrustedCertificate) -> tuple[Role, ...]:
        """Every role that `certificate` is a member of. A transaction that removes such a membership waits until this
        one ends.

        Raises:
            Conflict: they are being changed.
        """

    @abstractmethod
    def carry_over(self, member: str, joining: str) -> Sequence[str]:
        """Make the certificate `joining` a member of every role that `member` is a member of; their names.

        Args:
            member, joining: SHA-256 fingerprints, lower-case hexadecimal.

        Raises:
            Conflict: the roles are being changed.
        """
