"""Steps that several features share. A conftest takes in a module's steps by `from ... import *`."""

from pkgutil import iter_modules

import pytest

# pytest explains a failed assertion in modules only that are registered before they are imported.
pytest.register_assert_rewrite(*(module.name for module in iter_modules(__path__, f"{__name__}.")))
