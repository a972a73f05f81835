"""End entities and their passwords, inside one unit of work."""

from abc import abstractmethod
from typing import Protocol

from lockgate.certification.endentity import EndEntity
from lockgate.reasons import Rejected


class EndEntities(Protocol):
    """The stored end entities."""

    @abstractmethod
    def get(self, username: str) -> EndEntity | None:
        """The stored end entity."""

    @abstractmethod
    def judge_username(self, username: str) -> Rejected | None:
        """Why nobody of that name may be added: `bad_name`, `username_taken`; None where one may, or is stored."""

    @abstractmethod
    def save(self, end_entity: EndEntity) -> Rejected | None:
        """Add or replace the end entity, if its profile allows what it says; a stored password stays.

        A new one's username must be fit for one (`lockgate.names.usernames`), and no other's key may be among its keys.
        Rejections: `unknown_ca`, `unknown_profile`, `profile_violation`, `bad_name`, `username_taken`.
        """

    @abstractmethod
    def set_password(self, username: str, password: str) -> None:
        """Give the end entity, which must be stored, a new password and all attempts; only a hash is kept."""

    @abstractmethod
    def clear_password(self, username: str) -> None:
        """Take the end entity's password away, if it has one."""

    @abstractmethod
    def purge_passwords(self, limit: int) -> int:
        """Take away up to `limit` one-time passwords that have expired; how many."""

    @abstractmethod
    def check_password(self, username: str, password: str | None) -> Rejected | None:
        """None if `password` is the end entity's; otherwise `wrong_credentials`, the same for every cause.

        Compared in constant time. A failure uses up one of the end entity's five attempts; when none is left, every
        password is wrong.
        """
