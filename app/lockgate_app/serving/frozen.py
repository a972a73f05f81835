"""Imported last by the server that processes are forked from: its objects stay where they are, and are never searched
for garbage, which would write to the pages that its children share."""

import gc

gc.collect()
gc.freeze()
