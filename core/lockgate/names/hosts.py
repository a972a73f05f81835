"""Hosts and URLs that the configuration names: whether what is sent there leaves this host."""

import ipaddress
from urllib.parse import urlsplit


def is_loopback(host: str) -> bool:
    """Whether that host is this one, reached without a network.

    Args:
        host: an IP address, an IPv6 one also in brackets, or a name.
    """
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def is_unread_on_the_way(url: str) -> bool:
    """Whether nobody between this host and the server of that URL reads what is sent: by TLS, or without a network.

    A URL that cannot be read is no such one.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or ""))
