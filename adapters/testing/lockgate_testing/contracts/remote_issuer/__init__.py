"""The contract suites of the port RemoteIssuer: one for every issuer, and one for each promise in its traits."""

from lockgate_testing.contracts.remote_issuer.every import RemoteIssuerContract
from lockgate_testing.contracts.remote_issuer.promises import (
    IdempotentIssuerContract,
    IssuerThatConfirmsContract,
    IssuerThatLooksUpContract,
    IssuerThatPollsContract,
    IssuerThatVoidsUnconfirmedContract,
)
from lockgate_testing.contracts.remote_issuer.subjects import RemoteIssuerSubject

__all__ = [
    "IdempotentIssuerContract",
    "IssuerThatConfirmsContract",
    "IssuerThatLooksUpContract",
    "IssuerThatPollsContract",
    "IssuerThatVoidsUnconfirmedContract",
    "RemoteIssuerContract",
    "RemoteIssuerSubject",
]
