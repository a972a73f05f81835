"""The example for cfssl: an order that cfssl would carry out otherwise is refused before it is sent."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from lockgate.certification.revocation import RevocationReason
from lockgate.ports import Issued, Order, RevocationOrder
from lockgate.reasons import Rejected
from lockgate_formats import der
from lockgate_issuers.command import CommandIssuer, Promise
from lockgate_issuers.command.running import WrongAnswer
from tests.support.cfssl import CfsslCa
from tests.support.parts import MissingPart, do_without
from tests.support.pki.certificate_requests import pkcs10, spki

KEY = ec.generate_private_key(ec.SECP256R1())
SIGNATURE = "0603551d0f0101ff040403020780"
BOTH = "0603551d0f0101ff0404030205a0"
CLIENT_AND_MAIL = "0603551d250416301406082b0601050507030206082b06010505070304"


@pytest.fixture(scope="module")
def ca(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CfsslCa]:
    try:
        found = CfsslCa(tmp_path_factory.mktemp("cfssl") / "ca", "user")
    except MissingPart as missing:
        do_without(missing)
    found.start()
    yield found
    found.stop()


def extensions(*values: str) -> bytes:
    """DER Extensions of the DER contents of each."""
    return der.sequence(*(der.sequence(bytes.fromhex(value)) for value in values))


def order(**changes: object) -> Order:
    made = Order(
        operation="operation",
        ca_name="CfsslCA",
        ca_certificate="00" * 32,
        serial_number=x509.random_serial_number(),
        subject=x509.Name.from_rfc4514_string("CN=alice,O=Example,C=SE").public_bytes(),
        public_key=spki(KEY),
        not_before=datetime.now(UTC),
        not_after=datetime.now(UTC) + timedelta(days=730),
        extensions=extensions(BOTH, CLIENT_AND_MAIL),
        pkcs10=pkcs10(KEY),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def call(ca: CfsslCa, ordered: Order | RevocationOrder) -> object:
    issuer = CommandIssuer("backend", ca.program, [Promise.LOOKS_UP])
    return issuer.call(issuer.draft(ordered))


def name(text: str) -> bytes:
    return x509.Name.from_rfc4514_string(text).public_bytes()


def test_what_it_can_honour_it_issues(ca: CfsslCa) -> None:
    ordered = order()
    answer = call(ca, ordered)
    assert isinstance(answer, Issued)
    made = x509.load_der_x509_certificate(answer.certificate)
    assert made.serial_number == ordered.serial_number
    assert made.subject.rfc4514_string() == "CN=alice,O=Example,C=SE"


REFUSED: dict[str, tuple[dict[str, object], str]] = {
    "no PKCS#10": ({"pkcs10": None}, "by its PKCS#10 alone"),
    "another order of attributes": ({"subject": name("C=SE,CN=alice")}, "attributes once, in this order"),
    "an attribute twice": ({"subject": name("CN=alice,OU=A,OU=B")}, "attributes once, in this order"),
    "an attribute that it does not write": ({"subject": name("CN=alice,DC=example")}, "attributes once"),
    "two attributes in one": ({"subject": name("CN=alice+O=Example")}, "attributes once"),
    "other usages": ({"extensions": extensions(SIGNATURE, CLIENT_AND_MAIL)}, "usages of cfssl's profile are others"),
    "no extended usages": ({"extensions": extensions(BOTH)}, "usages of cfssl's profile are others"),
    "a policy": (
        {"extensions": extensions(BOTH, CLIENT_AND_MAIL, "0603551d2004083006300406022a03")},
        "or these extensions: 2.5.29.32",
    ),
    "a CA": (
        {"extensions": extensions(BOTH, CLIENT_AND_MAIL, "0603551d130101ff040530030101ff")},
        "does not write a CA's certificate",
    ),
    "an alternative name that it does not write": (
        {"extensions": extensions(BOTH, CLIENT_AND_MAIL, "0603551d1104073005860375723a")},
        "writes these alternative names alone",
    ),
    "an earlier end": ({"not_after": datetime.now(UTC) + timedelta(days=30)}, "valid for 17000h: longer than ordered"),
    "a name that its profile does not allow": ({"subject": name("CN=Bob")}, "cfssl: "),
}


@pytest.mark.parametrize(("changes", "words"), REFUSED.values(), ids=REFUSED)
def test_what_it_cannot_honour_it_refuses(ca: CfsslCa, changes: dict[str, object], words: str) -> None:
    issued = ca.issued()
    answer = call(ca, order(**changes))
    assert isinstance(answer, Rejected)
    assert words in (answer.detail or "")
    assert ca.issued() == issued


def test_a_serial_number_is_used_once(ca: CfsslCa) -> None:
    ordered = order()
    assert isinstance(call(ca, ordered), Issued)
    with pytest.raises(WrongAnswer, match="exit code 1"):
        call(ca, ordered)
    issuer = CommandIssuer("backend", ca.program, [Promise.LOOKS_UP])
    another = ec.generate_private_key(ec.SECP256R1())
    crossed = replace(ordered, public_key=spki(another), pkcs10=pkcs10(another))
    assert isinstance(issuer.lookup(issuer.draft(ordered)), Issued)
    assert issuer.lookup(issuer.draft(crossed)) is None


def test_a_certificate_that_it_does_not_know_is_not_revoked(ca: CfsslCa) -> None:
    own = RevocationOrder(
        operation="revocation",
        ca_name="CfsslCA",
        ca_certificate=ca.certificate,
        certificate=ca.certificate,
        reason=RevocationReason.SUPERSEDED,
    )
    assert isinstance(call(ca, own), Rejected)


def test_how_a_certificate_stands(ca: CfsslCa) -> None:
    issuer = CommandIssuer("backend", ca.program, [Promise.LOOKS_UP])
    answer = call(ca, order())
    assert isinstance(answer, Issued)
    assert issuer.status("CfsslCA", answer.certificate) == "good"
    assert issuer.status("CfsslCA", ca.certificate) is None
    assert issuer.certificates() == [ca.certificate]


def test_it_gives_no_crl(ca: CfsslCa) -> None:
    with pytest.raises(WrongAnswer, match="exit code 64"):
        CommandIssuer("backend", ca.program).crl(ca.certificate)


def test_a_wrong_key_issues_nothing(ca: CfsslCa, tmp_path: Path) -> None:
    program = replace(ca.program, environment={**ca.program.environment, "CFSSL_AUTH_KEY": "00" * 16})
    issuer, issued = CommandIssuer("backend", program), ca.issued()
    with pytest.raises(WrongAnswer, match="exit code 1"):
        issuer.call(issuer.draft(order()))
    assert ca.issued() == issued
