"""What effects concern that no built-in request type states alone."""

from typing import cast

import pytest

from lockgate.certification.endentity import EndEntity, EndEntityStatus
from lockgate.effects.concern import concern_of
from lockgate.effects.statement import SetPassword
from lockgate.effects.view import View
from lockgate.names.dn import parse_dn
from lockgate.rights.approval import ApprovalKind
from lockgate.rights.authorization import Action

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
