"""A general CMP message: a list of types with values, each value read as every kind of value."""

from collections.abc import Callable
from contextlib import suppress

from fuzz.running import fuzz
from lockgate_formats.cmp import general_values
from lockgate_formats.cmp.general import read_general, write_general
from lockgate_formats.cmp.messages import InfoValue, MalformedMessage

_READERS: tuple[Callable[[InfoValue], object], ...] = (
    general_values.read_structure,
    general_values.read_structures,
    general_values.read_texts,
    general_values.read_unsupported,
    general_values.read_root_update,
    general_values.read_request_template,
    general_values.read_rsa_length,
    general_values.read_crl_status,
)


def parse(octets: bytes) -> None:
    """Read it; what is read, and written again, is the same."""
    try:
        infos = read_general(octets)
    except MalformedMessage:
        return
    if read_general(write_general(infos)) != infos:
        raise AssertionError("it is not what was written")
    for info in infos:
        for read in _READERS:
            with suppress(MalformedMessage):
                read(info)


if __name__ == "__main__":
    fuzz(parse)
