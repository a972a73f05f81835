"""Who is counted for what is asked of an enrolment server: a certificate's holder by name, a stranger by network.

A name that a CA has certified cannot be had for nothing, and stays the same when it is renewed. An address within one's
own network can: a host with one IPv6 address has 2^64 of them (RFC 4291, 2.5.1).
"""

import hashlib
from dataclasses import dataclass
from enum import IntEnum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

MAX_CLIENT_NAME = 64
"""Characters in the name of a client."""
IPV6_PREFIX = 64
"""Bits of an IPv6 address that count."""
NO_ADDRESS = "no address"
"""All of those whose address cannot be read are counted as one."""
_EVERYBODY = ("0.0.0.0/0", "::/0")


class Side(IntEnum):
    """With which others a client is counted. Whatever those of one side ask, there is room for those of another."""

    STRANGERS = 0
    HOLDERS = 1
    """Clients that the CA has certified, and that ask for a new certificate."""
    QUESTIONS = 2
    """What the CA publishes. A client that has recorded a holder's question can have it asked again and again."""


@dataclass(frozen=True, slots=True)
class Client:
    """Who is counted.

    Attributes:
        name: ASCII, at most `MAX_CLIENT_NAME` characters.
    """

    name: str
    side: Side = Side.STRANGERS


def holder(issuer: str, subject: str, side: Side) -> Client:
    """The holder of a certificate with these names, whatever its key."""
    return Client(hashlib.sha256(f"{issuer}\x00{subject}".encode()).hexdigest(), side)


def read_address(text: str) -> IPv4Address | IPv6Address:
    """The IP address `text`; an IPv4-mapped one is IPv4.

    Raises:
        ValueError: it is none.
    """
    address = ip_address(text)
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address


def network(address: IPv4Address | IPv6Address) -> str:
    """What counts of an address: all of IPv4, the first 64 bits of IPv6."""
    is_whole = isinstance(address, IPv4Address)
    return str(address if is_whole else IPv6Network((int(address), IPV6_PREFIX), strict=False))


def stranger(address: str) -> Client:
    """A client that is known by its address alone."""
    try:
        return Client(network(read_address(address)))
    except ValueError:
        return Client(NO_ADDRESS)


def networks(name: str) -> list[IPv4Network | IPv6Network]:
    """The networks that an address, a network or `*`, everybody, stands for.

    Raises:
        ValueError: it is none of them.
    """
    return [ip_network(written) for written in (_EVERYBODY if name == "*" else (name,))]
