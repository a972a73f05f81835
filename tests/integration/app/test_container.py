"""The containers: every part can be swapped, which is how tests and deployers bring their own."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from lockgate.errors import KeystoreError
from lockgate.ports import Coordinator, Issuer, Opened, Order
from lockgate.queue.message import MessageStatus, MessageType
from lockgate.requests.content import ContentKind
from lockgate.requests.submessages import PKCS10Request
from lockgate_app.container.ca import CaContainer
from lockgate_app.container.keystores import ra_keystore
from lockgate_app.container.ra import RaContainer
from lockgate_app.container.worker import WorkerContainer
from lockgate_app.deployment import CA_NAME, Deployment
from lockgate_app.request_files import read_request
from lockgate_app.settings import load_ca, load_ra
from lockgate_formats.cms import CmsEnvelopes
from lockgate_keys.pkcs12 import write_pkcs12
from lockgate_keys.replacing import replace_keystore
from lockgate_testing.doubles.message_store import MemoryMessageStore
from tests.support.pki import identities
from tests.support.pki.certificate_requests import spki


def test_ra_and_worker_on_a_message_store_of_the_tests_own(deployment: Deployment, csr: Path) -> None:
    store = MemoryMessageStore()
    ra_parts = RaContainer(zone=load_ra(deployment.ra_config))
    worker_parts = WorkerContainer(zone=load_ca(deployment.ca_config), name="main")
    for container in (ra_parts, worker_parts):
        container.store.override(store)
    ra = ra_parts.client()
    pending = ra.send(
        [
            PKCS10Request(
                request_id=7, username="alice", subject_dn="CN=alice", end_entity_profile="EMPTY",
                certificate_profile="ENDUSER", ca_name=CA_NAME, pkcs10=read_request(csr),
            )
        ],
        message_id="first",
    )  # fmt: skip
    coordinator: Coordinator = worker_parts.ca.coordinator()
    fence = coordinator.acquire("main", "the test", timedelta(minutes=1))
    assert fence is not None
    assert worker_parts.worker().round(fence).settled == 1
    stored = store.fetch(MessageType.API, "first")
    assert stored is not None
    assert stored.status is MessageStatus.PROCESSED
    (response,) = ra.wait(pending, timedelta())
    assert response.success
    ra.close()
    for engine in (worker_parts.engine(), worker_parts.ca.engine()):
        engine.dispose()


def test_a_worker_that_has_found_its_secrets_sound_opens_the_cas_key_no_second_time(deployment: Deployment) -> None:
    ca = CaContainer(zone=load_ca(deployment.ca_config))
    certificate = x509.load_pem_x509_certificate((deployment.ca / f"{CA_NAME}.pem").read_bytes())
    issuers, fingerprint = ca.facilities().issuers, certificate.fingerprint(hashes.SHA256()).hex()
    with pytest.raises(KeystoreError, match="no key is unlocked"):
        issuers.unlocked(CA_NAME, fingerprint)
    assert ca.secret_checks().problems() == ()
    assert issuers.unlocked(CA_NAME, fingerprint).key is not None
    ca.engine().dispose()


class Counting(Issuer):
    """Signs as another issuer does."""

    def __init__(self, issuer: Issuer) -> None:
        self.issuer, self.count = issuer, 0

    def issue(self, orders: Sequence[Order]) -> Sequence[bytes]:
        self.count += len(orders)
        return self.issuer.issue(orders)


def test_the_administration_signs_with_the_issuer_of_the_container(deployment: Deployment) -> None:
    container = CaContainer(zone=load_ca(deployment.ca_config))
    issuer = Counting(container.issuer())
    container.issuer.override(issuer)
    container.administration().issue_keystore_certificate(
        "ra-2", "CN=ra-2", spki(identities.rsa_key(77)), ca_name=CA_NAME, certificate_profile="RA"
    )
    assert issuer.count == 1
    container.engine().dispose()


def test_an_ra_opens_what_was_encrypted_to_the_keystore_that_was_replaced(deployment: Deployment) -> None:
    zone, another = load_ra(deployment.ra_config), identities.ra()
    before = ra_keystore(zone)
    assert before is not None
    assert zone.ra.keystore_path is not None
    assert zone.ra.keystore_password is not None
    password = zone.ra.keystore_password.reveal()
    replace_keystore(
        zone.ra.keystore_path, lambda path: write_pkcs12(path, another.key, another.der, (), password, "ra")
    )
    container = RaContainer(zone=zone)
    after = container.keystore()
    assert after is not None
    assert after.certificate == another.der
    for certificate in (before.certificate, another.der):
        sealed = CmsEnvelopes(None).seal(b"content", ContentKind.ANSWER, sign=False, encrypt_to=certificate)
        opened = container.envelopes().open(sealed)
        assert isinstance(opened, Opened), opened
        assert opened.octets == b"content"
