"""A deployment whose CA answers CMP messages: those that an RA delivers, and those that come to a node of the CA."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import text

from lockgate.certification.endentity import EndEntity, EndEntityStatus, TokenType
from lockgate.names.dn import parse_dn
from lockgate.requests.submessages import CMPRequest, CMPResponse
from lockgate_app.container.cmp import CmpContainer
from lockgate_app.deployment import CA_NAME
from lockgate_app.one_time_passwords import ONE_TIME_LIFETIME, new_one_time_password
from lockgate_keys.pkcs12 import SoftKeystore
from tests.crash.site import Effects, Site
from tests.support.scenarios.ca_side import CaSide
from tests.support.scenarios.cmp_key_authority import sign_keys_with
from tests.support.scenarios.cmp_site import BY_SECRET, ISSUING, SECRET, install_cmp, shared
from tests.support.scenarios.world import KEYSTORE_PASSWORD
from tests.support.wire.cmp_answers import CmpAnswer, read_answer
from tests.support.wire.cmp_messages import CmpClient, CmpMessage, Secret, Signature

ALIASES: Mapping[str, Mapping[str, object]] = {
    "watched": BY_SECRET | {"certificateProfile": "WATCHED"},
    "central": BY_SECRET | {"central_keys": True},
    "clear": ISSUING | {"mode": "client", "reg_token_password": True},
    "single": BY_SECRET | {"secrets": {"*": SECRET}, "implicit_confirm": False, "open_per_sender": 1},
}
"""Where certificates wait for approval; the CA makes keys; passwords stand in clear; each sender has one transaction
open at most."""
KINDS = {
    "certificate": "select count(*) from certificate where username = :name",
    "revocation": "select count(*) from certificate where username = :name and status <> 'good'",
    "certificate.issued": "select count(*) from audit where event = 'certificate.issued' and target = :name",
    "certificate.revoked": "select count(*) from audit join certificate on audit.target = certificate.fingerprint"
    " where event = 'certificate.revoked' and username = :name",
    "transaction": "select count(*) from protocol_transaction where transactionid = :id",
    "open transaction": "select count(*) from protocol_transaction where transactionid = :id and open = 1",
    "kept answer": "select count(*) from protocol_answer join protocol_transaction"
    " on transactionsequence = protocol_transaction.sequence where transactionid = :id",
}
"""What there is of one client, and of the transaction that it is in."""


def new_key() -> ec.EllipticCurvePrivateKey:
    """Another one each time: nobody else may have it certified."""
    return ec.generate_private_key(ec.SECP256R1())


class CmpSite(Site):
    """The deployment. A node of its CA is in this process, where nothing dies."""

    def furnish(self) -> None:
        """The service, with further aliases."""
        super().furnish()
        directory = self.config.parent.parent
        install_cmp(directory)
        ca_side = CaSide(directory)
        sign_keys_with(ca_side)
        ca_side.engine.dispose()
        for alias, settings in ALIASES.items():
            ca_side.configuration.put(f"cmp.alias.{alias}", settings)
        self._node = CmpContainer(zone=ca_side.configuration.zone)
        keystore = SoftKeystore.load(self.config.with_name("cmp.p12"), KEYSTORE_PASSWORD)
        self._certificate = x509.load_der_x509_certificate(keystore.certificate)

    def __exit__(self, *details: object) -> None:
        self._node.ca.engine().dispose()
        super().__exit__(*details)

    # ---- clients

    def client(self, **fields: Any) -> CmpClient:
        """A new one, which shares the secret of an alias."""
        return replace(CmpClient(new_key(), shared(), "ra", self.name()), **fields)

    def expected(self) -> CmpClient:
        """A new one, for whose end entity there is a one-time password."""
        name, password = self.name(), new_one_time_password()
        subject = parse_dn(f"CN={name}")
        end_entity = EndEntity(
            username=name,
            subject_dn=subject,
            subject_alt_name=(),
            email=None,
            end_entity_profile="EMPTY",
            certificate_profile="ENDUSER",
            ca_name=CA_NAME,
            status=EndEntityStatus.NEW,
            token=TokenType.USER_GENERATED,
        )
        self.administration.put_end_entity(end_entity, password, ONE_TIME_LIFETIME)
        return self.client(name=name, protection=Secret(name.encode(), password.encode()), alias="client")

    def holder(self, client: CmpClient, answer: CmpAnswer) -> CmpClient:
        """The client with the certificate that it has got, in another transaction."""
        (certificate,) = answer.certificates
        own = Signature(x509.load_der_x509_certificate(certificate), client.key)
        return client.with_(protection=own).in_another_transaction()

    # ---- messages

    def ask(self, message: CmpMessage, alias: str) -> CmpAnswer:
        """The answer of the node in this process."""
        answer = self._node.service().answer(alias, message.octets)
        return self.read(answer, message)

    def deliver(self, message: CmpMessage, alias: str) -> str:
        """Put the message into the message database, as an RA does that got it from a client; the id there."""
        return self.send(CMPRequest(request_id=1, cmp_alias=alias, pki_message=message.octets))

    def delivered(self, message_id: str, message: CmpMessage) -> CmpAnswer:
        """The answer from the message database."""
        answers = self.answers(message_id)
        assert answers is not None, f"{message_id} is not answered"
        (response,) = answers
        assert isinstance(response, CMPResponse)
        assert response.pki_message is not None, response
        return self.read(response.pki_message, message)

    def read(self, answer: bytes, message: CmpMessage) -> CmpAnswer:
        """The answer, which belongs to the message and comes from the service."""
        return read_answer(answer, message, self._certificate)

    def of(self, client: CmpClient) -> Effects:
        """What there is of a client, counted."""
        values = {"name": client.name, "id": client.transaction_id.hex()}
        with self._node.ca.engine().connect() as connection:
            counts = {kind: connection.execute(text(query), values).scalar_one() for kind, query in KINDS.items()}
        return Counter({kind: int(count) for kind, count in counts.items()})

    def let_time_run_out(self, client: CmpClient) -> None:
        """Let the transaction's time be over."""
        with self._node.ca.engine().begin() as connection:
            query = text("update protocol_transaction set due = 0 where transactionid = :id and due is not null")
            assert connection.execute(query, {"id": client.transaction_id.hex()}).rowcount == 1
