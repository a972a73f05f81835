"""The issuer by command: the requests that it makes, and the answers that it takes and refuses."""

import json
import logging
from base64 import b64encode
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from lockgate.certification.revocation import RevocationReason
from lockgate.errors import NotSent, Unavailable
from lockgate.ports import Issued, Later, Order, PublishedCrls, RevocationOrder, Revoked
from lockgate.reasons import Reason, Rejected
from lockgate_issuers.command import CommandIssuer, Promise
from lockgate_issuers.command.running import WrongAnswer
from lockgate_testing.doubles.remote_ca.certificates import Signer, new_key, own_certificate
from tests.support.pki.certificate_requests import pkcs10
from tests.support.pki.identities import rsa_key
from tests.support.pki.orders import order_for
from tests.unit.issuers.programs import program

KEY = new_key()
CA = own_certificate(KEY, "CN=Remote CA")
ORDER = order_for(CA)
CERTIFICATE = Signer(KEY, x509.load_der_x509_certificate(CA).subject.public_bytes()).certificate(ORDER)
PEM = x509.load_der_x509_certificate(CERTIFICATE).public_bytes(Encoding.PEM).decode()
REVOCATION = RevocationOrder(
    operation="revocation 1",
    ca_name="RemoteCA",
    ca_certificate=CA,
    certificate=CERTIFICATE,
    reason=RevocationReason.KEY_COMPROMISE,
)


def answering(directory: Path, answer: object, **settings: Any) -> CommandIssuer:
    """An issuer whose program keeps its request in a file and says that."""
    said = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    (directory / "answer").write_bytes(said)
    return CommandIssuer("backend", program(directory, f"cat >{directory}/request; cat {directory}/answer", **settings))


def asked(directory: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((directory / "request").read_bytes())
    return found


def call(directory: Path, answer: object, order: Order | RevocationOrder = ORDER) -> object:
    issuer = answering(directory, answer)
    return issuer.call(issuer.draft(order))


def said(result: str, operation: str = ORDER.operation, **more: object) -> dict[str, object]:
    return {"result": result, "operation": operation, **more}


class TestRequests:
    def test_an_order(self, tmp_path: Path) -> None:
        call(tmp_path, said("issued", certificate=PEM))
        request = asked(tmp_path)
        extensions = request.pop("extensions")
        assert request == {
            "version": 1,
            "verb": "issue",
            "operation": ORDER.operation,
            "ca": "RemoteCA",
            "ca_certificate": sha256(CA).hexdigest(),
            "certificate_profile": "ENDUSER",
            "serial_number": "40" + "00" * 18 + "07",
            "subject": {
                "text": "CN=host,O=Åland",
                "rdns": [[{"type": "2.5.4.10", "value": "Åland"}], [{"type": "2.5.4.3", "value": "host"}]],
                "der": b64encode(ORDER.subject).decode(),
            },
            "public_key": request["public_key"],
            "pkcs10": None,
            "not_before": "2026-01-02T03:04:05Z",
            "not_after": "2051-01-02T03:04:05Z",
            "content": {
                "ca": False,
                "alternative_names": [{"type": "DNSNAME", "value": "host.example"}],
                "key_usage": ["digitalSignature"],
                "extended_key_usage": [],
            },
        }
        assert request["public_key"].startswith("-----BEGIN PUBLIC KEY-----\n")
        assert [(one["oid"], one["critical"]) for one in extensions] == [("2.5.29.15", True), ("2.5.29.17", False)]
        assert extensions[0]["value"] == b64encode(bytes.fromhex("03020780")).decode()

    def test_a_pkcs10_is_passed_on(self, tmp_path: Path) -> None:
        proof = pkcs10(rsa_key(1))
        call(tmp_path, said("issued", certificate=PEM), order_for(CA, pkcs10=proof))
        given = x509.load_pem_x509_csr(asked(tmp_path)["pkcs10"].encode())
        assert given.public_bytes(Encoding.DER) == proof

    def test_a_revocation(self, tmp_path: Path) -> None:
        call(tmp_path, said("revoked", "revocation 1"), REVOCATION)
        assert asked(tmp_path) == {
            "version": 1,
            "verb": "revoke",
            "operation": "revocation 1",
            "ca": "RemoteCA",
            "ca_certificate": sha256(CA).hexdigest(),
            "certificate": PEM,
            "serial_number": "40" + "00" * 18 + "07",
            "reason": "keyCompromise",
        }

    def test_a_lookup_brings_the_order_as_it_was_sent(self, tmp_path: Path) -> None:
        issuer = answering(tmp_path, said("unknown"))
        draft = issuer.draft(ORDER)
        assert issuer.lookup(draft) is None
        request = asked(tmp_path)
        assert request.pop("order") == json.loads(draft)
        assert request == {"version": 1, "verb": "lookup", "operation": ORDER.operation, "ca": "RemoteCA"}

    def test_people_find_an_order_by_its_serial_number(self, tmp_path: Path) -> None:
        issuer = answering(tmp_path, said("unknown"))
        for order in (ORDER, REVOCATION):
            assert issuer.reference(issuer.draft(order)) == f"serial number {'40' + '00' * 18 + '07'}"
        assert [issuer.reference(draft) for draft in (b"", b"\xff", b"{}", b"[]")] == ["", "", "", ""]

    def test_nothing_of_an_order_is_an_argument_or_a_variable(self, tmp_path: Path) -> None:
        issuer = answering(tmp_path, said("issued", certificate=PEM))
        text = "tr '\\0' ' ' </proc/$$/cmdline >$0.seen; env >>$0.seen;"
        started = program(tmp_path, f"{text} cat >/dev/null; cat {tmp_path}/answer", environment={"PATH": "/bin"})
        issuer = CommandIssuer("backend", started)
        assert issuer.call(issuer.draft(ORDER)) == Issued(CERTIFICATE)
        seen = (tmp_path / "program.seen").read_text()
        assert "PATH=/bin" in seen
        assert not any(text in seen for text in (ORDER.operation, "host", "issue"))


WRONG: dict[str, object] = {
    "nothing": b"",
    "garbage": b"\xff\xfe\x00",
    "no object": [],
    "two objects": json.dumps(said("refused", reason="no")).encode() * 2,
    "cut off": json.dumps(said("refused", reason="no")).encode()[:-1],
    "more behind it": json.dumps(said("refused", reason="no")).encode() + b"x",
    "nested deeply": b'{"result":"refused","operation":' + b"[" * 100_000,
    "no result": {"operation": ORDER.operation, "reason": "no"},
    "another result": said("settled"),
    "an answer to another verb": said("revoked"),
    "unknown": said("unknown"),
    "two members of one name": b'{"result":"refused","operation":"%s","reason":"a","reason":"b"}'
    % ORDER.operation.encode(),
    "two results": b'{"result":"refused","result":"refused","operation":"%s","reason":"a"}' % ORDER.operation.encode(),
    "another member": said("refused", reason="no", certificate=PEM),
    "another operation": said("refused", "operation 2", reason="no"),
    "no operation": {"result": "refused", "reason": "no"},
    "no reason": said("refused"),
    "an empty reason": said("refused", reason=""),
    "a long reason": said("refused", reason="x" * 201),
    "a reason that cannot be printed": said("refused", reason="a\x00b"),
    "half a character": b'{"result":"refused","operation":"%s","reason":"\\ud800"}' % ORDER.operation.encode(),
    "later than ever": said("later", seconds=10**9),
    "later by nothing": said("later", seconds=0),
    "later by a text": said("later", seconds="5"),
    "no certificate": said("issued"),
    "an empty certificate": said("issued", certificate=" "),
    "no Base64": said("issued", certificate="ö"),
    "two certificates": said("issued", certificate=PEM * 2),
    "another label": said("issued", certificate=PEM.replace("CERTIFICATE", "X509 CRL")),
}


class TestAnswers:
    @pytest.mark.parametrize(
        "text", [PEM, b64encode(CERTIFICATE).decode(), f"\n{PEM}\n"], ids=["PEM", "Base64", "space"]
    )
    def test_a_certificate(self, tmp_path: Path, text: str) -> None:
        assert call(tmp_path, said("issued", certificate=text, chain=["not read"])) == Issued(CERTIFICATE)

    def test_a_refusal(self, tmp_path: Path) -> None:
        answer = call(tmp_path, said("refused", reason="Nobody issues for Åland."))
        assert answer == Rejected(Reason.ISSUER_REFUSED, "Nobody issues for Åland.")

    def test_later(self, tmp_path: Path) -> None:
        assert call(tmp_path, said("later", seconds=90)) == Later(timedelta(seconds=90))

    def test_a_revocation(self, tmp_path: Path) -> None:
        assert call(tmp_path, said("revoked", "revocation 1"), REVOCATION) == Revoked()

    @pytest.mark.parametrize(
        ("answer", "found"),
        [
            (said("issued", certificate=PEM), Issued(CERTIFICATE)),
            (said("refused", reason="No."), Rejected(Reason.ISSUER_REFUSED, "No.")),
            (said("later", seconds=1), Later(timedelta(seconds=1))),
            (said("revoked"), Revoked()),
            (said("unknown"), None),
        ],
        ids=["issued", "refused", "later", "revoked", "unknown"],
    )
    def test_what_became_of_an_order(self, tmp_path: Path, answer: object, found: object) -> None:
        issuer = answering(tmp_path, answer)
        assert issuer.lookup(issuer.draft(ORDER)) == found

    @pytest.mark.parametrize("answer", WRONG.values(), ids=WRONG)
    def test_what_breaks_the_protocol_refuses_nothing(self, tmp_path: Path, answer: object) -> None:
        with pytest.raises(WrongAnswer, match=r"^the program's "):
            call(tmp_path, answer)

    @pytest.mark.parametrize("name", ["result", "x" * 10_000 + "\n\x1b[1m"], ids=["result", "member"])
    def test_a_wrong_answer_writes_no_long_line_into_the_log(self, tmp_path: Path, name: str) -> None:
        answer = said("refused", reason="no") | {name: "granted\n\x1b[1m" * 1000}
        with pytest.raises(WrongAnswer) as caught:
            call(tmp_path, answer)
        assert len(str(caught.value)) < 1000
        assert str(caught.value).isprintable()

    @pytest.mark.parametrize(
        ("text", "error"), [("exit 75", NotSent), ("kill -KILL $$", Unavailable), ("exit 1", WrongAnswer)]
    )
    def test_errors_of_a_run(self, tmp_path: Path, text: str, error: type[Exception]) -> None:
        issuer = CommandIssuer("backend", program(tmp_path, text))
        draft = issuer.draft(ORDER)
        for ask in (issuer.call, issuer.lookup):
            with pytest.raises(error):
                ask(draft)

    def test_complaints_name_issuer_and_verb(self, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
        issuer = CommandIssuer("backend", program(tmp_path, "echo oh >&2; exit 75"))
        with pytest.raises(NotSent):
            issuer.call(issuer.draft(REVOCATION))
        assert caplog.record_tuples == [
            ("lockgate_issuers.command.complaints", logging.WARNING, "issuer backend, revoke: the program says: oh")
        ]


class TestPublished:
    def test_the_crl(self, tmp_path: Path) -> None:
        issuer = answering(tmp_path, {"result": "crl", "crl": b64encode(b"a CRL").decode()})
        assert isinstance(issuer, PublishedCrls)
        assert issuer.crl(CA) == b"a CRL"
        named = {"ca": "", "ca_certificate": sha256(CA).hexdigest()}
        assert asked(tmp_path) == {"version": 1, "verb": "crl", "operation": "", **named}

    def test_the_certificates(self, tmp_path: Path) -> None:
        issuer = answering(tmp_path, {"result": "certificates", "certificates": [PEM, b64encode(CA).decode()]})
        assert issuer.certificates() == [CERTIFICATE, CA]
        assert asked(tmp_path) == {
            "version": 1,
            "verb": "certificates",
            "operation": "",
            "ca": "",
            "ca_certificate": "",
        }

    @pytest.mark.parametrize("standing", ["good", "on hold", "revoked"])
    def test_how_a_certificate_stands(self, tmp_path: Path, standing: str) -> None:
        issuer = answering(tmp_path, {"result": "standing", "standing": standing})
        assert issuer.status("RemoteCA", CERTIFICATE) == standing
        assert asked(tmp_path)["serial_number"] == "40" + "00" * 18 + "07"

    def test_a_certificate_that_is_unknown(self, tmp_path: Path) -> None:
        assert answering(tmp_path, {"result": "unknown"}).status("RemoteCA", CERTIFICATE) is None

    @pytest.mark.parametrize(
        "answer",
        [
            {"result": "crl", "crl": "ö"},
            {"result": "certificates", "certificates": []},
            {"result": "standing", "standing": "excellent"},
            {"result": "refused", "reason": "no"},
            {"result": "crl", "crl": "AAAA", "operation": "another"},
        ],
        ids=["no crl", "no certificates", "no standing", "refused", "another operation"],
    )
    def test_anything_else_is_no_answer(self, tmp_path: Path, answer: object) -> None:
        issuer = answering(tmp_path, answer)
        for ask in (lambda: issuer.crl(CA), issuer.certificates, lambda: issuer.status("RemoteCA", CERTIFICATE)):
            with pytest.raises(WrongAnswer):
                ask()


def test_traits_are_what_the_operator_has_set(tmp_path: Path) -> None:
    started = program(tmp_path, "true", timeout=timedelta(seconds=20))
    nothing, all_of_it = CommandIssuer("backend", started), CommandIssuer("backend", started, list(Promise), calls=2)
    assert (nothing.traits.idempotent, nothing.traits.looks_up, nothing.traits.confirms) == (False, False, False)
    assert (all_of_it.traits.idempotent, all_of_it.traits.looks_up, all_of_it.traits.calls) == (True, True, 2)
    assert nothing.traits.timeout == timedelta(seconds=25)
