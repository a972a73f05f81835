"""outside_cas.feature: the CRLs of a CA that speaks CMP."""

from collections.abc import Callable, Mapping

from cryptography import x509
from pytest_bdd import given, parsers, then, when

from lockgate_formats.cmp.messages import InfoValue
from lockgate_formats.cmp.vocabulary import FailInfo, InfoType
from lockgate_issuers.cmp import CrlQuestion
from tests.support.pki import crls
from tests.support.pki.identities import ec_key
from tests.support.scenarios.cmp_authority import UNDECIDED, CmpAuthority, rejection
from tests.support.scenarios.outside_ca import LIFETIME, OutsideSite
from tests.support.scenarios.remote_crls import CmpCrlsOfCa
from tests.support.scenarios.remote_issuer import RemoteSite
from tests.support.scenarios.world import World
from tests.support.wire.cmp_scripted_ca import Said, failed, informed

NO_CRL = b"\x30\x03\x02\x01\x07"
SAID: Mapping[str, Callable[[Said], Said]] = {
    **UNDECIDED,
    "its CRL without protection": UNDECIDED["a certificate without protection"],
    "its CRL under another secret": UNDECIDED["a certificate under another secret"],
    "a rejection": lambda _: failed(rejection(FailInfo.BAD_REQUEST)),
    "that it has none": lambda _: informed(InfoValue(InfoType.CURRENT_CRL)),
    "no word about CRLs": lambda _: informed(),
    "octets that are no CRL": lambda _: informed(InfoValue(InfoType.CURRENT_CRL, b"\x04\x00")),
    "a structure that is no CRL": lambda _: informed(InfoValue(InfoType.CURRENT_CRL, NO_CRL)),
}


@given("the configuration names a place of RemoteCA's CRLs")
def placed(remote_crls: CmpCrlsOfCa) -> None:
    remote_crls.configure(crls=["remote.crl"])


@given('a CA "RemoteCA" that speaks CMP', target_fixture="remote")
def cmp_ca(world: World) -> RemoteSite:
    return RemoteSite(world, CmpAuthority())  # type: ignore[arg-type]


@given("the CRLs of RemoteCA come by its issuer alone", target_fixture="remote_crls")
def by_issuer(outside: OutsideSite, remote: RemoteSite) -> CmpCrlsOfCa:
    return CmpCrlsOfCa(outside, remote)


@given("RemoteCA gives out a CRL by another key, and a part of its own, before that one")
def several(outside: OutsideSite, remote_crls: CmpCrlsOfCa) -> None:
    now = outside.now()
    issuer, end = x509.load_der_x509_certificate(remote_crls.authority.certificate).subject, now + LIFETIME
    part = crls.PARTS["part of a list"]
    others = (
        crls.crl(ec_key(73), issuer, now, end, number=9),
        crls.crl(remote_crls.key, issuer, now, end, number=9, extensions=part),
    )
    remote_crls.authority.crls = [*others, remote_crls.last]


@given(parsers.parse("RemoteCA seems to say {what}"))
def seems_to_say(remote_crls: CmpCrlsOfCa, what: str) -> None:
    remote_crls.authority.behave(says=SAID[what])


@when(parsers.re(r"the runner of the issuer asks for (?P<question>currentCRL|crlStatusList)"))
def ask(remote_crls: CmpCrlsOfCa, question: str) -> None:
    remote_crls.question = CrlQuestion(question)
    remote_crls.fetch_by_runner()


@then("no CRL of RemoteCA is kept, and the fetch has failed")
def nothing_kept(world: World, remote_crls: CmpCrlsOfCa) -> None:
    assert not world.ca_side.inspection.outside_crls("RemoteCA")
    assert remote_crls.trouble()


@then("RemoteCA was not asked for CRLs")
def not_asked(remote_crls: CmpCrlsOfCa) -> None:
    assert "genm" not in [message.body_type.rfc_name for message in remote_crls.authority.received]
