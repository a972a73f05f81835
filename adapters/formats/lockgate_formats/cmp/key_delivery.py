"""EnvelopedData around private keys that the CA made, and around certificates (RFC 9810, 5.2.2 and 5.3.4; RFC 9483,
4.1.6; RFC 5958): for a certificate's RSA or EC key, or for a password."""

from dataclasses import dataclass, field

from lockgate.ports import Keystore, Random


@dataclass(frozen=True, slots=True)
class PasswordRecipient:
    """Who knows `password`: PasswordRecipientInfo with PBKDF2 (RFC 5652, 6.2.4)."""

    password: bytes = field(repr=False)
    iterations: int = 10_000


@dataclass(frozen=True, slots=True)
class CertificateRecipient:
    """The holder of the key of the DER `certificate`: key transport for RSA, key agreement for EC."""

    certificate: bytes = field(repr=False)


Recipient = PasswordRecipient | CertificateRecipient


def envelop_private_key(private_key: bytes, signer: Keystore, recipient: Recipient, random: Random) -> bytes:
    """The DER EnvelopedData around SignedData around an AsymmetricKeyPackage (RFC 5958) with one key.

    Args:
        private_key: DER PrivateKeyInfo (OneAsymmetricKey).
        signer: its certificate has id-kp-cmKGA; it goes along, with its chain.
    """
    raise NotImplementedError


def envelop_certificate(certificate: bytes, recipient: Recipient, random: Random) -> bytes:
    """The DER EnvelopedData around a DER certificate: the proof of possession is that it can be read."""
    raise NotImplementedError
