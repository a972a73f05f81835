"""`python -m ca_product CONFIG FOLDER` serves until SIGTERM; with `--set-up` it makes the CA first, and ends."""

import logging
import signal
import sys
import threading
from pathlib import Path

from ca_product import Product, set_up, told
from lockgate_app.embedding import Worker, forbid_core_dumps


def serve(config: Path, folder: Path) -> None:
    """Run the worker, and show its health when that changes."""
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):  # the product's own handlers: Lockgate installs none
        signal.signal(number, lambda *_: stopping.set())
    with Worker(Product(config=config, folder=folder).lockgate()) as worker:
        shown = ""
        while not stopping.wait(0.05):
            if (health := told(worker.health)) != shown:
                shown = health
                sys.stdout.write(f"{shown}\n")
                sys.stdout.flush()
    sys.stdout.write(f"{told(worker.health)}\n")


if __name__ == "__main__":
    forbid_core_dumps()  # they would hold the CA's key
    logging.basicConfig(level=logging.INFO)  # the product's own choice: Lockgate configures nothing
    *flags, config_path, folder_path = sys.argv[1:]
    (set_up if "--set-up" in flags else serve)(Path(config_path), Path(folder_path))
