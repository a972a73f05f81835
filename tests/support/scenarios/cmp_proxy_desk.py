"""Where a scenario sets up a CMP proxy, and the messages that its checks are tried with."""

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from lockgate_formats.cmp.signatures import keystore_protector
from lockgate_formats.cmp.vocabulary import BodyType
from tests.support.pki import identities
from tests.support.scenarios.cmp_carrying import ALIAS, Carrying
from tests.support.wire.cmp_carried import message, with_mac

SECRET, REFERENCE = b"a secret of 16 octets", "router"
DEVICE = identities.authority().issue("device", identities.ec_key(7))
REVOKED = identities.authority().issue("revoked device", identities.ec_key(9))
STRANGER = identities.make_authority("Stranger", identities.ec_key(8)).issue("device", identities.ec_key(7))
TEN_YEARS = timedelta(days=3650)


def signed(by: identities.Identity = DEVICE, certificate: identities.Identity | None = None) -> bytes:
    chain = ((certificate or by).der, identities.authority().der)
    return message(protector=keystore_protector(by.keystore), extra_certs=chain)


MESSAGES: Mapping[str, Callable[[], bytes]] = {
    "garbage": lambda: b"garbage",
    "an rr": lambda: message(body_type=BodyType.RR),
    "a message without protection": message,
    "a MAC under the secret": lambda: with_mac(SECRET, REFERENCE.encode()),
    "a MAC under a wrong secret": lambda: with_mac(b"another secret", REFERENCE.encode()),
    "a MAC under an unknown reference": lambda: with_mac(SECRET, b"nobody"),
    "a signature": signed,
    "a signature of a stranger": lambda: signed(STRANGER),
    "another signature": lambda: signed(DEVICE, REVOKED),
    "a signature under a revoked certificate": lambda: signed(REVOKED),
}


@dataclass
class Desk:
    """Where a scenario's proxy is set up; it starts when it is first used."""

    directory: Path
    carrying: Carrying
    stack: ExitStack
    order: list[str] = field(default_factory=list)

    @property
    def started(self) -> Carrying:
        if self.carrying.web is None:
            self.stack.enter_context(self.carrying.running())
        return self.carrying

    def file(self, name: str, content: bytes) -> str:
        path = self.directory / name
        path.write_bytes(content)
        return str(path)

    def crl(self, ended: bool = False) -> str:
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(identities.authority().certificate.subject)
            .last_update(identities.NOT_BEFORE)
            .next_update(identities.NOT_BEFORE + timedelta(days=1))
        )
        authority = identities.authority()
        current = authority.crl(1, REVOKED.certificate.serial_number)
        crl = builder.sign(authority.key, hashes.SHA256()) if ended else current
        return self.file("ca.crl", crl.public_bytes(Encoding.PEM))

    def issuers(self) -> list[str]:
        return [self.file("issuer.pem", identities.authority().certificate.public_bytes(Encoding.PEM))]


SETTINGS: Mapping[str, Callable[[Desk], dict[str, object]]] = {
    "nothing set": lambda _: {},
    "aliases": lambda _: {"aliases": [ALIAS]},
    "messages": lambda _: {"messages": ["ir", "certConf"]},
    "secrets": lambda _: {"secrets": {REFERENCE: SECRET.decode()}},
    "secrets, iterations": lambda _: {"secrets": {REFERENCE: SECRET.decode()}, "iterations": 100},
    "trusted_issuers": lambda desk: {"trusted_issuers": desk.issuers()},
    "crls": lambda desk: {"trusted_issuers": desk.issuers(), "crls": [desk.crl()]},
    "old crls": lambda desk: {"trusted_issuers": desk.issuers(), "crls": [desk.crl(ended=True)]},
    "max_size": lambda _: {"max_size": 1024},
}
