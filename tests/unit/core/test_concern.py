"""What effects concern that no built-in request type states alone."""

from typing import cast

import pytest

from lockgate.approval import ApprovalKind
from lockgate.authorization import Action
from lockgate.concern import concern_of
from lockgate.dn import parse_dn
from lockgate.effects import SetPassword
from lockgate.endentity import EndEntity, EndEntityStatus
from lockgate.view import View

ALICE = EndEntity(
    username="alice",
    subject_dn=parse_dn("CN=alice"),
    subject_alt_name=(),
    email=None,
    end_entity_profile="EMPTY",
    certificate_profile="ENDUSER",
    ca_name="ManagementCA",
    status=EndEntityStatus.NEW,
)


@pytest.mark.parametrize("password", ["some donkey", None])
def test_a_password_of_its_own_is_an_edit_of_the_end_entity(password: str | None) -> None:
    concern = concern_of(SetPassword("alice", ALICE, password), cast("View", None))
    assert concern.actions == {Action.EDIT}
    assert concern.kinds == {ApprovalKind.END_ENTITY}
    assert concern.rights == {"/action/edit", "/ca/ManagementCA", "/endentityprofile/EMPTY"}
