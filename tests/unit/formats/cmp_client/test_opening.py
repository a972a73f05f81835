"""Certificates and private keys that come encrypted."""

from dataclasses import replace
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from lockgate.errors import CallerError, UnverifiedAnswer
from lockgate_formats.cmp.confirmations import certificate_hash, read_certificate_confirmations
from lockgate_formats.cmp.key_delivery import envelop_certificate, envelop_private_key
from lockgate_formats.cmp.recipients import CertificateRecipient, PasswordRecipient, Recipient
from lockgate_formats.cmp.vocabulary import BodyType, PossessionKind
from lockgate_formats.cmp_client import SigningCredentials, State
from lockgate_formats.public_keys import encoded
from tests.support.pki.identities import Authority, Identity, Key, ec_key, key_usage, make_authority, rsa_key
from tests.support.wire.cmp_clients import Conversation, asking, authority, conversation, signed, trusting
from tests.support.wire.cmp_scripted_ca import CONFIRMED, GRANTED, SECRET, Said, answered, granted, replied

MADE = ec_key(430)
CENTRAL = {"key": None}
OUTSIDE = make_authority("CMP tests CA", ec_key(431))


def generator(issuer: Authority | None = None, purpose: str = "1.3.6.1.5.5.7.3.32") -> Identity:
    """Who makes keys for the CA."""
    issuer, key = issuer or authority(), ec_key(432)
    purposes = x509.ExtendedKeyUsage([x509.ObjectIdentifier(purpose)])
    builder = issuer.builder("key generator", key).add_extension(purposes, critical=False)
    builder = builder.add_extension(key_usage("digital_signature"), critical=True)
    return Identity(builder.sign(issuer.key, hashes.SHA256()), key)


def issued(key: Key) -> bytes:
    return authority().issue("device", key).der


def delivered(recipient: Recipient, signer: Identity | None = None, key: Key = MADE, certified: Key = MADE) -> Said:
    """A certificate with the private key that the CA made."""
    private = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    signer = signer or generator()
    enveloped = envelop_private_key(private, encoded(key.public_key()), signer.keystore, recipient)
    return replied(BodyType.IP, granted(issued(certified), private_key=enveloped))


def holder_of(key: Key) -> SigningCredentials:
    return SigningCredentials(key, authority().issue("holder", key, "digital_signature").der)


def fault(talking: Conversation, **fields: Any) -> str:
    return talking.client.send(talking.client.ir([asking(**fields)])).undecided[0].fault


# ---- private keys


@pytest.mark.parametrize("kind", ["password", "RSA", "EC"])
def test_a_private_key_comes_to_its_holder(kind: str) -> None:
    if kind == "password":
        talking = conversation(delivered(PasswordRecipient(SECRET)), CONFIRMED, pvno=3)
    else:
        own = holder_of(rsa_key(433) if kind == "RSA" else ec_key(433))
        talking = signed(delivered(CertificateRecipient(own.certificate)), CONFIRMED, credentials=own, pvno=3)
    ended = talking.client.finish(talking.client.ir([asking(**CENTRAL)]))
    (usable,) = ended.usable
    assert usable.certificate == issued_der(usable.certificate)
    private = talking.client.private_key(usable)
    assert private == MADE.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    assert private not in talking.client.record(ended)


def issued_der(certificate: bytes) -> bytes:
    key = x509.load_der_x509_certificate(certificate).public_key()
    assert key == MADE.public_key()
    return certificate


def test_a_private_key_for_somebody_else_is_rejected() -> None:
    assert "another key or password" in fault(conversation(delivered(PasswordRecipient(b"another"))), **CENTRAL)
    stranger = CertificateRecipient(issued(ec_key(434)))
    talking = signed(delivered(stranger), CONFIRMED, credentials=holder_of(ec_key(433)))
    ended = talking.client.finish(talking.client.ir([asking(**CENTRAL)]))
    assert (ended.state, ended.usable) == (State.DONE, ())
    (confirmation,) = read_certificate_confirmations(talking.ca.sent[1].body)
    assert confirmation.status is not None
    with pytest.raises(UnverifiedAnswer):
        talking.client.private_key(ended.certificates[0])


def test_who_signs_a_private_key_must_be_certified_for_that() -> None:
    recipient = PasswordRecipient(SECRET)
    other = delivered(recipient, generator(purpose="1.3.6.1.5.5.7.3.2"))
    assert "not for making keys" in fault(conversation(other), **CENTRAL)
    stranger = delivered(recipient, generator(OUTSIDE))
    assert fault(conversation(stranger), **CENTRAL) == ""
    assert "no CA which is trusted" in fault(conversation(stranger, trust=trusting()), **CENTRAL)
    assert fault(conversation(delivered(recipient), trust=trusting()), **CENTRAL) == ""


def test_the_private_key_must_be_the_certificates() -> None:
    talking = conversation(delivered(PasswordRecipient(SECRET), certified=ec_key(435)))
    assert fault(talking, **CENTRAL) == "the certificate is for another key than the private key that came"


def test_a_certificate_without_the_private_key_is_rejected() -> None:
    talking = conversation(replied(BodyType.IP, granted(issued(MADE))))
    assert fault(talking, **CENTRAL) == "the CA was asked to make the key pair, and sent no private key"


def test_garbage_in_place_of_a_private_key_is_rejected() -> None:
    talking = conversation(replied(BodyType.IP, granted(issued(MADE), private_key=b"\x30\x00")))
    assert "cannot be read" in fault(talking, **CENTRAL)


def test_a_key_that_only_signs_cannot_be_encrypted_to() -> None:
    key: Any = ed25519.Ed25519PrivateKey.generate()
    talking = signed(delivered(PasswordRecipient(SECRET)), credentials=holder_of(key))
    assert fault(talking, **CENTRAL) == "the private key is encrypted to a key that only signs"


def test_the_client_made_the_key_itself() -> None:
    key = ec_key(436)
    talking = conversation(replied(BodyType.IP, granted(issued(key))))
    came = talking.client.send(talking.client.ir([asking(key=key)]))
    with pytest.raises(CallerError, match="has not made the key"):
        talking.client.private_key(came.undecided[0])


# ---- encrypted certificates


def indirectly(key: Key) -> dict[str, Any]:
    return {"key": key, "possession": PossessionKind.ENCRYPTED_CERTIFICATE}


def encrypted(certificate: bytes, recipient: bytes) -> Said:
    enveloped = envelop_certificate(certificate, CertificateRecipient(recipient))
    return replied(BodyType.IP, replace(answered(GRANTED), encrypted_certificate=enveloped))


@pytest.mark.parametrize("key", [rsa_key(437), ec_key(437)], ids=["RSA", "EC"])
def test_an_encrypted_certificate_is_read_and_confirmed(key: Key) -> None:
    certificate = issued(key)
    talking = conversation(encrypted(certificate, certificate), CONFIRMED, keys=(key,), pvno=3)
    ended = talking.client.finish(talking.client.ir([asking(**indirectly(key))]))
    assert [one.certificate for one in ended.usable] == [certificate]
    (confirmation,) = read_certificate_confirmations(talking.ca.sent[1].body)
    assert confirmation.certificate_hash == certificate_hash(certificate)


def test_a_certificate_that_cannot_be_decrypted_is_left_out_of_the_confirmation() -> None:
    key, other = ec_key(438), ec_key(439)
    talking = conversation(encrypted(issued(key), issued(other)), CONFIRMED, keys=(key,))
    ended = talking.client.finish(talking.client.ir([asking(**indirectly(key))]))
    assert read_certificate_confirmations(talking.ca.sent[1].body) == ()
    assert (ended.state, ended.usable) == (State.DONE, ())


def test_an_encrypted_certificate_for_another_key_is_rejected() -> None:
    key = ec_key(438)
    talking = conversation(encrypted(issued(ec_key(439)), issued(key)), keys=(key,))
    assert fault(talking, **indirectly(key)) == "the certificate is for another key"


def test_an_encrypted_certificate_that_was_not_asked_for_is_rejected() -> None:
    key = ec_key(438)
    talking = conversation(encrypted(issued(key), issued(key)))
    assert fault(talking, key=key) == "the certificate is encrypted to a key that this client does not have"
