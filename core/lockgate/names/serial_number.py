"""Serial numbers of certificates: positive, at most 20 octets (RFC 5280, 4.1.2.2)."""

MAX_BITS = 159
"""Of 20 octets; the first bit of an INTEGER is its sign."""
RULE = "positive, at most 20 octets (RFC 5280, 4.1.2.2)"


def is_serial_number(number: int) -> bool:
    """Whether a certificate may have `number`."""
    return number > 0 and number.bit_length() <= MAX_BITS
