"""Another installation of Lockgate, whose CA signs for this one by CMP."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import Row, text

from lockgate.certification.revocation import RevocationReason
from lockgate.rights.approval import ApprovalKind, ApprovalStatus
from lockgate.rights.authorization import Member, Role
from lockgate_app.container.ca import CaContainer
from lockgate_app.container.cmp import CmpContainer
from lockgate_app.container.worker import WorkerContainer
from lockgate_app.deployment import CA_NAME
from lockgate_app.settings import load_ca
from lockgate_ca_backend.builtin_profiles import CERTIFICATE_PROFILES
from lockgate_keys.pkcs12 import write_pkcs12
from lockgate_transport.cmp.direct import DirectService
from lockgate_transport.cmp.service.records import read_record
from lockgate_transport.cmp.service.states import State
from tests.support.deployments import created
from tests.support.pki.certificate_requests import spki
from tests.support.pki.identities import Identity, rsa_key
from tests.support.scenarios.approvers import decision, signed
from tests.support.scenarios.configuration import Configuration

ALIAS, PROFILE = "lockgate", "CHAINED"
OWN_NAME = "ENDUSER2"
"""What the CA calls its profile in certProfile."""
REFERENCE, SECRET = "lockgate", "a secret of two installations"
PASSWORD = "the password of this RA's keystore"
RA_KEY, APPROVER_KEY = 93, 94
APPROVER = frozenset({"/administrator", "/ca/*", "/endentityprofile/*", "/action/approve"})


class CmpCa:
    """The other installation. Nothing of it runs: `service` answers in this process, `cmp serve` in another one.

    Attributes:
        keystore: of this RA, which it knows; PKCS#12 with `PASSWORD`.
        signer: PEM, the certificate that signs its answers.
        certificate: the CA's, DER.
    """

    def __init__(self, directory: Path, urls: tuple[str, str] | None = None, **settings: object) -> None:
        """Make it.

        Args:
            urls: of its message database and of its CA database; SQLite by default.
            settings: further ones of the alias.
        """
        usual = (f"sqlite:///{directory}.messages.db", f"sqlite:///{directory}.db")
        deployment = created(directory, *(urls or usual), fronts=("cmp",))
        self.directory, self.config = directory, deployment.ca_config
        self._configuration = Configuration(deployment.ca_config, load_ca)
        self.ca = CaContainer(zone=self._configuration.zone)
        self.authority = deployment.ca_certificate
        self.certificate = x509.load_pem_x509_certificate(self.authority.read_bytes()).public_bytes(Encoding.DER)
        self._allow()
        self.keystore = directory / "ra.p12"
        fingerprint = self._certify_ra()
        self._approver = self._appoint()
        alias = {
            "mode": "ra",
            "defaultCA": CA_NAME,
            "certificateProfile": PROFILE,
            "entityProfile": "EMPTY",
            "ra_verified": True,
            "ra_certificates": [fingerprint],
            "secrets": {REFERENCE: SECRET},
            "check_after": 1,
            "open_per_sender": 1000,
            "implicit_confirm": False,
        }
        self._configuration.put(f"cmp.alias.{ALIAS}", alias | settings)
        self._configuration.put("cmp.direct", {})

    def close(self) -> None:
        """Close its databases."""
        self.ca.engine().dispose()

    def service(self) -> DirectService:
        """Its CMP service, in this process."""
        container = CmpContainer(zone=self._configuration.zone)
        container.ca.override(self.ca)
        service: DirectService = container.service()
        return service

    # ---- what it has done

    def issued(self) -> Sequence[bytes]:
        """Every certificate that stands, and was confirmed."""
        unconfirmed = set(self.unconfirmed())
        return [bytes(row.certificate) for row in self._rows(GOOD) if bytes(row.certificate) not in unconfirmed]

    def counted(self) -> Sequence[bytes]:
        """Every certificate that was confirmed, also those that were revoked later."""
        void = {*self.unconfirmed(), *(bytes(row.certificate) for row in self._rows(VOID))}
        return [one for one in (bytes(row.certificate) for row in self._rows(ALL)) if one not in void]

    def unconfirmed(self) -> Sequence[bytes]:
        """Those that wait for their confirmation."""
        query = "select content from protocol_transaction where state = :state"
        records = (read_record(bytes(row.content)) for row in self._rows(query, state=State.UNCONFIRMED.value))
        return [result.certificate for record in records for result in record.results if result.certificate]

    def revoked(self) -> Mapping[int, RevocationReason]:
        """The reason of each serial number that stands revoked or on hold."""
        return {
            x509.load_der_x509_certificate(bytes(row.certificate)).serial_number: RevocationReason(row.reason)
            for row in self._rows(REVOKED)
        }

    def publish_crl(self) -> bytes:
        """Its next CRL, DER."""
        return self.ca.administration().issue_crl(CA_NAME)

    def transactions(self) -> int:
        """How many were begun."""
        return len(self._rows("select transactionid from protocol_transaction"))

    def revoke_unconfirmed(self) -> None:
        """The time for confirmations passes, and it tidies up."""
        with self.ca.engine().begin() as connection:
            connection.execute(text("update protocol_transaction set due = 0 where state = 'unconfirmed'"))
        (name,) = self._configuration.zone.workers
        worker = WorkerContainer(zone=self._configuration.zone, name=name)
        worker.ca.override(self.ca)
        fence = self.ca.coordinator().acquire(name, "this process", worker.lease())
        assert fence is not None
        worker.housekeeping().round(fence)
        worker.engine().dispose()

    # ---- approvals

    @contextmanager
    def deciding(self) -> Iterator[None]:
        """Until the context ends, an administrator has to approve certificates; then she approves all."""
        self.ask_for_approvals()
        yield
        self.ca.administration().set_approval_rule(CA_NAME, ApprovalKind.ISSUE, 0)
        self.approve()

    def ask_for_approvals(self) -> None:
        """From now on, an administrator has to approve certificates."""
        self.ca.administration().set_approval_rule(CA_NAME, ApprovalKind.ISSUE, 1)

    def approve(self) -> None:
        """She approves all that waits."""
        approvals = self.ca.approvals()
        for listed in approvals.approvals().items:
            if listed.standing.status is ApprovalStatus.PENDING:
                octets = signed(self._approver, decision(listed.approval, created=listed.now))
                approvals.decide(listed.approval.id, octets)

    # ---- how it is set up

    def _allow(self) -> None:
        """A profile that ends earlier than the orders of the first installation, and allows keys that an RA vouches
        for."""
        administration = self.ca.administration()
        enduser = CERTIFICATE_PROFILES["ENDUSER"]
        chained = replace(enduser, unproven_keys=True, validity_days=enduser.validity_days // 2)
        administration.put_profile(PROFILE, chained)
        empty = self.ca.inspection().profiles().end_entity["EMPTY"]
        known = empty.certificate_profiles | {PROFILE}
        administration.put_profile("EMPTY", replace(empty, certificate_profiles=known))

    def _certify_ra(self) -> str:
        key = rsa_key(RA_KEY)
        issued = self._certified("lockgate-ra", key)
        write_pkcs12(self.keystore, key, issued, (), PASSWORD, "ra")
        return hashlib.sha256(issued).hexdigest()

    def _appoint(self) -> Identity:
        key = rsa_key(APPROVER_KEY)
        issued = self._certified("ann", key)
        member = Member(hashlib.sha256(issued).hexdigest())
        self.ca.administration().add_role(Role("ann", APPROVER, frozenset({member})))
        return Identity(x509.load_der_x509_certificate(issued), key)

    def _certified(self, name: str, key: object) -> bytes:
        issued = self.ca.administration().issue_keystore_certificate(
            name,
            f"CN={name}",
            spki(key),  # type: ignore[arg-type]
            ca_name=CA_NAME,
            certificate_profile="RA",
        )
        return issued.certificate

    def _rows(self, query: str, **values: str) -> Sequence[Row[tuple[object, ...]]]:
        with self.ca.engine().connect() as connection:
            return connection.execute(text(query), values).all()


ALL = "select certificate from certificate where certificateprofile = 'CHAINED'"
VOID = f"{ALL} and status = 'revoked' and reason = {int(RevocationReason.CESSATION_OF_OPERATION)}"
"""Revoked because nobody has confirmed them."""
GOOD = "select certificate from certificate where certificateprofile = 'CHAINED' and status = 'good' order by sequence"
REVOKED = "select certificate, reason from certificate where certificateprofile = 'CHAINED' and status <> 'good'"
