"""Usernames for end entities that enrol by themselves: taken from the subject they ask for, random, or fixed.

The names of schemes and parameters are those that operators of the External RA's SCEP server write.
"""

from dataclasses import dataclass
from enum import StrEnum

from lockgate.errors import ConfigurationError
from lockgate.names.dn import ATTRIBUTE_OIDS, SYNONYMS, DistinguishedName
from lockgate.ports import Random
from lockgate.requests.submessages.base import MAX_NAME_LENGTH

RANDOM_OCTETS = 8
RANDOM = "${RANDOM}"
DEFAULT_PARAMETERS = "CN"


class Scheme(StrEnum):
    """Where a username comes from."""

    DN = "DN"
    """The first attribute of the subject that there is, in the order of the parameters: `UID;SN;CN`."""
    RANDOM = "RANDOM"
    """Random characters."""
    USERNAME = "USERNAME"
    """The subject's common name."""
    FIXED = "FIXED"
    """The parameters themselves: one name for all."""


@dataclass(frozen=True, slots=True)
class NameGeneration:
    """How usernames are made.

    Attributes:
        parameters: for `DN` attribute names separated by semicolons, for `FIXED` the name.
        prefix, postfix: stand around it; `${RANDOM}` in them stands for random characters.

    Raises:
        ConfigurationError: the parameters do not fit the scheme.
    """

    scheme: Scheme = Scheme.DN
    parameters: str = DEFAULT_PARAMETERS
    prefix: str = ""
    postfix: str = ""

    def __post_init__(self) -> None:
        if self.scheme is Scheme.FIXED and not self.parameters.strip():
            raise ConfigurationError("nameGenerationParameters: the scheme FIXED needs the name")
        unknown = [attribute for attribute in self._attributes() if attribute not in ATTRIBUTE_OIDS]
        if self.scheme is Scheme.DN and unknown:
            raise ConfigurationError(f"nameGenerationParameters: {unknown[0]!a} is no attribute of a name")

    def username(self, subject: DistinguishedName, random: Random) -> str | None:
        """The username for an end entity with that subject; None where the subject holds nothing to make one of."""
        stem = self._stem(subject, random)
        if not stem:
            return None
        name = f"{self._filled(self.prefix, random)}{stem}{self._filled(self.postfix, random)}"
        return name if len(name) <= MAX_NAME_LENGTH else None

    @property
    def wanted(self) -> str:
        """What a subject must hold, in words."""
        return " or ".join(self._attributes()) if self.scheme is Scheme.DN else DEFAULT_PARAMETERS

    def _stem(self, subject: DistinguishedName, random: Random) -> str | None:
        match self.scheme:
            case Scheme.FIXED:
                return self.parameters
            case Scheme.RANDOM:
                return _characters(random)
            case Scheme.USERNAME:
                names: tuple[str, ...] = (DEFAULT_PARAMETERS,)
            case Scheme.DN:
                names = self._attributes()
        return next((value for name in names for value in subject.values(name)), None)

    def _attributes(self) -> tuple[str, ...]:
        names = (name.strip().upper() for name in (self.parameters or DEFAULT_PARAMETERS).split(";"))
        return tuple(SYNONYMS.get(name, name) for name in names)

    def _filled(self, text: str, random: Random) -> str:
        return text.replace(RANDOM, _characters(random)) if RANDOM in text else text


def _characters(random: Random) -> str:
    return random.octets(RANDOM_OCTETS).hex()
