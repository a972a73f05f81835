"""What the pages of the console show, as plain values, and what the console needs of the CA to show them.

Values are texts, numbers, truth values, lists of these, or None. Texts may come from strangers; the templates show
them without letting them do anything.
"""

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Protocol

from lockgate.reasons import Rejected
from lockgate.rights.signer import TrustedCertificate

Facts = Mapping[str, object]
NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Filter:
    """A condition of a search.

    Attributes:
        name: in the address.
        label: for people.
        choices: the values that there are; empty where any text may be given.
        hint: how a text is written.
        default: where none is given.
        required: whether one of the choices must be given.
    """

    name: str
    label: str
    choices: tuple[str, ...] = ()
    hint: str = ""
    default: str = ""
    required: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """What was found.

    Attributes:
        rows: all with the same names.
        next: conditions of the page after this one; empty on the last page.
        more: how many rows come behind this page, where that is known.
        trouble: why it could not be read.
        links: by the name of a column: where the value leads, before the value itself.
    """

    title: str
    rows: Sequence[Facts] = ()
    next: Mapping[str, str] = field(default_factory=lambda: NOTHING)
    more: int | None = None
    trouble: str = ""
    links: Mapping[str, str] = field(default_factory=lambda: NOTHING)


@dataclass(frozen=True, slots=True)
class ListView:
    """A page of tables.

    Attributes:
        path: from the root, such as `/audit`.
        read: takes the conditions, `after` of a page among them, and gives the tables. CallerError where a condition
            cannot be read, Unavailable where a database cannot be reached.
    """

    path: str
    title: str
    read: Callable[[Mapping[str, str]], Sequence[Table]]
    filters: tuple[Filter, ...] = ()


@dataclass(frozen=True, slots=True)
class DetailView:
    """A page about one thing.

    Attributes:
        path: before the thing's name.
        read: takes the name; CallerError where there is no such thing.
        links: as of `Table`.
    """

    path: str
    title: str
    read: Callable[[str], Facts]
    links: Mapping[str, str] = field(default_factory=lambda: NOTHING)


@dataclass(frozen=True, slots=True)
class Field:
    """A field of an effect.

    Attributes:
        name: in people's words.
        stored: its value now; None where nothing is stored, or nothing can be compared.
    """

    name: str
    stored: str | None
    asked: str
    differs: bool


@dataclass(frozen=True, slots=True)
class Sheet:
    """An approval. The names of its facts are in people's words.

    Attributes:
        details: what is known of it besides.
        effects: what will be done, with a title for each.
        open: whether it can be decided.
    """

    facts: Facts
    details: Facts
    effects: Sequence[tuple[str, Sequence[Field]]]
    open: bool


class Approvals(Protocol):
    """The approvals of the CA."""

    @abstractmethod
    def sheet(self, approval: str) -> Sheet:
        """All about an approval.

        Raises:
            CallerError: there is none of that id.
        """

    @abstractmethod
    def document(self, approval: str) -> bytes:
        """The JSON document that its administrators sign decisions about.

        Raises:
            CallerError: there is none of that id.
        """

    @abstractmethod
    def decide(self, approval: str, decision: bytes) -> str:
        """Give a signed decision; what the approval is then, for people.

        Args:
            decision: CMS SignedData.

        Raises:
            CallerError: it is not taken; the text says why.
        """

    @abstractmethod
    def announce(self) -> None:
        """Let workers look at once, after a decision; where they cannot be told, they look in time."""


class Administrators(Protocol):
    """Who may enter."""

    @abstractmethod
    def judge(self, certificate: bytes) -> TrustedCertificate | Rejected:
        """The administrator with this DER certificate, or why nobody with it may enter now.

        Raises:
            Unavailable: that cannot be told now.
        """

    @abstractmethod
    def record(self, who: str, way: str) -> None:
        """Note that `who` has entered, by `certificate` or `link`.

        Raises:
            Unavailable: it cannot be noted now.
        """

    @abstractmethod
    def record_left(self, who: str) -> None:
        """Note that `who` has logged out.

        Raises:
            Unavailable: it cannot be noted now.
        """
