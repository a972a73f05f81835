"""The dataclasses of a PKIMessage (RFC 9810, 5.1): what is read from octets, and what octets are made of."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from lockgate_formats import der
from lockgate_formats.cmp.names import name_in
from lockgate_formats.cmp.vocabulary import BodyType, FailInfo, InfoType, PkiStatus
from lockgate_formats.fields import contents_of, moment, read_whole, texts_in

MAX_PROFILES = 16
"""Names of certificate profiles in one header at most."""


@dataclass(frozen=True, slots=True)
class InfoValue:
    """An InfoTypeAndValue, or an AttributeTypeAndValue of CRMF.

    Attributes:
        oid: its type, dotted: an `InfoType`, `ControlType` or `RegInfoType`, or another one.
        value: DER; None without.
    """

    oid: str
    value: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """PKIHeader (RFC 9810, 5.1.1).

    Attributes:
        pvno: the protocol's version; 2 and 3 are used.
        sender, recipient: DER GeneralName.
        message_time: UTC; None without.
        protection_algorithm: DER AlgorithmIdentifier; None without. A protector puts its own one here.
        free_text: for people.
        general_info: in the order in which it stands there.
    """

    pvno: int
    sender: bytes
    recipient: bytes
    message_time: datetime | None = None
    protection_algorithm: bytes | None = None
    sender_kid: bytes | None = None
    recip_kid: bytes | None = None
    transaction_id: bytes | None = None
    sender_nonce: bytes | None = None
    recip_nonce: bytes | None = None
    free_text: tuple[str, ...] = ()
    general_info: tuple[InfoValue, ...] = ()

    @property
    def sender_name(self) -> bytes | None:
        """The DER Name that the sender is; None where it is a general name of another kind."""
        return name_in(self.sender)

    @property
    def recipient_name(self) -> bytes | None:
        """The same of the recipient."""
        return name_in(self.recipient)

    def info(self, oid: str) -> InfoValue | None:
        """The first member of generalInfo of that type."""
        return next((info for info in self.general_info if info.oid == oid), None)

    @property
    def implicit_confirm(self) -> bool:
        """Whether generalInfo asks for, or grants, implicit confirmation (RFC 9810, 5.1.1.1).

        Raises:
            MalformedMessage: `bad_request`, its value is not NULL.
        """
        found = self.info(InfoType.IMPLICIT_CONFIRM)
        if found is not None and found.value != der.NULL:
            raise MalformedMessage("The value of implicitConfirm in generalInfo must be NULL.", FailInfo.BAD_REQUEST)
        return found is not None

    @property
    def confirm_wait_time(self) -> datetime | None:
        """Until when the CA waits for a confirmation (RFC 9810, 5.1.1.2), UTC; None without.

        Raises:
            MalformedMessage: `bad_data_format`.
        """
        found = self.info(InfoType.CONFIRM_WAIT_TIME)
        if found is None:
            return None
        with well_formed("The value of confirmWaitTime in generalInfo"):
            return moment(der.GENERALIZED_TIME, contents_of(found.value or b"", der.GENERALIZED_TIME))

    @property
    def certificate_profiles(self) -> tuple[str, ...]:
        """The names of certificate profiles in generalInfo (RFC 9810, 5.1.1.4), one for each request of the body.

        Raises:
            MalformedMessage: `bad_data_format`.
        """
        found = self.info(InfoType.CERT_PROFILE)
        if found is None:
            return ()
        with well_formed("The value of certProfile in generalInfo"):
            return texts_in(read_whole(found.value or b""), MAX_PROFILES)


class MalformedMessage(ValueError):
    """A message, or a part of one, that cannot be read or is out of bounds.

    Attributes:
        text: a sentence for the sender; tells no secret.
        fail_info: the bit that an error answer sets.
        header: what could be read of the header, so that an answer can take pvno, transactionID and nonce from it.
    """

    def __init__(self, text: str, fail_info: FailInfo = FailInfo.BAD_DATA_FORMAT, header: Header | None = None) -> None:
        super().__init__(text)
        self.text = text
        self.fail_info = fail_info
        self.header = header


@contextmanager
def well_formed(what: str) -> Iterator[None]:
    """The block reads `what`, the beginning of a sentence.

    Raises:
        MalformedMessage: the block raises another ValueError.
    """
    try:
        yield
    except MalformedMessage:
        raise
    except ValueError as error:
        raise MalformedMessage(f"{what} cannot be read: {error}.") from None


@dataclass(frozen=True, slots=True, kw_only=True)
class PkiMessage:
    """A PKIMessage that was read; its protection is not verified.

    Attributes:
        body_type: the body's tag, 0 to 26: a `BodyType`.
        body: the DER inside that tag.
        protection: the octets of the BIT STRING; None without.
        extra_certs: DER certificates, in their order.
        protected: between which places of `octets` header and body stand.
        octets: the whole message.
    """

    header: Header
    body_type: BodyType
    body: bytes = field(repr=False)
    protection: bytes | None = field(repr=False)
    extra_certs: tuple[bytes, ...] = field(repr=False)
    protected: tuple[int, int] = field(repr=False)
    octets: bytes = field(repr=False)

    @property
    def protected_part(self) -> bytes:
        """The DER ProtectedPart (RFC 9810, 5.1.3): what signatures and MACs are over."""
        start, end = self.protected
        return der.element(der.SEQUENCE, memoryview(self.octets)[start:end])


@dataclass(frozen=True, slots=True)
class StatusInfo:
    """PKIStatusInfo (RFC 9810, 5.2.3).

    Attributes:
        texts: statusString, for people.
    """

    status: PkiStatus
    fail_info: frozenset[FailInfo] = frozenset()
    texts: tuple[str, ...] = ()
