"""The forms of the enrolment page: what their fields must hold."""

from collections.abc import Sequence
from dataclasses import dataclass

from lockgate.enrolment.challenges import is_one_time_password
from lockgate.errors import InvalidName
from lockgate.names.dn import check_text
from lockgate.names.keyspec import KeySpecification
from lockgate_transport.pages.forms import Form
from lockgate_transport.web.handles import Credentials
from lockgate_transport.web.service import KeystoreWishes
from lockgate_transport.web.vocabulary import MAX_FIELD, MAX_REQUEST_TEXT, MIN_KEYSTORE_PASSWORD

USERNAME = "username"


class WrongInput(Exception):
    """A field does not hold what it must. The sentence is for the person, and never quotes a secret."""


@dataclass(frozen=True, slots=True)
class CertificateForm:
    """Somebody wants a certificate.

    Attributes:
        pkcs10: as it was pasted or uploaded.
    """

    credentials: Credentials
    pkcs10: bytes


@dataclass(frozen=True, slots=True)
class KeystoreForm:
    """Somebody wants a keystore."""

    credentials: Credentials
    wishes: KeystoreWishes


def read_credentials(form: Form) -> Credentials:
    """Username and one-time password, without the blanks that copying brings.

    A password of another form keeps its blanks: they may belong to it.

    Raises:
        WrongInput: one is missing, or cannot be any.
        RefusedRequest: a field is too long, or occurs twice.
    """
    username, password = form.text(USERNAME, MAX_FIELD).strip(), form.text("password", MAX_FIELD)
    if is_one_time_password(password.strip()):
        password = password.strip()
    if not username or not password:
        raise WrongInput("The username or the one-time password is missing.")
    try:
        check_text(USERNAME, username, MAX_FIELD)
    except InvalidName:
        raise WrongInput("The username holds a character that no username has.") from None
    if not password.isprintable():
        raise WrongInput("The one-time password holds a character that no password has.")
    return Credentials(username, password)


def read_certificate_form(form: Form) -> CertificateForm:
    """As `read_credentials`, with a certificate request that was either pasted or uploaded."""
    credentials = read_credentials(form)
    pasted, uploaded = form.text("request", MAX_REQUEST_TEXT).strip().encode(), form.files.get("file", b"")
    if bool(pasted) == bool(uploaded):
        raise WrongInput("Either paste a certificate request, or choose its file.")
    return CertificateForm(credentials, pasted or uploaded)


def read_keystore_form(form: Form, keys: Sequence[KeySpecification]) -> KeystoreForm:
    """As `read_credentials`, with a kind of key and the keystore's password, typed twice.

    Args:
        keys: the kinds that there are to choose from.
    """
    credentials = read_credentials(form)
    chosen = {key.value: key for key in keys}.get(form.text("key", MAX_FIELD))
    if chosen is None:
        raise WrongInput("Choose one of the kinds of key.")
    password = form.text("keystore_password", MAX_FIELD)
    if password != form.text("keystore_password_again", MAX_FIELD):
        raise WrongInput("The two passwords for the keystore differ.")
    if len(password) < MIN_KEYSTORE_PASSWORD or not password.isprintable():
        raise WrongInput(f"The keystore's password needs {MIN_KEYSTORE_PASSWORD} characters or more, all printable.")
    if password == credentials.password:
        raise WrongInput("The keystore's password must be another one than the one-time password.")
    return KeystoreForm(credentials, KeystoreWishes(chosen, password))
