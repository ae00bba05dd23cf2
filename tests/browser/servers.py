"""Starting and stopping a Jupyter server that leaves no trace."""

import os
import signal
import subprocess


def own_homes(folder):
    """An environment in which Jupyter reads and writes nothing of the user's."""
    homes = [f"JUPYTER_{name}" for name in ("CONFIG_DIR", "DATA_DIR", "RUNTIME_DIR")]
    homes += [f"JUPYTERLAB_{name}" for name in ("SETTINGS_DIR", "WORKSPACES_DIR")]
    return os.environ | {home: str(folder / home.split("_", 1)[1]) for home in homes}


def stop(server):
    """End a server that was started as a session of its own, with all it started."""
    os.killpg(server.pid, signal.SIGTERM)  # it stops its kernels
    try:
        server.wait(timeout=15)
    except subprocess.TimeoutExpired:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()
