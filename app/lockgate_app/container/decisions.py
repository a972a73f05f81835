"""Administrators' signed decisions: made without the CA's database, and read before it is known who has signed."""

from lockgate.errors import CallerError
from lockgate.ports import Keystore
from lockgate.reasons import Rejected
from lockgate.requests.content import ContentKind
from lockgate.rights.approval import Decision
from lockgate_formats.cms import CmsEnvelopes
from lockgate_formats.submessages.contents import JsonContents


def signed_decision(decision: Decision, keystore: Keystore) -> bytes:
    """The decision as CMS SignedData, signed with the administrator's own key.

    Raises:
        Unavailable: the key is in a device that cannot be used now.
    """
    content = JsonContents().encode_decision(decision)
    return CmsEnvelopes(keystore).seal(content, ContentKind.APPROVAL, sign=True, encrypt_to=None)


def decided_approval(octets: bytes) -> str:
    """The id of the approval that a signed decision names; whether the signature counts is judged elsewhere.

    Raises:
        CallerError: the octets are no signed decision.
    """
    envelopes = CmsEnvelopes(None)
    opened = envelopes.open(octets)
    signed = opened if isinstance(opened, Rejected) else envelopes.verify(opened)
    decision = signed if isinstance(signed, Rejected) else JsonContents().read_decision(signed.content)
    if isinstance(decision, Rejected):
        raise CallerError("this is no signed decision, as `lockgate approvals sign` writes it")
    return decision.approval
