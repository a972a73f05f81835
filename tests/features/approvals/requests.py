"""Requests that administrators must approve."""

from collections.abc import Callable, Mapping

from lockgate.requests.submessages import EditUserRequest, PKCS12Request, Request
from tests.support.scenarios.world import CA, World

PASSWORD = "a password of bob's"


def edit_user(username: str) -> EditUserRequest:
    return EditUserRequest(
        request_id=1,
        username=username,
        subject_dn=f"CN={username},O=Example,C=SE",
        end_entity_profile="EMPTY",
        certificate_profile="ENDUSER",
        ca_name=CA,
    )


def keystore(_: World) -> PKCS12Request:
    """With a key that the CA makes."""
    return PKCS12Request(
        request_id=1,
        username="bob",
        subject_dn="CN=bob,O=Example,C=SE",
        end_entity_profile="EMPTY",
        certificate_profile="ENDUSER",
        ca_name=CA,
        password=PASSWORD,
        key_alg="ECDSA",
        key_spec="P-256",
    )


ACTIONS: Mapping[str, Callable[[World], Request]] = {
    "a new end entity": lambda _: edit_user("bob"),
    "a keystore of a new entity": keystore,
}
