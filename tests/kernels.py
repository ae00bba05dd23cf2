"""A running kernel to try cells in."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from jupyter_client import KernelManager


@contextmanager
def kernel(python: Path, folder: Path) -> Iterator:
    """A running kernel: `run(source)` returns the reply and the outputs, `run(source, interrupt=True)` stops it.

    It is stopped when it first renews what it shows.
    """
    manager = KernelManager()
    manager.kernel_spec.argv[0] = str(python)
    own = {"IPYTHONDIR": str(folder / "ipython"), "COURSE_DATA": str(folder / "data"), "OMP_NUM_THREADS": "1"}
    manager.start_kernel(env=os.environ | own, cwd=folder)
    client = manager.blocking_client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=60)

        def run(source, interrupt=False):
            outputs, todo = [], [manager.interrupt_kernel] if interrupt else []

            def listen(message):
                if message["msg_type"] not in ("status", "execute_input"):
                    outputs.append((message["msg_type"], message["content"]))
                if message["msg_type"] == "update_display_data" and todo:
                    todo.pop()()

            reply = client.execute_interactive(source, output_hook=listen, allow_stdin=False, timeout=120)
            return reply["content"], outputs

        yield run
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
