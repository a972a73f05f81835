"""`lockgate_ra`: what a client's program imports, what that costs, and clients of parts of the program's own."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import timedelta
from pathlib import Path

import pytest

import lockgate_ra
from lockgate.requests import submessages
from lockgate.requests.submessages import Request, Response
from lockgate_app.container.worker import WorkerContainer
from lockgate_app.deployment import CA_NAME, Deployment
from lockgate_app.keys import read_certificate
from lockgate_app.request_files import read_request
from lockgate_app.settings import load_ca, load_ra
from lockgate_ra import (
    ClientPolicy,
    ConfigurationError,
    OwnParts,
    PKCS10Request,
    PKCS10Response,
    RaClient,
    Recipient,
    connect,
    open_client,
    open_keystore,
)
from lockgate_testing.doubles.message_store import MemoryMessageStore
from lockgate_testing.doubles.outbox import MemoryOutbox
from lockgate_testing.doubles.wake_up import MemoryWakeUp

HEAVY = {"alembic", "asn1crypto", "cryptography", "dependency_injector", "msgspec", "pydantic", "sqlalchemy"}
CA_SIDE = {"lockgate_ca_backend", "lockgate_issuers", "lockgate_testing"}
CONNECTED = "import sys, lockgate_ra; lockgate_ra.connect(sys.argv[1]).close(); print(*sys.modules)"


def modules(program: str, *arguments: Path) -> set[str]:
    """What the program has imported at its end: packages, and the modules of this product."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    command = [sys.executable, "-c", program, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    return {part for name in done.stdout.split() for part in (name, name.partition(".")[0])}


def order(csr: Path) -> PKCS10Request:
    return PKCS10Request(
        request_id=7,
        username="alice",
        subject_dn="CN=alice",
        end_entity_profile="EMPTY",
        certificate_profile="ENDUSER",
        ca_name=CA_NAME,
        pkcs10=read_request(csr),
    )


def test_the_import_is_cheap() -> None:
    assert not modules("import sys, lockgate_ra; print(*sys.modules)") & (HEAVY | CA_SIDE)


def test_a_client_imports_nothing_of_the_ca(deployment: Deployment) -> None:
    found = modules(CONNECTED, deployment.ra_config)
    assert "lockgate_persistence.messages" in found
    assert not found & CA_SIDE
    assert not {name for name in found if name.startswith(("lockgate_app.cli", "lockgate_app.workers"))}


def test_it_has_every_request_and_response() -> None:
    kinds = (kind for kind in vars(submessages).values() if isinstance(kind, type))
    typed = {kind.__name__ for kind in kinds if issubclass(kind, Request | Response) and is_dataclass(kind)}
    assert typed - {"EndEntityRequest"} <= set(lockgate_ra.__all__)


def served(deployment: Deployment, store: MemoryMessageStore) -> int:
    """How many messages of `store` the CA of the deployment settles."""
    container = WorkerContainer(zone=load_ca(deployment.ca_config), name="main")
    container.store.override(store)
    fence = container.ca.coordinator().acquire("main", "the test", timedelta(minutes=1))
    settled: int = container.worker().round(fence).settled
    for engine in (container.engine(), container.ca.engine()):
        engine.dispose()
    return settled


def exchanged(ra: RaClient, store: MemoryMessageStore, deployment: Deployment, csr: Path) -> None:
    """The client sends a request, and believes the CA's answer."""
    with ra:
        pending = ra.send([order(csr)])
        assert served(deployment, store) == 1
        (response,) = ra.wait(pending, timedelta())
        assert isinstance(response, PKCS10Response)
        assert response.success
        ra.forget(pending)


def test_a_store_and_an_outbox_of_the_programs_own(deployment: Deployment, csr: Path) -> None:
    store, outbox = MemoryMessageStore(), MemoryOutbox()
    ra = connect(str(deployment.ra_config), OwnParts(store=store, outbox=outbox))
    assert outbox.records() == []
    exchanged(ra, store, deployment, csr)
    assert outbox.records() == []
    assert not list((deployment.ra / "outbox").iterdir())


def test_a_client_without_a_configuration(deployment: Deployment, csr: Path) -> None:
    zone, store = load_ra(deployment.ra_config), MemoryMessageStore()
    assert zone.ra.keystore_path is not None
    assert zone.ra.keystore_password is not None
    keystore = open_keystore(zone.ra.keystore_path, zone.ra.keystore_password.reveal())
    policy = ClientPolicy(
        recipient=Recipient(zone.instance, zone.ra.data_source),
        worker_certificates=tuple(map(read_certificate, zone.ra.worker_certificates)),
        certificate=keystore.certificate,
    )
    parts = OwnParts(store=store, outbox=MemoryOutbox(), keystore=keystore)
    exchanged(open_client(policy, parts), store, deployment, csr)


def test_the_client_closes_the_wake_up_and_leaves_the_store(deployment: Deployment) -> None:
    wake_up = MemoryWakeUp(lambda *_: None, lambda: 0)
    connect(deployment.ra_config, OwnParts(store=MemoryMessageStore(), wake_up=wake_up)).close()
    assert wake_up.closed


@pytest.mark.parametrize("own", [{}, {"store": MemoryMessageStore()}, {"outbox": MemoryOutbox()}], ids=list)
def test_without_a_configuration_store_and_outbox_are_needed(own: Mapping[str, object]) -> None:
    assert own.keys() <= {field.name for field in fields(OwnParts)}
    policy = ClientPolicy(recipient=Recipient("ca", "source"), worker_certificates=(), certificate=None)
    with pytest.raises(ConfigurationError, match="a store and an outbox"):
        open_client(policy, OwnParts(**own))  # type: ignore[arg-type]
