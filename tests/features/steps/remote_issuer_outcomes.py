"""remote_issuers.feature: what came of it."""

import hashlib
import json
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.hazmat.primitives.serialization.pkcs12 import load_pkcs12
from pytest_bdd import parsers, then
from sqlalchemy import text

from lockgate.administration.listings import CertificateQuery
from lockgate.certification.revocation import RevocationReason
from lockgate.errors import CallerError
from lockgate.operations.status import DRIVEN, OperationStatus
from lockgate.ports import Order
from lockgate.requests.submessages import PKCS10Request, PKCS10Response, PKCS12Response
from lockgate.rights.approval import ApprovalStatus
from lockgate.rights.signer import CertificateStanding
from tests.features.steps.remote_issuers import PASSWORD
from tests.support.scenarios.faulty_adapters import Numbering
from tests.support.scenarios.remote_issuer import Held, RemoteSite
from tests.support.scenarios.world import World, only


def answered(world: World) -> x509.Certificate:
    response = only(world).content.response
    assert isinstance(response, PKCS10Response)
    assert response.certificate is not None
    return x509.load_der_x509_certificate(response.certificate)


def standing(world: World, remote: RemoteSite) -> CertificateStanding:
    """Of the only certificate, as it is stored here."""
    (certificate,) = remote.ca.issued()
    found = world.ca_side.inspection.certificate(CertificateQuery(fingerprint=hashlib.sha256(certificate).hexdigest()))
    return found.standing


def reason_at_issuer(remote: RemoteSite) -> RevocationReason | None:
    (certificate,) = remote.certificates()
    return remote.ca.revoked().get(certificate.serial_number)


# ---- at the issuer


@then("the issuer was not called")
def not_called(remote: RemoteSite) -> None:
    assert not remote.ca.calls()


@then(parsers.re(r"the issuer was called (?P<times>once|twice)"))
def called(remote: RemoteSite, times: str) -> None:
    assert list(remote.ca.calls().values()) == [{"once": 1, "twice": 2}[times]]


@then(parsers.parse("the issuer was called {times:d} times"))
def called_often(remote: RemoteSite, times: int) -> None:
    assert list(remote.ca.calls().values()) == [times]


@then("all calls were of one draft")
def one_draft(drafts: Numbering) -> None:
    assert len(drafts.called) > 1
    assert len(set(drafts.called)) == 1


@then("the audit log names the draft that was given up")
def given_up(world: World) -> None:
    (details,) = world.ca_side.column("select details from audit where event = 'operation.anew'")
    assert json.loads(details)["at the CA"] == "draft 1"


@then(parsers.parse("the audit log names {count:d} orders that were given up"))
def given_up_often(world: World, count: int) -> None:
    assert len(world.ca_side.column("select details from audit where event = 'operation.anew'")) == count


@then("the issuer was not looked up")
def not_looked_up(remote: RemoteSite) -> None:
    assert remote.ca.lookups() == 0


@then("the issuer has issued one certificate")
def issued_one(remote: RemoteSite) -> None:
    assert len(remote.ca.issued()) == 1


@then("the issuer has issued 4 certificates")
def issued_four(remote: RemoteSite) -> None:
    assert len(remote.ca.issued()) == 4


@then("no certificate counts at the issuer")
def none_counts(remote: RemoteSite) -> None:
    assert remote.ca.calls()
    assert not remote.ca.issued()
    assert not remote.ca.unconfirmed()


@then("the certificate is revoked there")
def revoked_there(remote: RemoteSite) -> None:
    remote.run()
    assert reason_at_issuer(remote) is RevocationReason.CESSATION_OF_OPERATION


@then("the certificate is kept for an operator")
def kept_for_operator(remote: RemoteSite) -> None:
    (operation,) = remote.operations()
    assert operation.certificate == remote.ca.issued()[0]
    assert not remote.ca.revoked()


@then("her certificate stands revoked at the issuer")
def stands_revoked_there(remote: RemoteSite) -> None:
    assert reason_at_issuer(remote) in {RevocationReason.SUPERSEDED, RevocationReason.KEY_COMPROMISE}


@then(parsers.re(r"the order brings (?P<what>the|no) PKCS10"))
def order_brings(world: World, remote: RemoteSite, what: str) -> None:
    (operation,), (request,) = remote.operations(), world.asked[world.sent[-1]]
    assert isinstance(operation.order, Order)
    assert isinstance(request, PKCS10Request)
    assert operation.order.pkcs10 == (request.pkcs10 if what == "the" else None)


@then("the issuer has revoked nothing")
def revoked_nothing(remote: RemoteSite) -> None:
    remote.run()
    assert remote.ca.issued()
    assert not remote.ca.revoked()


# ---- here


@then("the certificate is the one that the issuer has issued")
def same_certificate(world: World, remote: RemoteSite) -> None:
    assert remote.certificates() == [answered(world)]


@then("the certificate is stored, and not confirmed")
def stored_unconfirmed(remote: RemoteSite) -> None:
    (operation,), (certificate,) = remote.operations(), remote.ca.unconfirmed()
    assert (operation.status, operation.certificate) == (OperationStatus.RECEIVED, certificate)


@then("no operation is left")
def no_operation(world: World) -> None:
    assert world.ca_side.column("select id from operation") == []


@then(parsers.parse('the operation for "{name}" is in doubt'))
def in_doubt(world: World, remote: RemoteSite, name: str) -> None:
    (operation,) = (found for found in remote.operations() if found.username == name)
    assert operation.status is OperationStatus.DOUBTFUL
    assert world.ca_side.column("select target from audit where event = 'operation.doubtful'") == [operation.id]


@then(parsers.parse('the operation for "{name}" is not in doubt'))
def in_no_doubt(remote: RemoteSite, name: str) -> None:
    (operation,) = (found for found in remote.operations() if found.username == name)
    assert operation.status in DRIVEN


@then('the administration refuses to edit "alice", because she waits for a remote issuer')
def refuses_to_edit(world: World) -> None:
    with pytest.raises(CallerError, match="alice waits for a remote issuer"):
        world.ca_side.administration.edit_end_entity("alice", lambda stored: stored)


@then("her certificate stands revoked here, and good at the issuer")
def revoked_here(world: World, remote: RemoteSite) -> None:
    assert standing(world, remote) is CertificateStanding.REVOKED
    assert reason_at_issuer(remote) is None


@then("her certificate stands revoked here and at the issuer")
def revoked_here_and_there(world: World, remote: RemoteSite) -> None:
    remote.run()
    assert standing(world, remote) is CertificateStanding.REVOKED
    assert reason_at_issuer(remote) is RevocationReason.CESSATION_OF_OPERATION


@then("her certificate is on hold here")
def on_hold_here(world: World, remote: RemoteSite) -> None:
    assert standing(world, remote) is CertificateStanding.ON_HOLD


@then("her certificate stands good here and at the issuer")
def good(world: World, remote: RemoteSite) -> None:
    assert standing(world, remote) is CertificateStanding.GOOD
    assert reason_at_issuer(remote) is None


@then("no secret of it can be read in the CA's database")
def no_secret(world: World, remote: RemoteSite) -> None:
    (operation,) = remote.operations()
    assert operation.username == "dora"
    with world.ca_side.engine.connect() as connection:
        (row,) = connection.execute(text("select * from operation"))
    assert row.sealed
    assert not any(PASSWORD.encode() in bytes(value) for value in row if isinstance(value, bytes))
    assert b"private_key" not in bytes(row.sealed)


@then("the keystore holds the certificate that the issuer has issued")
def keystore_holds(world: World, remote: RemoteSite) -> None:
    response = only(world).content.response
    assert isinstance(response, PKCS12Response)
    assert response.pkcs12 is not None
    keystore = load_pkcs12(response.pkcs12, PASSWORD.encode())
    assert keystore.cert is not None
    assert [keystore.cert.certificate] == remote.certificates()


@then("the key is kept for recovery")
def key_kept(world: World, remote: RemoteSite) -> None:
    (certificate,) = (found.public_bytes(Encoding.DER) for found in remote.certificates())
    kept = world.ca_side.column("select fingerprint from escrowed_key")
    assert kept == [hashlib.sha256(certificate).hexdigest()]


@then("the worker finds nothing to do")
def nothing_to_do(world: World) -> None:
    assert world.worker().round(world.fence()).claimed == 0


@then("the approval is used, and the message waits")
def approval_used(world: World) -> None:
    (view,) = world.ca_side.approvals.approvals().items
    assert view.standing.status is ApprovalStatus.EXECUTED
    assert world.row().status == 1


@then("the new certificate of ManagementCA is revoked")
def own_half_revoked(world: World) -> None:
    rows = world.ca_side.column("select status from certificate where username = 'alice' order by sequence desc")
    assert rows[0] == "revoked"
    assert rows.count("revoked") == 1


@then("its certificate is revoked there")
def half_revoked_there(remote: RemoteSite) -> None:
    assert len(remote.ca.issued()) == 1
    assert reason_at_issuer(remote) is RevocationReason.CESSATION_OF_OPERATION


@then("the runner begins another call after the first one has hung for five minutes")
def room_for_others(remote: RemoteSite) -> None:
    calls = Held()
    runner, fence = remote.runner(calls), remote.fence()
    for _ in range(2):
        runner.round(fence)
    assert len(calls.begun) == 1
    remote.pass_by(timedelta(minutes=5))
    for _ in range(2):
        runner.round(fence)
    assert len(calls.begun) == 2


@then("the runner begins 1 call, and no more before it has ended")
def one_by_one(remote: RemoteSite) -> None:
    calls = Held()
    runner, fence = remote.runner(calls), remote.fence()
    for _ in range(3):
        runner.round(fence)
    ((task, future),) = calls.begun
    future.set_result(task())
    for _ in range(3):
        runner.round(fence)
    assert len(calls.begun) == 2


@then("the runner begins 2 calls, and no more before one has ended")
def bounded(remote: RemoteSite) -> None:
    calls = Held()
    runner, fence = remote.runner(calls), remote.fence()
    for _ in range(3):
        runner.round(fence)
    assert len(calls.begun) == 2
    task, future = calls.begun[0]
    future.set_result(task())
    for _ in range(3):
        runner.round(fence)
    assert len(calls.begun) == 3
