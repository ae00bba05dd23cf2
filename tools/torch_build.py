"""Which build of torch this machine gets: says it and why in one line, and installs the CPU build where that is it.

python tools/torch_build.py            look for an NVIDIA GPU; a torch that is there already stays
python tools/torch_build.py cpu|gpu    as told

`make` runs it before anything is installed, with Python alone. The GPU build, and a Mac's only one, are left to the
package registry: they come with the course's other packages.
"""

import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path

from course_lib.classroom.language import Text, label, message, say, text
from course_lib.classroom.machine import torch_nowhere

ROOT = Path(__file__).resolve().parents[1]
# The registry's Linux wheels of torch are built with CUDA 13: it needs a Turing card or a newer one, and this driver.
CAPABILITY = (7, 5)
DRIVER = 580
CPU_INDEX = os.environ.get("TORCH_INDEX", "https://download.pytorch.org/whl/cpu")
PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
PATIENCE = 5  # seconds until whoever does not answer is given up


def main(asked: str = "") -> None:
    if nowhere := torch_nowhere():
        sys.exit(message(nowhere))
    lowest = bounds()
    if not asked and all(numbers(version(name)) >= numbers(lowest[name]) for name in lowest):
        return
    if sys.platform != "linux":
        say(label("torch_one_build"))
        return
    build, why = (asked, text("torch_asked", asked=asked.upper())) if asked else gpu()
    if build == "gpu":
        say(label("torch_gpu", why=why))
        if version("torch").endswith("+cpu"):  # pip would take it for the one that is wanted
            subprocess.run([*PIP, "uninstall", "--yes", *lowest], check=True)
        return
    for source in ([], ["--index-url", CPU_INDEX]):  # what the user has configured, perhaps a mirror, comes first
        if builds := cpu_builds(lowest, source):
            say(label("torch_cpu", why=why))
            # What these two need comes with the course's other packages, from where the user gets those.
            if subprocess.run([*PIP, "install", "--no-compile", "--no-deps", *builds, *source]).returncode:
                sys.exit(message("torch_broke_off"))
            return
    say(label("torch_registry", why=why, index=CPU_INDEX))


def bounds() -> dict[str, str]:
    """The lowest versions of torch and torchvision that the course takes."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lab = project["optional-dependencies"]["lab"]
    return dict(line.split(">=") for line in lab if line.startswith("torch"))


def version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


def numbers(version: str) -> list[int]:
    return list(map(int, re.findall(r"\d+", version)))


def gpu() -> tuple[str, Text]:
    """("gpu" or "cpu", why), from what the NVIDIA driver's own program says of the newest card."""
    query = ["nvidia-smi", "--query-gpu=compute_cap,driver_version,name", "--format=csv,noheader"]
    try:
        # Several sleeping cards take it a while.
        done = subprocess.run(query, capture_output=True, encoding="utf-8", errors="replace", timeout=4 * PATIENCE)
    except subprocess.TimeoutExpired as late:
        return "cpu", text("torch_gpu_silent", said=late)
    except OSError:
        return "cpu", text("torch_gpu_none")
    cards = re.findall(r"^(\d+)\.(\d+), (\d+)\S*, (.+)$", done.stdout, re.M)
    if not cards:
        return "cpu", text("torch_gpu_silent", said=" ".join((done.stdout + done.stderr).split())[:100])
    *capability, driver, name = max(cards, key=lambda card: (int(card[0]), int(card[1])))
    if tuple(map(int, capability)) < CAPABILITY:
        needed = "{}.{}".format(*CAPABILITY)
        return "cpu", text("torch_gpu_old", name=name, found=".".join(capability), needed=needed)
    if int(driver) < DRIVER:
        return "cpu", text("torch_driver_old", name=name, found=driver, needed=DRIVER)
    return "gpu", text("torch_gpu_there", name=name)


def cpu_builds(names: Iterable[str], source: list[str]) -> list[str]:
    """What pip is to install: the newest CPU builds it finds with these options, or [] where one of them is missing."""
    builds = []
    for name in names:
        query = [*PIP, "index", "versions", name, "--retries", "0", "--timeout", str(PATIENCE), *source]
        try:
            said = subprocess.run(query, capture_output=True, encoding="utf-8", timeout=2 * PATIENCE).stdout
        except subprocess.TimeoutExpired:
            return []
        offered = said.partition("INSTALLED:")[0]  # what is here already need not be there
        newest = re.search(r"[\w.]+\+cpu", offered)  # pip lists the newest first
        if not newest:
            return []
        builds.append(f"{name}=={newest[0]}")
    return builds


if __name__ == "__main__":
    main(*sys.argv[1:])
