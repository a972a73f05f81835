"""The forms of the enrolment page: what their fields must hold."""

from collections.abc import Mapping

import pytest

from lockgate.names.keyspec import KeySpecification
from lockgate_transport.pages.forms import Form
from lockgate_transport.web.forms import WrongInput, read_certificate_form, read_credentials, read_keystore_form
from lockgate_transport.web.handles import Credentials

RSA, CURVE = KeySpecification.RSA_3072, KeySpecification.P_256
KEYSTORE = {
    "username": "alice",
    "password": "hB3-once-for-alice",
    "key": "P-256",
    "keystore_password": "jW9-for-the-keystore",
    "keystore_password_again": "jW9-for-the-keystore",
}


def form(texts: Mapping[str, str], **files: bytes) -> Form:
    return Form({name: [text] for name, text in texts.items()}, files)


def test_a_request_is_pasted_or_uploaded() -> None:
    credentials = {"username": "alice", "password": "hB3-once-for-alice"}
    assert read_certificate_form(form(credentials | {"request": " pem\n"}, file=b"")).pkcs10 == b"pem"
    assert read_certificate_form(form(credentials | {"request": "\n"}, file=b"\x30")).pkcs10 == b"\x30"
    for texts, file in ((credentials, b""), (credentials | {"request": "pem"}, b"\x30")):
        with pytest.raises(WrongInput, match="Either paste"):
            read_certificate_form(form(texts, file=file))


@pytest.mark.parametrize(
    ("password", "read"),
    [
        ("\tAVCKLYG2NJHUNYU4XMBRFEYFLA ", "AVCKLYG2NJHUNYU4XMBRFEYFLA"),
        (" hB3-once-for-alice ", " hB3-once-for-alice "),
    ],
)
def test_blanks_that_copying_brings_do_not_count(password: str, read: str) -> None:
    assert read_credentials(form({"username": " alice\n", "password": password})) == Credentials("alice", read)


def test_a_keystore_form() -> None:
    read = read_keystore_form(form(KEYSTORE), [RSA, CURVE])
    assert (read.credentials.username, read.wishes.key) == ("alice", CURVE)
    assert "jW9-for-the-keystore" not in repr(read)
    assert "hB3-once-for-alice" not in repr(read)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"username": ""}, "The username or the one-time password is missing."),
        ({"password": ""}, "The username or the one-time password is missing."),
        ({"password": "hB3\x00once"}, "The one-time password holds a character that no password has."),
        ({"username": "al\u200bice"}, "The username holds a character that no username has."),
        ({"key": "P-521"}, "Choose one of the kinds of key."),
        ({"keystore_password_again": "jW9-for-the-keystorf"}, "The two passwords for the keystore differ."),
        (dict.fromkeys(("keystore_password", "keystore_password_again"), "jW9-for-the"), "needs 12 characters"),
        (
            dict.fromkeys(("keystore_password", "keystore_password_again"), "hB3-once-for-alice"),
            "must be another one than the one-time password",
        ),
    ],
)
def test_what_is_wrong_with_a_form_is_told(changes: dict[str, str], sentence: str) -> None:
    with pytest.raises(WrongInput, match=sentence):
        read_keystore_form(form(KEYSTORE | changes), [RSA, CURVE])
