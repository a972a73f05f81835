"""One-time passwords: made for one end entity, shown once, and spent by its next certificate."""

import base64
import secrets
from datetime import timedelta

ONE_TIME_OCTETS = 16
ONE_TIME_LIFETIME = timedelta(days=7)
"""How long a one-time password can be used, unless told otherwise."""


def new_one_time_password() -> str:
    """128 random bits as 26 capital letters and digits (RFC 4648, 6), to be read out or typed."""
    return base64.b32encode(secrets.token_bytes(ONE_TIME_OCTETS)).decode().rstrip("=")
