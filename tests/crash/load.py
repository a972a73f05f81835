"""What RAs send, of many kinds, and what each submessage must come to."""

import itertools
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lockgate.reasons import Reason
from lockgate.requests.submessages import (
    CertificateRequestRequest,
    CMPRequest,
    EditUserRequest,
    PKCS10Request,
    PKCS12Request,
    Request,
    RevocationRequest,
)
from tests.crash.installation import QUICK_CA, SLOW_CA
from tests.support.pki.certificate_requests import pkcs10, spki
from tests.support.pki.identities import ec_key, rsa_key
from tests.support.scenarios.cmp_site import shared
from tests.support.wire.cmp_messages import IMPLICIT_CONFIRM, CmpClient


@dataclass(frozen=True)
class Expected:
    """What one submessage must come to.

    Attributes:
        username: whose certificates are counted; None where the request names nobody of its own.
        certificates: how many that end entity has in the end.
        outcome: `success`, or the reason of the refusal.
    """

    request: Request
    outcome: str = "success"
    username: str | None = None
    certificates: int = 0


class CmpClients:
    """Clients of the CMP service, each of which sends one message, the same octets to every RA."""

    def __init__(self) -> None:
        self._sending = threading.Lock()
        self._sent: list[tuple[str, bytes]] = []

    def sent(self, number: int) -> tuple[str, bytes]:
        """The name and the message of a client, counted from 0."""
        with self._sending:
            while len(self._sent) <= number:
                client = CmpClient(ec_key(100 + len(self._sent)), shared(), "ra", f"cmp-device-{len(self._sent)}")
                self._sent.append((client.name, client.request(infos=(IMPLICIT_CONFIRM,)).octets))
            return self._sent[number]


class Load:
    """What one RA sends.

    Args:
        clients: those of the CMP service, where there is one.

    Attributes:
        expected: by message id, a row for each submessage.
    """

    def __init__(self, prefix: str, clients: CmpClients | None = None) -> None:
        self._prefix = prefix
        self._clients = clients
        self._numbers, self._client_numbers = itertools.count(1), itertools.count()
        self._pkcs10, self._spki = pkcs10(rsa_key(1)), spki(ec_key(1))
        self._revocable: str | None = None
        self.expected: dict[str, tuple[Expected, ...]] = {}

    def messages(self) -> Iterator[tuple[str, list[Request]]]:
        """One message of each kind: its id, and the requests in it."""
        for rows in self._kinds():
            message_id = f"{self._prefix}-message-{next(self._numbers)}"
            self.expected[message_id] = rows
            yield message_id, [row.request for row in rows]

    def _kinds(self) -> Iterator[tuple[Expected, ...]]:
        first = self._certificate()
        yield (first,)
        yield self._certificate(), self._refused(), self._edited()
        yield self._certificate(ca_name=SLOW_CA), self._certificate()
        yield self._keystore(), self._public_key()
        if self._clients is not None:
            yield self._delivered(self._clients), self._certificate()
        if self._revocable is not None:
            yield (self._revoked(self._revocable),)
        self._revocable = first.username

    def _described(self, **changes: Any) -> dict[str, Any]:
        number = next(self._numbers)
        username = f"{self._prefix}-device-{number}"
        described = {
            "request_id": number,
            "username": username,
            "subject_dn": f"CN={username}",
            "end_entity_profile": "EMPTY",
            "certificate_profile": "ENDUSER",
            "ca_name": QUICK_CA,
        }
        return described | changes

    def _certificate(self, **changes: Any) -> Expected:
        described = self._described(**changes)
        return Expected(PKCS10Request(pkcs10=self._pkcs10, **described), username=described["username"], certificates=1)

    def _refused(self) -> Expected:
        described = self._described(ca_name="NoSuchCA")
        request = PKCS10Request(pkcs10=self._pkcs10, **described)
        return Expected(request, Reason.NOT_AUTHORIZED, described["username"])

    def _edited(self) -> Expected:
        described = self._described()
        return Expected(EditUserRequest(**described), username=described["username"])

    def _keystore(self) -> Expected:
        described = self._described()
        request = PKCS12Request(password="a password of its own", key_alg="ECDSA", key_spec="P-256", **described)
        return Expected(request, username=described["username"], certificates=1)

    def _public_key(self) -> Expected:
        described = self._described()
        request = CertificateRequestRequest(
            request_type="PUBLICKEY", request_data=self._spki, create_or_edit_user=True, **described
        )
        return Expected(request, username=described["username"], certificates=1)

    def _delivered(self, clients: CmpClients) -> Expected:
        """Other RAs deliver the same message, earlier or later or at this moment: its client gets one certificate."""
        name, octets = clients.sent(next(self._client_numbers))
        request = CMPRequest(request_id=next(self._numbers), cmp_alias="ra", pki_message=octets)
        return Expected(request, username=name, certificates=1)

    def _revoked(self, username: str) -> Expected:
        # A second revocation would be refused: so each of these is carried out once.
        return Expected(RevocationRequest(request_id=next(self._numbers), username=username, revoke_all=True))
