"""PKCS#10s of strangers: what is done with their keys, and what strangers cannot make anybody do or wait for."""

import secrets
import warnings
from collections.abc import Callable
from functools import partial

import pytest
from asn1crypto import csr, keys
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from lockgate.enrolment.outcome import Refused
from lockgate.ports import RenewalProof
from lockgate_formats.cms.algorithms import MAX_RSA_EXPONENT_BITS
from lockgate_formats.trust import IssuerTrust
from lockgate_transport.scep import contents
from lockgate_transport.scep.algorithms import CURRENT
from lockgate_transport.scep.contents import CertificateRequest, read_content
from lockgate_transport.scep.failures import UNREADABLE, failure
from lockgate_transport.scep.messages import VerifiedMessage, read_pki_message, verify
from lockgate_transport.scep.renewals import ScepRenewals
from lockgate_transport.scep.vocabulary import FailInfo
from tests.support.native_calls import calls_during, strict_during
from tests.support.pki import identities
from tests.support.pki.certificate_requests import with_another_exponent
from tests.support.pki.identities import rsa_key
from tests.support.wire.scep_client import Device
from tests.support.wire.scep_failures import told
from tests.support.wire.scep_names import NAMES
from tests.support.wire.scep_values import RENEWAL_REQ

SERVER = identities.ra()
DEVICE = Device(rsa_key(31), SERVER.certificate, bytes.fromhex("3000"), challenge="its own secret")
WITH_KEYS = {"verify", "verify_directly_issued_by", "public_key", "decrypt", "finalize"}
EXPONENT = 2 ** (MAX_RSA_EXPONENT_BITS - 1) + 1
TOO_LONG_EXPONENT = 2**MAX_RSA_EXPONENT_BITS + 1


def request_for(key: object) -> bytes:
    """A PKCS#10 for that public key, whose signature is another's."""
    found = csr.CertificationRequest.load(DEVICE.request).copy()
    encoded = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)  # type: ignore[attr-defined]
    found["certification_request_info"]["subject_pk_info"] = keys.PublicKeyInfo.load(encoded)
    return bytes(found.dump(force=True))


def long_key(bits: int) -> rsa.RSAPublicKey:
    """An RSA key of which nobody knows the private one."""
    return rsa.RSAPublicNumbers(65537, secrets.randbits(bits) | 1 << (bits - 1) | 1).public_key()


def signer(device: Device) -> str:
    found = verify(read_pki_message(device.pkcs_req()), CURRENT)
    assert isinstance(found, VerifiedMessage)
    return found.signer.key


def renewal() -> object:
    """A RenewalReq, read on the CA's side."""
    key = secrets.token_bytes(32)
    message = DEVICE.signed(RENEWAL_REQ, DEVICE.enveloped(DEVICE.request, key=key))
    found = ScepRenewals().read(DEVICE.certificate.public_bytes(Encoding.DER), message, key)
    assert isinstance(found, RenewalProof)
    return found


FRESH: dict[str, Callable[[], Callable[[], object]]] = {
    "a PKCS#10": lambda: partial(read_content, contents.certificate_request, DEVICE.request),
    "a signer's certificate": lambda: partial(
        verify, read_pki_message(DEVICE.with_(name=secrets.token_hex(8)).pkcs_req()), CURRENT
    ),
    "a holder's certificate": lambda: partial(
        IssuerTrust([identities.authority().der]).path, identities.authority().issue("holder", rsa_key(31)).der
    ),
    "a renewal": lambda: renewal,
}


@pytest.mark.parametrize("what", FRESH)
def test_nobody_waits_while_a_strangers_key_is_at_work(what: str) -> None:
    """Where warnings are errors, one thread at a time may be; keys that strangers choose are slow."""
    found = strict_during(FRESH[what](), WITH_KEYS)
    assert found
    assert not any(found.values()), found


def test_parsing_is_strict() -> None:
    work = partial(read_content, contents.certificate_request, DEVICE.request)
    assert strict_during(work, {"load_der_x509_csr"}) == {"load_der_x509_csr": True}


def test_a_name_that_no_certificate_may_hold_is_read_and_judged_elsewhere() -> None:
    request = DEVICE.with_(**NAMES["the country Sweden"]).request
    with warnings.catch_warnings(record=True) as warned:
        found = read_content(contents.certificate_request, request)
    assert isinstance(found, CertificateRequest)
    assert (str(found.name), warned) == ("CN=device,C=Sweden", [])


def test_anothers_key_is_not_even_tried() -> None:
    other = DEVICE.with_(key=rsa_key(33))
    read = partial(contents.certificate_request, signer=signer(DEVICE))
    assert isinstance(read_content(read, DEVICE.request), CertificateRequest)
    assert calls_during(lambda: read_content(read, DEVICE.request), {"verify"}) == ["verify"]
    assert told(read_content(read, other.request)) == UNREADABLE
    assert calls_during(lambda: read_content(read, other.request), {"verify"}) == []
    assert isinstance(read_content(contents.certificate_request, other.request), CertificateRequest)


@pytest.mark.parametrize(
    "make",
    [
        lambda: long_key(1024),
        lambda: long_key(2047),
        lambda: long_key(8193),
        lambda: long_key(16384),
        lambda: with_another_exponent(rsa_key(31), TOO_LONG_EXPONENT).public_key(),
        lambda: ec.generate_private_key(ec.SECP521R1()).public_key(),
        lambda: ec.generate_private_key(ec.BrainpoolP512R1()).public_key(),
        lambda: dsa.generate_private_key(1024).public_key(),
        lambda: ed448.Ed448PrivateKey.generate().public_key(),
    ],
    ids=["RSA-1024", "RSA-2047", "RSA-8193", "RSA-16384", "exponent", "P-521", "Brainpool", "DSA", "Ed448"],
)
def test_keys_of_other_kinds_and_sizes_are_not_even_tried(make: Callable[[], object]) -> None:
    """The same ones as cannot sign a message: a renewal is for another key than its signer's."""
    request = request_for(make())
    assert calls_during(lambda: read_content(contents.certificate_request, request), {"verify"}) == []
    assert told(read_content(contents.certificate_request, request)) == UNREADABLE


def test_exponents_are_bounded_as_the_ca_bounds_them() -> None:
    fit, unfit = (
        DEVICE.with_(key=with_another_exponent(rsa_key(31), exponent)) for exponent in (EXPONENT, TOO_LONG_EXPONENT)
    )
    assert isinstance(read_content(contents.certificate_request, fit.request), CertificateRequest)
    assert told(read_content(contents.certificate_request, unfit.request)) == UNREADABLE
    assert isinstance(verify(read_pki_message(fit.pkcs_req()), CURRENT), VerifiedMessage)
    refused = verify(read_pki_message(unfit.pkcs_req()), CURRENT)
    assert isinstance(refused, Refused)
    assert failure(refused).fail_info is FailInfo.BAD_ALG
    assert calls_during(lambda: verify(read_pki_message(unfit.pkcs_req()), CURRENT), {"verify"}) == []


def test_a_subject_of_many_rdns_is_not_taken_apart() -> None:
    more = [x509.NameAttribute(x509.ObjectIdentifier(f"1.2.3.{arc}"), "x") for arc in range(64)]
    few, many = (DEVICE.with_(more=tuple(more[:count])).request for count in (63, 64))
    assert isinstance(read_content(contents.certificate_request, few), CertificateRequest)
    assert told(read_content(contents.certificate_request, many)) == UNREADABLE
    assert calls_during(lambda: read_content(contents.certificate_request, many), {"from_encoded_order"}) == []


def test_what_is_too_large_is_not_parsed() -> None:
    long = DEVICE.with_(challenge="x" * contents.MAX_REQUEST).request
    assert calls_during(lambda: read_content(contents.certificate_request, long), {"load_der_x509_csr"}) == []
    assert told(read_content(contents.certificate_request, long)) == UNREADABLE
