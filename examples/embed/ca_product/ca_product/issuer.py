"""An issuer of the product's own: one key, in this process. It signs exactly what an order says."""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256

from asn1crypto.core import GeneralizedTime, UTCTime
from asn1crypto.keys import PublicKeyInfo
from asn1crypto.x509 import Certificate, Extensions, Name, TbsCertificate, Time
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from lockgate.errors import KeystoreError
from lockgate.ports import Issuer, Order

ECDSA_WITH_SHA256 = {"algorithm": "sha256_ecdsa"}


class ProductIssuer(Issuer):
    """Signs for one CA; its key is on P-256."""

    def __init__(self, ca_name: str, key: ec.EllipticCurvePrivateKey, certificate: bytes) -> None:
        self._signs_for = ca_name, sha256(certificate).hexdigest()
        self._key, self._name = key, Certificate.load(certificate).subject

    def issue(self, orders: Sequence[Order]) -> Sequence[bytes]:
        """The certificates, DER, in the order of the orders."""
        return [self._signed(order) for order in orders]

    def _signed(self, order: Order) -> bytes:
        if (order.ca_name, order.ca_certificate) != self._signs_for:
            raise KeystoreError(f"the key of the CA {order.ca_name} is not here")
        content = TbsCertificate({"version": "v3", "serial_number": order.serial_number})
        content["signature"], content["issuer"] = ECDSA_WITH_SHA256, self._name
        content["validity"] = {"not_before": _time(order.not_before), "not_after": _time(order.not_after)}
        content["subject"] = Name.load(order.subject)
        content["subject_public_key_info"] = PublicKeyInfo.load(order.public_key)
        content["extensions"] = Extensions.load(order.extensions)
        signature = self._key.sign(content.dump(), ec.ECDSA(hashes.SHA256()))
        signed = {"tbs_certificate": content, "signature_algorithm": ECDSA_WITH_SHA256, "signature_value": signature}
        return bytes(Certificate(signed).dump())


def _time(moment: datetime) -> Time:
    """As RFC 5280, 4.1.2.5, has it."""
    return Time({"utc_time": UTCTime(moment)} if moment.year < 2050 else {"general_time": GeneralizedTime(moment)})
