"""Makes the seeds anew."""

import json
import secrets
from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path
from urllib.parse import quote

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from fuzz.command_answer import OPERATION
from fuzz.keys import server
from fuzz.scep_transaction import SECRET, TRANSACTION_ID
from fuzz.seeds.cmp import cmp_messages
from lockgate.enrolment.transactions import Enrolment, Transaction
from lockgate.requests.content import ContentKind, Place, Recipient, RequestContent
from lockgate.requests.submessages import KeyRecoveryRequest
from lockgate_formats.cms import CmsEnvelopes
from lockgate_formats.sealed_transactions import NONCE_OCTETS, AesTransactionSealer
from lockgate_formats.submessages.contents import JsonContents
from tests.support.pki.asked_names import general_names, pkcs10_for
from tests.support.pki.certificate_requests import pkcs10
from tests.support.pki.identities import ec_key, make_authority, name, rsa_key
from tests.support.pki.key_forms import crmf, public_key, spkac
from tests.support.pki.ocsp_answers import LIFETIME, Answer
from tests.support.wire.cms_objects import element, with_open_lengths
from tests.support.wire.scep_client import Device
from tests.support.wire.scep_values import GET_CERT, GET_CRL, RENEWAL_REQ, TRIPLE_DES

HERE = Path(__file__).parent
ISSUER = name("Fuzzing CA").public_bytes()
Seeds = Iterator[tuple[str, bytes]]


def messages(device: Device) -> Seeds:
    """One of each kind of pkiMessage."""
    new = device.with_(key=rsa_key(4)).request
    yield "scep_message/pkcs_req.der", device.pkcs_req()
    yield "scep_message/pkcs_req_ec.der", device.with_(key=ec_key(1), digest="sha512").pkcs_req()
    yield "scep_message/pkcs_req_old.der", device.with_(digest="sha1", cipher=TRIPLE_DES).pkcs_req()
    yield "scep_message/pkcs_req.ber", with_open_lengths(device.pkcs_req())
    yield "scep_message/cert_poll.der", device.cert_poll()
    yield "scep_message/get_cert.der", device.identify(GET_CERT, ISSUER, 4711)
    yield "scep_message/get_crl.der", device.identify(GET_CRL, ISSUER, 4711)
    yield "scep_message/renewal_req.der", device.message(RENEWAL_REQ, new)
    key = secrets.token_bytes(32)
    renewal = device.signed(RENEWAL_REQ, device.enveloped(new, key=key))
    yield "scep_renewal/der.bin", bytes((len(key),)) + key + renewal
    yield "scep_renewal/ber.bin", bytes((len(key),)) + key + with_open_lengths(renewal)


def contents(device: Device) -> Seeds:
    """What is inside their envelopes."""
    yield "pkcs10_order/pkcs10.der", device.request
    yield "scep_content/pkcs10.der", device.request
    yield "scep_content/pkcs10_ec.der", device.with_(key=ec_key(1)).request
    yield "scep_content/issuer_and_subject.der", element(0x30, ISSUER + device.subject.public_bytes())
    yield "scep_content/issuer_and_serial.der", element(0x30, ISSUER + b"\x02\x01\x01")


def queries(device: Device) -> Seeds:
    """What a GET asks, escaped as it must be, and as old devices write it."""
    message = b64encode(device.cert_poll())
    yield "scep_query/escaped.txt", b"operation=PKIOperation&message=" + quote(message).encode()
    yield "scep_query/unescaped.txt", b"operation=PKIOperation&message=" + message
    yield "scep_query/get_ca_cert.txt", b"operation=GetCACert&message=CA%20name"


def transactions() -> Seeds:
    """A transaction as it is sealed, and what is sealed."""
    subject = name("device").public_bytes()
    enrolment = Enrolment(alias="vpn", signer_key="ab" * 32, request="cd" * 32, subject=subject)
    sealer = AesTransactionSealer("scep", SECRET)
    transaction = Transaction(enrolment=enrolment, sent=b"a record", expires=datetime(2026, 1, 1, tzinfo=UTC))
    sealed = sealer.seal(TRANSACTION_ID, transaction)
    nonce, encrypted = sealed[:NONCE_OCTETS], sealed[NONCE_OCTETS:]
    yield "scep_transaction/sealed.bin", sealed
    yield "scep_transaction/record.bin", sealer._cipher(TRANSACTION_ID).decrypt(nonce, encrypted, None)


def answers() -> Seeds:
    """Of a program of the operator."""
    certificate = b64encode(make_authority("Fuzzing CA", ec_key(1)).der).decode()
    said: dict[str, dict[str, object]] = {
        "issued": {"certificate": certificate, "chain": [certificate]},
        "revoked": {},
        "refused": {"reason": "not today"},
        "later": {"seconds": 60},
        "unknown": {},
        "standing": {"standing": "on hold"},
        "crl": {"crl": certificate},
        "certificates": {"certificates": [certificate]},
    }
    for result, more in said.items():
        answer = {"result": result, "operation": OPERATION, **more}
        yield f"command_answer/{result}.json", json.dumps(answer).encode()


def ocsp_messages() -> Seeds:
    """Questions, and an answer."""
    authority, now = make_authority("Fuzzing CA", ec_key(7)), datetime.now(UTC).replace(microsecond=0)
    builder = ocsp.OCSPRequestBuilder().add_certificate(
        authority.issue("vpn.example", ec_key(1)).certificate, authority.certificate, hashes.SHA256()
    )
    asked = builder.build()
    with_nonce = builder.add_extension(x509.OCSPNonce(secrets.token_bytes(32)), critical=False).build()
    yield "ocsp_request/request.der", asked.public_bytes(Encoding.DER)
    yield "ocsp_request/nonce.der", with_nonce.public_bytes(Encoding.DER)
    answer = Answer(issuer=authority, this_update=now, next_update=now + LIFETIME, nonce=None)
    yield "ocsp_request/answer.der", answer.to(asked)


def submessages() -> Seeds:
    """A request's content as a client sends it, that content signed, and sealed to the transport key."""
    sender = CmsEnvelopes(make_authority("Fuzzing CA", rsa_key(1)).issue("ra", rsa_key(3)).keystore)
    place, now = Place("a message", 1, 1), datetime(2026, 1, 1, tzinfo=UTC)
    request = KeyRecoveryRequest(
        request_id=1,
        username="alice",
        subject_dn="CN=Alice,O=Example",
        subject_alt_name="RFC822NAME=alice@example.org",
        end_entity_profile="EMPTY",
        certificate_profile="ENDUSER",
        ca_name="Fuzzing CA",
        issuer_dn="CN=Fuzzing CA",
        certificate_sn="4711",
        password="a password for fuzzing",  # noqa: S106  (a seed, of no installation)
    )
    recipient = Recipient("ab" * 32, "main")
    content = RequestContent(request, place, recipient, now, now + timedelta(days=1), "cd" * 16)
    encoded = JsonContents().encode_request(content)
    yield "submessage/content.json", encoded
    for form, recipient_certificate in {"signed": None, "sealed": server().der}.items():
        octets = sender.seal(encoded, ContentKind.REQUEST, sign=True, encrypt_to=recipient_certificate)
        yield f"submessage/{form}.der", octets


def certificate_requests() -> Seeds:
    """Each kind for an RSA or an EC key, and the certificates of a CA and of an end entity."""
    yield "certificate_request/pkcs10.der", pkcs10(rsa_key(4), challenge="challenge")
    yield "certificate_request/crmf.der", crmf(ec_key(1))
    yield "certificate_request/crmf_input.der", crmf(rsa_key(4), subject=False, given="sender")
    yield "certificate_request/spkac.der", spkac(rsa_key(4))
    yield "certificate_request/public_key.der", public_key(ec_key(1))
    names = general_names(
        "DNSNAME=a.example,IPADDRESS=192.0.2.1,UPN=a@example,GUID=00112233445566778899aabbccddeeff,REGISTEREDID=1.2.3,"
        "DIRECTORYNAME=CN=a\\,O=Example"
    )
    extension = element(
        0x30, b"\x06\x03\x55\x1d\x11" + element(0x04, x509.SubjectAlternativeName(names).public_bytes())
    )
    yield "requested_names/pkcs10.der", pkcs10_for(ec_key(1), names)
    yield "requested_names/extensions.der", element(0x30, extension)
    yield "certificate/ca.der", make_authority("Fuzzing CA", rsa_key(1)).der
    yield "certificate/end_entity.der", server().der


MAKERS = (
    messages,
    contents,
    queries,
    lambda _: transactions(),
    lambda _: submessages(),
    lambda _: answers(),
    lambda _: certificate_requests(),
    lambda _: cmp_messages(),
    lambda _: ocsp_messages(),
)


def main() -> None:
    """Write one file for each kind of octets that a target knows."""
    names = (x509.DNSName("vpn.example"),)
    device = Device(rsa_key(3), server().certificate, ISSUER, challenge="challenge", alternative_names=names)
    for path, octets in chain.from_iterable(make(device) for make in MAKERS):
        (HERE / path).parent.mkdir(exist_ok=True)
        (HERE / path).write_bytes(octets)


if __name__ == "__main__":
    main()
