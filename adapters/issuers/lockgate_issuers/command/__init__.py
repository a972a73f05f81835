"""The remote issuer of the kind `command`: a program of the operator, started for each request."""

from lockgate_issuers.command.complaints import Complaints
from lockgate_issuers.command.issuer import CommandIssuer, Promise
from lockgate_issuers.command.program import Program, User, find_user
from lockgate_issuers.command.running import run

__all__ = ["CommandIssuer", "Complaints", "Program", "Promise", "User", "find_user", "run"]
