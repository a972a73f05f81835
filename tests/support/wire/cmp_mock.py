"""What a mock CMP server answers with: a CA, the server's certificate, a client's, and one that it "issues"."""

from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.support.pki.identities import Authority, Identity, ec_key, make_authority

REFERENCE = "device 7"
AnyKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey


@dataclass(frozen=True)
class MockPki:
    """The certificates of a mock server, and a directory with them as files."""

    authority: Authority
    server: Identity
    client: Identity
    issued: Identity
    directory: Path

    @property
    def trusted(self) -> Path:
        """PEM: the CA."""
        return written(self.directory / "ca.pem", self.authority.certificate.public_bytes(Encoding.PEM))

    def certificate(self, name: str) -> Path:
        """PEM: the certificate of `server`, `client` or `issued`."""
        identity: Identity = getattr(self, name)
        return written(self.directory / f"{name}.pem", identity.certificate.public_bytes(Encoding.PEM))

    def key(self, name: str) -> Path:
        """PEM: its key."""
        identity: Identity = getattr(self, name)
        return written(self.directory / f"{name}.key", pem(identity.key))

    @property
    def signing(self) -> dict[str, Path]:
        """Options of a server that signs its answers."""
        return {
            "srv_cert": self.certificate("server"),
            "srv_key": self.key("server"),
            "srv_trusted": self.trusted,
            "srv_untrusted": self.trusted,
        }


def mock_pki(directory: Path) -> MockPki:
    """New certificates; the files are written when they are asked for."""
    authority = make_authority("Mock CA", ec_key(301))
    server, client, issued = (
        authority.issue(name, ec_key(number), "digital_signature")
        for number, name in enumerate(("mock server", "mock client", "mock device"), 302)
    )
    return MockPki(authority, server, client, issued, directory)


def pem(key: AnyKey) -> bytes:
    """The key as every client reads it."""
    modern = isinstance(key, ed25519.Ed25519PrivateKey)
    return key.private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8 if modern else PrivateFormat.TraditionalOpenSSL, NoEncryption()
    )


def written(path: Path, content: bytes) -> Path:
    """The path of a file with that content."""
    if not path.exists():
        path.write_bytes(content)
    return path
