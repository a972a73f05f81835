"""The remote issuer that the contract suite runs on: the double, with its CA."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from lockgate.certification.revocation import RevocationReason
from lockgate.ports import Order, RemoteIssuer
from lockgate_testing.contracts.remote_issuer import RemoteIssuerSubject
from lockgate_testing.doubles.remote_ca import AFTER, RemoteCa


@dataclass
class RemoteCaSubject(RemoteIssuerSubject):
    """A client of the double's CA.

    Attributes:
        behaviour: the CA's, where a test does not change it.
    """

    ca: RemoteCa
    issuer: RemoteIssuer
    behaviour: Mapping[str, Any] = field(default_factory=dict)
    ca_name: str = "Remote CA"

    def __post_init__(self) -> None:
        self.certificate = self.ca.certificate
        self.ca.behave(**self.behaviour)

    def refused_order(self) -> Order:
        self.ca.behave(**self.behaviour, refuses="This CA issues nothing today.")
        return self.order()

    @contextmanager
    def cut_off(self) -> Iterator[None]:
        self.ca.behave(**self.behaviour, away=True)
        yield
        self.ca.behave(**self.behaviour)

    @contextmanager
    def answers_later(self) -> Iterator[None]:
        self.ca.behave(**{**self.behaviour, "later": 2})
        yield
        self.ca.behave(**{**self.behaviour, "later": 1})

    def issued(self) -> Sequence[bytes]:
        return self.ca.issued()

    def revoked(self) -> Mapping[int, RevocationReason]:
        return self.ca.revoked()

    def wait(self, duration: timedelta) -> None:
        """The double counts questions, not seconds."""
        assert duration == AFTER
