"""Private keys that the CA has made, and certificates, encrypted to those who ask for them.

(RFC 9810, 5.2.8.3.2 and 5.3.4; RFC 9483, 4.1.6.)

A key is encrypted with what protects the request for it: a secret, or the key of a certificate. So an RA gets the keys
that it asks for on behalf of others.
"""

from lockgate.ports import KeyPair, Keystore
from lockgate_formats.cmp.key_delivery import envelop_certificate, envelop_private_key
from lockgate_formats.cmp.recipients import CertificateRecipient, PasswordRecipient, Recipient
from lockgate_formats.cmp.vocabulary import FailInfo
from lockgate_transport.cmp.service.certificates import may_receive
from lockgate_transport.cmp.service.failures import Refused
from lockgate_transport.cmp.service.senders import Sender


class KeyDelivery:
    """Encrypts keys.

    Args:
        authority: signs them; its certificate has id-kp-cmKGA.
    """

    def __init__(self, authority: Keystore) -> None:
        self._authority = authority

    def encrypted(self, pair: KeyPair, sender: Sender) -> bytes:
        """The DER EnvelopedData around the key, which the sender of the request for it opens.

        Raises:
            Refused: nothing can be encrypted to the sender.
        """
        return envelop_private_key(pair.private_key, pair.public_key, self._authority, recipient_of(sender))


def encrypted_certificate(certificate: bytes) -> bytes:
    """The DER EnvelopedData around the DER certificate, which the holder of its key opens."""
    return envelop_certificate(certificate, CertificateRecipient(certificate))


def recipient_of(sender: Sender) -> Recipient:
    """What keys for the sender of a request are encrypted to.

    Raises:
        Refused: nothing can be encrypted to it.
    """
    if sender.secret is not None:
        return PasswordRecipient(sender.secret)
    if sender.certificate is None or sender.kind.is_claim or not may_receive(sender.certificate):
        text = "No key can be encrypted to what protects the message: keyEncipherment or keyAgreement is needed."
        raise Refused(FailInfo.BAD_REQUEST, text)
    return CertificateRecipient(sender.certificate)
