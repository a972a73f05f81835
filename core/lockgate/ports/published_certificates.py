"""What the CA of a remote issuer says of its own certificates. Nothing here believes it."""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable


@dataclass(frozen=True, slots=True)
class NewRoot:
    """A root that has taken over from another one (RFC 9810, 4.4). Certificates are DER, and none was verified.

    Attributes:
        certificate: its own.
        by_old: the new root's key, certified by the old one; None where the CA does not tell it, as:
        old_by_new: the old root's key, certified by the new one.
    """

    certificate: bytes = field(repr=False)
    by_old: bytes | None = field(default=None, repr=False)
    old_by_new: bytes | None = field(default=None, repr=False)


@runtime_checkable
class PublishedCertificates(Protocol):
    """A CA that tells its certificates. An adapter of `RemoteIssuer` may be one besides. Operators ask (`lockgate
    issuer certificates`); nothing else does."""

    @abstractmethod
    def certificates(self, ca_name: str) -> Sequence[bytes]:
        """The certificate of the CA, then those of the CAs above it, as far as it tells them; DER, not verified.

        The call is bounded in time and octets.

        Args:
            ca_name: by which the registry knows the CA; empty where it knows none.

        Raises:
            NotSent: nothing has reached the CA.
            Unavailable: it has not answered.
            PeerError: it tells none, or what has answered is not provably the CA.
        """


@runtime_checkable
class RootSuccession(Protocol):
    """A CA that tells which root has taken over. An adapter of `RemoteIssuer` may be one besides, for operators."""

    @abstractmethod
    def new_root(self, root: bytes | None) -> NewRoot | None:
        """The root that has taken over from another one; None where there is none.

        Args:
            root: DER, the root before; None for the last one from which another has taken over.

        Raises:
            NotSent, Unavailable, PeerError: as of `PublishedCertificates.certificates`.
        """
