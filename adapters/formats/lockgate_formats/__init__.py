"""Octets in, verified objects out, and back: CMS, certificates, certificate requests, keys, submessages' JSON."""
