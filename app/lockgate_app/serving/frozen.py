"""Imported last by the server that processes are forked from: what is made at the first use is there then, and all
objects stay where they are. They are never searched for garbage, which would write to the pages that its children
share."""

import gc
import sys

from lockgate_app.serving.first_uses import use_all

use_all()
gc.collect()
gc.freeze()
sys._clear_type_cache()  # noqa: SLF001  (who replaces an entry writes to the pages of two names)
