"""CMS passes the contract suite of the port Envelopes, in every form of its envelope."""

import pytest

from lockgate_formats.cms import CmsEnvelopes, EnvelopeForm
from lockgate_testing.contracts.envelopes import EnvelopesContract, EnvelopesSubject
from tests.support.pki import identities


class TestCmsEnvelopes(EnvelopesContract):
    @pytest.fixture(params=list(EnvelopeForm), ids=lambda form: form.name)
    def subject(self, request: pytest.FixtureRequest) -> EnvelopesSubject:
        return EnvelopesSubject(
            ra=CmsEnvelopes(identities.ra().keystore, form=request.param),
            ra_certificate=identities.ra().der,
            worker=CmsEnvelopes(identities.worker().keystore),
            worker_certificate=identities.worker().der,
            stranger=CmsEnvelopes(None),
        )
