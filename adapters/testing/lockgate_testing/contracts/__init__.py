"""One contract suite for each port: a class whose methods are the tests. A subclass supplies the adapter as a fixture.

class TestMyOutbox(OutboxContract):
    @pytest.fixture
    def outbox(self, tmp_path: Path) -> Outbox:
        return MyOutbox(tmp_path)
"""

from pkgutil import iter_modules

import pytest

# pytest explains a failed assertion in modules only that are registered before they are imported.
pytest.register_assert_rewrite(*(module.name for module in iter_modules(__path__, f"{__name__}.")))
