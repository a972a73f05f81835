"""CMP over HTTP (RFC 9811)."""
