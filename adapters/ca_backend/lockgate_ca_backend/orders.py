"""An order as a certificate, and the check that a certificate is the one that was ordered (threat model, rule 35)."""

from cryptography import x509
from cryptography.exceptions import InvalidSignature

from lockgate.errors import Defect
from lockgate.ports import Order
from lockgate_ca_backend.certificates import CertificateContent, Validity, signed
from lockgate_ca_backend.signing import form_of, verify
from lockgate_ca_backend.store.authorities import IssuingCa


def content_of(order: Order, issuer: bytes) -> CertificateContent:
    """The content of the ordered certificate.

    Args:
        issuer: the CA's DER Name.
    """
    return CertificateContent(
        serial_number=order.serial_number,
        issuer=issuer,
        validity=Validity(order.not_before, order.not_after),
        subject=order.subject,
        spki=order.public_key,
        extensions=order.extensions,
    )


def require_ordered(certificate: bytes, order: Order, authority: IssuingCa) -> None:
    """Accept a certificate whose content is exactly the ordered one, signed by the CA's key.

    Args:
        certificate: DER.

    Raises:
        Defect: it says something else, or another key has signed it.
    """
    form = form_of(authority.public_key)
    try:
        made = x509.load_der_x509_certificate(certificate)
        verify(authority.public_key, form.digest, made.signature, made.tbs_certificate_bytes)
    except (ValueError, InvalidSignature) as error:
        raise Defect(f"the CA {order.ca_name} has not signed the certificate that it returned: {error!r}") from None
    wanted = content_of(order, authority.subject).to_be_signed(form.algorithm)
    if certificate != signed(wanted, form.algorithm, made.signature):
        raise Defect(f"the CA {order.ca_name} returned a certificate that says something else than was ordered")
