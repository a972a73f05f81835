"""CAs above and below each other, made without the product."""

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from tests.support.pki.identities import (
    Authority,
    Key,
    ec_key,
    key_usage,
    make_authority,
    name,
)


def chain_root() -> Authority:
    key = ec_key(1)
    builder = make_builder("Root", "Root", key, path_length=None)
    return Authority(builder.sign(key, hashes.SHA256()), key)


def make_builder(subject: str, issuer: str, key: Key, path_length: int | None) -> x509.CertificateBuilder:
    valid = make_authority("dates", ec_key(1)).certificate
    return (
        x509.CertificateBuilder()
        .subject_name(name(subject))
        .issuer_name(name(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(valid.not_valid_before_utc)
        .not_valid_after(valid.not_valid_after_utc)
        .add_extension(x509.BasicConstraints(ca=True, path_length=path_length), critical=True)
        .add_extension(key_usage("key_cert_sign", "crl_sign"), critical=True)
    )


def subordinate(root: Authority, key: Key) -> bytes:
    certificate = make_builder("Sub", "Root", key, 0).sign(root.key, hashes.SHA256())
    return certificate.public_bytes(Encoding.DER)
