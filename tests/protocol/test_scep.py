"""Real SCEP clients, and one that can also be hostile, against real processes."""

import base64
import json
import threading
import time
import urllib.parse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from asn1crypto import cms
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.hazmat.primitives.serialization.pkcs12 import load_pkcs12

from tests.integration.app.commands import edited
from tests.protocol.certmonger import certmonger
from tests.protocol.site import CHALLENGE, PATIENCE, Client, Site, get, post, program, run, status_of
from tests.support.pki.bundles import bundled
from tests.support.pki.identities import ec_key, rsa_key
from tests.support.wire.scep_answers import CertRep
from tests.support.wire.scep_client import Device
from tests.support.wire.scep_values import GET_CERT, GET_CRL, PENDING, RENEWAL_REQ, SUCCESS, TRIPLE_DES, Key

pytestmark = pytest.mark.postgresql
CAPABILITIES = b"AES\nGetNextCACert\nPOSTPKIOperation\nRenewal\nSHA-256\nSHA-384\nSHA-512\nSCEPStandard\n"


@pytest.fixture(scope="module")
def server_certificate(site: Site) -> x509.Certificate:
    """The transport certificate, as GetCACert gives it."""
    body, content_type = get(f"{site.url()}?operation=GetCACert&message=ManagementCA")
    assert content_type == "application/x-x509-ca-ra-cert"
    server, authority = bundled(body)
    server.verify_directly_issued_by(authority)
    return server


@pytest.fixture(scope="module")
def authority(site: Site) -> x509.Certificate:
    return x509.load_pem_x509_certificate(site.deployment.ca_certificate.read_bytes())


@pytest.fixture
def device(server_certificate: x509.Certificate, authority: x509.Certificate, request: pytest.FixtureRequest) -> Device:
    """A device of the test's own, with a key that tests share."""
    name = request.node.name.replace("_", "-")[:60]
    return Device(rsa_key(81), server_certificate, authority.subject.public_bytes(), name, CHALLENGE)


def polled(device: Device, url: str) -> CertRep:
    """The answer when it is another than PENDING."""
    deadline = time.monotonic() + PATIENCE
    while (answer := device.read(post(url, device.cert_poll()))).status == PENDING:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    return answer


def subject(certificate: bytes) -> str:
    return x509.load_der_x509_certificate(certificate).subject.rfc4514_string()


# ---- strongSwan's pki


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


# ---- certmonger's scep-submit


def submit(*arguments: object) -> Client:
    return run(program("scep-submit", "certmonger"), *arguments)


def test_certmonger_asks_for_capabilities_and_certificates(site: Site, server_certificate: x509.Certificate) -> None:
    assert submit("-u", site.url(), "-c").out.strip() == CAPABILITIES.strip()
    found = x509.load_pem_x509_certificates(submit("-u", site.url(), "-C").out)
    assert found[0] == server_certificate
    assert found[1].subject.rfc4514_string() == "CN=ManagementCA,O=Lockgate"


@pytest.fixture
def trusted(site: Site, server_certificate: x509.Certificate, tmp_path: Path) -> Path:
    """A directory with the RA's certificate, `ra.pem`, and the CA's, `ca.pem`."""
    (tmp_path / "ra.pem").write_bytes(server_certificate.public_bytes(Encoding.PEM))
    (tmp_path / "ca.pem").write_bytes(site.deployment.ca_certificate.read_bytes())
    return tmp_path


def test_certmongers_helper_enrols_and_renews_by_polling(site: Site, device: Device, trusted: Path) -> None:
    def send(message: bytes) -> Client:
        (trusted / "message").write_bytes(_pem("PKCS7", message))
        certificates = ("-r", trusted / "ra.pem", "-N", trusted / "ca.pem", "-I", trusted / "ca.pem")
        return submit("-u", site.url(), *certificates, "-p", trusted / "message")

    def answer(first: bytes, poll: Callable[[], bytes]) -> x509.Certificate:
        assert send(first).code in (1, 5)
        deadline = time.monotonic() + PATIENCE
        while (answer := send(poll())).code in (1, 5):
            assert time.monotonic() < deadline
            time.sleep(0.5)
        assert answer.code == 0, answer.log
        encoded = answer.out.decode().split("-----")[2]
        return x509.load_der_x509_certificate(device.opened(CertRep({}, base64.b64decode(encoded), b"", ""))[0][0])

    first = answer(device.pkcs_req(), device.cert_poll)
    assert first.subject.rfc4514_string() == f"CN={device.name}"
    renewal, new = device.with_(transaction_id=f"{device.transaction_id}-renewal"), rsa_key(92)
    wish = renewal.message(RENEWAL_REQ, device.with_(key=new, challenge=None).request, certificate=first)
    second = answer(wish, lambda: renewal.cert_poll(certificate=first))
    assert (second.subject, second.public_key()) == (first.subject, new.public_key())


def test_certmonger_enrols_and_renews(site: Site, trusted: Path) -> None:
    """Its renewal is a PKCSReq that the old key has signed, as before RFC 8894, for its configured name."""
    challenge = trusted / "challenge"
    known = ("-R", trusted / "ca.pem", "-N", trusted / "ca.pem", "-r", trusted / "ra.pem")
    with certmonger(trusted / "certmonger") as client:

        def got(*command: object) -> x509.Certificate:
            done = client.getcert(*command)
            assert done.code == 0, done.log
            assert "status: MONITORING" in (status := client.status()), status
            return x509.load_pem_x509_certificate(client.certificate.read_bytes())

        assert client.getcert("add-scep-ca", "-c", "lockgate", "-u", site.url(alias="own"), *known).code == 0
        challenge.write_text(one_time_password(site, "add", "monger", *PROFILES))
        assert site.ca("end-entity", "edit", "monger", "--subject-dn", "CN=monger,O=Example").code == 0
        files = ("-k", client.key, "-f", client.certificate)
        first = got("request", "-c", "lockgate", "-I", "device", *files, "-N", "CN=monger", "-l", challenge)
        assert first.subject.rfc4514_string() == "CN=monger,O=Example"
        second = got("rekey", "-i", "device")
        assert second.subject == first.subject
        assert second.public_key() != first.public_key()
        with same_key_renewals(site, trusted / "enduser.yaml"):
            third = got("resubmit", "-i", "device")
        assert third.public_key() == second.public_key()
        assert third.serial_number != second.serial_number


@contextmanager
def same_key_renewals(site: Site, profile: Path) -> Iterator[None]:
    """Certificates may be renewed for the key that they have."""
    site.ca("profile", "export", "ENDUSER", "--output", profile)
    for before, after in (("false", "true"), ("true", "false")):
        edited(profile, f"renewal_same_key: {before}", f"renewal_same_key: {after}")
        assert site.ca("profile", "import", profile, "--replace").code == 0
        if after == "true":
            yield


def _pem(label: str, der: bytes) -> bytes:
    return f"-----BEGIN {label}-----\n".encode() + base64.encodebytes(der) + f"-----END {label}-----\n".encode()


# ---- scepclient


def test_scepclient_reads_what_there_is_but_encrypts_with_single_des(site: Site, tmp_path: Path) -> None:
    """Debian 12's version knows no other cipher and signs with SHA-1: no server lets it in."""
    client = program("scepclient", "scep")
    files = ("-private-key", tmp_path / "key.pem", "-certificate", tmp_path / "certificate.pem")
    for alias in ("", "old"):
        done = run(client, "-server-url", site.url(alias=alias), "-challenge", CHALLENGE, *files, "-debug")
        assert "op=GetCACaps error=null" in done.log
        assert 'rdn="CN=ManagementCA,O=Lockgate"' in done.log
        assert b"failInfo: badAlg" in done.out
        assert done.code != 0


# ---- two servers, restarts, addresses


def test_one_server_is_asked_and_the_other_polled(site: Site, device: Device) -> None:
    assert device.read(post(site.url(0), device.pkcs_req())).status == PENDING
    answer = polled(device, site.url(1))
    assert answer.status == SUCCESS
    (leaf, authority), _ = device.opened(answer)
    assert (subject(leaf), subject(authority)) == (f"CN={device.name}", "CN=ManagementCA,O=Lockgate")
    again = device.read(post(site.url(0), device.pkcs_req()))
    assert device.opened(again)[0] == [leaf, authority]
    (only_leaf,), _ = device.opened(device.read(post(site.url(1, "noca"), device.cert_poll())))
    assert only_leaf == leaf


def test_holders_ask_what_the_ca_publishes(site: Site, device: Device, authority: x509.Certificate) -> None:
    """Devices cannot poll for these: the server waits for the CA."""
    device.read(post(site.url(), device.pkcs_req()))
    (leaf, _), _ = device.opened(polled(device, site.url()))
    own = x509.load_der_x509_certificate(leaf)
    assert site.ca("ca", "crl", "ManagementCA", "--directory", site.deployment.directory).code == 0

    def ask(kind: str) -> tuple[list[bytes], list[bytes]]:
        asking = device.with_(transaction_id=f"{device.transaction_id}-{kind}")
        message = asking.identify(kind, device.issuer, own.serial_number, certificate=own)
        return asking.opened(asking.read(post(site.url(), message)))

    assert ask(GET_CERT) == ([leaf], [])
    _, (crl,) = ask(GET_CRL)
    key = authority.public_key()
    assert isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey)
    assert x509.load_der_x509_crl(crl).is_signature_valid(key)
    assert status_of(f"{site.url()}?operation=GetNextCACert") == 404


def test_the_cas_next_certificate_is_handed_on(site: Site, authority: x509.Certificate) -> None:
    prepared = site.ca("ca", "rollover", "prepare", "ManagementCA")
    assert prepared.code == 0, prepared.err
    body, content_type = get(f"{site.url(alias='own')}?operation=GetNextCACert")
    assert content_type == "application/x-x509-next-ca-cert"
    signed = cms.ContentInfo.load(body)["content"]
    (following,) = bundled(signed["encap_content_info"]["content"].native)
    assert following.subject == authority.subject
    assert following.public_key() != authority.public_key()


PROFILES = ("--ca", "ManagementCA", "--end-entity-profile", "EMPTY", "--certificate-profile", "ENDUSER")


def one_time_password(site: Site, verb: str, name: str, *more: object) -> str:
    """One that the CA has made for an end entity."""
    subject = ("--subject-dn", f"CN={name}") if verb == "add" else ()
    made = site.ca("end-entity", verb, name, *subject, *more, "--one-time-password", "--json")
    assert made.code == 0, made.err
    return str(json.loads(made.out)["one_time_password"])


@pytest.mark.parametrize("key", [ec_key(91), rsa_key(81)])
def test_one_time_challenges_are_made_and_spent_by_the_ca(site: Site, device: Device, key: Key) -> None:
    """An EC key cannot be encrypted to: its answer comes under the challenge password."""
    name = f"own-{'ec' if isinstance(key, ec.EllipticCurvePrivateKey) else 'rsa'}"
    challenge, url = one_time_password(site, "add", name, *PROFILES), site.url(alias="own")
    own = device.with_(key=key, name=name, challenge=challenge)
    assert own.read(post(url, own.pkcs_req())).status == PENDING
    answer = polled(own, url)
    assert subject(received(own, answer)) == f"CN={name}"
    again = own.with_(transaction_id=f"{own.transaction_id}-again")
    assert again.read(post(url, again.pkcs_req())).status == PENDING
    assert polled(again, url).fail_info == "2"
    assert challenge not in site.log("server0")


def received(device: Device, answer: CertRep) -> bytes:
    """The certificate in an answer to a device, encrypted to its key, or under its challenge password."""
    assert answer.status == SUCCESS, answer
    password = None if isinstance(device.key, rsa.RSAPrivateKey) else device.challenge
    return device.opened(answer, password)[0][0]


def renewed(device: Device, new: Key, url: str) -> x509.Certificate:
    """Enrolled, and renewed with a new key."""
    device.read(post(url, device.pkcs_req()))
    first = x509.load_der_x509_certificate(received(device, polled(device, url)))
    renewal = device.with_(transaction_id=f"{device.transaction_id}-renewal", challenge="GEZDGNBVGY3TQOJQGEZDGNBVGY")
    wish = renewal.message(RENEWAL_REQ, renewal.with_(key=new).request, certificate=first)
    assert renewal.read(post(url, wish)).status == PENDING
    deadline = time.monotonic() + PATIENCE
    while (answer := renewal.read(post(url, renewal.cert_poll(certificate=first)))).status == PENDING:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    second = x509.load_der_x509_certificate(received(renewal, answer))
    assert (second.subject, second.public_key()) == (first.subject, new.public_key())
    return second


def test_a_key_that_only_signs_is_renewed(site: Site, device: Device) -> None:
    challenge = one_time_password(site, "add", device.name, *PROFILES)
    renewed(device.with_(key=ec_key(93), challenge=challenge), ec_key(94), site.url(alias="own"))


def test_an_old_device_enrols_and_renews(site: Site, device: Device) -> None:
    old = device.with_(digest="sha1", request_digest="sha1", cipher=TRIPLE_DES)
    second = renewed(old, rsa_key(95), site.url(alias="old"))
    assert second.signature_algorithm_oid == x509.SignatureAlgorithmOID.RSA_WITH_SHA256
    elsewhere = old.with_(transaction_id=f"{old.transaction_id}-elsewhere")
    assert elsewhere.read(post(site.url(), elsewhere.pkcs_req())).fail_info == "0"


def test_a_restart_forgets_nothing(site: Site, device: Device) -> None:
    assert device.read(post(site.url(1), device.pkcs_req())).status == PENDING
    site.stop("server1")
    site.start_server(1)
    assert polled(device, site.url(1)).status == SUCCESS


def test_old_devices_write_get_requests_badly(site: Site, device: Device) -> None:
    """`+` left as it is, lines broken, the operation in lower case."""
    message = base64.encodebytes(device.pkcs_req()).decode()
    for written in (message.replace("\n", "%0A"), urllib.parse.quote(message), message.replace("\n", "%0D%0A")):
        body, content_type = get(f"{site.url()}?operation=pkioperation&message={written}")
        assert content_type == "application/x-pki-message"
        assert device.read(body).status in (PENDING, SUCCESS)


def test_capabilities_are_what_is_on(site: Site) -> None:
    assert get(f"{site.url()}?operation=GetCACaps") == (CAPABILITIES, "text/plain; charset=utf-8")
    old, _ = get(f"{site.url(alias='old')}?operation=getcacaps&message=")
    assert set(old.split()) - set(CAPABILITIES.split()) == {b"DES3", b"SHA-1"}


def test_what_is_no_scep_message_gets_an_http_status(site: Site, device: Device) -> None:
    operation = f"{site.url()}?operation=PKIOperation"
    assert status_of(operation, b"") == 400
    assert status_of(operation, b"\x30\x80" * 1000) == 400
    assert status_of(f"{operation}&message=*") == 400
    assert status_of(operation) == 400
    assert status_of(f"{site.url()}?operation=Other") == 400
    assert status_of(site.url()) == 400
    assert status_of(f"{site.url(alias='none')}?operation=GetCACaps") == 404
    assert status_of(operation, method="DELETE") == 405
    assert status_of(operation, bytes(64 * 1024 + 1)) == 413
    assert device.read(post(site.url(), device.pkcs_req(tampered=True))).fail_info == "1"


# ---- approvals


@pytest.fixture
def approver(site: Site) -> Callable[..., str]:
    """Approves or rejects what waits for the end entity of a name, with an administrator's own keystore."""
    directory = site.deployment.directory
    keystore = directory / "ann.p12"
    made = site.ca("scep-ra", "keystore", "--ca", "ManagementCA", "--output", keystore, "--subject-dn", "CN=ann")
    assert made.code == 0, made.err
    loaded = load_pkcs12(keystore.read_bytes(), (directory / "ann.password").read_text().strip().encode())
    assert loaded.cert is not None
    certificate = directory / "ann.pem"
    certificate.write_bytes(loaded.cert.certificate.public_bytes(Encoding.PEM))
    rules = ("/administrator", "/ca/ManagementCA", "/endentityprofile/EMPTY", "/action/approve")
    role = site.ca("role", "add", "ann", *(f"--rule={rule}" for rule in rules), "--certificate", certificate)
    assert role.code == 0, role.err
    asked = site.ca("approvals", "require", "ManagementCA", "issue=1")
    assert asked.code == 0, asked.err

    def decide(name: str, verb: str, *more: object) -> str:
        deadline = time.monotonic() + PATIENCE
        while not (found := _waiting(site, name)):
            assert time.monotonic() < deadline
            time.sleep(0.2)
        done = site.ca(
            "approvals", verb, found, "--keystore", keystore, "--password-file", directory / "ann.password", *more
        )
        assert done.code == 0, done.err
        return found

    return decide


def _waiting(site: Site, name: str) -> str | None:
    listed = json.loads(site.ca("approvals", "list", "--status", "pending", "--json").out)["approvals"]
    return next((str(row["id"]) for row in listed if row["concerns"] == name), None)


def test_devices_poll_until_administrators_have_decided(
    site: Site, strongswan: Path, approver: Callable[..., str]
) -> None:
    """strongSwan polls while an administrator approves one request and rejects another."""
    commands = {name: enrolment(site, strongswan, name, "--password", CHALLENGE) for name in ("approved", "rejected")}
    done: dict[str, Client] = {}

    def poll(name: str) -> None:
        done[name] = pki(*commands[name])

    threads = [threading.Thread(target=poll, args=(name,)) for name in commands]
    for thread in threads:
        thread.start()
    approver("approved", "approve")
    approver("rejected", "reject", "--reason", "the name is mistyped")
    for thread in threads:
        thread.join(PATIENCE)
    assert done["approved"].code == 0, done["approved"].log
    assert subject(done["approved"].out) == "CN=approved,O=Example"
    assert done["rejected"].code == 1
    assert "failInfo:     badRequest" in done["rejected"].log
    assert site.ca("approvals", "require", "ManagementCA", "issue=0").code == 0
