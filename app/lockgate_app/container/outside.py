"""The CAs outside that the configuration names, and the fetches of their CRLs."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from lockgate.errors import ConfigurationError
from lockgate.outside.cas import CrlSource, OutsideCa
from lockgate.outside.fetching import Cas
from lockgate.ports import PublishedCrls, RegistryTransaction, RemoteIssuer
from lockgate_app.keys import read_certificate
from lockgate_app.settings import CaZone
from lockgate_app.settings.outside import OutsideTable
from lockgate_transport.crls import CrlInFile, HttpCrls
from lockgate_transport.ocsp import HttpOcspResponder


def outside_cas(zone: CaZone) -> Sequence[OutsideCa]:
    """Every CA of `[ca.outside]`.

    Raises:
        ConfigurationError: a certificate cannot be read.
    """
    return [
        OutsideCa(
            name=name,
            certificates=tuple(map(read_certificate, table.ca_certificates)),
            sources=[CrlSource(str(place), _published(place, table)) for place in table.crls],
            responder=HttpOcspResponder(table.ocsp, seconds=table.timeout) if table.ocsp else None,
            every=table.pause,
            max_age=table.oldest,
        )
        for name, table in zone.ca.outside.items()
    ]


def _published(place: str | Path, table: OutsideTable) -> PublishedCrls:
    if isinstance(place, Path):
        return CrlInFile(place, table.max_crl_size)
    return HttpCrls(place, seconds=table.timeout, limit=table.max_crl_size)


def with_places(outside: Sequence[OutsideCa]) -> Cas:
    """The CAs whose CRLs any worker fetches: the configuration says where they are."""
    return lambda _: [ca for ca in outside if ca.sources]


def of_issuer(name: str, issuer: RemoteIssuer, outside: Sequence[OutsideCa]) -> Cas:
    """The CAs for which a remote issuer signs whose CRLs the issuer's adapter fetches: it can, and the configuration
    names no other place."""
    if not isinstance(issuer, PublishedCrls):
        return lambda _: ()
    source = CrlSource(f"issuer {name}", issuer)
    configured = {ca.name: ca for ca in outside}

    def cas(work: RegistryTransaction) -> Sequence[OutsideCa]:
        known = (configured.get(ca_name, OutsideCa(name=ca_name)) for ca_name in work.outside_crls.of_issuer(name))
        return [replace(ca, sources=[source]) for ca in known if not ca.sources]

    return cas


def outside_ca(outside: Sequence[OutsideCa], name: str, adapter: Callable[[], object]) -> OutsideCa:
    """The CA outside of that name, with the places of its CRLs.

    Args:
        adapter: makes the adapter of the remote issuer that signs for it; None where none does.

    Raises:
        ConfigurationError: nothing says where its CRLs are.
    """
    found = next((ca for ca in outside if ca.name == name), OutsideCa(name=name))
    if found.sources:
        return found
    issuer = adapter()
    if not isinstance(issuer, PublishedCrls):
        raise ConfigurationError(f"nothing says where the CRLs of CA {name} are: [ca.outside.{name}] has no crls")
    return replace(found, sources=[CrlSource(f"the remote issuer of CA {name}", issuer)])


def answering_ca(outside: Sequence[OutsideCa], name: str) -> OutsideCa:
    """The CA outside of that name, which answers by OCSP.

    Raises:
        ConfigurationError: nothing says that it does.
    """
    found = next((ca for ca in outside if ca.name == name and ca.responder is not None), None)
    if found is None:
        raise ConfigurationError(f"nothing says where CA {name} answers by OCSP: [ca.outside.{name}] has no ocsp")
    return found


def believed(
    registered: Callable[[str | None], Sequence[bytes]], outside: Sequence[OutsideCa], name: str | None = None
) -> Sequence[bytes]:
    """The DER certificates of the CA `name`, or of every CA, of this installation or outside: the current ones, and
    those before a rollover.

    Args:
        registered: the same of the CAs in the CA's database.

    Raises:
        ConfigurationError: there is no such CA, or two have that name.
    """
    named = [ca for ca in outside if ca.certificates and name in (None, ca.name)]
    for ca in named:
        if registered(ca.name):
            raise ConfigurationError(
                f"ca.outside.{ca.name}: the CA's database holds a CA of that name, whose certificate is known; leave"
                " ca_certificates out, or give this CA another name"
            )
    found = [*registered(name), *(certificate for ca in named for certificate in ca.certificates)]
    if not found:
        raise ConfigurationError(
            f"raissuer: the CA's database holds no CA {name}, and [ca.outside.{name}] has no ca_certificates"
        )
    return found
