"""From octets to a message whose sender is known: everything that needs no unit of work.

    1 alias -> 2 structure -> 3 header -> 4 protection -> 5 kind of body -> 6 body

Each step either goes on or says what is wrong (`Refused`). What the sender may do, and whether its certificate stands
now, is judged later.
"""

from collections.abc import Mapping
from dataclasses import replace

from lockgate.ports import CertificateRequests, CertificateTrust, Random
from lockgate.ports.protocol_transactions import SharedSecrets
from lockgate_formats.cmp.embedded import read_nested
from lockgate_formats.cmp.messages import Header, MalformedMessage, PkiMessage
from lockgate_formats.cmp.pki_message import read_message
from lockgate_formats.cmp.vocabulary import BodyType, FailInfo
from lockgate_transport.cmp.service.aliases import FOLLOWING, CmpAlias
from lockgate_transport.cmp.service.authentication import Authentication
from lockgate_transport.cmp.service.bodies import BodyReader
from lockgate_transport.cmp.service.failures import Failure, Refused, failure_in, of_malformed
from lockgate_transport.cmp.service.incoming import Batch, Content, Incoming
from lockgate_transport.cmp.service.senders import Sender

VERSIONS = (2, 3)
NONCE_OCTETS = 16
"""In a senderNonce at least (RFC 9810, 5.1.1)."""


class MessageReader:
    """Reads messages for all aliases.

    Args:
        aliases: by name.
        secrets: shared with clients.
        trust: which certificates the CAs of this installation have issued.
        requests: reads PKCS#10.
    """

    def __init__(
        self,
        aliases: Mapping[str, CmpAlias],
        secrets: SharedSecrets,
        trust: CertificateTrust,
        requests: CertificateRequests,
        random: Random,
    ) -> None:
        self._aliases = aliases
        self._authentication = Authentication(secrets, trust, random)
        self._bodies = BodyReader(requests)

    def read(self, alias: str, octets: bytes) -> Incoming:
        """The message in `octets`, or why it is refused."""
        rules = self._aliases.get(alias)
        incoming = Incoming(octets=octets, alias=rules)
        if rules is None:
            failure = Failure(FailInfo.BAD_REQUEST, f"There is no CMP alias {alias[:64]!a}.")
            return replace(incoming, failure=failure, header=_header_of(octets))
        try:
            message = read_message(octets, rules.limits)
        except MalformedMessage as error:
            return replace(incoming, failure=of_malformed(error), header=error.header)
        return self._read(replace(incoming, message=message, header=message.header), rules, message)

    def content_again(self, alias: CmpAlias, octets: bytes, sender: Sender) -> Content:
        """The content of a message that was verified before, and has waited."""
        return self._bodies.read(read_message(octets, alias.limits), alias, sender)

    def _read(self, incoming: Incoming, alias: CmpAlias, message: PkiMessage) -> Incoming:
        """Steps 3 to 6. Where the protection holds, every failure is told under the sender's protection."""
        sender = self._sender(message, alias)
        known = replace(incoming, sender=sender) if isinstance(sender, Sender) else incoming
        try:
            judge_header(message.header, alias)
            if isinstance(sender, Failure):
                return replace(incoming, failure=sender)
            return replace(known, content=self._content(message, alias, sender))
        except (Refused, MalformedMessage) as error:
            return replace(known, failure=failure_in(error))

    def _sender(self, message: PkiMessage, alias: CmpAlias) -> Sender | Failure:
        """Step 4; what is wrong with the header is told before what is wrong with the protection."""
        try:
            return self._authentication.sender(message, alias)
        except (Refused, MalformedMessage) as error:
            return failure_in(error)

    def _content(self, message: PkiMessage, alias: CmpAlias, sender: Sender) -> Content:
        if message.body_type is BodyType.NESTED:
            return self._batch(message, alias, sender)
        if message.body_type not in alias.bodies | FOLLOWING:
            raise Refused(FailInfo.BAD_REQUEST, unanswered(message.body_type, alias))
        return self._bodies.read(message, alias, sender)

    def _batch(self, message: PkiMessage, alias: CmpAlias, sender: Sender) -> Batch:
        """The messages in a nested one, each with its own protection (RFC 9810, 5.1.3.5)."""
        if not sender.is_ra:
            raise Refused(FailInfo.NOT_AUTHORIZED, "Only an RA may send a nested message.")
        inner = read_nested(message.body, alias.limits)
        if any(_is_nested(octets, alias) for octets in inner):
            raise Refused(FailInfo.BAD_REQUEST, "A nested message holds another nested message.")
        return Batch(tuple(self.read(alias.name, octets) for octets in inner))


def unanswered(body_type: BodyType, alias: CmpAlias) -> str:
    """What the sender of a message is told that the alias does not answer."""
    return f"The alias {alias.name} answers no such message: unsupported body {body_type.rfc_name}."


def judge_header(header: Header, alias: CmpAlias) -> None:
    """The rules of the header that need neither the sender nor the transaction.

    Raises:
        Refused: it breaks one of them.
        MalformedMessage: its generalInfo does.
    """
    if header.pvno not in VERSIONS:
        raise Refused(FailInfo.UNSUPPORTED_VERSION, f"pvno is 2 or 3, not {header.pvno}.")
    if header.sender_nonce is None or len(header.sender_nonce) < NONCE_OCTETS:
        raise Refused(FailInfo.BAD_SENDER_NONCE, f"senderNonce is needed, {NONCE_OCTETS} octets at least.")
    if not header.transaction_id and not alias.make_transaction_id:
        raise Refused(FailInfo.BAD_DATA_FORMAT, "transactionID is needed.")
    if header.message_time is None and alias.time_required:
        raise Refused(FailInfo.MISSING_TIME_STAMP, "messageTime is needed.")
    _ = header.implicit_confirm, header.confirm_wait_time, header.certificate_profiles


def _is_nested(octets: bytes, alias: CmpAlias) -> bool:
    try:
        return read_message(octets, alias.limits).body_type is BodyType.NESTED
    except MalformedMessage:
        return False


def _header_of(octets: bytes) -> Header | None:
    try:
        return read_message(octets).header
    except MalformedMessage as error:
        return error.header
