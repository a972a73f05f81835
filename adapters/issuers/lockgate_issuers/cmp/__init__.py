"""A remote issuer that speaks CMP (RFC 9810), for every CA that does."""

from lockgate_issuers.cmp.crls import CmpCrls, CmpIssuerWithCrls, CrlQuestion
from lockgate_issuers.cmp.issuer import CmpClients, CmpIssuer
from lockgate_issuers.cmp.writing import RequestKind, Writing

__all__ = ["CmpClients", "CmpCrls", "CmpIssuer", "CmpIssuerWithCrls", "CrlQuestion", "RequestKind", "Writing"]
