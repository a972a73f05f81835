"""A CA product that runs a worker of Lockgate in its own process, and signs with a key of its own."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from dependency_injector import containers, providers

from ca_product.issuer import ProductIssuer
from lockgate_app.embedding import CaContainer, Health, WorkerContainer, load_ca, register_ca

CA_NAME = "ProductCA"
WORKER = "main"


def make_authority(folder: Path) -> None:
    """The CA's key and certificate. A product has the key in a device."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name.from_rfc4514_string(f"CN={CA_NAME},O=Example")
    builder = x509.CertificateBuilder(
        name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(days=3650)
    )
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    folder.mkdir(mode=0o700)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "ca.key").write_bytes(pem)
    (folder / "ca.der").write_bytes(builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER))


def product_issuer(folder: Path) -> ProductIssuer:
    """The issuer with the key in `folder`."""
    key = load_pem_private_key((folder / "ca.key").read_bytes(), None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError("the product's key is on P-256")
    return ProductIssuer(CA_NAME, key, (folder / "ca.der").read_bytes())


class Product(containers.DeclarativeContainer):
    """The product's parts; `lockgate` is Lockgate's container with the product's issuer in it."""

    config = providers.Dependency(instance_of=Path)
    folder = providers.Dependency(instance_of=Path)
    zone = providers.Singleton(load_ca, config)
    issuer = providers.Singleton(product_issuer, folder)
    lockgate = providers.Container(
        WorkerContainer, zone=zone, name=WORKER, own_issuers=providers.Dict({CA_NAME: issuer})
    )


def set_up(config: Path, folder: Path) -> None:
    """Make the CA, and let Lockgate know it."""
    make_authority(folder)
    container = CaContainer(zone=load_ca(config))
    try:
        register_ca(container, CA_NAME, (folder / "ca.der").read_bytes(), operator="ca-product")
    finally:
        container.engine().dispose()


def told(health: Health) -> str:
    """The worker's health as the product shows it: one JSON object."""
    return json.dumps({"state": health.state, "settled": health.settled, "trouble": health.trouble})
