"""CMP clients of a load."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric import ec

from lockgate.errors import ConfigurationError
from lockgate.names.dn import parse_dn
from lockgate.ports import Keystore
from lockgate_app.load import Denial, Enrol
from lockgate_formats.cmp_client import (
    AnswerTrust,
    CertificateRequest,
    CmpClient,
    CmpClientParts,
    CmpClientSettings,
    Credentials,
    KeystoreCredentials,
    SharedSecret,
    State,
)
from lockgate_formats.names import encode_name
from lockgate_transport.cmp.carry import HttpCarry
from lockgate_transport.host.clock import HostClock, HostRandom


@dataclass(frozen=True, slots=True, kw_only=True)
class CmpTarget:
    """The service that a load is for, and how its clients show who they are.

    Attributes:
        url: of the service, alias and all.
        reference, secret: shared with the CA; None where messages are signed.
        keystore: signs messages; None where they have a MAC.
        signers: DER certificates whose signatures on answers count.
        implicit_confirm: whether clients ask not to have to confirm.
        wait: seconds for an enrolment.

    Raises:
        ConfigurationError: neither a secret nor a keystore is given, or both are.
    """

    url: str
    reference: str | None = None
    secret: str | None = None
    keystore: Keystore | None = None
    signers: tuple[bytes, ...] = ()
    implicit_confirm: bool = False
    wait: float = 60.0

    def __post_init__(self) -> None:
        shared = self.reference is not None and self.secret is not None
        if shared == (self.keystore is not None):
            raise ConfigurationError(
                "a load by CMP needs --reference and --secret-file, or --keystore and --password-file"
            )

    @property
    def credentials(self) -> Credentials:
        """What protects messages."""
        if self.keystore is not None:
            return KeystoreCredentials(self.keystore)
        return SharedSecret((self.reference or "").encode(), (self.secret or "").encode())


@contextmanager
def enrolling_at(target: CmpTarget, count: int) -> Iterator[Sequence[Enrol]]:
    """`count` clients of the service, for a thread each.

    Raises:
        ConfigurationError: the URL is none of a CMP service.
    """
    settings = CmpClientSettings(
        implicit_confirm=target.implicit_confirm, attempts=1, shortest_poll=0.1, patience=target.wait
    )
    trust = AnswerTrust(certificates=target.signers)
    with ExitStack() as stack:
        carries = [
            stack.enter_context(HttpCarry(target.url, seconds=target.wait, keep_alive=True)) for _ in range(count)
        ]
        parts = (CmpClientParts(carry, HostClock(), HostRandom()) for carry in carries)
        yield [_enrolment(CmpClient(part, target.credentials, trust, settings)) for part in parts]


def _enrolment(client: CmpClient) -> Enrol:
    def enrol(subject_dn: str) -> Denial | None:
        request = CertificateRequest(
            subject=encode_name(parse_dn(subject_dn)), key=ec.generate_private_key(ec.SECP256R1())
        )
        ended = client.finish(client.ir([request]))
        if ended.state is State.DONE and ended.usable:
            return None
        for refusal in ended.refusals:
            bits = "_".join(bit.name.lower() for bit in sorted(refusal.fail_info))
            return Denial(bits or refusal.status.name.lower(), str(refusal))
        return Denial("unusable_certificate", ended.certificates[0].fault)

    return enrol
