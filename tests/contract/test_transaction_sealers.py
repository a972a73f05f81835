"""AES-256-GCM passes the contract suite of the port TransactionSealer; and what it adds."""

import base64

import pytest

from lockgate.errors import ConfigurationError
from lockgate_formats.sealed_transactions import AesTransactionSealer
from lockgate_testing.contracts.transaction_sealers import (
    NAME,
    SECRET,
    TRANSACTION,
    NewSealer,
    TransactionSealerContract,
)

BY_THE_VERSION_BEFORE = base64.b64decode(
    "5B8obcfzsry32V//M2OjF5MPtNXOAJiilDTEwMKWe5M1r4BCbjL6JyhwfCqn1dPhRYBs7DBhEM+kYjOoEYqkFVKApV2pNGKq+NETsqI3+51ySmnQKCmA"
    "jJ5I6dC+x/cq0foRKCndhqMc3H8U8MR2SB/P/uhyBH3MPLae674VpVppJoSCtYeX1A3MBtVykODhKiRHW23mJMlmcOFW0JrozYI/90berC79QT+8BSGh"
    "IKUr1DOnNkPcqcmOkidL+1VC0lhfNGkoJ9p2cyo144hPRE1p3wUtCpOwxAWu7PX6I/Z4jSa9U2GTvqeanM4XhnPsZztc4zk4VUAzGyR3weuMLue24Pls"
    "ep8Gqa1Lcka3h/PutUF8Z0AutlP7G1UHKVmTU1fryN3Agn/yA0NbSJKoFL74WZ+F9SRwmLi4ESLtqxOdFDa6qVxfFoWhctyZH3cGMDOp1qi4qA=="
)
"""`TRANSACTION`, sealed when there was no other protocol than SCEP."""


class TestAesTransactionSealer(TransactionSealerContract):
    @pytest.fixture
    def new_sealer(self) -> NewSealer:
        return AesTransactionSealer


def test_what_the_version_before_has_sealed_is_opened() -> None:
    assert AesTransactionSealer("scep", SECRET).open(NAME, BY_THE_VERSION_BEFORE) == TRANSACTION


def test_a_short_secret_is_told_with_its_setting() -> None:
    with pytest.raises(ConfigurationError, match=r"other\.secret: at least 16"):
        AesTransactionSealer("other", SECRET[:15])
