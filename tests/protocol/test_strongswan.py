"""strongSwan's `pki` against real processes."""

import threading
from pathlib import Path

import pytest
from cryptography import x509

from tests.protocol.approving import Approver
from tests.protocol.devices import subject
from tests.protocol.processes import PATIENCE
from tests.protocol.site import CHALLENGE, Client, Site, program, run

pytestmark = pytest.mark.postgresql


def pki(*arguments: object) -> Client:
    return run(program("pki", "strongswan-pki libstrongswan-extra-plugins"), *arguments)


@pytest.fixture(scope="module")
def strongswan(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with CA and RA certificate, fetched by `pki --scepca`."""
    directory = tmp_path_factory.mktemp("strongswan")
    fetched = pki("--scepca", "--url", site.url(), "--caout", directory / "ca.der", "--raout", directory / "ra.der")
    assert fetched.code == 0, fetched.log
    assert "RA cert is trusted" in fetched.log
    return directory


def enrolment(site: Site, directory: Path, name: str, *more: object, alias: str = "") -> list[object]:
    """The command for a device of that name, with a new key."""
    key = directory / f"{name}.key"
    key.write_bytes(pki("--gen", "--type", "rsa", "--size", 2048).out)
    certificates = [f"--cacert-{use}={directory}/ra.der" for use in ("enc", "sig")]
    return [
        *("--scep", "--url", site.url(alias=alias), "--in", key, "--dn", f"O=Example, CN={name}"),
        *(*certificates, "--cacert", directory / "ca.der", "--interval", 1, "--maxpolltime", 50, *more),
    ]


def test_strongswan_enrols_by_polling_and_renews(site: Site, strongswan: Path) -> None:
    command = enrolment(site, strongswan, "vpn", "--san", "vpn.example", "--password", CHALLENGE)
    done = pki(*command)
    assert done.code == 0, done.log
    assert "SCEP request pending, polling" in done.log
    assert "Issued certificate is trusted" in done.log
    certificate = x509.load_der_x509_certificate(done.out)
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert (subject(done.out), names.get_values_for_type(x509.DNSName)) == ("CN=vpn,O=Example", ["vpn.example"])
    (strongswan / "vpn.crt").write_bytes(done.out)
    current = ("--cert", strongswan / "vpn.crt", "--key", strongswan / "vpn.key")
    renewed = pki(*enrolment(site, strongswan, "vpn-next", *current))
    assert renewed.code == 0, renewed.log
    following = x509.load_der_x509_certificate(renewed.out)
    assert following.subject == certificate.subject
    assert following.public_key() != certificate.public_key()


def test_strongswan_with_a_wrong_challenge_password_is_refused(site: Site, strongswan: Path) -> None:
    done = pki(*enrolment(site, strongswan, "stranger", "--password", "a guess"))
    assert (done.code, done.out) == (1, b"")
    assert "failInfo:     badRequest" in done.log
    assert "a guess" not in site.log("server0")


# ---- approvals


def test_devices_poll_until_administrators_have_decided(site: Site, strongswan: Path) -> None:
    """strongSwan polls while an administrator approves one request and rejects another."""
    ann = Approver(site.ca, site.deployment.directory)
    asked = site.ca("approvals", "require", "ManagementCA", "issue=1")
    assert asked.code == 0, asked.err
    commands = {name: enrolment(site, strongswan, name, "--password", CHALLENGE) for name in ("approved", "rejected")}
    done: dict[str, Client] = {}

    def poll(name: str) -> None:
        done[name] = pki(*commands[name])

    threads = [threading.Thread(target=poll, args=(name,)) for name in commands]
    for thread in threads:
        thread.start()
    ann.decide("approved", "approve")
    ann.decide("rejected", "reject", "--reason", "the name is mistyped")
    for thread in threads:
        thread.join(PATIENCE)
    assert done["approved"].code == 0, done["approved"].log
    assert subject(done["approved"].out) == "CN=approved,O=Example"
    assert done["rejected"].code == 1
    assert "failInfo:     badRequest" in done["rejected"].log
    assert site.ca("approvals", "require", "ManagementCA", "issue=0").code == 0
