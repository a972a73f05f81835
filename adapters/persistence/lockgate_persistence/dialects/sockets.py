"""How much came in on a socket that a driver reads by itself: the system counts it."""

import socket
import struct

RECEIVED = struct.Struct("=128xQ")
"""Where the octets received stand in what Linux says of a TCP connection (`tcpi_bytes_received`)."""
ROOM = 256
IP = (socket.AF_INET, socket.AF_INET6)


def octets_received(fileno: int) -> int:
    """The octets that came in on the TCP socket `fileno`; 0 where nobody counts: a local socket, another system."""
    its = socket.socket(fileno=fileno)
    try:
        if its.family not in IP or not hasattr(socket, "TCP_INFO"):
            return 0
        facts = its.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, ROOM)
        return int(RECEIVED.unpack_from(facts)[0]) if len(facts) >= RECEIVED.size else 0
    finally:
        its.detach()
