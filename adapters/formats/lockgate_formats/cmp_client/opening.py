"""What came encrypted to this client, opened: certificates, and private keys that the CA made (RFC 9810, 5.3.4; RFC
9483, 4.1.6)."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import load_der_private_key

from lockgate.errors import CallerError, UnverifiedAnswer
from lockgate.ports import Clock
from lockgate_formats.cmp.key_delivery import open_certificate, open_private_key
from lockgate_formats.cmp.limits import ProtectionLimits
from lockgate_formats.cmp.messages import MalformedMessage
from lockgate_formats.cmp.recipients import Opener
from lockgate_formats.cmp_client.chains import leads_to
from lockgate_formats.cmp_client.credentials import Credentials, SharedSecret, SigningCredentials
from lockgate_formats.cmp_client.transactions import IssuedCertificate
from lockgate_formats.cmp_client.trust import AnswerTrust
from lockgate_formats.public_keys import encoded


class Unopened(ValueError):
    """What came encrypted cannot be read, or is not signed as it must be; a sentence without secrets."""


@dataclass(frozen=True, slots=True)
class EnvelopeOpener:
    """Opens envelopes.

    Attributes:
        credentials: private keys come encrypted to their secret or key.
        trust: whose certificate may have signed a private key. Without authorities, the protection of the answer that
            the key came in vouches for it.
        keys: that certificates may be encrypted to, by their DER SubjectPublicKeyInfo.
    """

    credentials: Credentials
    trust: AnswerTrust
    keys: Mapping[bytes, Opener] = field(repr=False)
    limits: ProtectionLimits
    clock: Clock

    def certificate(self, enveloped: bytes, spki: bytes | None) -> bytes:
        """The DER certificate in a DER EnvelopedData, which is encrypted to the key of the DER SubjectPublicKeyInfo.

        Raises:
            Unopened: it cannot be decrypted.
        """
        key = self.keys.get(spki or b"")
        if key is None:
            raise Unopened("the certificate is encrypted to a key that this client does not have")
        try:
            return open_certificate(enveloped, key, self.limits)
        except MalformedMessage as error:
            raise Unopened(error.text) from None

    def private_key(self, enveloped: bytes) -> bytes:
        """The DER PrivateKeyInfo in a DER EnvelopedData around SignedData; a secret.

        Raises:
            Unopened: it cannot be decrypted, or is not signed by somebody who may make keys.
        """
        try:
            delivered = open_private_key(enveloped, self._own(), self.limits)
        except MalformedMessage as error:
            raise Unopened(error.text) from None
        authorities = self.trust.authorities
        brought = (*self.trust.intermediates, *delivered.certificates)
        if authorities and not leads_to(delivered.signer, authorities, brought, self.clock.now()):
            raise Unopened("the private key is signed by a certificate that no CA which is trusted has certified")
        return delivered.private_key

    def public_key(self, enveloped: bytes) -> bytes:
        """The DER SubjectPublicKeyInfo of that private key. Raises as `private_key`."""
        private_key = self.private_key(enveloped)
        try:
            return encoded(load_der_private_key(private_key, None).public_key())
        except (ValueError, TypeError, UnsupportedAlgorithm):
            raise Unopened("the private key that came cannot be read") from None

    def private_key_of(self, issued: IssuedCertificate) -> bytes:
        """The private key that came with a certificate.

        Raises:
            CallerError: none did.
            UnverifiedAnswer: as `private_key`.
        """
        if issued.private_key is None:
            raise CallerError("the CA has not made the key of that certificate")
        try:
            return self.private_key(issued.private_key)
        except Unopened as error:
            raise UnverifiedAnswer(str(error)) from None

    def _own(self) -> Opener:
        if isinstance(self.credentials, SharedSecret):
            return self.credentials.secret
        key = self.credentials.key if isinstance(self.credentials, SigningCredentials) else None
        if isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
            return key
        raise Unopened("the private key is encrypted to a key that only signs")
