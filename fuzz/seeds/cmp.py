"""Seeds of the CMP targets: every kind of body, under every kind of protection."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from fuzz.cmp_message import SECRET
from fuzz.keys import server
from lockgate_formats import der
from lockgate_formats.cmp import general_values
from lockgate_formats.cmp.confirmations import write_certificate_confirmations
from lockgate_formats.cmp.contents import (
    CertificateConfirmation,
    CertificateId,
    CertificateReply,
    CertificateResponse,
    CertificateTemplate,
    ErrorContent,
    PollResponse,
    Publication,
    RevocationReply,
    RevocationRequest,
)
from lockgate_formats.cmp.controls import (
    old_certificate_control,
    protocol_key_control,
    publication_control,
    text_control,
    utf8_pairs_info,
)
from lockgate_formats.cmp.crmf import (
    RA_VERIFIED,
    encrypted_certificate_possession,
    write_certificate_request,
    write_certificate_request_message,
    write_certificate_requests,
)
from lockgate_formats.cmp.embedded import CONFIRMED, write_nested
from lockgate_formats.cmp.errors import write_error
from lockgate_formats.cmp.general import write_general
from lockgate_formats.cmp.key_delivery import envelop_certificate, envelop_private_key
from lockgate_formats.cmp.macs import HMAC_SHA256, PBMAC1_SHA256, PasswordBasedMac
from lockgate_formats.cmp.messages import InfoValue, StatusInfo
from lockgate_formats.cmp.names import NULL_DN
from lockgate_formats.cmp.pki_message import write_message
from lockgate_formats.cmp.polls import write_poll_requests, write_poll_responses
from lockgate_formats.cmp.protection import MacProtector, Protector
from lockgate_formats.cmp.proving import input_possession, signature_possession
from lockgate_formats.cmp.recipients import CertificateRecipient, PasswordRecipient, Recipient
from lockgate_formats.cmp.responses import write_certificate_reply
from lockgate_formats.cmp.revocations import write_revocation_reply, write_revocations
from lockgate_formats.cmp.signatures import key_protector
from lockgate_formats.cmp.vocabulary import BodyType, ControlType, FailInfo, InfoType, PkiStatus
from lockgate_formats.cms import oids
from lockgate_formats.cms.algorithms import algorithm
from tests.support.pki.certificate_requests import pkcs10
from tests.support.pki.cmp_messages import HEADER
from tests.support.pki.identities import ec_key, ec_signer, name, rsa_key
from tests.support.pki.key_forms import public_key

Seeds = Iterator[tuple[str, bytes]]
_PKCS8 = (Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
SALT = bytes(range(16))
PASSWORD_MAC = MacProtector(SECRET, PasswordBasedMac(SALT, algorithm(oids.SHA256), 100, HMAC_SHA256))
PBMAC1 = MacProtector(SECRET, replace(PBMAC1_SHA256, salt=SALT, iterations=100))
SUBJECT = name("device").public_bytes()
REFUSED = StatusInfo(PkiStatus.REJECTION, frozenset({FailInfo.BAD_POP, FailInfo.BAD_CERT_TEMPLATE}), ("no", "nein"))
ACCEPTED = StatusInfo(PkiStatus.ACCEPTED)


def _requests() -> Iterator[tuple[str, bytes]]:
    """Bodies of ir, cr and kur."""
    key, spki = ec_key(1), public_key(ec_key(1))
    full = CertificateTemplate(subject=SUBJECT, public_key=spki, issuer=SUBJECT, version=2)
    controls = (
        text_control(ControlType.REG_TOKEN, "token"),
        old_certificate_control(CertificateId(SUBJECT, 4711)),
        publication_control(Publication(1, (0, 2))),
        protocol_key_control(spki),
    )
    signed = write_certificate_request(0, full, controls)
    plain = write_certificate_request(1, CertificateTemplate(public_key=spki))
    signer = key_protector(key)
    pairs = (utf8_pairs_info((("a", "b"), ("c", "100%"))),)
    proofs: Sequence[tuple[str, bytes, bytes, Sequence[InfoValue]]] = (
        ("signed", signed, signature_possession(signed, signer), pairs),
        ("input", plain, input_possession(spki, NULL_DN, signer), ()),
        ("mac", plain, input_possession(spki, PASSWORD_MAC, signer), ()),
        ("ra_verified", signed, RA_VERIFIED, ()),
        ("indirect", signed, encrypted_certificate_possession(), ()),
        ("central", write_certificate_request(0, CertificateTemplate(subject=SUBJECT)), b"", ()),
    )
    messages = {
        title: write_certificate_request_message(request, possession, infos)
        for title, request, possession, infos in proofs
    }
    for title, message in messages.items():
        yield title, write_certificate_requests([message])
    yield "several", write_certificate_requests(list(messages.values()))


def _replies() -> Iterator[tuple[str, bytes]]:
    """Bodies of ip, cp, kup, rp and pollRep, and envelopes."""
    recipients: dict[str, Recipient] = {
        "password": PasswordRecipient(SECRET, 100),
        "rsa": CertificateRecipient(server().der),
        "ec": CertificateRecipient(ec_signer().der),
    }
    key = ec_key(1)
    private = key.private_bytes(*_PKCS8)
    for title, recipient in recipients.items():
        yield f"certificate_{title}", envelop_certificate(server().der, recipient)
        made = envelop_private_key(private, public_key(key), ec_signer().keystore, recipient)
        yield f"key_{title}", made
    issued = CertificateResponse(cert_req_id=0, status=ACCEPTED, certificate=server().der, private_key=made)
    refused = CertificateResponse(cert_req_id=1, status=REFUSED, response_info=b"information")
    yield "ip", write_certificate_reply(CertificateReply((issued, refused), (server().der,)))
    yield "rp", write_revocation_reply(RevocationReply((ACCEPTED, REFUSED), (CertificateId(SUBJECT, 4711),)))
    yield "poll_rep", write_poll_responses((PollResponse(0, 60, ("an administrator decides",)),))


def _later() -> Iterator[tuple[str, bytes]]:
    """Bodies of certConf, pollReq, error and rr."""
    confirmations = (
        CertificateConfirmation(bytes(32), 0),
        CertificateConfirmation(bytes(64), -1, REFUSED, algorithm(oids.SHA512)),
    )
    yield "cert_conf", write_certificate_confirmations(confirmations)
    yield "poll_req", write_poll_requests((0, -1))
    yield "error", write_error(ErrorContent(REFUSED, 4711, ("for people",)))
    template = CertificateTemplate(issuer=SUBJECT, serial_number=4711)
    yield "rr", write_revocations((RevocationRequest(template=template, reason=4),))


def _general() -> Iterator[tuple[str, bytes]]:
    """Bodies of genm and genp."""
    certificate = server().der
    template = general_values.RequestTemplate(
        CertificateTemplate(subject=SUBJECT), (general_values.rsa_length_control(2048),)
    )
    wanted = general_values.CrlStatus(
        der.explicit(0, der.implicit(6, b"http://a.example")), this_update=HEADER.message_time
    )
    infos = (
        general_values.sequence_info(InfoType.CA_CERTS, (certificate,)),
        general_values.root_update_info(general_values.RootUpdate(certificate, certificate, certificate)),
        general_values.request_template_info(template),
        general_values.crl_status_info((wanted, general_values.CrlStatus(issuers=(NULL_DN,)))),
        general_values.texts_info(InfoType.CERT_PROFILE, ("ENDUSER",)),
        general_values.unsupported_info(("2.999.1",)),
        InfoValue("2.999.2"),
    )
    yield "values", write_general(infos)
    for info in infos:
        yield info.oid.replace(".", "_"), write_general((info,))


def _messages(bodies: dict[str, bytes]) -> Iterator[tuple[str, bytes]]:
    """Whole messages."""
    profile = general_values.texts_info(InfoType.CERT_PROFILE, ("ENDUSER",))
    infos = (general_values.IMPLICIT_CONFIRM, profile)
    header = replace(HEADER, general_info=infos, free_text=("for", "people"), sender_kid=b"reference", recip_nonce=SALT)
    kinds: Sequence[tuple[str, BodyType, bytes, Protector | None]] = (
        ("ir_mac", BodyType.IR, bodies["signed"], PASSWORD_MAC),
        ("ir_pbmac1", BodyType.IR, bodies["input"], PBMAC1),
        ("ir_rsa", BodyType.IR, bodies["signed"], key_protector(rsa_key(2))),
        ("ir_pss", BodyType.IR, bodies["signed"], key_protector(rsa_key(2), pss=True)),
        ("ip", BodyType.IP, bodies["ip"], key_protector(ec_key(1))),
        ("p10cr", BodyType.P10CR, pkcs10(ec_key(1)), None),
        ("rr", BodyType.RR, bodies["rr"], PBMAC1),
        ("cert_conf", BodyType.CERTCONF, bodies["cert_conf"], PBMAC1),
        ("pki_conf", BodyType.PKICONF, CONFIRMED, PBMAC1),
        ("genm", BodyType.GENM, bodies["values"], None),
        ("error", BodyType.ERROR, bodies["error"], None),
        ("poll_req", BodyType.POLLREQ, bodies["poll_req"], PBMAC1),
    )
    written = {
        title: write_message(header, body_type, body, protector, (server().der,))
        for title, body_type, body, protector in kinds
    }
    yield from written.items()
    yield "nested", write_message(HEADER, BodyType.NESTED, write_nested((written["pki_conf"],) * 2), PBMAC1)


def cmp_messages() -> Seeds:
    """One of each kind."""
    found: dict[str, bytes] = {}
    for folder, made in (
        ("cmp_certificate_requests", _requests()),
        ("cmp_responses", _replies()),
        ("cmp_confirmations", _later()),
        ("cmp_general", _general()),
    ):
        for title, octets in made:
            found[title] = octets
            yield f"{folder}/{title}.der", octets
    for title, octets in _messages(found):
        yield f"cmp_message/{title}.der", octets
