"""Names of senders and recipients (RFC 9810, 5.1.1)."""

NULL_DN = b"\xa4\x02\x30\x00"
"""The DER GeneralName of the empty distinguished name: the sender's or recipient's name is not known."""


def directory_name(name: bytes) -> bytes:
    """The DER GeneralName of the DER Name `name`."""
    raise NotImplementedError
