"""Requests that wait for administrators, and administrators with keystores, for the tests of approvals."""

import json
from dataclasses import replace
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption
from cryptography.hazmat.primitives.serialization.pkcs12 import serialize_key_and_certificates

from lockgate.certification.endentity import IssuedCertificate
from lockgate.rights.approval import ApprovalKind
from lockgate.rights.authorization import Member, Role
from lockgate_app.container.ca import CaContainer
from lockgate_app.deployment import Deployment
from lockgate_app.settings import load_ca
from tests.integration.app.commands import Outcome, lockgate, request, work
from tests.support.issuing import must_issue, service
from tests.support.pki.certificate_requests import spki
from tests.support.pki.identities import rsa_key

PASSWORD = "heron-lintel-40-quartz"
SECRET = PASSWORD.encode()
RULES = frozenset({"/administrator", "/ca/ManagementCA", "/endentityprofile/EMPTY", "/action/approve"})


def with_administrators(deployment: Deployment, quorum: int = 2) -> Deployment:
    """The deployment, whose CA asks for approvals now, with the administrators ann and ben, who have keystores."""
    (deployment.directory / "password").write_text(PASSWORD + "\n")
    container = CaContainer(zone=load_ca(deployment.ca_config))
    administration = container.administration()
    for number, name in enumerate(("ann", "ben")):
        key = rsa_key(61 + number)
        issued = certified(container, name, spki(key))
        administration.add_role(Role(name, RULES, frozenset({Member(issued.fingerprint)})))
        write_keystore(deployment.directory, name, key, issued)
    administration.set_approval_rule("ManagementCA", ApprovalKind.ISSUE, quorum)
    container.engine().dispose()
    return deployment


def write_keystore(directory: Path, name: str, key: RSAPrivateKey, issued: IssuedCertificate) -> None:
    """NAME.p12."""
    certificate, encryption = x509.load_der_x509_certificate(issued.certificate), BestAvailableEncryption(SECRET)
    keystore = serialize_key_and_certificates(name.encode(), key, certificate, None, encryption)
    (directory / f"{name}.p12").write_bytes(keystore)


def certified(container: CaContainer, name: str, public_key: bytes, ca_name: str = "ManagementCA") -> IssuedCertificate:
    """The certificate of an administrator, as any end entity has it."""
    wanted = service(name, f"CN={name}", public_key, ca_name=ca_name, certificate_profile="ENDUSER")
    end_entity = replace(wanted.end_entity, end_entity_profile="EMPTY")
    with container.registry().direct("a test") as work:
        return must_issue(work, replace(wanted, end_entity=end_entity))


def ca(own: Deployment, *arguments: object) -> Outcome:
    return lockgate("--config", own.ca_config, *arguments)


def decide(own: Deployment, name: str, verb: str, approval: str, *more: object) -> Outcome:
    keystore = ("--keystore", own.directory / f"{name}.p12", "--password-file", own.directory / "password")
    return ca(own, "approvals", verb, approval, *keystore, *more)


def ask(own: Deployment, csr: Path) -> str:
    """Ask for a certificate that has to be approved; the approval's id."""
    assert request(own, csr, "alice", "--message-id", "asked", "--wait", 0).code == 3
    work(own)
    (pending,) = json.loads(ca(own, "approvals", "list", "--status", "pending", "--json").out)["approvals"]
    assert pending["concerns"] == "alice"
    return str(pending["id"])
