"""What one alias of the SCEP server enrols, and the requests to the CA that its devices' messages become."""

from dataclasses import dataclass

from lockgate.enrolment.challenges import ChallengeRule
from lockgate.enrolment.outcome import Refused
from lockgate.enrolment.refusals import Refusal
from lockgate.enrolment.usernames import NameGeneration
from lockgate.errors import InvalidName
from lockgate.names.altname import parse_alt_name
from lockgate.names.dn import check_text, parse_dn
from lockgate.names.serial_number import RULE, is_serial_number
from lockgate.ports import CertificateTrust, Random
from lockgate.requests.submessages import (
    GetCertRequest,
    GetCRLRequest,
    GetNextCACertRequest,
    PKCS10Request,
    RenewalRequest,
    Request,
)
from lockgate.requests.submessages.base import MAX_DN_LENGTH
from lockgate_formats.cms.names import Identifier
from lockgate_transport.scep.contents import CertificateRequest

REQUEST_ID_OCTETS = 7
_NO_SERIAL_NUMBER = Refused(Refusal.BAD_SERIAL_NUMBER, f"A certificate's serial number is {RULE}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class AliasRules:
    """What one alias enrols, and how.

    Attributes:
        alias: its name; empty for the server's own address.
        create_or_edit_user: whether requests add end entities; if not, they must exist, and the challenge password is
            each one's own.
        ca_name: that shall issue.
        issuer, issuer_dn: its subject, as DER and as text.
        chain: DER certificates, the issuing CA's first: for GetCACert and for answers.
        holders: which certificates that CA has issued.
        legacy: whether SHA-1 and triple DES are accepted.
        oaep_sha1: whether keys may be wrapped by RSAES-OAEP with SHA-1, its default.
    """

    alias: str
    challenge: ChallengeRule
    names: NameGeneration
    create_or_edit_user: bool
    end_entity_profile: str
    certificate_profile: str
    ca_name: str
    issuer: bytes
    issuer_dn: str
    chain: tuple[bytes, ...]
    holders: CertificateTrust
    legacy: bool = False
    oaep_sha1: bool = False


class Composer:
    """Makes the requests to the CA."""

    def __init__(self, rules: AliasRules, random: Random) -> None:
        self._rules = rules
        self._random = random

    def enrolment(self, request: CertificateRequest) -> Request | Refused:
        """For a PKCSReq, if its challenge password is right, its names are fit, and one is for the end entity."""
        rules = self._rules
        named = rules.challenge.judge(request.challenge) or self._named(request)
        if isinstance(named, Refused):
            return named
        return PKCS10Request(
            request_id=self._number(),
            username=named.username,
            subject_dn=named.subject,
            subject_alt_name=named.alternative_names or None,
            end_entity_profile=rules.end_entity_profile,
            certificate_profile=rules.certificate_profile,
            ca_name=rules.ca_name,
            pkcs10=request.pkcs10,
            create_or_edit_user=rules.create_or_edit_user,
        )

    def _named(self, request: CertificateRequest) -> "_Names | Refused":
        """The names, as the CA takes them. Where the end entity exists, its own are certified: whatever else the device
        wrote goes no further than here.
        """
        names = self._certified(request) if self._rules.create_or_edit_user else ("", "")
        if isinstance(names, Refused):
            return names
        username = self._rules.names.username(request.name, self._random)
        if username is None:
            text = f"The subject holds no usable {self._rules.names.wanted}."
            return Refused(Refusal.NO_USERNAME, text)
        try:
            check_text("username", username)
        except InvalidName as error:
            return Refused(Refusal.NO_USERNAME, f"The subject makes no username: {error}.")
        return _Names(username, *names)

    def _certified(self, request: CertificateRequest) -> tuple[str, str] | Refused:
        """Subject and alternative names, read as the CA reads them."""
        if isinstance(request.alternative_names, Refused):
            return request.alternative_names
        try:
            subject = _bounded("the subject", str(request.name))
            alternative_names = _bounded("the alternative names", ",".join(map(str, request.alternative_names)))
            parse_alt_name(alternative_names)
            return str(parse_dn(subject)), alternative_names
        except InvalidName as error:
            text = f"The subject cannot be certified: {error}."
            return Refused(Refusal.BAD_NAME, text)

    def renewal(self, certificate: bytes, signed_message: bytes, content_key: bytes) -> Request:
        """For a RenewalReq: the whole message, so that the CA sees who has signed it."""
        return RenewalRequest(
            request_id=self._number(), certificate=certificate, signed_message=signed_message, content_key=content_key
        )

    def certificate(self, named: Identifier) -> Request | Refused:
        """For a GetCert."""
        return self._published(GetCertRequest, named)

    def crl(self, named: Identifier) -> Request | Refused:
        """For a GetCRL."""
        return self._published(GetCRLRequest, named)

    def _published(self, kind: type[GetCertRequest | GetCRLRequest], named: Identifier) -> Request | Refused:
        if not is_serial_number(named.serial_number):
            return _NO_SERIAL_NUMBER
        serial = f"{named.serial_number:x}"
        return kind(request_id=self._number(), issuer_dn=self._rules.issuer_dn, certificate_sn=serial)

    def next_ca_certificate(self) -> Request:
        """For GetNextCACert."""
        return GetNextCACertRequest(request_id=self._number(), ca_name=self._rules.ca_name)

    def _number(self) -> int:
        return int.from_bytes(self._random.octets(REQUEST_ID_OCTETS), "big")


@dataclass(frozen=True, slots=True)
class _Names:
    username: str
    subject: str
    alternative_names: str


def _bounded(what: str, text: str) -> str:
    if len(text) > MAX_DN_LENGTH:
        raise InvalidName(f"{what}: at most {MAX_DN_LENGTH} characters are allowed")
    return text
