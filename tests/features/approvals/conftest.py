"""Steps of approvals.feature."""

from tests.features.steps.approval_decisions import *
from tests.features.steps.approval_requests import *
