"""Values of general messages about keys (RFC 9810, 5.3.19): a CA's change of its key, and the parameters of key pairs.

The functions are of the two kinds that `general_values` has.
"""

from lockgate_formats import der
from lockgate_formats.cmp.general_values import RootUpdate
from lockgate_formats.cmp.messages import InfoValue, well_formed
from lockgate_formats.cmp.vocabulary import InfoType
from lockgate_formats.fields import contents_of, oid, read_whole


def key_announcement_info(new: bytes, new_with_old: bytes, old_with_new: bytes) -> InfoValue:
    """A CAKeyUpdAnnContent (RFC 9810, 5.3.13) of those DER certificates."""
    return InfoValue(InfoType.CA_KEY_UPDATE_INFO, der.sequence(old_with_new, new_with_old, new))


def read_key_announcement(info: InfoValue) -> RootUpdate:
    """The certificates of `CA_KEY_UPDATE_INFO`; all three are there."""
    with well_formed("The announcement of a CA's new key"):
        fields = read_whole(info.value or b"")
        old_with_new, new_with_old, new = (fields.element(der.SEQUENCE) for _ in range(3))
        fields.finish()
        return RootUpdate(new, new_with_old, old_with_new)


def key_type_info(algorithm: str) -> InfoValue:
    """Asks for the parameters of key pairs of the dotted algorithm (RFC 9810, 5.3.19.8)."""
    return InfoValue(InfoType.KEY_PAIR_PARAM_REQ, der.oid(algorithm))


def read_key_type(info: InfoValue) -> str:
    """The dotted algorithm of `KEY_PAIR_PARAM_REQ`."""
    with well_formed("The algorithm of a key pair"):
        return oid(contents_of(info.value or b"", der.OBJECT_IDENTIFIER))
