"""Who approves, what asks for approvals, and decisions."""

from dataclasses import replace

from pytest_bdd import given, parsers, when

from lockgate.certification.endentity import EndEntity, EndEntityStatus
from lockgate.rights.approval import ApprovalKind, Verdict
from lockgate_app.one_time_passwords import ONE_TIME_LIFETIME, new_one_time_password
from tests.support.pki.identities import rsa_key
from tests.support.scenarios.approvers import APPROVER, Approvers, decide, give_role
from tests.support.scenarios.world import CA, World


@given('the administrators "ann", "ben" and "ray", where "ray" may not approve')
def administrators(world: World, approvers: Approvers) -> None:
    for number, name in enumerate(("ann", "ben", "ray")):
        approvers.members[name] = world.ca_side.certify(f"CN={name}", rsa_key(61 + number))
    for name in ("ann", "ben"):
        give_role(world, name, approvers.members[name], APPROVER)


@given('the administrator "dora", who may enrol with a one-time password of her own', target_fixture="own_password")
def enrolling_administrator(world: World, approvers: Approvers) -> str:
    """She holds a certificate that approves, and waits for another one."""
    administration, password = world.ca_side.administration, new_one_time_password()
    approvers.members["dora"] = world.ca_side.certify_again("dora", "CN=dora", rsa_key(82))
    give_role(world, "dora", approvers.members["dora"], APPROVER)
    administration.edit_end_entity("dora", _waiting, password, ONE_TIME_LIFETIME)
    return password


def _waiting(stored: EndEntity) -> EndEntity:
    described = replace(stored, end_entity_profile="EMPTY", certificate_profile="ENDUSER")
    return described.in_status(EndEntityStatus.NEW)


@given(parsers.re(r"ManagementCA asks for (?P<quorum>\d) approvals? of (?P<kind>\w+)"))
@when(parsers.re(r"ManagementCA asks for (?P<quorum>\d) approvals? of (?P<kind>\w+)"))
def ca_asks(world: World, quorum: str, kind: str) -> None:
    world.ca_side.administration.set_approval_rule(CA, ApprovalKind(kind), int(quorum))


@when(parsers.parse('"{name}" approves'))
def approve(world: World, approvers: Approvers, name: str) -> None:
    decide(world, approvers.members[name])


@when(parsers.parse('"{name}" rejects because "{reason}"'))
def reject(world: World, approvers: Approvers, name: str, reason: str) -> None:
    decide(world, approvers.members[name], Verdict.REJECT, reason)
