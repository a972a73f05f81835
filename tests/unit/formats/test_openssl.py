"""Envelopes against the openssl command: both read what the other writes."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from lockgate.ports import Opened, RenewalProof, Signed
from lockgate.requests.content import ContentKind
from lockgate_formats.cms import CmsEnvelopes, EnvelopeForm, oids
from lockgate_transport.renewals import SignedRenewals
from lockgate_transport.scep.renewals import ScepRenewals
from tests.support.parts import needed_program
from tests.support.pki import identities
from tests.support.pki.certificate_requests import pkcs10

CONTENT = b'{"some": "content"}'
REQUEST_TYPE = oids.CONTENT_TYPES[ContentKind.REQUEST]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """PEM files of CA, worker and RA."""
    directory = tmp_path_factory.mktemp("openssl")
    for who in (identities.worker(), identities.ra(), identities.ec_signer()):
        stem = who.certificate.subject.rfc4514_string().split(",")[0].removeprefix("CN=")
        (directory / f"{stem}.pem").write_bytes(who.certificate.public_bytes(Encoding.PEM))
        key = who.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (directory / f"{stem}.key").write_bytes(key)
    ca = identities.authority().certificate
    (directory / "ca.pem").write_bytes(ca.public_bytes(Encoding.PEM))
    (directory / "content").write_bytes(CONTENT)
    return directory


def openssl(directory: Path, *arguments: str, data: bytes = b"") -> bytes:
    done = subprocess.run(
        [needed_program("openssl", "openssl"), *arguments], cwd=directory, input=data, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def sign(directory: Path, *options: str, signer: str = "ra.example", as_type: str = REQUEST_TYPE) -> bytes:
    """SignedData of the content as a request, by openssl."""
    options = ("-md", "sha256", *options)
    arguments = ("cms", "-sign", "-binary", "-nodetach", "-outform", "DER", "-econtent_type", as_type)
    return openssl(
        directory, *arguments, "-signer", f"{signer}.pem", "-inkey", f"{signer}.key", "-in", "content", *options
    )


def encrypt(directory: Path, data: bytes, *options: str) -> bytes:
    """An envelope for the worker around `data`, by openssl."""
    return openssl(directory, "cms", "-encrypt", "-binary", "-outform", "DER", *options, "worker.pem", data=data)


def opened(submessage: bytes) -> Opened:
    result = CmsEnvelopes(identities.worker().keystore).open(submessage)
    assert isinstance(result, Opened), result
    return result


def verified(submessage: bytes) -> Signed:
    result = CmsEnvelopes(identities.worker().keystore).verify(opened(submessage))
    assert isinstance(result, Signed), result
    return result


@pytest.mark.parametrize("options", [(), ("-keyid",), ("-md", "sha384"), ("-md", "sha512"), ("-stream",)])
def test_reads_what_openssl_signs(files: Path, options: tuple[str, ...]) -> None:
    signed = verified(sign(files, *options))
    assert signed == Signed(CONTENT, ContentKind.REQUEST, identities.ra().der)


def test_reads_what_openssl_signs_with_an_ec_key(files: Path) -> None:
    signed = verified(sign(files, signer="ec.ra.example"))
    assert signed == Signed(CONTENT, ContentKind.REQUEST, identities.ec_signer().der)


@pytest.mark.parametrize(
    ("options", "authenticated"),
    [
        (("-aes-256-gcm", "-recip", "worker.pem"), True),
        (("-aes-256-cbc", "-recip", "worker.pem"), False),
        (("-aes-256-cbc", "-keyid", "-recip", "worker.pem"), False),
        (("-aes-256-cbc", "-stream", "-recip", "worker.pem"), False),
        (("-aes-256-gcm", "-recip", "ra.example.pem", "-recip", "worker.pem"), True),
        (
            (
                "-aes-256-gcm",
                "-recip",
                "worker.pem",
                "-keyopt",
                "rsa_padding_mode:oaep",
                "-keyopt",
                "rsa_oaep_md:sha256",
            ),
            True,
        ),
    ],
    ids=["gcm", "cbc", "key id", "stream", "second recipient", "oaep"],
)
def test_reads_what_openssl_signs_and_encrypts(files: Path, options: tuple[str, ...], authenticated: bool) -> None:
    signed = sign(files)
    arguments = ("cms", "-encrypt", "-binary", "-outform", "DER", *options)
    submessage = openssl(files, *arguments, data=signed)
    envelope = opened(submessage)
    assert (envelope.signed, envelope.encrypted, envelope.authenticated) == (True, True, authenticated)
    assert verified(submessage) == Signed(CONTENT, ContentKind.REQUEST, identities.ra().der)


def test_reads_what_openssl_encrypts_with_authentication_only(files: Path) -> None:
    submessage = encrypt(files, CONTENT, "-aes-256-gcm")
    assert opened(submessage) == Opened(CONTENT, signed=False, encrypted=True, authenticated=True)


@pytest.mark.parametrize("form", list(EnvelopeForm))
def test_openssl_reads_what_is_sealed(files: Path, form: EnvelopeForm) -> None:
    envelopes = CmsEnvelopes(identities.ra().keystore, form=form)
    sealed = envelopes.seal(CONTENT, ContentKind.REQUEST, sign=True, encrypt_to=identities.worker().der)
    decrypt = ("cms", "-decrypt", "-binary", "-inform", "DER", "-recip", "worker.pem", "-inkey", "worker.key")
    signed = openssl(files, *decrypt, data=sealed)
    verify = ("cms", "-verify", "-binary", "-inform", "DER", "-CAfile", "ca.pem", "-purpose", "any")
    assert openssl(files, *verify, data=signed) == CONTENT
    assert b"2.25.56974232683914660837429714233346510472" in openssl(
        files, "cms", "-cmsout", "-print", "-inform", "DER", data=signed
    )


def test_openssl_reads_what_an_ec_key_signs(files: Path) -> None:
    envelopes = CmsEnvelopes(identities.ec_signer().keystore)
    signed = envelopes.seal(CONTENT, ContentKind.REQUEST, sign=True, encrypt_to=None)
    verify = ("cms", "-verify", "-binary", "-inform", "DER", "-CAfile", "ca.pem", "-purpose", "any")
    assert openssl(files, *verify, data=signed) == CONTENT


def test_openssl_streams_in_ber(files: Path) -> None:
    """Keeps the streaming cases above honest: they are not DER."""
    assert sign(files, "-stream")[1] == 0x80


@pytest.mark.parametrize("signer", [identities.ra, identities.ec_signer])
def test_a_renewal_that_openssl_signs_is_read(files: Path, signer: Callable[[], identities.Identity]) -> None:
    name = signer().certificate.subject.rfc4514_string().split(",")[0].removeprefix("CN=")
    request = pkcs10(identities.rsa_key(3))
    (files / "request").write_bytes(request)
    message = sign(files, "-in", "request", signer=name, as_type="2.25.214132289274502730865914408422713446069")
    assert SignedRenewals(ScepRenewals()).read(signer().der, message, None) == RenewalProof(pkcs10=request)
