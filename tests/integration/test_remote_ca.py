"""The double of a remote CA does what its behaviour says, and what it has done outlives callers and itself."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature

from lockgate.certification.revocation import RevocationReason
from lockgate.errors import Defect, NotSent, Unavailable
from lockgate.ports import Issued, Later, Order, Revoked
from lockgate.reasons import Reason, Rejected
from lockgate_testing.contracts.remote_issuer.subjects import carried_out, drafted, obtained, revocation
from lockgate_testing.doubles.remote_ca import AFTER, RemoteCa, RemoteCaIssuer, Wrong, running
from lockgate_testing.doubles.remote_ca.store import is_served
from tests.contract.remote_issuers import RemoteCaSubject

AT_ONCE = 0.0
"""The patience of a client that waits for no answer."""
LONG = 60.0
CALLER = """
import os, sys
from pathlib import Path
from lockgate.errors import Unavailable
from lockgate_testing.doubles.remote_ca import RemoteCaIssuer
try:
    RemoteCaIssuer(Path(sys.argv[1]), patience=float(sys.argv[2])).call(bytes.fromhex(sys.argv[3]))
except Unavailable:
    os._exit(9)
"""
STARTER = """
import os, sys
from pathlib import Path
from lockgate_testing.doubles.remote_ca import running
with running(Path(sys.argv[1])):
    os._exit(9)
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "remote.db"


@pytest.fixture
def ca(path: Path) -> Iterator[RemoteCa]:
    with running(path) as ca:
        yield ca


@pytest.fixture
def subject(ca: RemoteCa) -> RemoteCaSubject:
    return RemoteCaSubject(ca, ca.issuer(looks_up=True))


def caller(path: Path, patience: float, draft: bytes) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", CALLER, str(path), str(patience), draft.hex()])


def until(happened: Callable[[], bool]) -> None:
    end = time.monotonic() + LONG
    while not happened():
        assert time.monotonic() < end
        time.sleep(0.005)


def serial_of(certificate: bytes) -> int:
    return x509.load_der_x509_certificate(certificate).serial_number


class TestCallersThatDie:
    def test_what_has_left_the_caller_is_carried_out(self, subject: RemoteCaSubject) -> None:
        draft = drafted(subject, subject.order())
        with caller(subject.ca.path, AT_ONCE, draft) as dying:
            assert dying.wait(LONG) == 9
        (certificate,) = subject.issued()
        assert subject.issuer.lookup(draft) == Issued(certificate)

    def test_a_call_arrives_after_its_caller_was_killed(self, subject: RemoteCaSubject) -> None:
        order = subject.order()
        draft = drafted(subject, order)
        subject.ca.behave(holds=True)
        with caller(subject.ca.path, LONG, draft) as waiting:
            until(lambda: list(subject.ca.held()) == [order.operation])
            waiting.kill()
            assert waiting.wait(LONG) == -signal.SIGKILL
        assert subject.issuer.lookup(draft) is None
        assert (subject.ca.calls(), subject.issued()) == ({}, [])
        subject.ca.deliver()
        (certificate,) = subject.issued()
        assert subject.issuer.lookup(draft) == Issued(certificate)
        assert (subject.ca.calls(), subject.ca.held()) == ({order.operation: 1}, [])


class TestHeldCalls:
    def test_the_caller_gets_no_answer(self, subject: RemoteCaSubject) -> None:
        subject.ca.behave(holds=True)
        with pytest.raises(Unavailable, match="has not answered") as raised:
            subject.ca.issuer(patience=AT_ONCE).call(drafted(subject, subject.order()))
        assert not isinstance(raised.value, NotSent)

    def test_a_caller_that_waits_still_gets_the_answer(self, subject: RemoteCaSubject) -> None:
        draft = drafted(subject, subject.order())
        subject.ca.behave(holds=True)
        with ThreadPoolExecutor(1) as pool:
            answer = pool.submit(subject.ca.issuer(patience=LONG).call, draft)
            until(lambda: len(subject.ca.held()) == 1)
            subject.ca.deliver()
            assert [answer.result(LONG)] == [Issued(certificate) for certificate in subject.issued()]

    def test_calls_arrive_in_order(self, subject: RemoteCaSubject) -> None:
        orders = [subject.order() for _ in range(3)]
        subject.ca.behave(holds=True)
        for order in orders:
            with pytest.raises(Unavailable):
                subject.ca.issuer(patience=AT_ONCE).call(drafted(subject, order))
        subject.ca.deliver()
        made = [x509.load_der_x509_certificate(certificate).subject.public_bytes() for certificate in subject.issued()]
        assert made == [order.subject for order in orders]

    def test_a_lost_call_never_arrives(self, subject: RemoteCaSubject) -> None:
        draft = drafted(subject, subject.order())
        subject.ca.behave(holds=True)
        with pytest.raises(Unavailable):
            subject.ca.issuer(patience=AT_ONCE).call(draft)
        subject.ca.lose()
        subject.ca.deliver()
        assert (subject.ca.calls(), subject.issued()) == ({}, [])
        subject.ca.behave()
        assert isinstance(subject.issuer.call(draft), Issued)


class TestAnswers:
    def test_a_silent_ca_has_done_it(self, subject: RemoteCaSubject) -> None:
        draft = drafted(subject, subject.order())
        impatient = subject.ca.issuer(patience=0.1, confirms=True)
        subject.ca.behave(silent=True)
        with pytest.raises(Unavailable, match="has not answered"):
            impatient.call(draft)
        (certificate,) = subject.ca.unconfirmed()
        with pytest.raises(Unavailable, match="has not answered"):
            impatient.confirm(draft, certificate, accepted=True)
        assert (subject.ca.unconfirmed(), subject.issued()) == ([], [certificate])
        subject.ca.behave()
        assert subject.issuer.lookup(draft) == Issued(certificate)

    def test_answers_come_later_so_many_times(self, subject: RemoteCaSubject) -> None:
        draft = drafted(subject, subject.order())
        subject.ca.behave(later=2)
        assert subject.issuer.call(draft) == Later(AFTER)
        assert subject.issuer.lookup(draft) == Later(AFTER)
        (certificate,) = subject.issued()
        assert subject.issuer.lookup(draft) == Issued(certificate)

    def test_the_same_draft_is_another_certificate(self, subject: RemoteCaSubject) -> None:
        order = subject.order()
        first, second = obtained(subject, order), obtained(subject, order)
        assert serial_of(first) != serial_of(second)
        assert subject.issued() == [first, second]
        assert subject.issuer.lookup(drafted(subject, order)) == Issued(second)
        assert subject.ca.calls() == {order.operation: 2}

    def test_the_words_of_a_refusal_come_back(self, subject: RemoteCaSubject) -> None:
        draft = drafted(subject, subject.order())
        subject.ca.behave(refuses="The quota is used up.")
        refused = Rejected(Reason.ISSUER_REFUSED, "The quota is used up.")
        assert subject.issuer.call(draft) == refused
        assert subject.issuer.lookup(draft) == refused
        assert subject.issued() == []

    @pytest.mark.parametrize("keeps", [True, False])
    def test_the_certificate_is_the_ordered_one(self, subject: RemoteCaSubject, keeps: bool) -> None:
        order = subject.order()
        subject.ca.behave(keeps_serial_numbers=keeps)
        made = x509.load_der_x509_certificate(obtained(subject, order))
        assert (made.not_valid_before_utc, made.not_valid_after_utc) == (order.not_before, order.not_after)
        assert order.extensions in made.tbs_certificate_bytes
        assert order.public_key in made.tbs_certificate_bytes
        assert (made.serial_number == order.serial_number) is keeps


def is_certified_otherwise(made: x509.Certificate, order: Order) -> bool:
    return order.public_key not in made.tbs_certificate_bytes and made.subject.public_bytes() == order.subject


WRONG: dict[Wrong, Callable[[x509.Certificate, Order], bool]] = {
    Wrong.KEY: is_certified_otherwise,
    Wrong.SUBJECT: lambda made, order: made.subject.public_bytes() != order.subject,
    Wrong.BEGIN: lambda made, order: made.not_valid_before_utc == order.not_before - timedelta(days=2),
    Wrong.END: lambda made, order: made.not_valid_after_utc == order.not_after + timedelta(days=1),
}


class TestWrongCertificates:
    @pytest.mark.parametrize("wrong", WRONG)
    def test_another_content_signed_by_the_ca(self, subject: RemoteCaSubject, wrong: Wrong) -> None:
        subject.ca.behave(wrong=wrong)
        order = subject.order()
        made = x509.load_der_x509_certificate(obtained(subject, order))
        made.verify_directly_issued_by(x509.load_der_x509_certificate(subject.certificate))
        assert WRONG[wrong](made, order)

    def test_another_key_has_signed(self, subject: RemoteCaSubject) -> None:
        subject.ca.behave(wrong=Wrong.SIGNATURE)
        made = x509.load_der_x509_certificate(obtained(subject, subject.order()))
        with pytest.raises(InvalidSignature):
            made.verify_directly_issued_by(x509.load_der_x509_certificate(subject.certificate))

    def test_no_certificate(self, subject: RemoteCaSubject) -> None:
        subject.ca.behave(wrong=Wrong.GARBAGE)
        garbage = obtained(subject, subject.order())
        with pytest.raises(ValueError, match="parsing"):
            x509.load_der_x509_certificate(garbage)
        assert subject.issued() == [garbage]


class TestStandings:
    def test_a_certificate_of_another_ca_is_refused(self, subject: RemoteCaSubject) -> None:
        order = revocation(subject, subject.certificate, RevocationReason.SUPERSEDED)
        refused = Rejected(Reason.ISSUER_REFUSED, "There is no such certificate.")
        assert carried_out(subject, drafted(subject, order)) == refused

    @pytest.mark.parametrize("accepted", [True, False])
    def test_a_certificate_that_does_not_count_is_not_revoked(self, ca: RemoteCa, accepted: bool) -> None:
        subject = RemoteCaSubject(ca, ca.issuer(confirms=True))
        draft = drafted(subject, subject.order())
        subject.issuer.call(draft)
        (certificate,) = ca.unconfirmed()
        order = drafted(subject, revocation(subject, certificate, RevocationReason.SUPERSEDED))
        assert isinstance(subject.issuer.call(order), Rejected)
        subject.issuer.confirm(draft, certificate, accepted=accepted)
        assert (subject.issuer.call(order) == Revoked()) is accepted
        assert (serial_of(certificate) in ca.revoked()) is accepted

    def test_a_revocation_is_final_and_the_same_again_is_done(self, subject: RemoteCaSubject) -> None:
        certificate = obtained(subject, subject.order())
        reasons = (RevocationReason.SUPERSEDED, RevocationReason.SUPERSEDED, RevocationReason.REMOVE_FROM_CRL)
        orders = [drafted(subject, revocation(subject, certificate, reason)) for reason in reasons]
        refused = Rejected(Reason.ISSUER_REFUSED, "It is not on hold.")
        assert [carried_out(subject, draft) for draft in orders] == [Revoked(), Revoked(), refused]
        assert subject.revoked() == {serial_of(certificate): RevocationReason.SUPERSEDED}


class TestMistakesOfTheCaller:
    def test_questions_that_the_traits_do_not_allow(self, ca: RemoteCa) -> None:
        subject = RemoteCaSubject(ca, ca.issuer())
        draft = drafted(subject, subject.order())
        with pytest.raises(Defect, match="cannot be asked"):
            subject.issuer.lookup(draft)
        with pytest.raises(Defect, match="no confirmation"):
            subject.issuer.confirm(draft, b"", accepted=True)

    @pytest.mark.parametrize("accepted", [True, False])
    def test_contrary_confirmations(self, ca: RemoteCa, accepted: bool) -> None:
        subject = RemoteCaSubject(ca, ca.issuer(confirms=True))
        draft = drafted(subject, subject.order())
        subject.issuer.call(draft)
        (certificate,) = ca.unconfirmed()
        with pytest.raises(Defect, match="not issued for its draft"):
            subject.issuer.confirm(draft, subject.certificate, accepted=accepted)
        subject.issuer.confirm(draft, certificate, accepted=accepted)
        with pytest.raises(Defect, match="issued before" if accepted else "rejected before"):
            subject.issuer.confirm(draft, certificate, accepted=not accepted)
        assert (certificate in ca.issued()) is accepted


class TestTheProcess:
    def test_without_it_nothing_is_sent(self, path: Path) -> None:
        with running(path, "CN=Another CA") as ca:
            subject = RemoteCaSubject(ca, ca.issuer())
            draft = drafted(subject, subject.order())
        for missing in (path, path.with_name("none.db")):
            with pytest.raises(NotSent):
                RemoteCaIssuer(missing).call(draft)
        assert (ca.issued(), ca.calls()) == ([], {})
        assert not path.with_name("none.db").exists()

    def test_it_goes_on_where_it_ended(self, path: Path) -> None:
        with running(path, "CN=Another CA") as ca:
            subject = RemoteCaSubject(ca, ca.issuer(looks_up=True))
            certificate, draft = obtained(subject, subject.order()), drafted(subject, subject.order())
            ca.behave(holds=True)
            with pytest.raises(Unavailable):
                ca.issuer(patience=AT_ONCE).call(draft)
        with running(path) as again:
            assert again.certificate == subject.certificate
            assert x509.load_der_x509_certificate(again.certificate).subject.rfc4514_string() == "CN=Another CA"
            assert again.issued() == [certificate]
            again.deliver()
            assert len(again.issued()) == 2

    def test_it_ends_with_the_process_that_started_it(self, path: Path) -> None:
        done = subprocess.run([sys.executable, "-c", STARTER, str(path)], timeout=LONG, check=False)
        assert done.returncode == 9
        until(lambda: not is_served(path))

    def test_it_says_why_it_has_not_started(self, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
        with pytest.raises(Unavailable, match="has not started"), running(tmp_path / "none" / "remote.db"):
            pytest.fail("it runs")
        assert "FileNotFoundError" in capfd.readouterr().err
