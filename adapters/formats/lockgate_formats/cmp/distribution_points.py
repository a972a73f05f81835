"""The names of CRLs' distribution points (RFC 5280, 4.2.1.13)."""

from lockgate_formats import der
from lockgate_formats.cmp.limits import DEFAULT_LIMITS
from lockgate_formats.cmp.messages import well_formed
from lockgate_formats.cmp.names import take_general_name
from lockgate_formats.fields import Fields

_FULL_NAME, _URL = 0xA0, 0x86


def url_name(url: str) -> bytes:
    """The DER GeneralName of a URL, in ASCII."""
    return der.element(_URL, url.encode("ascii"))


def full_name(*names: bytes) -> bytes:
    """The DER DistributionPointName that has those DER GeneralNames."""
    return der.element(_FULL_NAME, *names)


def names_of(point: bytes) -> tuple[bytes, ...]:
    """The DER GeneralNames of a DER DistributionPointName: all of them name the same point. None where it is named
    relative to the CRL's issuer, which nobody uses.

    Raises:
        MalformedMessage: it is none.
    """
    with well_formed("The name of a distribution point"):
        outer = Fields(point)
        if outer.tag != _FULL_NAME:
            return ()
        names = outer.inside(_FULL_NAME)
        outer.finish()
        return tuple(take_general_name(names) for _ in names.each(DEFAULT_LIMITS.infos, "names"))
