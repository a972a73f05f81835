"""The remote issuer of the kind `command`: a program of the operator, started for each request."""

from lockgate_issuers.command.issuer import CommandIssuer, Promise
from lockgate_issuers.command.program import Program, User, find_user

__all__ = ["CommandIssuer", "Program", "Promise", "User", "find_user"]
