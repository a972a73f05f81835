"""The CRLs of a node by `lockgate serve`, with delta CRLs where the configuration asks for them."""

from cryptography import x509

from lockgate_app.checks import examine
from lockgate_app.checks.crls import WITHOUT_URLS
from lockgate_app.deployment import CA_NAME, Deployment
from lockgate_app.serving.crls import crl_renewal
from lockgate_app.settings import load_ca
from lockgate_app.workers.stops import EventRest
from tests.integration.app.administering import answered, done

URL = "http://crl.example.org/ManagementCA-delta.crl"
TABLE = f"[crls]\ndirectory = 'crl'\nfreshest = ['{URL}']\n[crls.delta]\ndays = 2\n"


def published(deployment: Deployment, suffix: str = "") -> x509.CertificateRevocationList:
    return x509.load_der_x509_crl((deployment.ca / "crl" / f"{CA_NAME}{suffix}.crl").read_bytes())


def findings(deployment: Deployment) -> list[str]:
    return [found.text for found in examine(deployment.ca_config, load_ca(deployment.ca_config))]


def configured(deployment: Deployment) -> None:
    deployment.ca_config.write_text(f"{deployment.ca_config.read_text()}\n{TABLE}")


def test_check_says_where_crls_are_written_or_why_they_cannot_be(deployment: Deployment) -> None:
    configured(deployment)
    directory = deployment.ca / "crl"
    assert f"crls.directory: {directory}: there is no such directory" in findings(deployment)
    directory.mkdir()
    assert f"`lockgate serve` writes full ones and delta CRLs to {directory}" in findings(deployment)


def test_a_full_crl_that_names_no_delta_crls_is_replaced_at_once(deployment: Deployment) -> None:
    (deployment.ca / "crl").mkdir()
    done(deployment, "ca", "crl", "--directory", deployment.ca / "crl")
    before = published(deployment)
    configured(deployment)
    with crl_renewal(load_ca(deployment.ca_config), EventRest()) as renewal:
        renewal.look()
        named = published(deployment)
        renewal.look()
    assert named != before
    assert named.extensions.get_extension_for_class(x509.FreshestCRL)
    assert published(deployment) == named


def test_check_warns_of_delta_crls_that_nobody_finds(deployment: Deployment) -> None:
    (deployment.ca / "crl").mkdir()
    deployment.ca_config.write_text(f"{deployment.ca_config.read_text()}\n[crls]\ndirectory = 'crl'\n[crls.delta]\n")
    assert WITHOUT_URLS in findings(deployment)


def test_a_delta_crl_tells_what_was_revoked_and_the_full_one_stays(deployment: Deployment) -> None:
    (deployment.ca / "crl").mkdir()
    configured(deployment)
    with crl_renewal(load_ca(deployment.ca_config), EventRest()) as renewal:
        renewal.look()
        full = published(deployment)
        assert full.extensions.get_extension_for_class(x509.FreshestCRL).value[0].full_name[0].value == URL
        assert not list(published(deployment, "-delta"))
        (ra,) = answered(deployment, "certificate", "search", "--username", "ra")["certificates"]
        revoked = answered(deployment, "certificate", "show", ra["fingerprint"])["serial_number"]
        done(deployment, "certificate", "revoke", ra["fingerprint"])
        renewal.look()
    assert published(deployment) == full
    delta = published(deployment, "-delta")
    assert [f"{entry.serial_number:x}" for entry in delta] == [revoked]
    number = full.extensions.get_extension_for_class(x509.CRLNumber).value
    assert delta.extensions.get_extension_for_class(x509.DeltaCRLIndicator).value.crl_number == number.crl_number
