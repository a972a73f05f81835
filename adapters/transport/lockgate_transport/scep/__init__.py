"""SCEP (RFC 8894): pkiMessages read and written, the RA's server, its HTTP side."""
