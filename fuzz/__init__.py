"""Fuzz targets for the parsers that strangers' octets reach first; see README.md."""
