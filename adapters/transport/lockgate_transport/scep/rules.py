"""What one alias of the SCEP server enrols, and the requests to the CA that its devices' messages become."""

from dataclasses import dataclass

from lockgate.dn import DistinguishedName, parse_dn
from lockgate.enrolment.challenges import ChallengeRule
from lockgate.enrolment.scep import FailInfo, Failure
from lockgate.enrolment.usernames import NameGeneration
from lockgate.errors import InvalidName
from lockgate.ports import CertificateTrust, Random
from lockgate.submessages import (
    GetCertRequest,
    GetCRLRequest,
    GetNextCACertRequest,
    PKCS10Request,
    RenewalRequest,
    Request,
)
from lockgate_transport.scep.contents import CertificateRequest, Identifier

REQUEST_ID_OCTETS = 7


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


class Composer:
    """Makes the requests to the CA."""

    def __init__(self, rules: AliasRules, random: Random) -> None:
        self._rules = rules
        self._random = random

    def enrolment(self, request: CertificateRequest) -> Request | Failure:
        """For a PKCSReq, if its challenge password is right and there is a name for the end entity."""
        rules = self._rules
        wrong = rules.challenge.judge(request.challenge)
        if wrong:
            return wrong
        subject = self._subject(request.name)
        if isinstance(subject, Failure):
            return subject
        username = rules.names.username(subject, self._random)
        if username is None:
            return Failure(FailInfo.BAD_REQUEST, f"The subject holds no usable {rules.names.wanted}.")
        return PKCS10Request(
            request_id=self._number(),
            username=username,
            subject_dn=str(subject),
            subject_alt_name=",".join(map(str, request.alternative_names)) or None,
            end_entity_profile=rules.end_entity_profile,
            certificate_profile=rules.certificate_profile,
            ca_name=rules.ca_name,
            pkcs10=request.pkcs10,
            create_or_edit_user=rules.create_or_edit_user,
        )

    def _subject(self, name: DistinguishedName) -> DistinguishedName | Failure:
        """The name as it can be certified. Where the end entity exists, its own names are, whatever the device wrote:
        routers add attributes (`unstructuredName`) that no certificate of this CA holds.
        """
        if not self._rules.create_or_edit_user:
            return name
        try:
            return parse_dn(str(name))
        except InvalidName as error:
            return Failure(FailInfo.BAD_REQUEST, f"The subject cannot be certified: {error}.")

    def renewal(self, certificate: bytes, signed_message: bytes, content_key: bytes) -> Request:
        """For a RenewalReq: the whole message, so that the CA sees who has signed it."""
        return RenewalRequest(
            request_id=self._number(), certificate=certificate, signed_message=signed_message, content_key=content_key
        )

    def certificate(self, named: Identifier) -> Request:
        """For a GetCert."""
        return GetCertRequest(
            request_id=self._number(), issuer_dn=self._rules.issuer_dn, certificate_sn=f"{named.serial_number:x}"
        )

    def crl(self, named: Identifier) -> Request:
        """For a GetCRL."""
        return GetCRLRequest(
            request_id=self._number(), issuer_dn=self._rules.issuer_dn, certificate_sn=f"{named.serial_number:x}"
        )

    def next_ca_certificate(self) -> Request:
        """For GetNextCACert."""
        return GetNextCACertRequest(request_id=self._number(), ca_name=self._rules.ca_name)

    def _number(self) -> int:
        return int.from_bytes(self._random.octets(REQUEST_ID_OCTETS), "big")
