"""Who is counted for SCEP transactions: a certificate's holder by its name, a stranger by its network.

A name that a CA has certified cannot be had for nothing, and stays the same when it is renewed. An address within one's
own network can: whoever has one IPv6 address has 2^64 of them (RFC 4291, 2.5.1).
"""

import hashlib
from dataclasses import dataclass
from enum import IntEnum
from ipaddress import IPv6Address, IPv6Network, ip_address

MAX_CLIENT_NAME = 64
"""Characters in the name of a client."""
IPV6_PREFIX = 64
"""Bits of an IPv6 address that count."""
NO_ADDRESS = "no address"
"""All of those whose address cannot be read are counted as one."""


class Side(IntEnum):
    """With whom a client is counted. Whatever those of one side ask, there is room for those of another."""

    STRANGERS = 0
    HOLDERS = 1
    """Those whom the CA has certified, and who ask for a new certificate."""
    QUESTIONS = 2
    """What the CA publishes. Whoever has recorded a holder's question can have it asked again and again."""


@dataclass(frozen=True, slots=True)
class Client:
    """Who is counted.

    Attributes:
        name: ASCII, at most `MAX_CLIENT_NAME` characters.
    """

    name: str
    side: Side = Side.STRANGERS


def holder(issuer: str, subject: str, side: Side) -> Client:
    """Whoever holds a certificate with these names, whatever its key."""
    return Client(hashlib.sha256(f"{issuer}\x00{subject}".encode()).hexdigest(), side)


def stranger(address: str) -> Client:
    """Whoever asks from `address`: IPv4, or IPv6 of which the first 64 bits count; IPv4-mapped ones count as IPv4."""
    try:
        read = ip_address(address)
    except ValueError:
        return Client(NO_ADDRESS)
    mapped = read.ipv4_mapped if isinstance(read, IPv6Address) else read
    return Client(str(mapped or IPv6Network((int(read), IPV6_PREFIX), strict=False)))
