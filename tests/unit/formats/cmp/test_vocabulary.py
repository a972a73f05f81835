"""Names of types, as the RFC's module has them."""

import pytest
from pyasn1_alt_modules import rfc9810

from lockgate_formats.cmp.vocabulary import InfoType


@pytest.mark.parametrize("kind", InfoType)
def test_the_types_of_infos_have_the_rfcs_names(kind: InfoType) -> None:
    assert str(getattr(rfc9810, f"id_it_{kind.rfc_name}")) == kind.value
