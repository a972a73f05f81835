"""`[ca.issuers.NAME.options]` of the kind `cmp`."""

from collections.abc import Mapping
from typing import Any

import pytest
from pydantic import ValidationError

from lockgate_app.settings.issuer_by_cmp import CmpIssuerOptions

SHARED = {"url": "https://ca.example/", "reference": "lockgate", "secret": "a secret of both sides"}
KEYSTORE = {"keyStorePath": "ra.p12", "keyStorePassword": "the password of ra.p12", "ca_certificates": "ca.pem"}


def accepted(**settings: Any) -> CmpIssuerOptions:
    return CmpIssuerOptions.model_validate(settings)


def test_the_safe_defaults() -> None:
    options = accepted(**SHARED)
    risky = (options.answers_again, options.revokes_unconfirmed, options.asks_implicit_confirm)
    assert not any(risky)
    assert options.settled_after > options.answer_within


def test_a_keystore_in_place_of_a_secret() -> None:
    assert accepted(url="https://ca.example/", **KEYSTORE).secret is None


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"secret": None}, "needs reference and secret"),
        ({"reference": None}, "needs reference and secret"),
        (KEYSTORE, "needs reference and secret, or keyStorePath and keyStorePassword"),
        (
            {**KEYSTORE, "reference": None, "secret": None, "ca_certificates": None},
            "ca_certificates or signer_certificates say whose answers count",
        ),
        ({"sender": "CN=CMP"}, "sender: needs ca_certificates"),
        ({"revokes_unconfirmed": True, "asks_implicit_confirm": True}, "lets certificates count at once"),
        ({"answer_within": 60}, "settled_after: must be more than answer_within"),
        ({"url": "http://ca.example/", "tls_certificates": "tls.pem"}, "tls_certificates: url is none of https"),
        ({"message": "kur"}, "Input should be 'cr', 'ir' or 'p10cr'"),
        ({"alias": "lockgate"}, "Extra inputs are not permitted"),
    ],
    ids=lambda value: None if isinstance(value, str) else "-".join(value),
)
def test_what_cannot_be_meant_is_refused(changes: Mapping[str, object], complaint: str) -> None:
    given = {name: value for name, value in {**SHARED, **changes}.items() if value is not None}
    with pytest.raises(ValidationError, match=complaint):
        accepted(**given)
