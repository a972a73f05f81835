"""Whether a secret stands in the CA's database, in any form in which it would be one no more."""

import base64
from collections.abc import Iterator

from tests.support.scenarios.ca_side import CaSide


def is_stored(ca_side: CaSide, secret: bytes) -> bool:
    """Whether the octets stand somewhere in the database, as they are or as texts hold octets."""
    stored = b"".join(_every_value(ca_side))
    assert len(stored) > len(secret)
    return any(form in stored for form in _forms(secret))


def _every_value(ca_side: CaSide) -> Iterator[bytes]:
    for table in ca_side.column("select name from sqlite_master where type = 'table'"):
        for name in ca_side.column(f"select name from pragma_table_info('{table}')"):
            found = ca_side.column(f'select hex(cast("{name}" as blob)) from "{table}"')
            yield from (bytes.fromhex(value) for value in found if value)


def _forms(secret: bytes) -> Iterator[bytes]:
    yield from (secret, secret.hex().encode())
    for before in range(3):
        written = base64.b64encode(bytes(before) + secret + bytes(3))
        yield written[4 : 4 * (len(secret) // 3)]
