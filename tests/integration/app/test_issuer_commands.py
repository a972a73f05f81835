"""`lockgate issuer`, and what `ca list`, `ca show` and commands that sign at once say of issuers."""

from typing import Any

from tests.integration.app.remote_issuers import ISSUER, REMOTE_CA, configure
from tests.integration.app.test_remote_issuers import Site, site

__all__ = ["site"]


def listed(site: Site) -> dict[str, Any]:
    """What `ca list` says of each CA's issuer."""
    found = site.operator.said("ca", "list")["certification_authorities"]
    return {one["name"]: (one["remote_issuer"], one["issuer_kind"]) for one in found}


class TestLists:
    def test_each_ca_with_its_kind_of_issuer_and_what_one_of_them_can(self, site: Site) -> None:
        site.configure(idempotent=True, looks_up=True, confirms=True)
        can = "repeat, look up, answer later, confirm, be tested"
        assert listed(site) == {
            "ManagementCA": (None, "in-process"),
            REMOTE_CA: (ISSUER, "double"),
        }
        assert site.operator.said("ca", "show", REMOTE_CA)["issuer_can"] == can
        assert site.operator.said("ca", "show", "ManagementCA")["issuer_kind"] == "in-process"

    def test_each_issuer_with_the_cas_that_it_signs_for(self, site: Site) -> None:
        assert site.operator.said("issuer", "list")["issuers"] == [
            {"name": ISSUER, "issuer_kind": "double", "issuer_can": "be tested", "signs_for": [REMOTE_CA]}
        ]

    def test_no_issuer_is_made_for_a_list_of_cas(self, site: Site) -> None:
        """It would open keys, and ask tokens for them."""
        made = site.ca.path.with_suffix(".made")
        made.unlink(missing_ok=True)
        assert listed(site)[REMOTE_CA] == (ISSUER, "double")
        assert not made.exists()
        site.operator.said("issuer", "list")
        assert made.exists()

    def test_an_issuer_that_cannot_be_made_hides_no_ca(self, site: Site) -> None:
        configure(site.deployment, "unheard")
        assert listed(site)[REMOTE_CA] == (ISSUER, "unheard")

    def test_an_issuer_that_is_not_configured_hides_no_ca(self, site: Site) -> None:
        text = site.deployment.ca_config.read_text()
        site.deployment.ca_config.write_text(text.replace(f"[ca.issuers.{ISSUER}", "[ca.issuers.renamed"))
        assert listed(site)[REMOTE_CA] == (ISSUER, "missing")


class TestReach:
    def test_the_ca_is_asked_and_does_nothing(self, site: Site) -> None:
        assert site.operator.told("issuer", "test", ISSUER) == "issuer backend answers: the CA behind remote.db\n"
        assert site.operator.said("issuer", "test", ISSUER) == {"name": ISSUER, "answers": "the CA behind remote.db"}
        assert (site.ca.calls(), site.ca.issued(), site.ca.lookups()) == ({}, [], 0)

    def test_a_ca_that_is_away(self, site: Site) -> None:
        site.ca.behave(away=True)
        told = site.operator.refused("issuer", "test", ISSUER)
        assert told == "lockgate: issuer backend: nothing has reached its CA: the CA cannot be reached"

    def test_a_ca_that_does_not_answer(self, site: Site) -> None:
        site.configure(patience=0.1)
        site.ca.behave(silent=True)
        told = site.operator.refused("issuer", "test", ISSUER)
        assert told == "lockgate: issuer backend: its CA does not answer: the CA has not answered in time"

    def test_an_issuer_that_is_not_configured(self, site: Site) -> None:
        told = site.operator.refused("issuer", "test", "elsewhere")
        assert told == "lockgate: there is no [ca.issuers.elsewhere]; there are: backend"

    def test_an_adapter_that_asks_for_nothing(self, site: Site) -> None:
        configure(site.deployment, "mute", path=str(site.ca.path))
        told = site.operator.refused("issuer", "test", ISSUER)
        assert told.endswith("the adapter of the kind mute asks for nothing that has no effect")


def test_a_keystore_is_not_issued_at_once(site: Site) -> None:
    """And no end entity is left."""
    before = len(site.operator.said("end-entity", "list")["end_entities"])
    output = site.deployment.directory / "next.p12"
    told = site.operator.refused("keystore", "issue", "ra", "--ca", REMOTE_CA, "--output", output)
    assert f"CA {REMOTE_CA}: the remote issuer backend signs its certificates, and none at once" in told
    assert "lockgate request pkcs10" in told
    assert not output.exists()
    assert len(site.operator.said("end-entity", "list")["end_entities"]) == before


def test_what_a_remote_issuer_has_not_revoked_yet_counts_as_asked_for(site: Site) -> None:
    for name in ("alice", "bob"):
        site.ask(name)
    site.operator.work()
    counts = {"revoked": 0, "asked_for": 0, "refused": 0, "revoked_before": 0}
    site.ca.behave(away=True)
    meant = ("certificate", "revoke-all", "--ca", REMOTE_CA, "--reason", "superseded")
    assert site.operator.said(*meant, "--username", "alice") == counts | {"asked_for": 1}
    told = site.operator.told(*meant, "--username", "*")
    assert told == (
        "0 revoked, 1 asked for, 0 refused, 1 had been revoked before;"
        " remote issuers have not carried out yet what is asked for: lockgate operation list\n"
    )
