"""OpenSSL asks about the CA: its command, and its functions for general messages, against the CMP service itself."""

import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from lockgate_app.container.cmp import CmpContainer
from lockgate_ca_backend.administration import Administration
from lockgate_ca_backend.builtin_profiles import CERTIFICATE_PROFILES
from lockgate_formats.cmp.general import read_general
from lockgate_formats.cmp.general_values import read_request_template, read_rsa_length
from lockgate_formats.cmp.messages import InfoValue
from lockgate_formats.cmp.pki_message import read_message
from lockgate_formats.cmp.vocabulary import InfoType
from lockgate_formats.der import sequence
from lockgate_transport.cmp.direct import DirectService
from lockgate_transport.cmp.errors import UnprotectedErrors
from lockgate_transport.cmp.threaded import ThreadedAnswers
from lockgate_transport.cmp.web import CmpWeb
from lockgate_transport.host.clock import HostClock, HostRandom
from lockgate_transport.http.serving import Listening, http_server
from tests.support.parts import MissingPart, do_without
from tests.support.pki.identities import rsa_key
from tests.support.scenarios.ca_side import CaSide
from tests.support.scenarios.cmp_site import REFERENCE, SECRET, install_cmp
from tests.support.scenarios.hosts import install
from tests.support.scenarios.world import CA
from tests.support.wire.cmp_libcrypto import LibcryptoClient, bundled_libcrypto
from tests.support.wire.cmp_openssl import BUNDLED, CmpOutcome, OpensslCmp, Option
from tests.support.wire.serving import serving

KEY = rsa_key(77)
URL = "http://ca.example/crl{generation}"


@dataclass(frozen=True)
class Service:
    """A CA with a CMP service.

    Attributes:
        port: where it answers HTTP.
    """

    ca_side: CaSide
    direct: DirectService
    port: int

    @property
    def administration(self) -> Administration:
        return self.ca_side.administration

    def roll_over(self) -> tuple[bytes, bytes]:
        """A new key of ManagementCA; the certificates before and after, DER."""
        old = self.ca_side.certificate(CA)
        self.administration.prepare_rollover(CA)
        return old, self.administration.activate_rollover(CA)

    def client(self) -> LibcryptoClient:
        """It trusts the current root."""
        secret, root = (REFERENCE.encode(), SECRET.encode()), self.ca_side.certificate(CA)
        return LibcryptoClient(lambda octets: self.direct.answer("ra", octets), *secret, root)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("cmp-questions") / "hosts"
    directory.mkdir()
    install(directory)
    install_cmp(directory)
    return directory


@pytest.fixture
def service(installed: Path, tmp_path: Path) -> Iterator[Service]:
    directory = Path(shutil.copytree(installed, tmp_path / "hosts"))
    ca_side = CaSide(directory)
    ca_side.configuration.put("cmp.alias.ra", {"unprotected_questions": True})
    for name in ("ENDUSER", "RA"):
        profile = replace(CERTIFICATE_PROFILES[name], crl_distribution_points=(URL,), key_types=frozenset({"RSA"}))
        ca_side.administration.put_profile(name, profile)
    container = CmpContainer(zone=ca_side.configuration.zone)
    direct = container.service()
    clock = HostClock()
    errors = UnprotectedErrors(clock, HostRandom())
    answers = ThreadedAnswers(direct.answer, errors, ThreadPoolExecutor(2), clock)
    with serving(http_server(CmpWeb(answers.answer).application, Listening("127.0.0.1", 0))) as port:
        yield Service(ca_side, direct, port)
    answers.close()
    ca_side.engine.dispose()
    container.ca.engine().dispose()


@pytest.fixture
def client(service: Service) -> LibcryptoClient:
    """OpenSSL's functions, with a shared secret."""
    try:
        bundled_libcrypto()
    except MissingPart as missing:
        do_without(missing)
    return service.client()


# ---- OpenSSL's functions


def test_the_certificates_of_the_ca(service: Service, client: LibcryptoClient) -> None:
    assert client.ca_certificates() == [service.ca_side.certificate(CA)]


def test_there_is_no_newer_root(service: Service, client: LibcryptoClient) -> None:
    assert client.root_update(service.ca_side.certificate(CA)) == (None, None, None)
    assert client.root_update(None) == (None, None, None)


def test_the_new_root_verifies_against_the_old_one(service: Service, client: LibcryptoClient) -> None:
    old, new = service.roll_over()
    new_with_new, new_with_old, old_with_new = client.root_update(old)
    assert new_with_new == new
    assert new_with_old
    assert old_with_new
    assert client.root_update(None)[0] == new
    assert client.root_update(new) == (None, None, None)


def test_from_root_to_root(service: Service, client: LibcryptoClient) -> None:
    first, second = service.roll_over()
    _, third = service.roll_over()
    assert client.root_update(first)[0] == second
    assert client.root_update(second)[0] == third


def test_a_crl_by_the_crl_before(service: Service, client: LibcryptoClient) -> None:
    first = service.administration.issue_crl(CA)
    assert client.newer_crl(None, first) is None
    assert client.newer_crl(service.ca_side.certificate(CA), None) == first


def test_a_crl_by_the_distribution_point_in_a_certificate(service: Service, client: LibcryptoClient) -> None:
    crls = [service.administration.issue_crl(CA)]
    before = holder(service)
    assert client.newer_crl(before, None) == crls[0]
    service.roll_over()
    crls.append(service.administration.issue_crl(CA))
    assert client.newer_crl(before, None) == crls[0]
    assert client.newer_crl(holder(service), None) == crls[1]


def holder(service: Service) -> bytes:
    """A certificate with a distribution point, DER."""
    issued = service.ca_side.certify("CN=holder", KEY).certificate
    assert issued.extensions.get_extension_for_class(x509.CRLDistributionPoints)
    return issued.public_bytes(Encoding.DER)


def test_the_template_of_requests(client: LibcryptoClient) -> None:
    template, keys = client.request_template()
    assert template
    assert keys
    read = read_request_template(InfoValue(InfoType.CERT_REQ_TEMPLATE, sequence(template, keys)))
    assert [read_rsa_length(one) for one in read.key_specification] == [2048, 3072, 4096]
    assert read.template.extensions


# ---- the command

SHARED: dict[str, Option] = {"ref": REFERENCE, "secret": SECRET, "mac": "hmacWithSHA256"}
OLD_TYPES = ("signKeyPairTypes", "encKeyPairTypes", "preferredSymmAlg", "caProtEncCert", "currentCRL", "caCerts")
NEW_TYPES = {"rootCaCert": "newwithnew", "certReqTemplate": "template", "certProfile": ""}
"""With the option that a newer command takes for a file with the answer."""


def told(done: CmpOutcome) -> list[str]:
    """The types in the answer that it accepted."""
    assert done.code == 0, done.log
    (answer,) = map(read_message, done.responses)
    return [InfoType(info.oid).rfc_name for info in read_general(answer.body)]


def ask(service: Service, openssl: OpensslCmp, *flags: str, **options: Option) -> CmpOutcome:
    return openssl.run("genm", f"127.0.0.1:{service.port}", "cmpProxy/ra", *flags, **options)


@pytest.mark.parametrize("kind", OLD_TYPES)
def test_the_command_asks(service: Service, openssl: OpensslCmp, kind: str) -> None:
    assert told(ask(service, openssl, infotype=kind, **SHARED)) == [kind]


@pytest.mark.parametrize("kind", NEW_TYPES)
def test_the_command_asks_with_the_newer_library(
    service: Service, openssl_library: Callable[[str], OpensslCmp], kind: str, tmp_path: Path
) -> None:
    answered = {"rootCaCert": "rootCaKeyUpdate"}.get(kind, kind)
    openssl = openssl_library(BUNDLED)
    saved = {name: tmp_path / name for name in [NEW_TYPES[kind]] if name and openssl.is_newer}
    assert told(ask(service, openssl, infotype=kind, **saved, **SHARED)) == [answered]


def test_the_command_asks_nothing(service: Service, openssl: OpensslCmp) -> None:
    assert "signKeyPairTypes" in told(ask(service, openssl, **SHARED))


def test_the_command_asks_for_what_is_no_question(service: Service, openssl: OpensslCmp) -> None:
    done = ask(service, openssl, infotype="implicitConfirm", **SHARED)
    assert told(done) == ["unsupportedOIDs"]


def test_the_command_asks_without_protection(service: Service, openssl: OpensslCmp, tmp_path: Path) -> None:
    root = tmp_path / "root.pem"
    root.write_bytes(service.ca_side.authority.certificate.public_bytes(Encoding.PEM))
    own: dict[str, Option] = {"subject": "/CN=router", "trusted": root, "recipient": "/CN=any"}
    done = ask(service, openssl, "unprotected_requests", infotype="caCerts", **own)
    assert told(done) == ["caCerts"]
    (request,), (answer,) = map(read_message, done.requests), map(read_message, done.responses)
    assert request.protection is None
    assert answer.protection is not None
