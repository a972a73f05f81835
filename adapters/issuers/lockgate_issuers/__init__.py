"""Adapters of the port RemoteIssuer: CAs that an installation has already."""
