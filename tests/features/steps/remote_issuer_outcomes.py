"""What became of an operation at a remote issuer, of whatever kind."""

from pytest_bdd import parsers, then

from lockgate.operations.status import OperationStatus
from tests.support.scenarios.remote_issuer import RemoteSite
from tests.support.scenarios.world import World


@then(parsers.parse('the operation for "{name}" is in doubt'))
def in_doubt(world: World, remote: RemoteSite, name: str) -> None:
    (operation,) = (found for found in remote.operations() if found.username == name)
    assert operation.status is OperationStatus.DOUBTFUL
    assert world.ca_side.column("select target from audit where event = 'operation.doubtful'") == [operation.id]
