"""`openssl cmp`, of two versions, against the CA's CMP service: by a secret and by signatures, in every message."""

import threading
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from tests.protocol.cmp_site import REFERENCE, SECRET, CmpSite, Endpoint, KeyFiles, common_name
from tests.support.pki.certificate_requests import pkcs10
from tests.support.pki.identities import ec_key, rsa_key
from tests.support.wire.cmp_mock import AnyKey, pem, written
from tests.support.wire.cmp_openssl import CmpOutcome, OpensslCmp, Option, bodies

pytestmark = pytest.mark.postgresql

SHARED: dict[str, Option] = {"ref": REFERENCE, "secret": SECRET, "mac": "hmacWithSHA256"}
ED25519 = ed25519.Ed25519PrivateKey.generate()
KEYS: dict[str, AnyKey] = {
    "RSA": rsa_key(501),
    "P-256": ec_key(501),
    "P-384": ec_key(502, ec.SECP384R1),
    "Ed25519": ED25519,
}
ENROLLED = ["IR", "IP", "CERTCONF", "PKICONF"]


@pytest.fixture
def device(endpoint: Endpoint, openssl: OpensslCmp, cmp_site: CmpSite, request: pytest.FixtureRequest) -> "Device":
    return Device(endpoint, openssl, cmp_site, common_name(request))


class Device:
    """A device with a name of its own, that talks to one endpoint by one version of the command."""

    def __init__(self, endpoint: Endpoint, openssl: OpensslCmp, site: CmpSite, name: str) -> None:
        self.endpoint = endpoint
        self.openssl = openssl
        self.site = site
        self.name = name

    def run(self, command: str, alias: str, *flags: str, **options: Option) -> CmpOutcome:
        return self.openssl.run(command, self.endpoint.address, self.endpoint.path(alias), *flags, **options)

    def asking(self, key: AnyKey = KEYS["P-256"], name: str = "") -> dict[str, Option]:
        """Options that ask for a certificate of `key`."""
        return {"newkey": self.file("new.key", pem(key)), "subject": f"/CN={name or self.name}"}

    def enrolled(self, alias: str = "devices", key: AnyKey = KEYS["P-256"], **options: Option) -> CmpOutcome:
        return self.run("ir", alias, **{**self.asking(key), **SHARED, **options})

    def holder(self) -> KeyFiles:
        """A certificate that the device has got, with its key."""
        done = self.enrolled()
        assert done.code == 0, done.log
        return KeyFiles(done.directory / "certificate.pem", self.file("new.key", pem(KEYS["P-256"])))

    def signing(self, holder: KeyFiles) -> dict[str, Option]:
        """Options of a client that signs, and trusts the CA."""
        return {
            "cert": holder.certificate,
            "key": holder.key,
            "trusted": self.site.trusted,
            "untrusted": self.site.trusted,
        }

    def file(self, name: str, content: bytes) -> Path:
        number = len(list(self.site.files.iterdir()))
        return written(self.site.files / f"{number}-{name}", content)


def subject(certificate: x509.Certificate) -> str:
    return certificate.subject.rfc4514_string()


@pytest.mark.parametrize("kind", KEYS)
def test_every_key_enrols_by_a_secret(device: Device, kind: str) -> None:
    done = device.enrolled(key=KEYS[kind])
    assert bodies(done.log) == ENROLLED
    assert subject(done.certificate) == f"CN={device.name}"
    assert done.certificate.public_key() == KEYS[kind].public_key()
    done.certificate.verify_directly_issued_by(device.site.authority)


def test_the_usual_mac_needs_a_switch(device: Device) -> None:
    """Without -mac it is HMAC with SHA-1."""
    usual = {**device.asking(), "ref": REFERENCE, "secret": SECRET}
    assert device.run("ir", "old", **usual).certificate.public_key() == KEYS["P-256"].public_key()
    refused = device.run("ir", "devices", **usual, trusted=device.site.trusted)
    assert refused.code == 1
    assert "badAlg" in refused.log


def test_implicit_confirmation(device: Device) -> None:
    granted = device.run("ir", "devices", "implicit_confirm", **device.asking(), **SHARED)
    assert (granted.code, bodies(granted.log)) == (0, ["IR", "IP"])
    explicit = device.run("ir", "explicit", "implicit_confirm", **device.asking(name=f"{device.name}-2"), **SHARED)
    assert (explicit.code, bodies(explicit.log)) == (0, ENROLLED)


def test_a_wrong_secret(device: Device) -> None:
    refused = device.enrolled(secret="a guess of a stranger", trusted=device.site.trusted)
    assert (refused.code, refused.certificates) == (1, ())
    assert "badMessageCheck" in refused.log
    assert device.site.statuses(device.name) == []
    unknown = device.enrolled(ref="nobody", trusted=device.site.trusted)
    assert "badMessageCheck" in unknown.log


def test_an_unknown_alias(device: Device) -> None:
    """The proxy itself refuses it, without protection."""
    asking = {**device.asking(), **SHARED, "trusted": device.site.trusted}
    refused = device.run("ir", "nowhere", "unprotected_errors", **asking)
    assert (refused.code, refused.certificates) == (1, ())
    assert "badRequest" in refused.log


def test_a_pkcs10(device: Device) -> None:
    csr = device.file("csr.der", pkcs10(KEYS["RSA"], name=device.name))  # type: ignore[arg-type]
    done = device.run("p10cr", "devices", csr=csr, **SHARED)
    assert bodies(done.log) == ["P10CR", "CP", "CERTCONF", "PKICONF"]
    assert subject(done.certificate) == f"CN={device.name}"


def test_answers_with_a_signature(device: Device) -> None:
    done = device.enrolled(alias="signed", trusted=device.site.trusted, untrusted=device.site.trusted)
    assert (done.code, bodies(done.log)) == (0, ENROLLED)
    assert done.extra[0] == device.site.service


def test_a_holder_asks_updates_and_revokes(device: Device) -> None:
    holder = device.holder()
    following_key = ec.generate_private_key(ec.SECP256R1())
    next_key = device.file("next.key", pem(following_key))
    updated = device.run("kur", "devices", newkey=next_key, **device.signing(holder))
    assert bodies(updated.log) == ["KUR", "KUP", "CERTCONF", "PKICONF"]
    assert subject(updated.certificate) == f"CN={device.name}"
    assert updated.certificate.public_key() == following_key.public_key()
    following = KeyFiles(updated.directory / "certificate.pem", next_key)
    revoked = device.run("rr", "devices", oldcert=following.certificate, revreason=1, **device.signing(following))
    assert (revoked.code, bodies(revoked.log)) == (0, ["RR", "RP"])
    assert device.site.statuses(device.name).count("revoked") == 1
    again = device.run("rr", "devices", oldcert=following.certificate, revreason=1, **device.signing(following))
    assert again.code == 1


def test_an_ra_revokes_for_others(device: Device) -> None:
    holder = device.holder()
    done = device.run("rr", "desk", oldcert=holder.certificate, revreason=4, **device.signing(device.site.desk))
    assert (done.code, bodies(done.log)) == (0, ["RR", "RP"])
    assert device.site.statuses(device.name) == ["revoked"]


def test_an_ra_vouches_for_keys(device: Device) -> None:
    done = device.run("ir", "desk", popo=0, **device.asking(), **device.signing(device.site.desk))
    assert subject(done.certificate) == f"CN={device.name}"
    stranger = device.run("ir", "devices", popo=0, **device.asking(name=f"{device.name}-2"), **SHARED)
    assert stranger.code == 1
    assert "badPOP" in stranger.log


@pytest.mark.parametrize("asked", ["signKeyPairTypes", "encKeyPairTypes", "currentCRL", "caProtEncCert"])
def test_general_messages(device: Device, asked: str) -> None:
    done = device.run("genm", "devices", infotype=asked, **SHARED)
    assert (done.code, bodies(done.log)) == (0, ["GENM", "GENP"])


def test_an_end_entity_enrols_by_a_one_time_password(device: Device) -> None:
    password = device.site.one_time_password(device.name)
    own = {**device.asking(), "ref": device.name, "secret": password, "mac": "hmacWithSHA256"}
    done = device.run("ir", "own", **own)
    assert (done.code, bodies(done.log)) == (0, ENROLLED)
    spent = device.run("ir", "own", **own, trusted=device.site.trusted)
    assert spent.code == 1


@pytest.mark.parametrize("verb", ["approve", "reject"])
def test_it_polls_until_administrators_have_decided(device: Device, verb: str, request: pytest.FixtureRequest) -> None:
    approver = request.getfixturevalue("approver")
    reason = ("--reason", "the name is mistyped") if verb == "reject" else ()
    done: list[CmpOutcome] = []
    waiting = threading.Thread(target=lambda: done.append(device.enrolled(alias="guarded", total_timeout=60)))
    waiting.start()
    approver.decide(device.name, verb, *reason)
    waiting.join(90)
    log = done[0].log
    assert bodies(log)[:3] == ["IR", "IP", "POLLREQ"]
    if verb == "approve":
        assert subject(done[0].certificate) == f"CN={device.name}"
        assert bodies(log)[-2:] == ["CERTCONF", "PKICONF"]
    else:
        assert done[0].code == 1
        assert "the name is mistyped" in log
