"""What CMP clients write otherwise than they should: each makes one thing wrong in a message that is genuine otherwise,
and protects it as it should be."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from lockgate_formats import der
from lockgate_formats.cmp import oids
from lockgate_formats.cmp.embedded import write_nested
from lockgate_formats.cmp.general import write_general
from lockgate_formats.cmp.macs import PBMAC1_SHA256
from lockgate_formats.cmp.messages import InfoValue
from lockgate_formats.cmp.vocabulary import BodyType, InfoType
from lockgate_formats.cms import oids as cms_oids
from lockgate_formats.cms.algorithms import algorithm
from tests.support.wire.cmp_messages import FEW_ITERATIONS, CmpClient, CmpMessage
from tests.support.wire.cmp_tampering import Kept

Message = Callable[[CmpClient], CmpMessage]
HMAC_SHA1 = algorithm(oids.HMAC_SHA1, der.NULL)
SHA1 = algorithm(cms_oids.SHA1, der.NULL)
MANY = 2**31 - 1


@dataclass(frozen=True)
class Claimed:
    """A protection that the header names, without its value having been computed."""

    algorithm: bytes
    value: bytes = bytes(32)
    extra_certs: tuple[bytes, ...] = ()

    @property
    def protector(self) -> Kept:
        return Kept(self.algorithm, self.value)


def _header(**fields: Any) -> Message:
    return lambda client: client.request().with_(**fields)


def _time(minutes: int) -> Message:
    return lambda client: client.request(time=datetime.now(UTC) + timedelta(minutes=minutes))


def _info(oid: str, value: bytes) -> Message:
    return lambda client: client.request(infos=[InfoValue(oid, value)])


def _mac(**fields: Any) -> Message:
    return _claimed(replace(FEW_ITERATIONS, **fields).algorithm)


def _claimed(named: bytes) -> Message:
    return lambda client: client.request().with_(protection=Claimed(named))


def _body(body_type: BodyType, body: bytes = der.NULL) -> Message:
    return lambda client: client.message(body_type, body)


def _requests(*numbers: int) -> Message:
    return lambda client: client.request(*(client.cert_req_msg(number) for number in numbers))


HEADERS: Mapping[str, Message] = {
    "has the version 1": _header(pvno=1),
    "has the version 4": _header(pvno=4),
    "has no senderNonce": _header(sender_nonce=None),
    "has a senderNonce of 15 octets": _header(sender_nonce=bytes(15)),
    "has a senderNonce of 129 octets": _header(sender_nonce=bytes(129)),
    "has no transactionID": _header(transaction_id=None),
    "has an empty transactionID": _header(transaction_id=b""),
    "has a transactionID of 65 octets": _header(transaction_id=bytes(65)),
    "says a time six minutes ago": _time(-6),
    "says a time in six minutes": _time(6),
    "says no time": _header(message_time=None),
    "has a recipNonce": _header(recip_nonce=bytes(16)),
    "has an implicitConfirm that is no NULL": _info(InfoType.IMPLICIT_CONFIRM, der.sequence()),
    "has a confirmWaitTime that is no time": _info(InfoType.CONFIRM_WAIT_TIME, der.NULL),
    "has a certProfile that is no list": _info(InfoType.CERT_PROFILE, der.NULL),
    "has 33 members in generalInfo": lambda client: client.request(infos=[InfoValue("1.2.3", der.NULL)] * 33),
    "names two profiles for one request": _info(
        InfoType.CERT_PROFILE, der.sequence(der.utf8_string("one"), der.utf8_string("two"))
    ),
}
"""In the header of an ir."""
PROTECTIONS: Mapping[str, Message] = {
    "has no protection": _header(protection=None),
    "has a MAC with 99 iterations": _mac(iterations=99),
    "has a MAC with 10,001 iterations": _mac(iterations=10_001),
    "has a MAC with 2,147,483,647 iterations": _mac(iterations=MANY),
    "has a MAC with a salt of 7 octets": _mac(salt=bytes(7)),
    "has a MAC with a salt of 129 octets": _mac(salt=bytes(129)),
    "has a MAC by HMAC-SHA1": _mac(mac=HMAC_SHA1),
    "has a MAC by SHA-1": _mac(owf=SHA1),
    "has a PBMAC1 with 2,147,483,647 iterations": _claimed(replace(PBMAC1_SHA256, iterations=MANY).algorithm),
    "has a DHBasedMac": _claimed(algorithm(oids.DH_BASED_MAC)),
    "has a KemBasedMac": _claimed(algorithm(oids.KEM_BASED_MAC)),
    "has a MAC of an unknown kind": _claimed(algorithm("1.2.3.4")),
    "has a MAC under an unknown reference": _header(sender_kid=b"nobody"),
    "has a MAC that is cut": lambda client: client.request().with_(protection=Claimed(FEW_ITERATIONS.algorithm, b"")),
}
"""In the protection of an ir by a shared secret."""
BODIES: Mapping[str, Message] = {
    "is a krr": _body(BodyType.KRR),
    "is a ccr": _body(BodyType.CCR),
    "is a popdecr": _body(BodyType.POPDECR),
    "is a ckuann": _body(BodyType.CKUANN),
    "is a cann": _body(BodyType.CANN),
    "is a rann": _body(BodyType.RANN),
    "is a crlann": _body(BodyType.CRLANN),
    "is an ip": _body(BodyType.IP),
    "is a pkiconf": _body(BodyType.PKICONF),
    "is a genp": _body(BodyType.GENP, write_general(())),
    "is a pollRep": _body(BodyType.POLLREP),
    "is nested, though no RA sends it": _body(BodyType.NESTED, write_nested([der.sequence()])),
    "is an ir without a request": _body(BodyType.IR, der.sequence()),
    "is an ir that cannot be read": _body(BodyType.IR, der.sequence(der.NULL)),
    "is a p10cr that cannot be read": _body(BodyType.P10CR, der.sequence()),
    "is an rr that cannot be read": _body(BodyType.RR, der.sequence(der.NULL)),
    "has two requests with one certReqId": _requests(0, 0),
    "has 17 requests": _requests(*range(17)),
    "has 21 certificates in extraCerts": lambda client: client.request().with_(extra_certs=[der.sequence()] * 21),
}
"""In the body, or behind it."""
MESSAGES: Mapping[str, Message] = {**HEADERS, **PROTECTIONS, **BODIES}


OCTETS: Mapping[str, Callable[[bytes], bytes]] = {
    "seven octets of garbage": lambda _: b"garbage",
    "one octet": lambda _: b"\0",
    "a message that is cut": lambda octets: octets[:-1],
    "a message with an octet behind it": lambda octets: octets + b"\0",
    "a message of indefinite length": lambda octets: b"\x30\x80" + octets[4:] + b"\0\0",
    "a message whose length is not minimal": lambda octets: b"\x30\x83\0" + octets[2:],
    "an empty sequence": lambda _: der.sequence(),
}
"""Octets that are no message, made of those of one."""
