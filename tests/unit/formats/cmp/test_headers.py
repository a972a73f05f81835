"""Headers and whole messages: as another encoder writes them, in bounds, and salvaged where they are malformed."""

from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import Any

import pytest
from pyasn1_alt_modules import rfc9810

from lockgate_formats import der
from lockgate_formats.cmp.embedded import CONFIRMED
from lockgate_formats.cmp.general_values import IMPLICIT_CONFIRM, confirm_wait_info, texts_info
from lockgate_formats.cmp.headers import encode_header, read_header
from lockgate_formats.cmp.limits import DEFAULT_LIMITS, MessageLimits
from lockgate_formats.cmp.messages import Header, InfoValue, MalformedMessage
from lockgate_formats.cmp.names import NULL_DN, directory_name
from lockgate_formats.cmp.pki_message import read_message, write_message
from lockgate_formats.cmp.vocabulary import BodyType, FailInfo, InfoType
from lockgate_formats.cms import oids
from lockgate_formats.cms.algorithms import algorithm
from tests.support.pki.asn1_oracle import Der, decoded_again, encoded
from tests.support.pki.identities import authority, name, ra

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
SENDER, RECIPIENT = name("client").public_bytes(), name("CA").public_bytes()
ALGORITHM = algorithm(oids.ECDSA_WITH_SHA256)
BARE = Header(pvno=2, sender=directory_name(SENDER), recipient=directory_name(RECIPIENT))
NAMES = {"sender": {"directoryName": Der(SENDER)}, "recipient": {"directoryName": Der(RECIPIENT)}}
FIELDS: dict[str, tuple[Any, str, Any]] = {
    "message_time": (NOW, "messageTime", "20260304050607Z"),
    "protection_algorithm": (ALGORITHM, "protectionAlg", Der(ALGORITHM)),
    "sender_kid": (b"a reference", "senderKID", b"a reference"),
    "recip_kid": (b"another", "recipKID", b"another"),
    "transaction_id": (b"\x01" * 16, "transactionID", b"\x01" * 16),
    "sender_nonce": (b"\x02" * 16, "senderNonce", b"\x02" * 16),
    "recip_nonce": (b"\x03" * 16, "recipNonce", b"\x03" * 16),
    "free_text": (("für", "people"), "freeText", ["für", "people"]),
    "general_info": (
        (IMPLICIT_CONFIRM, InfoValue("2.999", None)),
        "generalInfo",
        [{"infoType": str(InfoType.IMPLICIT_CONFIRM), "infoValue": der.NULL}, {"infoType": "2.999"}],
    ),
}
FULL = replace(BARE, pvno=3, **{field: value for field, (value, _, _) in FIELDS.items()})


def message(header: Header = FULL) -> bytes:
    return write_message(header, BodyType.PKICONF, CONFIRMED)


def oracle_value(header: Header) -> dict[str, Any]:
    given = {theirs: value for ours, (_, theirs, value) in FIELDS.items() if getattr(header, ours)}
    return {"pvno": header.pvno, **NAMES, **given}


@pytest.mark.parametrize("header", [BARE, FULL, *(replace(BARE, **{f: v[0]}) for f, v in FIELDS.items())])
def test_headers_are_as_by_another_encoder(header: Header) -> None:
    octets = encoded(rfc9810.PKIHeader(), oracle_value(header))
    assert encode_header(header) == octets
    assert read_header(octets, DEFAULT_LIMITS) == header


def test_every_field_of_the_dataclass_is_in_the_table() -> None:
    assert {field.name for field in fields(Header)} == {"pvno", "sender", "recipient", *FIELDS}


GENERAL_NAMES = {
    "a directory name": (directory_name(SENDER), SENDER),
    "no name": (NULL_DN, der.sequence()),
    "an e-mail address": (der.implicit(1, b"a@example.org"), None),
    "a host name": (der.implicit(2, b"a.example"), None),
    "an address": (der.implicit(7, bytes(4)), None),
}


@pytest.mark.parametrize(("general_name", "directory"), GENERAL_NAMES.values(), ids=GENERAL_NAMES)
def test_senders_of_every_kind(general_name: bytes, directory: bytes | None) -> None:
    read = read_message(message(replace(BARE, sender=general_name, recipient=general_name))).header
    assert (read.sender, read.sender_name, read.recipient_name) == (general_name, directory, directory)


@pytest.mark.parametrize("body_type", BodyType)
def test_every_kind_of_body_comes_through(body_type: BodyType) -> None:
    read = read_message(write_message(BARE, body_type, der.sequence(b"\x05\x00")))
    assert (read.body_type, read.body) == (body_type, der.sequence(b"\x05\x00"))


class Fixed:
    """Protects each message in the same way."""

    algorithm = ALGORITHM

    def __init__(self) -> None:
        self.parts: list[bytes] = []

    def protect(self, protected_part: bytes) -> bytes:
        self.parts.append(protected_part)
        return b"a signature"


def test_a_whole_message_is_as_by_another_encoder() -> None:
    fixed = Fixed()
    certificates = (ra().der, authority().der)
    octets = write_message(BARE, BodyType.PKICONF, CONFIRMED, fixed, certificates)
    header = oracle_value(replace(BARE, protection_algorithm=ALGORITHM))
    assert octets == encoded(
        rfc9810.PKIMessage(),
        {
            "header": header,
            "body": {"pkiconf": b""},
            "protection": b"a signature",
            "extraCerts": [Der(one) for one in certificates],
        },
    )
    assert decoded_again(rfc9810.PKIMessage(), octets) == octets
    read = read_message(octets)
    protected = encoded(rfc9810.ProtectedPart(), {"header": header, "body": {"pkiconf": b""}})
    assert fixed.parts == [protected]
    assert (read.protected_part, read.protection, read.extra_certs) == (protected, b"a signature", certificates)
    assert (read.octets, read.header.protection_algorithm) == (octets, ALGORITHM)


def test_a_message_without_protection_names_no_algorithm() -> None:
    read = read_message(message())
    assert (read.header.protection_algorithm, read.protection, read.extra_certs) == (None, None, ())


def test_values_in_general_info() -> None:
    infos = (IMPLICIT_CONFIRM, confirm_wait_info(NOW), texts_info(InfoType.CERT_PROFILE, ("one", "two")))
    read = read_message(message(replace(BARE, general_info=infos))).header
    assert (read.implicit_confirm, read.confirm_wait_time) == (True, NOW)
    assert read.certificate_profiles == ("one", "two")
    without = read_message(message(BARE)).header
    assert (without.implicit_confirm, without.confirm_wait_time, without.certificate_profiles) == (False, None, ())


@pytest.mark.parametrize("value", [None, b"\x01\x01\xff", b"\x05\x01\x00", b"\x30\x00"])
def test_implicit_confirmation_with_another_value_than_null(value: bytes | None) -> None:
    header = replace(BARE, general_info=(InfoValue(InfoType.IMPLICIT_CONFIRM, value),))
    with pytest.raises(MalformedMessage, match=r"implicitConfirm in generalInfo must be NULL\.") as raised:
        print(header.implicit_confirm)
    assert raised.value.fail_info is FailInfo.BAD_REQUEST


@pytest.mark.parametrize(
    ("kind", "attribute"),
    [(InfoType.CERT_PROFILE, "certificate_profiles"), (InfoType.CONFIRM_WAIT_TIME, "confirm_wait_time")],
)
def test_other_values_in_general_info_that_are_malformed(kind: InfoType, attribute: str) -> None:
    many = der.sequence(*[der.utf8_string("x")] * 17)
    for value in (None, b"\x05\x00", b"\x18\x0d202601010000Z", der.sequence(b"\x0c\x01\xff"), many):
        with pytest.raises(MalformedMessage):
            getattr(replace(BARE, general_info=(InfoValue(kind, value),)), attribute)


LIMITS = MessageLimits()
BOUNDS: dict[str, tuple[str, Any]] = {
    "transaction_id": ("transaction_id", bytes),
    "sender_nonce": ("nonce", bytes),
    "recip_nonce": ("nonce", bytes),
    "sender_kid": ("key_identifier", bytes),
    "recip_kid": ("key_identifier", bytes),
    "free_text": ("texts", lambda n: ("x",) * n),
    "general_info": ("infos", lambda n: (IMPLICIT_CONFIRM,) * n),
    "protection_algorithm": ("algorithm", lambda n: der.sequence(bytes(n - 4))),
    "sender": ("name", lambda n: der.implicit(2, b"x" * (n - 4))),
    "recipient": ("name", lambda n: der.implicit(2, b"x" * (n - 4))),
}


@pytest.mark.parametrize("field", BOUNDS)
def test_fields_are_bounded(field: str) -> None:
    bound, make = BOUNDS[field]
    limit = getattr(LIMITS, bound)
    for count, accepted in ((limit, True), (limit + 1, False)):
        octets = der.sequence(encode_header(replace(BARE, **{field: make(count)})), der.explicit(19, der.NULL))
        if accepted:
            assert getattr(read_message(octets).header, field) == make(count)
        else:
            with pytest.raises(MalformedMessage, match=r"^The header cannot be read: (an? [\w ]+ of |)more than \d+"):
                read_message(octets)


def test_messages_and_their_certificates_are_bounded() -> None:
    def refused(octets: bytes, limits: MessageLimits) -> str:
        with pytest.raises(MalformedMessage) as raised:
            read_message(octets, limits)
        return raised.value.text

    octets = write_message(BARE, BodyType.PKICONF, CONFIRMED, None, (ra().der,) * 3)
    assert len(read_message(octets, MessageLimits(extra_certs=3, octets=len(octets))).extra_certs) == 3
    assert "more than 2 certificates in extraCerts" in refused(octets, MessageLimits(extra_certs=2))
    assert "a certificate of more than 100 octets" in refused(octets, MessageLimits(certificate=100))
    assert "a header of more than 100 octets" in refused(octets, MessageLimits(header=100))
    protected = write_message(BARE, BodyType.PKICONF, CONFIRMED, Fixed())
    assert "a protection of more than 10 octets" in refused(protected, MessageLimits(protection=10))
    short = len(octets) - 1
    assert refused(octets, MessageLimits(octets=short)) == f"The message has more than {short} octets."


def header_with(*optional: bytes, pvno: bytes = b"\x02\x01\x02") -> bytes:
    header = der.sequence(pvno, BARE.sender, BARE.recipient, *optional)
    return der.sequence(header, der.explicit(BodyType.PKICONF, der.NULL))


ID, NONCE = der.explicit(4, der.octet_string(b"an id")), der.explicit(5, der.octet_string(b"a nonce"))
MALFORMED: dict[str, bytes] = {
    "a time without seconds": header_with(der.explicit(0, b"\x18\x0d202601010000Z"), ID, NONCE),
    "a time that does not exist": header_with(der.explicit(0, b"\x18\x0f20260230000000Z"), ID, NONCE),
    "a time in another zone": header_with(der.explicit(0, b"\x18\x1320260101000000+0100"), ID, NONCE),
    "UTCTime": header_with(der.explicit(0, b"\x17\x0d260101000000Z"), ID, NONCE),
    "two times in one field": header_with(der.explicit(0, b"\x18\x0f20260101000000Z" * 2), ID, NONCE),
    "a transaction id twice": header_with(ID, ID, NONCE),
    "fields in another order": header_with(NONCE, ID),
    "a field of no number": header_with(ID, NONCE, der.explicit(9, der.NULL)),
    "a long transaction id that is no octet string": header_with(der.explicit(2, der.NULL), ID, NONCE),
    "text that is not UTF-8": header_with(ID, NONCE, der.explicit(7, der.sequence(b"\x0c\x01\xff"))),
    "an object identifier with a padded arc": header_with(
        ID, NONCE, der.explicit(8, der.sequence(b"\x30\x04\x06\x02\x80\x01"))
    ),
}


@pytest.mark.parametrize("octets", MALFORMED.values(), ids=MALFORMED)
def test_what_can_be_read_of_a_malformed_header_goes_along(octets: bytes) -> None:
    with pytest.raises(MalformedMessage, match=r"^The header cannot be read: ") as raised:
        read_message(octets)
    header = raised.value.header
    assert header is not None
    assert (header.pvno, header.sender, header.recipient) == (2, BARE.sender, BARE.recipient)
    assert (header.transaction_id, header.sender_nonce) == (b"an id", b"a nonce")
    assert raised.value.fail_info is FailInfo.BAD_DATA_FORMAT


def test_a_version_that_is_no_number_is_answered_with_the_newest() -> None:
    for pvno in (b"\x02\x00", b"\x02\x02\x00\x02", b"\x02\x05" + b"\x01" * 5, b"\x04\x01\x02"):
        with pytest.raises(MalformedMessage) as raised:
            read_message(header_with(ID, pvno=pvno))
        assert raised.value.header == replace(BARE, pvno=3, transaction_id=b"an id")
    assert read_message(header_with(ID, pvno=b"\x02\x01\x01")).header.pvno == 1


def test_the_header_goes_along_where_the_rest_is_malformed() -> None:
    for rest in (b"", der.explicit(27, der.NULL), der.explicit(19, b""), der.explicit(19, der.NULL * 2), der.NULL):
        with pytest.raises(MalformedMessage) as raised:
            read_message(der.sequence(encode_header(FULL), rest))
        assert raised.value.header == FULL
    body = der.explicit(BodyType.PKICONF, der.NULL)
    for rest in (der.explicit(0, b"\x03\x02\x01\x00"), der.explicit(0, der.NULL), der.explicit(2, der.NULL)):
        with pytest.raises(MalformedMessage) as raised:
            read_message(der.sequence(encode_header(FULL), body, rest))
        assert raised.value.header == FULL


@pytest.mark.parametrize("octets", [b"", b"\x30", b"garbage", b"seven!!", b"\x30\x00", b"\x30\x80\x00\x00", der.NULL])
def test_garbage_is_refused_at_once(octets: bytes) -> None:
    with pytest.raises(MalformedMessage) as raised:
        read_message(octets)
    assert (raised.value.fail_info, raised.value.header) == (FailInfo.BAD_DATA_FORMAT, None)


def test_ber_and_what_follows_are_refused() -> None:
    octets = message()
    long_length = b"\x30\x83\x00" + octets[2:4] + octets[4:] if octets[1] == 0x82 else b"\x30\x82\x00" + octets[2:]
    indefinite = b"\x30\x80" + octets[octets.index(b"\x30", 1) :] + b"\x00\x00"
    for wrong in (octets + b"\x00", octets + octets, long_length, indefinite, octets[:-1]):
        with pytest.raises(MalformedMessage):
            read_message(wrong)


def test_a_fraction_of_a_second_is_read_and_not_written() -> None:
    octets = header_with(der.explicit(0, b"\x18\x1120260304050607.5Z"))
    assert read_message(octets).header.message_time == NOW
    later = replace(BARE, message_time=NOW.replace(microsecond=999999))
    assert read_header(encode_header(later), DEFAULT_LIMITS).message_time == NOW
