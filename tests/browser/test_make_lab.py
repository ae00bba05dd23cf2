"""`make lab`, as a student types it."""

import json
import os
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from servers import own_homes, stop

ROOT = Path(__file__).parents[2]
SET_UP = ROOT / ".venv" / ".lab"


pytestmark = [
    pytest.mark.skipif(not shutil.which("make"), reason="no make on this machine"),
    pytest.mark.skipif(Path(sys.prefix) != SET_UP.parent, reason="the suite does not run from the .venv of make"),
]


def test_make_lab_opens_the_course(page, tmp_path):
    environment = own_homes(tmp_path) | {"BROWSER": "true", "MAKEFLAGS": ""}  # `true` opens nothing
    before = SET_UP.stat().st_mtime
    log = tmp_path / "log.txt"
    with log.open("w", encoding="utf-8") as stream:
        lab = subprocess.Popen(
            ["make", "lab"], cwd=ROOT, env=environment, stdout=stream, stderr=subprocess.STDOUT, start_new_session=True
        )
    try:
        for _ in range(600):  # two minutes: not how long it takes, but when to give up
            if found := list((tmp_path / "RUNTIME_DIR").glob("jpserver-*.json")):
                break
            assert lab.poll() is None, log.read_text(encoding="utf-8")
            time.sleep(0.2)
        server = json.loads(found[0].read_text(encoding="utf-8"))
        assert server["hostname"] == "127.0.0.1"
        assert len(server["token"]) > 20
        printed = next(
            word for line in log.read_text(encoding="utf-8").splitlines() for word in line.split() if "token=" in word
        )
        page.goto(printed)
        with pytest.raises(urllib.error.HTTPError, match="403"):  # whoever lacks the token is shown nothing
            urllib.request.urlopen(f"{server['url']}api/contents", timeout=20)
        page.locator(".jp-Notebook").get_by_role("heading", name="Start here").wait_for()
        page.get_by_role("listitem", name="02_autoencoder.ipynb").wait_for()
        # A link of the start page's map opens the lesson, in which the language switch stands ready.
        page.get_by_role("link", name="02 · Autoencoder").first.click()
        page.locator(".jp-Notebook").get_by_role("heading", name="What is an autoencoder?").wait_for()
        page.locator(".course-language select:visible").wait_for()  # the start page's own is in the tab behind
        assert SET_UP.stat().st_mtime == before, "a second run did set-up work again"
        page.close()  # while its server still answers: JupyterLab goes on asking, and every refusal is a logged error
    finally:
        stop(lab)


def test_make_lab_without_a_home_to_write_to(tmp_path):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("JUPYTER")}
    environment |= {"HOME": "/proc/none", "BROWSER": "true", "MAKEFLAGS": ""}  # not even root may write in /proc
    instead = ROOT / ".venv" / "home"
    with (tmp_path / "log.txt").open("w", encoding="utf-8") as log:
        lab = subprocess.Popen(
            ["make", "lab"], cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
        )
    try:
        for _ in range(600):  # two minutes: not how long it takes, but when to give up
            if found := list(instead.glob("**/jpserver-*.json")):
                break
            assert lab.poll() is None, (tmp_path / "log.txt").read_text(encoding="utf-8")
            time.sleep(0.2)
        server = json.loads(found[0].read_text(encoding="utf-8"))
        assert server["hostname"] == "127.0.0.1"
    finally:
        stop(lab)
        shutil.rmtree(instead, ignore_errors=True)
