"""What `lockgate check` says of the table `[console]`."""

import os

import pytest

from lockgate_app.checks import examine
from lockgate_app.deployment import Deployment
from lockgate_app.settings import load_ca
from tests.integration.app.approving import ca, with_administrators
from tests.support.pki.tls import make_server_identity


def told(own: Deployment, table: str) -> list[tuple[str, str]]:
    """The verdicts and texts about the console, with that table at the end of the configuration."""
    before = own.ca_config.read_text()
    own.ca_config.write_text(f"{before}\n{table}\n")
    zone = load_ca(own.ca_config)
    own.ca_config.write_text(before)
    return [(found.verdict, found.text) for found in examine(own.ca_config, zone) if found.subject == "console"]


def test_a_link_opens_the_console_where_its_file_can_be_written(deployment: Deployment) -> None:
    assert told(deployment, "") == []
    assert told(deployment, "[console]") == [("good", "`lockgate console link` opens it on this host")]
    ((verdict, text),) = told(deployment, '[console]\nlink_directory = "absent"')
    assert (verdict, "this user cannot write to" in text) == ("wrong", True)


def test_a_link_directory_of_another_user_is_wrong(deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    me = os.geteuid()
    monkeypatch.setattr("lockgate_transport.console.links.os.geteuid", lambda: me + 1)
    ((verdict, text),) = told(deployment, "[console]")
    assert (verdict, "belongs to another user" in text) == ("wrong", True)


def test_somebody_must_be_able_to_enter_with_a_certificate(deployment: Deployment) -> None:
    own = with_administrators(deployment)
    files = make_server_identity(own.directory, "localhost")
    table = f'[console]\ntls_certificate = "{files.certificate}"\ntls_key = "{files.key}"'
    nobody = "no role with members has /administrator and /action/console: nobody can enter"
    assert told(own, table)[-1:] == [("warning", nobody)]
    assert ca(own, "role", "edit", "ann", "--add-rule", "/action/console").code == 0
    key, certificate, somebody = told(own, table)
    assert key == ("good", "server.key is readable for its owner only")
    assert certificate[1].startswith("its TLS certificate is valid until")
    assert somebody == ("good", "administrators with these roles enter with client certificates: ann")
    ((verdict, text),) = told(own, table.replace("server.key", "ca.pem"))
    assert (verdict, "is not the PEM key" in text) == ("wrong", True)


@pytest.mark.parametrize(
    "table",
    ['listen = "192.0.2.1:9465"', 'listen = "127.0.0.1:0"', 'tls_key = "server.key"', 'listen = "localhost:9465"'],
)
def test_what_cannot_be_meant_is_no_configuration(deployment: Deployment, table: str) -> None:
    deployment.ca_config.write_text(f"{deployment.ca_config.read_text()}\n[console]\n{table}\n")
    assert ca(deployment, "check").code == 2
