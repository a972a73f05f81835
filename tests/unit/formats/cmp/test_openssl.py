"""`openssl cmp` against these formats alone: its requests are read and verified, the answers to them believed."""

import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_public_key,
)

from lockgate.certification.endentity import CertificationRequest
from lockgate_formats import der
from lockgate_formats.cmp.confirmations import certificate_hash, read_certificate_confirmations
from lockgate_formats.cmp.contents import (
    CertificateReply,
    CertificateResponse,
    ErrorContent,
    PollResponse,
    RevocationReply,
)
from lockgate_formats.cmp.crmf import read_certificate_requests
from lockgate_formats.cmp.embedded import CONFIRMED, read_pkcs10
from lockgate_formats.cmp.errors import write_error
from lockgate_formats.cmp.general import read_general, write_general
from lockgate_formats.cmp.general_values import IMPLICIT_CONFIRM, sequence_info
from lockgate_formats.cmp.limits import ProtectionLimits
from lockgate_formats.cmp.messages import PkiMessage, StatusInfo
from lockgate_formats.cmp.names import directory_name
from lockgate_formats.cmp.pki_message import read_message, write_message
from lockgate_formats.cmp.polls import read_poll_requests, write_poll_responses
from lockgate_formats.cmp.possession import Authentication, judge_possession
from lockgate_formats.cmp.protection import Protector, mac_protector, verify_mac, verify_signature
from lockgate_formats.cmp.responses import write_certificate_reply
from lockgate_formats.cmp.revocations import read_revocations, write_revocation_reply
from lockgate_formats.cmp.signatures import keystore_protector
from lockgate_formats.cmp.vocabulary import BodyType, FailInfo, InfoType, PkiStatus
from lockgate_formats.cms import oids
from lockgate_formats.cms.algorithms import algorithm
from lockgate_formats.public_keys import request_key
from lockgate_testing.doubles.host import RepeatableRandom
from tests.support.pki.identities import NOT_AFTER, NOT_BEFORE, Identity, authority, ec_key, name, ra

SECRET = "a shared secret"
OLD = ProtectionLimits(hmac_sha1=True)
ACCEPTED = StatusInfo(PkiStatus.ACCEPTED)
ANSWERS = {BodyType.IR: BodyType.IP, BodyType.CR: BodyType.CP, BodyType.KUR: BodyType.KUP, BodyType.P10CR: BodyType.CP}


def issued(spki: bytes) -> bytes:
    """A certificate for that key."""
    key = load_der_public_key(spki)
    assert isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey)
    builder = x509.CertificateBuilder().subject_name(name("alice")).issuer_name(authority().certificate.subject)
    builder = builder.public_key(key).serial_number(4711).not_valid_before(NOT_BEFORE).not_valid_after(NOT_AFTER)
    return builder.sign(authority().key, hashes.SHA256()).public_bytes(Encoding.DER)


@dataclass
class Responder:
    """Answers whatever `openssl cmp` asks, as a CA would.

    Attributes:
        signer: signs the answers; without, they are protected as the request is.
        client: the certificate whose signature the requests have; without, they are protected by the secret.
        polls: how often the client is told to ask again before it gets its certificate.
        refused: a request for a certificate is refused.
    """

    signer: Identity | None = None
    client: Identity | None = None
    polls: int = 0
    refused: bool = False
    asked: list[PkiMessage] = field(default_factory=list)
    certificates: list[bytes] = field(default_factory=list)

    def answer(self, octets: bytes) -> bytes:
        message = read_message(octets)
        assert self.verified(message)
        self.asked.append(message)
        body_type, body = self._bodies[message.body_type](self, message)
        header = message.header
        answered = replace(
            header,
            sender=directory_name((self.signer or authority()).certificate.subject.public_bytes()),
            recipient=header.sender,
            sender_kid=None if self.signer else header.sender_kid,
            sender_nonce=len(self.asked).to_bytes(16, "big"),
            recip_nonce=header.sender_nonce,
            general_info=(IMPLICIT_CONFIRM,) if header.implicit_confirm else (),
        )
        chain = (self.signer.der,) if self.signer else ()
        return write_message(answered, body_type, body, self.protector(message), chain)

    def verified(self, message: PkiMessage) -> bool:
        if self.client:
            return verify_signature(message, self.client.der)
        return verify_mac(message, SECRET.encode(), OLD)

    def protector(self, message: PkiMessage) -> Protector:
        if self.signer:
            return keystore_protector(self.signer.keystore)
        algorithm = message.header.protection_algorithm or b""
        return mac_protector(SECRET.encode(), RepeatableRandom(len(self.asked)), algorithm, OLD)

    def enrol(self, message: PkiMessage) -> tuple[BodyType, bytes]:
        number = -1 if message.body_type is BodyType.P10CR else 0
        answered = ANSWERS[message.body_type]
        self.certificates = [issued(self.key(message))]
        if self.refused:
            status = StatusInfo(PkiStatus.REJECTION, frozenset({FailInfo.BAD_CERT_TEMPLATE}), ("the name is taken",))
            return answered, reply(CertificateResponse(cert_req_id=number, status=status))
        if self.polls:
            waiting = CertificateResponse(cert_req_id=number, status=StatusInfo(PkiStatus.WAITING))
            return answered, reply(waiting)
        return answered, self.delivery(number)

    def delivery(self, number: int) -> bytes:
        return reply(CertificateResponse(cert_req_id=number, status=ACCEPTED, certificate=self.certificates[0]))

    def key(self, message: PkiMessage) -> bytes:
        if message.body_type is BodyType.P10CR:
            key = request_key(read_pkcs10(message.body))
            return key.spki  # type: ignore[union-attr]
        (asked,) = read_certificate_requests(message.body)
        judged = judge_possession(asked, Authentication(message.header.sender, SECRET.encode()))
        assert isinstance(judged, CertificationRequest)
        return judged.public_key

    def poll(self, message: PkiMessage) -> tuple[BodyType, bytes]:
        (number,) = read_poll_requests(message.body)
        self.polls -= 1
        if self.polls:
            return BodyType.POLLREP, write_poll_responses((PollResponse(number, 1, ("wait",)),))
        return ANSWERS[self.asked[0].body_type], self.delivery(number)

    def confirm(self, message: PkiMessage) -> tuple[BodyType, bytes]:
        (confirmation,) = read_certificate_confirmations(message.body)
        assert confirmation.certificate_hash == certificate_hash(self.certificates[0], confirmation.hash_algorithm)
        return BodyType.PKICONF, CONFIRMED

    def revoke(self, message: PkiMessage) -> tuple[BodyType, bytes]:
        (asked,) = read_revocations(message.body)
        assert (asked.template.serial_number, asked.reason) == (self.client.certificate.serial_number, 1)  # type: ignore[union-attr]
        assert asked.template.issuer == authority().certificate.subject.public_bytes()
        return BodyType.RP, write_revocation_reply(RevocationReply((ACCEPTED,)))

    def inform(self, message: PkiMessage) -> tuple[BodyType, bytes]:
        (info,) = read_general(message.body)
        assert info.oid == InfoType.SIGN_KEY_PAIR_TYPES
        kinds = (algorithm(oids.RSA_ENCRYPTION, der.NULL), algorithm(oids.ED25519))
        return BodyType.GENP, write_general((sequence_info(InfoType.SIGN_KEY_PAIR_TYPES, kinds),))

    def give_up(self, message: PkiMessage) -> tuple[BodyType, bytes]:
        return BodyType.ERROR, write_error(ErrorContent(StatusInfo(PkiStatus.REJECTION)))

    _bodies = {  # noqa: RUF012  (a table of methods)
        BodyType.IR: enrol,
        BodyType.CR: enrol,
        BodyType.KUR: enrol,
        BodyType.P10CR: enrol,
        BodyType.POLLREQ: poll,
        BodyType.CERTCONF: confirm,
        BodyType.RR: revoke,
        BodyType.GENM: inform,
        BodyType.ERROR: give_up,
    }


def reply(response: CertificateResponse) -> bytes:
    return write_certificate_reply(CertificateReply((response,), (authority().der,)))


@contextmanager
def serving(responder: Responder) -> Iterator[int]:
    """A port on which it answers."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            octets = responder.answer(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.send_header("Content-Type", "application/pkixcmp")
            self.send_header("Content-Length", str(len(octets)))
            self.end_headers()
            self.wfile.write(octets)

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


@dataclass(frozen=True)
class Client:
    """`openssl cmp` in a folder with its files."""

    folder: Path

    def run(self, responder: Responder, *arguments: str, fails: bool = False) -> str:
        with serving(responder) as port:
            command = ["openssl", "cmp", "-server", f"127.0.0.1:{port}", "-recipient", "/CN=Management CA", *arguments]
            done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False, timeout=60)
        assert (done.returncode != 0) is fails, done.stdout + done.stderr
        return done.stdout + done.stderr

    def write(self, title: str, *pems: bytes) -> None:
        (self.folder / title).write_bytes(b"".join(pems))


def pem(certificate: bytes) -> bytes:
    return x509.load_der_x509_certificate(certificate).public_bytes(Encoding.PEM)


def private(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


KEYS = {"RSA": ra().key, "P-256": ec_key(5), "Ed25519": ed25519.Ed25519PrivateKey.generate()}
SIGNING = ("-cert", "client.pem", "-key", "client.key", "-trusted", "ca.pem", "-ignore_keyusage")
SHARED = ("-secret", f"pass:{SECRET}", "-ref", "a reference")


@pytest.fixture
def client(tmp_path: Path) -> Client:
    made = Client(tmp_path)
    made.write("ca.pem", pem(authority().der))
    made.write("client.pem", pem(ra().der))
    made.write("client.key", private(ra().key))
    for title, key in KEYS.items():
        made.write(f"{title}.key", private(key))
    return made


def enrolling(command: str = "ir", key: str = "P-256") -> Sequence[str]:
    return ("-cmd", command, "-newkey", f"{key}.key", "-subject", "/CN=alice", "-certout", "issued.pem")


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("mac", [(), ("-mac", "hmacWithSHA256"), ("-digest", "sha512", "-mac", "hmacWithSHA512")])
def test_a_shared_secret(client: Client, key: str, mac: tuple[str, ...]) -> None:
    responder = Responder()
    client.run(responder, *enrolling(key=key), *SHARED, *mac)
    assert [message.body_type for message in responder.asked] == [BodyType.IR, BodyType.CERTCONF]
    assert (client.folder / "issued.pem").read_bytes() == pem(responder.certificates[0])
    assert {message.header.sender_kid for message in responder.asked} == {b"a reference"}


@pytest.mark.parametrize("command", ["ir", "cr", "kur", "p10cr"])
def test_signatures(client: Client, command: str) -> None:
    responder = Responder(signer=ra(), client=ra())
    client.write("request.pem", _pkcs10())
    asked = {
        "kur": ("-cmd", "kur", "-newkey", "P-256.key", "-certout", "issued.pem"),
        "p10cr": ("-cmd", "p10cr", "-csr", "request.pem", "-certout", "issued.pem"),
    }.get(command, enrolling(command))
    client.run(responder, *asked, *SIGNING)
    assert [message.body_type.rfc_name for message in responder.asked] == [command, "certConf"]
    assert (client.folder / "issued.pem").read_bytes() == pem(responder.certificates[0])


def _pkcs10() -> bytes:
    builder = x509.CertificateSigningRequestBuilder().subject_name(name("alice"))
    return builder.sign(KEYS["P-256"], hashes.SHA256()).public_bytes(Encoding.PEM)


def test_implicit_confirmation(client: Client) -> None:
    responder = Responder()
    client.run(responder, *enrolling(), *SHARED, "-implicit_confirm")
    assert [message.header.implicit_confirm for message in responder.asked] == [True]


def test_polling(client: Client) -> None:
    responder = Responder(polls=2)
    client.run(responder, *enrolling(), *SHARED)
    names = [message.body_type.rfc_name for message in responder.asked]
    assert names == ["ir", "pollReq", "pollReq", "certConf"]


def test_a_refusal(client: Client) -> None:
    told = client.run(Responder(refused=True), *enrolling(), *SHARED, fails=True)
    assert "badCertTemplate" in told
    assert "the name is taken" in told


def test_a_revocation(client: Client) -> None:
    responder = Responder(signer=ra(), client=ra())
    client.run(responder, "-cmd", "rr", "-oldcert", "client.pem", "-revreason", "1", *SIGNING)
    assert [message.body_type for message in responder.asked] == [BodyType.RR]


def test_a_general_message(client: Client) -> None:
    told = client.run(Responder(), "-cmd", "genm", "-infotype", "signKeyPairTypes", *SHARED)
    assert "signKeyPairTypes" in told


def test_an_answer_that_was_changed_is_not_believed(client: Client) -> None:
    class Changed(Responder):
        def answer(self, octets: bytes) -> bytes:
            answered = super().answer(octets)
            return answered[:-1] + bytes((answered[-1] ^ 1,))

    assert "wrong" in client.run(Changed(), *enrolling(), *SHARED, fails=True)
    assert not (client.folder / "issued.pem").exists()
