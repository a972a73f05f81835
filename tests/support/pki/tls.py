"""A throw-away CA and server certificates for the tests' own servers."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.support.pki.identities import key_usage

VALIDITY = timedelta(days=30)


@dataclass(frozen=True)
class ServerIdentity:
    """PEM files: the CA that vouches for a server, another CA that does not, the server's certificate and key."""

    ca: Path
    other_ca: Path
    certificate: Path
    key: Path


def make_server_identity(directory: Path, host: str) -> ServerIdentity:
    """Write the files into `directory`; the server's certificate is for the DNS name `host` alone."""
    ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    ca = _sign("Test database CA", ca_key, ca_key, None, x509.BasicConstraints(ca=True, path_length=0), None)
    other_key = ec.generate_private_key(ec.SECP256R1())
    other = _sign("Test database CA", other_key, other_key, None, x509.BasicConstraints(ca=True, path_length=0), None)
    leaf = _sign(host, key, ca_key, ca.subject, x509.BasicConstraints(ca=False, path_length=None), host)
    pem = serialization.Encoding.PEM
    identity = ServerIdentity(*(directory / name for name in ("ca.pem", "other-ca.pem", "server.pem", "server.key")))
    identity.ca.write_bytes(ca.public_bytes(pem))
    identity.other_ca.write_bytes(other.public_bytes(pem))
    identity.certificate.write_bytes(leaf.public_bytes(pem))
    identity.key.write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()),
    )
    identity.key.chmod(0o600)
    return identity


def _sign(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    signer: ec.EllipticCurvePrivateKey,
    issuer: x509.Name | None,
    constraints: x509.BasicConstraints,
    host: str | None,
) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer or subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + VALIDITY)
        .add_extension(constraints, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
    )
    if constraints.ca:
        builder = builder.add_extension(key_usage("key_cert_sign", "crl_sign"), critical=True)
    if host is not None:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
    return builder.sign(signer, hashes.SHA256())
