"""Common parts of requests that describe an end entity, or that an end entity authenticates with its password."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from lockgate.certification.endentity import CertificationRequest, EndEntity, EndEntityStatus, TokenType, WantedKey
from lockgate.certification.statuses import Way, clears_password
from lockgate.effects.statement import Attempt, Certify, Effect, Objects, OwnPassword, Save, SetPassword, Statement
from lockgate.effects.view import View
from lockgate.errors import InvalidName
from lockgate.names.altname import GeneralName, parse_alt_name
from lockgate.names.dn import check_text, parse_dn
from lockgate.reasons import Reason, Rejected
from lockgate.requests.submessages import EndEntityRequest
from lockgate.requests.submessages.base import MAX_DN_LENGTH
from lockgate.rights.authorization import Action

WRONG_CREDENTIALS = Rejected(Reason.WRONG_CREDENTIALS)
"""The same answer for a wrong password, and for an end entity that does not exist or on which the requester has no
rights."""
GENERATED = EndEntityStatus.GENERATED


def described(
    request: EndEntityRequest,
    status: EndEntityStatus = GENERATED,
    token: TokenType = TokenType.USER_GENERATED,
    key: CertificationRequest | WantedKey | None = None,
) -> EndEntity | Rejected:
    """The end entity that `request` describes. The rejection is `bad_name`.

    Args:
        key: asks for alternative names where `request` itself says nothing of them; None where it brings none.
    """
    try:
        check_text("username", request.username)
        subject_dn = parse_dn(request.subject_dn)
        alt_name = _alternative_names(request.subject_alt_name, key)
    except InvalidName as error:
        return Rejected(Reason.BAD_NAME, str(error))
    if isinstance(alt_name, Rejected):
        return alt_name
    return EndEntity(
        username=request.username,
        subject_dn=subject_dn,
        subject_alt_name=alt_name,
        email=request.email,
        end_entity_profile=request.end_entity_profile,
        certificate_profile=request.certificate_profile,
        ca_name=request.ca_name,
        status=status,
        token=token,
    )


def _alternative_names(
    said: str | None, key: CertificationRequest | WantedKey | None
) -> tuple[GeneralName, ...] | Rejected:
    """The alternative names in `said`, none if it is empty; if it is None, those that the key's request asks for."""
    if said is not None or key is None:
        return parse_alt_name(said)
    if isinstance(key.alternative_names, Rejected):
        detail = f"{key.alternative_names.detail}; subject_alt_name says which names are asked for instead"
        return replace(key.alternative_names, detail=detail)
    text = ",".join(map(str, key.alternative_names))
    if len(text) > MAX_DN_LENGTH:
        raise InvalidName(f"the alternative names: at most {MAX_DN_LENGTH} characters are allowed")
    return parse_alt_name(text)


def asked_by(request: EndEntityRequest) -> Objects:
    """The objects that `request` itself names, whether or not it is carried out with them.

    An end entity that asks with its own password may leave them empty: the stored ones count in any case.
    """
    named = (request.ca_name, request.end_entity_profile, request.certificate_profile)
    return Objects(*(frozenset({name}) if name else frozenset() for name in named))


def registering(after: EndEntity, way: Way, password: str | None, view: View) -> tuple[Effect, ...]:
    """The effects of adding or editing an end entity, including the change of its password (`clears_password`)."""
    before = view.end_entity(after.username)
    save = Save(before, after, way)
    cleared = before is not None and clears_password(before.status, after.status)
    if password is None and not cleared:
        return (save,)
    return save, SetPassword(after.username, before, password)


@dataclass(frozen=True, slots=True)
class Authentication:
    """An end entity that asks with its own password.

    Attributes:
        stored: None where there is none of that name.
    """

    stored: EndEntity | None
    proof: OwnPassword

    def stating(self, *effects: Effect) -> Statement:
        """A statement with these effects, which the password has to prove."""
        told = effects if self.stored is not None else (Attempt(Action.VIEW),)
        return Statement(told, self.proof, unknown=WRONG_CREDENTIALS)

    def enrolling(self, certify: Callable[[EndEntity], Certify]) -> Statement:
        """A statement that certifies a key for the end entity as it is stored.

        Args:
            certify: makes the effect for the end entity as it shall be stored.
        """
        if self.stored is None:
            return self.stating()
        after = self.stored.in_status(GENERATED)
        return self.stating(Save(self.stored, after, Way.OWN_PASSWORD), certify(after))


def authentication(username: str, password: str | None, view: View) -> Authentication:
    """The end entity of that name, and its password as the request holds it."""
    return Authentication(view.end_entity(username), OwnPassword(username, password))
