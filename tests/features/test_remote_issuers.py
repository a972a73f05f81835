"""Steps of remote_issuers.feature."""

from pytest_bdd import scenarios

from tests.features.steps.cards import *  # noqa: F403
from tests.features.steps.remote_issuer_actions import *  # noqa: F403
from tests.features.steps.remote_issuer_outcomes import *  # noqa: F403
from tests.features.steps.remote_issuer_promises import *  # noqa: F403
from tests.features.steps.remote_issuers import *  # noqa: F403

scenarios("remote_issuers.feature")
