"""An independent encoder and decoder of ASN.1: pyasn1 with the RFCs' own modules, filled from plain values."""

from dataclasses import dataclass
from typing import Any

from pyasn1.codec.der.decoder import decode
from pyasn1.codec.der.encoder import encode
from pyasn1.type import char, univ

_AS_MADE = {"matchTags": False, "matchConstraints": False}  # it was made of the component's own type


@dataclass(frozen=True)
class Der:
    """A component that is DER already."""

    octets: bytes


def encoded(spec: Any, value: Any) -> bytes:
    """The DER of the type `spec` with that value: dictionaries for sequences and choices, lists, and simple values."""
    return bytes(encode(_filled(spec.clone(), value)))


def decoded_again(spec: Any, octets: bytes) -> bytes:
    """The DER that the oracle writes of what it reads from `octets` as the type `spec`."""
    read, rest = decode(octets, asn1Spec=spec)
    assert not rest
    return bytes(encode(read))


def _filled(component: Any, value: Any) -> Any:
    match value:
        case dict():
            for name, inner in value.items():
                component.setComponentByName(name, _filled(component.getComponentByName(name), inner), **_AS_MADE)
            return component
        case list():
            for index, inner in enumerate(value):
                component.setComponentByPosition(index, _filled(component.componentType.clone(), inner))
            return component
        case Der(octets):
            return _copied(component, octets)
        case bytes() if isinstance(component, univ.BitString):
            return component.clone(hexValue=value.hex()) if value else component.clone(())
        case str() if isinstance(component, char.UTF8String):
            return component.clone(value)
    return component.clone(value)


def _copied(component: Any, octets: bytes) -> Any:
    """The component, which may be tagged, with the contents of DER that is not."""
    read, rest = decode(octets, asn1Spec=type(component)())
    assert not rest
    if isinstance(component, univ.Choice):
        component.setComponentByName(read.getName(), read.getComponent(), **_AS_MADE)
        return component
    if isinstance(component, univ.SequenceOf):
        for index in range(len(read)):
            component.setComponentByPosition(index, read.getComponentByPosition(index))
        return component
    for name in read:
        if read[name].isValue:
            component.setComponentByName(name, read[name], **_AS_MADE)
    return component
