"""Why the proxy does not give a CA's answer: stable codes for its operator's log, each with what the client is told."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from lockgate.reasons import Reason
from lockgate_formats.cmp.vocabulary import FailInfo

AGAIN = "Send the same message again later; nothing is issued twice."


class ProxyRefusal(StrEnum):
    """A stable code."""

    NO_PKI_MESSAGE = "no_pki_message"
    UNKNOWN_ALIAS = "unknown_alias"
    UNACCEPTED_BODY = "unaccepted_body"
    UNPROTECTED = "unprotected"
    UNACCEPTED_PROTECTION = "unaccepted_protection"
    WRONG_MAC = "wrong_mac"
    WRONG_SIGNATURE = "wrong_signature"
    UNTRUSTED_SIGNER = "untrusted_signer"
    REVOKED_SIGNER = "revoked_signer"
    UNKNOWN_REVOCATION = "unknown_revocation"
    REFUSED_BY_THE_CA = "refused_by_the_ca"
    NO_ANSWER_OF_THE_CA = "no_answer_of_the_ca"
    CA_SILENT = "ca_silent"
    UNAVAILABLE = "unavailable"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Refused:
    """A message that is not answered by the CA.

    Attributes:
        fail_info: the bit that the error answer sets.
        text: a sentence for the client; tells no secret.
        internal: what exactly was wrong, for the operator's log only; never a secret.
    """

    reason: ProxyRefusal
    fail_info: FailInfo
    text: str
    internal: str = ""


def refused(reason: ProxyRefusal, internal: str = "") -> Refused:
    """A refusal with what the table tells a client of `reason`."""
    fail_info, text = TOLD[reason]
    return Refused(reason, fail_info, text, internal)


TOLD: Mapping[ProxyRefusal, tuple[FailInfo, str]] = MappingProxyType(
    {
        ProxyRefusal.NO_PKI_MESSAGE: (FailInfo.BAD_DATA_FORMAT, "This is no PKIMessage in DER."),
        ProxyRefusal.UNKNOWN_ALIAS: (FailInfo.BAD_REQUEST, "No CMP service has that alias here."),
        ProxyRefusal.UNACCEPTED_BODY: (FailInfo.BAD_REQUEST, "Messages with that body are not accepted here."),
        ProxyRefusal.UNPROTECTED: (FailInfo.BAD_MESSAGE_CHECK, "The message must be protected."),
        ProxyRefusal.UNACCEPTED_PROTECTION: (
            FailInfo.BAD_MESSAGE_CHECK,
            "Messages with that kind of protection are not accepted here.",
        ),
        ProxyRefusal.WRONG_MAC: (
            FailInfo.BAD_MESSAGE_CHECK,
            "The message's MAC does not hold, or its senderKID names no secret that is known here.",
        ),
        ProxyRefusal.WRONG_SIGNATURE: (FailInfo.BAD_MESSAGE_CHECK, "The message's signature does not hold."),
        ProxyRefusal.UNTRUSTED_SIGNER: (
            FailInfo.SIGNER_NOT_TRUSTED,
            "The message's protection certificate is missing in extraCerts, out of date, or of an unknown issuer.",
        ),
        ProxyRefusal.REVOKED_SIGNER: (FailInfo.CERT_REVOKED, "The message's protection certificate is revoked."),
        ProxyRefusal.UNKNOWN_REVOCATION: (
            FailInfo.SIGNER_NOT_TRUSTED,
            "Whether the message's protection certificate is revoked is not known now.",
        ),
        ProxyRefusal.REFUSED_BY_THE_CA: (FailInfo.SYSTEM_FAILURE, "The CA did not take the message."),
        ProxyRefusal.NO_ANSWER_OF_THE_CA: (
            FailInfo.SYSTEM_FAILURE,
            f"The answer to the message is not the CA's, or the message was set aside. {AGAIN}",
        ),
        ProxyRefusal.CA_SILENT: (FailInfo.SYSTEM_UNAVAIL, f"The CA has not answered in time. {AGAIN}"),
        ProxyRefusal.UNAVAILABLE: (FailInfo.SYSTEM_UNAVAIL, f"The CA cannot be reached now. {AGAIN}"),
        ProxyRefusal.FAILED: (FailInfo.SYSTEM_FAILURE, "The message cannot be handed to the CA."),
    }
)
"""What a client is told of each."""
FAIL_INFO_OF_THE_CA: Mapping[str, FailInfo] = MappingProxyType(
    {
        **dict.fromkeys(
            (
                Reason.NOT_AUTHORIZED,
                Reason.NOT_WHITELISTED,
                Reason.UNKNOWN_REQUEST_TYPE,
                Reason.SIGNER_EXPIRED,
                Reason.SIGNER_REVOKED,
                Reason.SIGNER_KEY_USAGE,
                Reason.SIGNER_NOT_ADMINISTRATOR,
                Reason.SIGNER_UNTRUSTED,
            ),
            FailInfo.NOT_AUTHORIZED,
        ),
        **dict.fromkeys((Reason.EXPIRED, Reason.TOO_MANY_REQUESTS), FailInfo.SYSTEM_UNAVAIL),
    }
)
"""What a client is told of the CA's reasons not to take this RA's submessage; systemFailure of all others."""


def refused_by_the_ca(reason: str | None, text: str | None) -> Refused:
    """The CA's refusal of the submessage that held the message.

    Args:
        reason: the `Reason` in the response.
        text: its sentence.
    """
    fail_info, usual = TOLD[ProxyRefusal.REFUSED_BY_THE_CA]
    found = FAIL_INFO_OF_THE_CA.get(reason or "", fail_info)
    return Refused(ProxyRefusal.REFUSED_BY_THE_CA, found, text or usual, f"{reason}: {text}")
