"""A remote issuer by CMP, as its operators configure it: another installation of Lockgate, and everything that `check`
says of it."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from lockgate.certification.revocation import RevocationReason
from lockgate.requests.submessages import PKCS10Response, RevocationRequest
from lockgate_app.container.ra import connect
from lockgate_app.deployment import CA_NAME, Deployment
from tests.integration.app.commands import Outcome
from tests.integration.app.remote_issuers import ISSUER, REMOTE_CA, certificate_file, configure
from tests.integration.app.test_messages import Operator
from tests.integration.app.test_worker import order
from tests.support.scenarios.cmp_ca import ALIAS, PASSWORD, REFERENCE, SECRET, CmpCa
from tests.support.wire.cmp_serve import serving


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CmpCa]:
    ca = CmpCa(tmp_path_factory.mktemp("other") / "lockgate")
    yield ca
    ca.close()


@dataclass(frozen=True)
class Site:
    """An installation with a CA whose certificates another one signs.

    Attributes:
        options: of the issuer, as they should be.
    """

    operator: Operator
    options: Mapping[str, object]

    def configure(self, **changes: object) -> None:
        options = {name: value for name, value in (dict(self.options) | changes).items() if value is not None}
        configure(self.operator.deployment, "cmp", **options)

    def checked(self, **changes: object) -> list[str]:
        """What `check` says of the issuer."""
        self.configure(**changes)
        findings = json.loads(self.operator.ended("check", "--json").out)["findings"]
        return [f"{one['verdict']}: {one['finding']}" for one in findings if one["subject"] == f"issuer {ISSUER}"]


@pytest.fixture
def site(deployment: Deployment, in_process: Callable[..., Outcome], other: CmpCa) -> Site:
    return Site(
        Operator(deployment, in_process),
        {
            "url": f"http://127.0.0.1:1/{ALIAS}",
            "keyStorePath": str(other.keystore),
            "keyStorePassword": PASSWORD,
            "ca_certificates": str(other.authority),
            "answers_again": True,
        },
    )


class TestIssuing:
    def test_a_certificate_is_issued_and_revoked_by_the_other_installation(
        self, site: Site, other: CmpCa, csr: Path
    ) -> None:
        deployment = site.operator.deployment
        with serving(other.config) as url:
            site.configure(url=f"{url}/{ALIAS}")
            own = certificate_file(deployment, other.certificate)
            site.operator.told("ca", "register", REMOTE_CA, "--issuer", ISSUER, "--certificate", own)
            site.operator.told("role", "edit", "RA", "--add-rule", f"/ca/{REMOTE_CA}")
            with connect(deployment.ra_config) as ra:
                sent = ra.send([replace(order(csr, "alice"), ca_name=REMOTE_CA)])
                site.operator.work()
                (response,) = ra.wait(sent, timedelta())
                assert isinstance(response, PKCS10Response)
                assert response.success, response
                made = x509.load_der_x509_certificate(response.certificate or b"")
                made.verify_directly_issued_by(x509.load_der_x509_certificate(other.certificate))
                assert response.certificate in other.issued()
                reason = RevocationReason.SUPERSEDED
                sent = ra.send([RevocationRequest(request_id=2, username="alice", revoke_all=True, reason=reason)])
                site.operator.work()
                (response,) = ra.wait(sent, timedelta())
                assert response.success, response
        assert other.revoked()[made.serial_number] is reason
        assert site.operator.said("operation", "list")["operations"] == []


def test_the_other_installation_tells_its_certificates_and_its_new_root(site: Site, tmp_path: Path) -> None:
    rolled = CmpCa(tmp_path / "rolled" / "lockgate")
    told_there = tmp_path / "told.pem"
    administration = rolled.ca.administration()
    with serving(rolled.config) as url:
        site.configure(url=f"{url}/{ALIAS}", keyStorePath=str(rolled.keystore), ca_certificates=str(rolled.authority))
        own = certificate_file(site.operator.deployment, rolled.certificate)
        site.operator.told("ca", "register", REMOTE_CA, "--issuer", ISSUER, "--certificate", own)
        (known,) = site.operator.said("issuer", "certificates", ISSUER)["certificates"]
        assert (known["what"], known["known"]) == ("CA", True)
        administration.prepare_rollover(CA_NAME)
        new = administration.activate_rollover(CA_NAME)
        asked = ("issuer", "certificates", ISSUER, "--root", own, "--output", told_there)
        told = site.operator.said(*asked)["certificates"]
    rolled.close()
    assert [(one["what"], one["known"]) for one in told] == [
        ("CA", False),
        ("new root", False),
        ("new root, by the old key", False),
        ("old root, by the new key", False),
    ]
    written = x509.load_pem_x509_certificates(told_there.read_bytes())
    assert [one.fingerprint(hashes.SHA256()).hex() for one in written] == [one["fingerprint"] for one in told]
    assert written[1] == x509.load_der_x509_certificate(new)
    written[2].verify_directly_issued_by(x509.load_der_x509_certificate(rolled.certificate))
    assert site.operator.said("ca", "show", REMOTE_CA)["fingerprint"] == known["fingerprint"]


class TestCheck:
    def test_it_says_what_the_ca_promises(self, site: Site) -> None:
        assert site.checked() == [
            "good: the kind cmp is installed, and accepts the options",
            "good: 4 calls at a time, 60 seconds each",
            "good: its CA may answer later",
            "good: a certificate counts at its CA only after it was stored here",
            "good: after a crash a call is repeated: its CA promises that this has no second effect",
            f"good: it is not called here: `lockgate issuer test {ISSUER}` asks whether its CA answers",
        ]

    def test_it_says_that_an_order_is_given_anew(self, site: Site) -> None:
        (*_, last, _) = site.checked(answers_again=None, revokes_unconfirmed=True)
        assert last == "good: after a crash a certificate is ordered anew: its CA revokes what is not confirmed"

    def test_it_warns_where_an_effect_cannot_be_made_once(self, site: Site) -> None:
        (*_, last, _) = site.checked(answers_again=None)
        assert last.startswith("warning: it can neither repeat a call without a second effect nor look up")
        assert last.endswith("after a crash an operator has to find out what its CA has done")

    def test_a_secret_in_place_of_a_keystore(self, site: Site) -> None:
        shared = {"keyStorePath": None, "keyStorePassword": None, "ca_certificates": None}
        (first, *_) = site.checked(**shared, reference=REFERENCE, secret=SECRET, mac="password_based_mac")
        assert first == "good: the kind cmp is installed, and accepts the options"

    @pytest.mark.parametrize(
        ("changes", "complaint"),
        [
            ({"url": "ftp://ca.example/"}, "this is no URL of a CMP service"),
            ({"urls": {"ENDUSER": "nowhere"}}, "this is no URL of a CMP service"),
            ({"keyStorePassword": "another password"}, "issuer gives the password: secret in the configuration file"),
            ({"ca_certificates": "/nowhere.pem"}, "/nowhere.pem: "),
            ({"sender": "no name"}, "no name"),
            (
                {"url": "https://ca.example/", "tls_certificates": "/nowhere.pem"},
                "/nowhere.pem: no certificates for TLS",
            ),
        ],
        ids=["url", "urls", "password", "certificates", "sender", "tls"],
    )
    def test_options_that_cannot_be_used(self, site: Site, changes: Mapping[str, object], complaint: str) -> None:
        (finding,) = site.checked(**changes)
        assert finding.startswith(f"wrong: ca.issuers.{ISSUER}.options: ")
        assert complaint in finding
