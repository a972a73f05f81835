"""The OCSP responder of an RA's zone, which serves what the CA's side has signed (RFC 6960, RFC 5019)."""
