"""Subjects of certificates from remote issuers: the same texts count, whatever string types the CA has chosen."""

import pytest

from lockgate_ca_backend.received import _same_name
from lockgate_formats import der

COMMON_NAME, ORGANIZATION = der.oid("2.5.4.3"), der.oid("2.5.4.10")
EXAMPLE = der.sequence(ORGANIZATION, der.utf8_string("Example"))
ALICE = der.sequence(der.set_of([der.sequence(COMMON_NAME, der.utf8_string("alice"))]))


def name(*rdns: list[bytes]) -> bytes:
    return der.sequence(*(der.set_of(rdn) for rdn in rdns))


@pytest.mark.parametrize("value", [der.utf8_string("alice"), der.printable_string("alice"), der.ia5_string("alice")])
def test_the_same_text_in_another_string_type(value: bytes) -> None:
    assert _same_name(name([der.sequence(COMMON_NAME, value)]), ALICE)


def test_attributes_of_one_rdn_have_no_order() -> None:
    utf8 = [der.sequence(COMMON_NAME, der.utf8_string("é")), der.sequence(ORGANIZATION, der.utf8_string("x"))]
    bmp = [der.sequence(COMMON_NAME, der.element(der.BMP_STRING, "é".encode("utf-16-be"))), utf8[1]]
    assert _same_name(name(utf8), name(bmp))


@pytest.mark.parametrize(
    "other",
    [
        name([der.sequence(COMMON_NAME, der.printable_string("Alice"))]),
        name([der.sequence(COMMON_NAME, der.printable_string("alice "))]),
        name([der.sequence(ORGANIZATION, der.printable_string("alice"))]),
        name(
            [der.sequence(COMMON_NAME, der.printable_string("alice"))],
            [der.sequence(ORGANIZATION, der.utf8_string("x"))],
        ),
        name(
            [der.sequence(COMMON_NAME, der.printable_string("alice")), der.sequence(ORGANIZATION, der.utf8_string("x"))]
        ),
        name(),
    ],
    ids=["case", "space", "attribute", "more", "more in one", "empty"],
)
def test_another_text_is_another_name(other: bytes) -> None:
    assert not _same_name(other, ALICE)
