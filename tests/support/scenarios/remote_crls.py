"""The CRLs of a CA for which a remote issuer signs, in a file or brought by the issuer's adapter."""

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, cast

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_der_private_key

from lockgate.ports import PublishedCrls, RemoteIssuer
from lockgate_app.container.issuer import IssuerContainer
from lockgate_issuers.cmp import CrlQuestion
from tests.support.pki.crls import Reason, crl
from tests.support.scenarios.cmp_authority import CmpAuthority
from tests.support.scenarios.faulty_adapters import Adapter
from tests.support.scenarios.outside_ca import LIFETIME, OutsideSite
from tests.support.scenarios.remote_issuer import ISSUER, REMOTE_CA, RemoteSite
from tests.support.scenarios.turns import AtOnce

CRL_FILE = "remote.crl"


class Fetching(Adapter, PublishedCrls):
    """An adapter that can fetch CRLs, too."""

    def __init__(self, issuer: RemoteIssuer, path: Path) -> None:
        super().__init__(issuer)
        self._path = path

    def crl(self, ca_certificate: bytes) -> bytes:
        x509.load_der_x509_certificate(ca_certificate)
        return self._path.read_bytes()


class RemoteCrls:
    """What the CA has published.

    Attributes:
        last: its last CRL, DER.
    """

    def __init__(self, outside: OutsideSite, remote: RemoteSite) -> None:
        self.outside, self.remote = outside, remote
        self.path = outside.folder / CRL_FILE
        self.number = 0
        self.last = b""

    def configure(self, **settings: object) -> None:
        """Let the configuration say that of the CA."""
        self.remote.world.ca_side.configuration.put(f"ca.outside.{REMOTE_CA}", settings)

    @property
    def key(self) -> ec.EllipticCurvePrivateKey:
        """The CA's, which lies open in the file of the double."""
        with closing(sqlite3.connect(self.remote.ca.path)) as connection:
            ((octets,),) = connection.execute("select key from authority").fetchall()
        key = load_der_private_key(octets, None)
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        return key

    def publish(self, revoked: Mapping[int, Reason] = {}, **changes: Any) -> None:
        """Write its next CRL."""
        self.number += 1
        now = self.outside.now()
        issuer = x509.load_der_x509_certificate(self.remote.ca.certificate).subject
        self.last = crl(self.key, issuer, now, now + LIFETIME, number=self.number, revoked=revoked, **changes)
        self.path.write_bytes(self.last)

    def fetch_by_runner(self) -> None:
        """The rounds of the runner's own fetches."""
        world = self.remote.world
        container = IssuerContainer(zone=world.ca_side.configuration.zone, name=ISSUER)
        container.ca.engine.override(world.ca_side.engine)
        container.ca.registry.override(world.ca)
        container.issuer.override(self.adapter())
        container.fetches.override(AtOnce())
        fetching, fence = container.crl_fetching(), self.remote.fence()
        fetching.round(fence)
        while fetching.round(fence).more:
            pass

    def adapter(self) -> RemoteIssuer:
        """The issuer's, as the runner has it."""
        return Fetching(self.remote.ca.issuer(), self.path)

    def trouble(self) -> str:
        """Why the last fetch has failed; empty where it has not."""
        state = self.remote.world.ca_side.inspection.fetch_state(REMOTE_CA)
        assert state is not None
        return state.trouble


class CmpCrlsOfCa(RemoteCrls):
    """What a CA that speaks CMP gives out.

    Attributes:
        question: by what it is asked.
    """

    def __init__(self, outside: OutsideSite, remote: RemoteSite) -> None:
        super().__init__(outside, remote)
        self.authority = cast("CmpAuthority", remote.ca)
        self.question = CrlQuestion.CURRENT

    @property
    def key(self) -> ec.EllipticCurvePrivateKey:
        """The CA's."""
        return self.authority.key

    def publish(self, revoked: Mapping[int, Reason] = {}, **changes: Any) -> None:
        """Give it out."""
        super().publish(revoked, **changes)
        self.authority.crls = [self.last]

    def adapter(self) -> RemoteIssuer:
        """One that asks for CRLs."""
        return self.authority.issuer_with_crls(self.question)
