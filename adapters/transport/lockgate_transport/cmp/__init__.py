"""CMP over HTTP (RFC 9811): the proxy on an RA's host, and the listener of a CA that answers directly."""
