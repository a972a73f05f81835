"""Keys in tokens of SoftHSM, through the installed command: the walk-through, renewal, rollover, and `check`."""

import json
import re
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from pkcs11 import Attribute

from lockgate_app.approval_documents import write_document
from lockgate_app.checks import Severity, examine
from lockgate_app.container.ca_host import opened
from lockgate_app.container.decisions import decided_approval
from lockgate_app.deployment import Deployment, create
from lockgate_app.new_keystores import NewKeysIn
from lockgate_app.serving.child import NOT_THERE
from lockgate_app.settings import load_ca, load_ra
from lockgate_keys.hardware import token as tokens
from lockgate_keys.hardware.keystore import TokenKeystore, read_token_keystore
from tests.integration.app.commands import PATIENCE, edited, lockgate, request, until, work
from tests.integration.app.serving import serving
from tests.integration.app.test_own_renewal import renew
from tests.support.hardware import TestToken
from tests.support.walking import follow


@pytest.fixture
def in_token(token: TestToken, tmp_path: Path) -> Deployment:
    """A deployment whose keys are all in a token of its own."""
    return create(tmp_path / "deployment", token=NewKeysIn(token.uri, token.pin))


@pytest.mark.usefixtures("softhsm")
def test_the_document_can_be_followed(csr: Path, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Then the RA goes on with the keystore that it has made last, whose key has been on no other host."""
    home = tmp_path_factory.mktemp("home")
    printed = follow("hardware-keys.md", tmp_path, home, heading="## Try it with SoftHSM")
    assert (tmp_path / "token.pin").read_text().strip() not in printed
    made = Deployment(tmp_path / "deployment")
    for name in ("ra2.p11", "ra2.password"):
        (tmp_path / name).rename(made.ra / name)
    edited(made.ra_config, '"ra.p11"', '"ra2.p11"')
    edited(made.ra_config, '"ra.password"', '"ra2.password"')
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOFTHSM2_CONF", str(tmp_path / "softhsm2.conf"))
        assert lockgate("--config", made.ra_config, "check").code == 0
        assert request(made, csr, "bob", "--wait", "0").code == 3
        assert work(made).code == 0
        listed = lockgate("--config", made.ca_config, "certificate", "list", "--json")
    assert "CN=bob" in listed.out


def test_a_decision_is_signed_with_a_key_in_a_token(in_token: Deployment, csr: Path) -> None:
    administered = ("--config", in_token.ca_config, "approvals")
    assert lockgate(*administered, "require", "ManagementCA", "issue=1").code == 0
    assert request(in_token, csr, "alice", "--wait", "0").code == 3
    assert work(in_token).code == 0
    with opened(in_token.ca_config, "a test") as host:
        (view,) = host.approvals.approvals().items
    document, decision = in_token.directory / "approval.json", in_token.directory / "decision.p7s"
    document.write_bytes(write_document(view))
    keystore = ("--keystore", in_token.ra / "ra.p11", "--password-file", in_token.ra / "ra.password")
    signed = lockgate(
        "approvals", "sign", view.approval.id, document, *keystore, "--approve", "--yes", "--out", decision
    )
    assert signed.code == 0, signed.err
    assert decided_approval(decision.read_bytes()) == view.approval.id


def test_an_ra_renews_its_keystore_by_a_next_key_in_the_same_token(in_token: Deployment, token: TestToken) -> None:
    ca, path = ("--config", in_token.ca_config), in_token.ra / "ra.p11"
    before = path.read_text()
    assert renew(in_token, "--days", 3650).code == 3
    waiting = read_token_keystore(in_token.ra / "ra.p11.next")
    assert not waiting.certificates
    assert lockgate(*ca, "profile", "export", "RA", "--output", in_token.directory / "ra.yaml").code == 0
    edited(in_token.directory / "ra.yaml", "renewal_days: 60", "renewal_days: 3650")
    assert lockgate(*ca, "profile", "import", in_token.directory / "ra.yaml", "--replace").code == 0
    assert work(in_token).code == 0
    done = renew(in_token, "--days", 3650)
    assert done.code == 0, done.err
    assert read_token_keystore(path).uri == waiting.uri
    assert waiting.uri.of_token == token.uri
    assert (in_token.ra / "ra.p11.previous").read_text() == before
    assert not (in_token.ra / "ra.p11.next").exists()
    assert (
        TokenKeystore.load(path, token.pin).certificate
        != TokenKeystore.load(in_token.ra / "ra.p11.previous", token.pin).certificate
    )
    assert lockgate("--config", in_token.ra_config, "check").code == 0


def wrong_library(deployment: Deployment) -> None:
    for path in (deployment.ca / "worker.p11", deployment.ca_config, deployment.ra / "ra.p11"):
        path.write_text(re.sub(r"module-path=[^\"\n]+", "module-path=/nowhere/hsm.so", path.read_text()))


def other_token(deployment: Deployment) -> None:
    for path in (deployment.ca / "worker.p11", deployment.ca_config, deployment.ra / "ra.p11"):
        path.write_text(re.sub(r"token=[^;?]+", "token=nobodys", path.read_text()))


def other_key(deployment: Deployment) -> None:
    """The URI's key is not in the token."""
    for path in (deployment.ca / "worker.p11", deployment.ra / "ra.p11"):
        path.write_text(re.sub(r"id=[^;]+", "id=%00%01", path.read_text()))


@pytest.mark.parametrize(
    ("fault", "said", "of_ca"),
    [
        (wrong_library, "there is no PKCS#11 library /nowhere/hsm.so: install it, or correct module-path", True),
        (other_token, "the token 'nobodys' cannot be used now: it is not there", True),
        (other_key, "it has 0 private keys", False),
    ],
)
def test_check_says_what_is_wrong(
    in_token: Deployment, fault: Callable[[Deployment], None], said: str, of_ca: bool
) -> None:
    fault(in_token)
    subjects = {
        finding.subject
        for path, load in ((in_token.ca_config, load_ca), (in_token.ra_config, load_ra))
        for finding in examine(path, load(path))
        if finding.verdict is Severity.WRONG and said in finding.text
    }
    assert {"worker main", "RA keystore"} <= subjects
    assert ("CA token" in subjects) is of_ca


def test_check_tries_a_wrong_pin_once(in_token: Deployment) -> None:
    """Though two settings have it. In a process of its own: this one has logged in."""
    for name in ("worker.password", "token.password"):
        (in_token.ca / name).write_text("wrong-Jw6tB0yPq2")
    done = lockgate("--config", in_token.ca_config, "check", "--json")
    assert done.code != 0
    texts = [finding["finding"] for finding in json.loads(done.out)["findings"]]
    assert sum("does not take the PIN" in text for text in texts) == 1
    assert sum("which is not tried again" in text for text in texts) >= 2


def test_a_worker_that_starts_without_its_token_is_started_again(
    in_token: Deployment, token: TestToken, csr: Path, tmp_path: Path
) -> None:
    with ExitStack() as away:
        away.enter_context(token.softhsm.away())
        with serving(in_token.ca_config, tmp_path) as host:
            until(lambda: host.events("process died, starting it again"))
            away.close()
            assert request(in_token, csr, "alice", "--wait", PATIENCE).code == 0
            assert {event["exit_code"] for event in host.events("process died, starting it again")} == {NOT_THERE}


def test_the_keys_of_cas_need_their_token(in_token: Deployment) -> None:
    text = in_token.ca_config.read_text()
    in_token.ca_config.write_text(re.sub(r"\[ca\.token\]\n.*?\n\n", "", text, flags=re.DOTALL))
    done = lockgate("--config", in_token.ca_config, "worker", "--once")
    assert (done.code, "[ca.token] is missing" in done.err) == (2, True), done.err


def test_a_ca_whose_key_is_away_keeps_no_other_from_its_crl(in_token: Deployment, token: TestToken) -> None:
    ca, crls = ("--config", in_token.ca_config), in_token.directory / "crls"
    crls.mkdir()
    assert lockgate(*ca, "ca", "create", "A lost one", "--subject-dn", "CN=lost", "--key", "P-256").code == 0
    token.lose(label="A lost one")
    done = lockgate(*ca, "ca", "crl", "--directory", crls)
    assert (done.code, "CA A lost one: " in done.err) == (2, True), done.err
    assert "it has 0 private keys" in done.err
    assert {path.name for path in crls.iterdir()} == {"ManagementCA.crl"}


def test_a_ca_in_a_token_signs_ocsp_answers(in_token: Deployment, token: TestToken) -> None:
    """And one whose key is away keeps it from none."""
    ca = ("--config", in_token.ca_config)
    edited(in_token.ca_config, "[workers.main]", '[ocsp]\ndata_sources = ["RAMessage1DS"]\n\n[workers.main]')
    assert lockgate(*ca, "ca", "create", "A lost one", "--subject-dn", "CN=lost", "--key", "P-256").code == 0
    token.lose(label="A lost one")
    done = lockgate(*ca, "ocsp", "publish", "--json")
    assert (done.code, "CA A lost one: " in done.err) == (2, True), done.err
    assert '"certificates": 3' in done.out, "ManagementCA's own certificate, the RA's and the worker's"


def test_while_the_token_is_away_keys_elsewhere_sign_crls(deployment: Deployment, token: TestToken) -> None:
    """ManagementCA's key is in the database."""
    ca, crls = ("--config", deployment.ca_config), deployment.directory / "crls"
    crls.mkdir()
    with_token(deployment, token)
    assert lockgate(*ca, "ca", "create", "A new one", "--subject-dn", "CN=new", "--key", "P-256").code == 0
    with token.softhsm.away():
        done = lockgate(*ca, "ca", "crl", "--directory", crls)
    assert (done.code, "CA A new one: " in done.err) == (2, True), done.err
    assert {path.name for path in crls.iterdir()} == {"ManagementCA.crl"}


def test_the_name_of_a_ca_key_is_sealed(in_token: Deployment, token: TestToken) -> None:
    """Under the secret, as keys are: neither read in the database nor written there."""
    octets = (in_token.ca / "ca.db").read_bytes()
    assert b"argon2id" in octets
    assert b"pkcs11:" not in octets


def with_token(deployment: Deployment, token: TestToken) -> None:
    """New keys of CAs are made there."""
    pin = deployment.ca / "token.password"
    pin.write_text(token.pin)
    pin.chmod(0o600)
    table = f'[ca.token]\nuri = "{token.uri}"\npin = {{ file = "token.password" }}\n\n[ca.database]'
    edited(deployment.ca_config, "[ca.database]", table)


def test_a_ca_moves_into_the_token_by_a_rollover(deployment: Deployment, token: TestToken) -> None:
    ca = ("--config", deployment.ca_config)
    with_token(deployment, token)
    for step in ("prepare", "activate"):
        done = lockgate(*ca, "ca", "rollover", step, "ManagementCA")
        assert done.code == 0, done.err
    found = {(one.subject, one.text) for one in examine(deployment.ca_config, load_ca(deployment.ca_config))}
    assert ("CA ManagementCA", "its keys in the token sign") in found
    assert lockgate(*ca, "ca", "crl", "ManagementCA").code == 0


def identifiers(token: TestToken) -> set[bytes]:
    """Of the keys in the token."""
    return token.token.use(lambda session: {key[Attribute.ID] for key in list(session.session.get_objects({}))})


def test_a_next_key_that_is_not_there_does_not_take_over(in_token: Deployment, token: TestToken) -> None:
    """Not even that of a subordinate CA, which has signed nothing so far."""
    ca = ("--config", in_token.ca_config)
    sub = ("Sub", "--subject-dn", "CN=Sub", "--key", "P-256", "--issuer", "ManagementCA")
    assert lockgate(*ca, "ca", "create", *sub).code == 0
    before = identifiers(token)
    assert lockgate(*ca, "ca", "rollover", "prepare", "Sub").code == 0
    (made,) = identifiers(token) - before
    token.lose(id=made)
    activated = lockgate(*ca, "ca", "rollover", "activate", "Sub")
    assert (activated.code, "it has 0 private keys" in activated.err) == (2, True), activated.err


def test_a_cancelled_key_and_one_of_a_refused_ca_are_removed_from_the_token(
    in_token: Deployment, token: TestToken
) -> None:
    ca = ("--config", in_token.ca_config)

    def keys() -> int:
        return token.token.use(lambda session: len(list(session.session.get_objects({}))))

    before = keys()
    assert lockgate(*ca, "ca", "create", "ManagementCA", "--subject-dn", "CN=again").code != 0
    assert keys() == before
    assert lockgate(*ca, "ca", "rollover", "prepare", "ManagementCA").code == 0
    assert keys() == before + 2
    assert lockgate(*ca, "ca", "rollover", "cancel", "ManagementCA").code == 0
    assert keys() == before


def test_a_process_uses_a_token_under_one_name(token: TestToken) -> None:
    by_key = replace(token.uri, object="worker", id=b"1")
    assert tokens.token_of(by_key, token.pin) is token.token
