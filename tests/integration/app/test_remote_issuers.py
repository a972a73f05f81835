"""Remote issuers by the installed command: `ca register`, `operation`, `worker --once`, `db purge`, and the team."""

import hashlib
import json
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509

from lockgate.errors import NoAnswer
from lockgate.requests.submessages import PKCS10Response
from lockgate_app.container.ra import connect
from lockgate_app.deployment import Deployment
from lockgate_testing.doubles.remote_ca import RemoteCa, Wrong, running
from tests.integration.app import commands
from tests.integration.app.commands import Outcome, children, until
from tests.integration.app.remote_issuers import (
    ISSUER,
    REMOTE_CA,
    certificate_file,
    configure,
    install,
    own_certificate,
)
from tests.integration.app.test_messages import DAY, Operator, in_ca
from tests.integration.app.test_worker import PATIENCE, order

IN_DOUBT = {"patience": 0.1, "timeout": 0}
"""Where the CA does not answer, nobody waits for it, and no promise helps."""


@dataclass(frozen=True)
class Site:
    """A deployment with a CA whose certificates a remote issuer signs."""

    operator: Operator
    ca: RemoteCa
    csr: Path

    @property
    def deployment(self) -> Deployment:
        return self.operator.deployment

    def configure(self, **options: object) -> None:
        configure(self.deployment, path=str(self.ca.path), **options)

    def ask(self, username: str, message_id: str | None = None) -> str:
        """The RA asks for a certificate; the id of its message."""
        with connect(self.deployment.ra_config) as ra:
            request = replace(order(self.csr, username), ca_name=REMOTE_CA)
            return ra.send([request], message_id=message_id or username).message_id

    def answer(self, message_id: str, patience: float = 0) -> PKCS10Response:
        with connect(self.deployment.ra_config) as ra:
            (response,) = ra.wait(ra.resume(message_id), timedelta(seconds=patience))
        assert isinstance(response, PKCS10Response)
        return response

    def open(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.operator.said("operation", "list")["operations"]
        return found

    def pass_by_a_minute(self) -> None:
        """For all operations."""
        in_ca(self.deployment, "update operation set due = due - 60000")

    def doubtful(self) -> str:
        """The only open operation, which waits for an operator."""
        (found,) = self.open()
        assert (found["status"], found["waits_for_operator"]) == ("doubtful", True)
        return str(found["id"])

    def audited(self, event: str) -> list[dict[str, Any]]:
        lines = map(json.loads, self.operator.told("audit", "export").splitlines())
        return [entry for entry in lines if entry["event"] == event]


@pytest.fixture
def site(
    deployment: Deployment,
    in_process: Callable[..., Outcome],
    csr: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Site]:
    package = install(tmp_path / "installed")
    monkeypatch.syspath_prepend(str(package))
    monkeypatch.setenv("PYTHONPATH", str(package), prepend=":")
    with running(tmp_path / "remote.db") as ca:
        found = Site(Operator(deployment, in_process), ca, csr)
        found.configure()
        register = ("ca", "register", REMOTE_CA, "--issuer", ISSUER, "--certificate", own_certificate(deployment, ca))
        found.operator.told(*register)
        found.operator.told("role", "edit", "RA", "--add-rule", f"/ca/{REMOTE_CA}")
        yield found


class TestRegister:
    def test_lists_say_which_issuer_signs(self, site: Site) -> None:
        listed = site.operator.said("ca", "list")["certification_authorities"]
        assert {one["name"]: one["remote_issuer"] for one in listed} == {"ManagementCA": None, REMOTE_CA: ISSUER}
        shown = site.operator.said("ca", "show", REMOTE_CA)
        assert shown["remote_issuer"] == ISSUER
        assert shown["fingerprint"] == hashlib.sha256(site.ca.certificate).hexdigest()
        assert "remote issuer  backend" in site.operator.told("ca", "show", REMOTE_CA)
        assert "remote issuer" not in site.operator.told("ca", "show", "ManagementCA")
        (entry,) = (one for one in site.audited("ca.created") if one["target"] == REMOTE_CA)
        assert entry["details"]["issuer"] == ISSUER

    def test_an_issuer_that_is_not_configured_is_refused(self, site: Site) -> None:
        register = ("ca", "register", "Other", "--certificate", own_certificate(site.deployment, site.ca))
        told = site.operator.refused(*register, "--issuer", "elsewhere")
        assert told == "lockgate: there is no [ca.issuers.elsewhere]; there are: backend"
        assert len(site.operator.said("ca", "list")["certification_authorities"]) == 2

    def test_what_stops_is_told_where_it_is_switched_off(self, site: Site) -> None:
        done = site.operator.ended("ca", "deactivate", REMOTE_CA)
        told = "no certificates are ordered; the CA itself goes on with its CRLs and OCSP answers"
        assert (done.code, done.err) == (0, f"lockgate: warning: {told}\n")

    def test_its_crls_are_issued_elsewhere(self, site: Site) -> None:
        issued = site.operator.said("ca", "crl")["crls"]
        assert [one["ca"] for one in issued] == ["ManagementCA"]
        told = site.operator.refused("ca", "crl", REMOTE_CA)
        assert told.endswith(f"CA {REMOTE_CA}: no CRL of it was fetched yet: `ca fetch-crl {REMOTE_CA}` does")


class TestOnce:
    def test_one_run_brings_the_certificate(self, site: Site) -> None:
        site.ask("alice")
        assert site.operator.work() == "1 message settled; nothing more is due.\n"
        assert [site.answer("alice").certificate] == site.ca.issued()
        assert site.open() == []

    def test_one_run_brings_the_certificate_that_waits_behind_another(self, site: Site) -> None:
        for message in ("first", "second"):
            site.ask("alice", message)
        assert site.operator.work() == "2 messages settled; nothing more is due.\n"
        assert [site.answer("first").certificate, site.answer("second").certificate] == site.ca.issued()

    def test_an_issuer_that_is_away_is_left_to_the_next_run(self, site: Site) -> None:
        site.ca.behave(away=True)
        site.ask("alice")
        done = site.operator.ended("worker", "--once")
        assert (done.code, done.out) == (0, "0 messages settled; nothing more is due.\n")
        assert "open operations at remote issuers: 1, 0 of them in doubt; see `operation list`" in done.err
        (found,) = site.open()
        assert found["due"] is not None
        assert {name: value for name, value in found.items() if name not in {"id", "due"}} == {
            "issuer": ISSUER,
            "ca": REMOTE_CA,
            "kind": "issue",
            "status": "intended",
            "end_entity": "alice",
            "waits_for_operator": False,
        }
        assert "intended" in site.operator.told("operation", "list")
        site.ca.behave()
        in_ca(site.deployment, "update operation set due = due - 5000")
        assert site.operator.work() == "1 message settled; nothing more is due.\n"

    def test_a_call_without_an_answer_is_not_repeated(self, site: Site) -> None:
        site.configure(**IN_DOUBT)
        site.ca.behave(silent=True)
        site.ask("alice")
        site.operator.work()
        site.pass_by_a_minute()
        site.operator.work()
        assert list(site.ca.calls().values()) == [1]
        site.doubtful()

    def test_the_runner_alone_by_its_name(self, site: Site) -> None:
        site.ask("alice")
        assert site.operator.told("worker", "--once", "--name", "main").startswith("0 messages")
        assert site.ca.calls() == {}
        assert site.operator.told("worker", "--once", "--name", ISSUER).startswith("0 messages")
        assert len(site.ca.issued()) == 1
        with pytest.raises(NoAnswer):
            site.answer("alice")
        assert site.operator.told("worker", "--once", "--name", "main").startswith("1 message settled")

    def test_an_issuer_that_cannot_be_made_keeps_no_worker_from_its_messages(self, site: Site) -> None:
        configure(site.deployment, "unheard")
        with connect(site.deployment.ra_config) as ra:
            pending = ra.send([order(site.csr, "bob")])
            done = site.operator.ended("worker", "--once")
            assert done.code == 2
            assert "there is no kind unheard; there are: broken, cmp, command, double, mute" in done.err
            assert ra.wait(pending, timedelta())[0].success


class TestSettle:
    @pytest.fixture
    def doubted(self, site: Site) -> str:
        """The CA has issued a certificate for alice, and nobody here knows."""
        site.configure(**IN_DOUBT)
        site.ca.behave(silent=True)
        site.ask("alice")
        assert site.operator.work().startswith("0 messages settled")
        site.pass_by_a_minute()
        site.operator.work()
        return site.doubtful()

    def test_with_the_certificate(self, site: Site, doubted: str) -> None:
        (issued,) = site.ca.issued()
        path = certificate_file(site.deployment, issued, "issued")
        told = site.operator.told("operation", "settle", doubted, "--certificate", path)
        assert told == f"operation {doubted} is settled: issued\n"
        assert site.open() == []
        assert site.operator.work().startswith("1 message settled")
        assert site.answer("alice").certificate == issued
        (entry,) = site.audited("operation.settled")
        assert (entry["target"], entry["details"]) == (doubted, {"decision": "issued"})
        assert entry["who"].endswith("(command line)")

    def test_with_a_certificate_that_was_not_ordered(self, site: Site, doubted: str) -> None:
        own = own_certificate(site.deployment, site.ca)
        told = site.operator.refused("operation", "settle", doubted, "--certificate", own)
        assert "the certificate was not ordered" in told
        assert site.doubtful() == doubted

    def test_what_the_ca_has_returned_is_shown(self, site: Site, doubted: str) -> None:
        assert "has returned no certificate" in site.operator.refused("operation", "show", doubted, "--pem")
        site.operator.told("operation", "settle", doubted, "--refused", "It is asked for again.")
        site.ca.behave(wrong=Wrong.SUBJECT)
        site.ask("bob")
        site.operator.work()
        (wrong,) = site.ca.issued()[1:]
        shown = site.operator.said("operation", "show", site.doubtful())
        assert (shown["end_entity"], shown["returned"]) == ("bob", f"sha256:{hashlib.sha256(wrong).hexdigest()}")
        pem = site.operator.told("operation", "show", site.doubtful(), "--pem")
        assert x509.load_pem_x509_certificate(pem.encode()) == x509.load_der_x509_certificate(wrong)
        assert "there is no open operation nobody's" in site.operator.refused("operation", "show", "nobody's")

    def test_why_it_is_in_doubt_is_shown_and_which_serial_number_was_ordered(self, site: Site, doubted: str) -> None:
        shown = site.operator.said("operation", "show", doubted)
        (entry,) = site.audited("operation.doubtful")
        assert shown["why"] == entry["details"]["why"]
        assert shown["serial_number"] is None, "the CA has returned nothing, and may have taken another one"
        assert int(shown["ordered_serial_number"], 16) > 0

    def test_as_refused(self, site: Site, doubted: str) -> None:
        settle = ("operation", "settle", doubted, "--refused", "Ask the desk again.")
        assert site.operator.said(*settle) == {"id": doubted, "decision": "refused"}
        site.operator.work()
        answer = site.answer("alice")
        assert (answer.success, answer.reason) == (False, "issuer_refused")
        assert "Ask the desk again." in (answer.fail_info or "")

    def test_a_revocation(self, site: Site) -> None:
        site.ask("alice")
        site.operator.work()
        site.ca.behave(away=True)
        fingerprint = hashlib.sha256(site.ca.issued()[0]).hexdigest()
        site.operator.told("certificate", "revoke", fingerprint, "--reason", "superseded")
        site.operator.work()
        in_ca(site.deployment, "update operation set status = 'doubtful'")  # as after ten defects
        doubted = site.doubtful()
        assert site.open()[0]["kind"] == "revoke"
        path = own_certificate(site.deployment, site.ca)
        assert "is there to revoke" in site.operator.refused("operation", "settle", doubted, "--certificate", path)
        assert site.operator.told("operation", "settle", doubted, "--revoked").endswith("is settled: revoked\n")
        assert site.open() == []

    def test_exactly_one_thing_is_said(self, site: Site, doubted: str) -> None:
        for said in ((), ("--revoked", "--refused", "no")):
            assert "exactly one of them" in site.operator.refused("operation", "settle", doubted, *said)
        assert site.doubtful() == doubted

    def test_only_what_is_in_doubt(self, site: Site) -> None:
        site.ca.behave(away=True)
        site.ask("alice")
        site.operator.work()
        (found,) = site.open()
        told = site.operator.refused("operation", "settle", found["id"], "--revoked")
        assert told == f"lockgate: operation {found['id']} is not in doubt: it is intended"
        assert "there is no operation x" in site.operator.refused("operation", "settle", "x", "--revoked")


def test_old_operations_are_deleted_and_only_those_that_have_ended(site: Site) -> None:
    site.ask("alice")
    site.operator.work()
    fingerprint = hashlib.sha256(site.ca.issued()[0]).hexdigest()
    site.operator.told("certificate", "revoke", fingerprint, "--reason", "certificate-hold")
    site.operator.work()
    assert site.open() == []
    site.ca.behave(away=True)
    site.operator.told("certificate", "reactivate", fingerprint)
    in_ca(site.deployment, "update operation set changed = changed - :age", age=40 * DAY)
    kinds = ("verdicts", "operations", "approvals", "protocol_transactions", "one_time_passwords")
    nothing = dict.fromkeys(kinds, 0)
    assert site.operator.said("db", "purge", "--older-than", "45") == nothing
    assert site.operator.told("db", "purge") == (
        "0 verdicts, 1 operation, 0 approvals, 0 protocol transactions and 0 one-time passwords deleted\n"
    )
    assert [found["status"] for found in site.open()] == ["intended"]
    (entry,) = site.audited("records.purged")
    assert (entry["target"], entry["details"]) == ("operations", {"count": "1"})


def test_a_revocation_that_the_issuer_has_not_carried_out_is_told_as_that(site: Site) -> None:
    site.ask("alice")
    site.operator.work()
    (issued,) = site.ca.issued()
    fingerprint = hashlib.sha256(issued).hexdigest()
    told = site.operator.told("certificate", "revoke", fingerprint)
    (found,) = site.open()
    waits = f"the issuer of CA {REMOTE_CA} has not carried it out yet: lockgate operation show {found['id']}"
    assert told.endswith(f" is revoked here; {waits}\n")
    shown = site.operator.said("operation", "show", found["id"])
    assert shown["serial_number"] == f"{x509.load_der_x509_certificate(issued).serial_number:x}"
    assert shown["why"] is None


def test_an_operation_is_kept_until_its_request_is_answered(site: Site) -> None:
    site.ask("alice")
    for name in ("main", ISSUER):
        site.operator.told("worker", "--once", "--name", name)
    assert site.open() == []
    in_ca(site.deployment, "update operation set changed = changed - :age", age=40 * DAY)
    assert site.operator.said("db", "purge")["operations"] == 0
    assert site.operator.work().startswith("1 message settled")
    assert [site.answer("alice").certificate] == site.ca.issued()


class TestTeam:
    def test_the_runner_has_a_process_of_its_own_beside_the_worker(self, site: Site) -> None:
        with commands.running(site.deployment) as team:
            site.ask("alice")
            assert site.answer("alice", PATIENCE).certificate in site.ca.issued()
            assert len(children(team)) == 2
            team.send_signal(signal.SIGTERM)
            assert team.wait(PATIENCE) == 0

    def test_an_issuer_that_cannot_be_made_keeps_no_worker_from_running(self, site: Site) -> None:
        site.configure(promises="all")
        with commands.running(site.deployment) as team:
            with connect(site.deployment.ra_config) as ra:
                assert ra.wait(ra.send([order(site.csr, "bob")]), timedelta(seconds=PATIENCE))[0].success
            until(lambda: len(children(team)) == 1)
            team.send_signal(signal.SIGTERM)
            assert team.wait(PATIENCE) == 2
