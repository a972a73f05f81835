"""CMP (RFC 9810): the CA's service, the RA's proxy, and what carries messages over HTTP (RFC 9811)."""
