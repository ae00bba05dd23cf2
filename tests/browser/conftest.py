"""A real Chromium and a real JupyterLab, both cut off from the world."""

import filecmp
import json
import re
import shutil
import socket
import subprocess
import sys
import sysconfig
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlsplit

import browsers
import pytest
from playwright.sync_api import sync_playwright
from servers import own_homes, stop

ROOT = Path(__file__).parents[2]
EXTENSION = ROOT / "course_lib" / "classroom" / "jupyter" / "labextension"
INSTALLED = Path(sysconfig.get_path("data"), "share", "jupyter", "labextensions", "course-lib-language")
TOKEN = "course"
OUTSIDE = re.compile(r"(https?|wss?)://(?!(127\.0\.0\.1|localhost)[:/])")
CHROMIUM_FLAGS = [
    "--no-sandbox",  # continuous integration runs as root
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",  # Chromium's own calls home would look like ours
    "--disable-component-update",
    "--disable-sync",
]
# ipywidgets 8.1 does not look into the notebook for a stored widget where the kernel connects a moment too early, and
# says this in place of the widget; a reload brings it. The tests count the explorers that show.
LOST_WIDGETS = "widget model not found"
# Every question that JupyterLab asks a server outside, and the toast that asks for permission to ask.
QUIET = {"fetchNews": "false", "checkForUpdates": False}


@pytest.fixture(scope="session")
def chromium():
    """The path of a Chromium."""
    return browsers.chromium() or pytest.skip(
        "no Chromium here, so no page, no explorer, no JupyterLab: `apt install chromium fonts-noto-core`, "
        "or `.venv/bin/playwright install chromium`"
    )


# Not for the whole session: Playwright keeps an asyncio loop running in this thread, where nbval would meet it.
@pytest.fixture(scope="module")
def browser(chromium):
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def locale():
    """The language of the browser."""
    return "en-US"


@pytest.fixture
def page(browser, locale):
    """A fresh page; the test fails if it asked for anything outside this machine or logged an error."""
    context = browser.new_context(viewport={"width": 1200, "height": 800}, locale=locale)
    outside, errors = [], []
    context.route(OUTSIDE, lambda route: (outside.append(route.request.url), route.abort()))
    page = context.new_page()
    page.on("websocket", lambda socket: OUTSIDE.match(socket.url) and outside.append(socket.url))
    page.on("pageerror", lambda error: errors.append(str(error)))

    def listen(message):
        if message.type == "error" and LOST_WIDGETS not in message.text:
            errors.append(message.text)

    page.on("console", listen)
    yield page
    context.close()
    assert not outside, f"requests to other machines: {outside}"
    assert not errors, f"errors in the browser's console: {errors}"


@pytest.fixture(scope="module")
def jupyterlab(tmp_path_factory):
    """One JupyterLab over a copy of notebooks/.

    .folder, .environment, .log, .pid, .url(path), .api(path), .settings(plugin, values)
    """
    # pip copies the extension even from an editable install, so an edit is not installed by itself.
    for file in EXTENSION.rglob("*.js*"):
        installed = INSTALLED / file.relative_to(EXTENSION)
        if not (installed.exists() and filecmp.cmp(file, installed, shallow=False)):
            pytest.fail(f"{installed} is not this checkout's: run `pip install --no-deps --editable .` again")

    folder = tmp_path_factory.mktemp("jupyterlab")
    shutil.copytree(ROOT / "notebooks", folder / "notebooks")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}"
    environment = own_homes(folder)

    def settings(plugin, values):
        file = folder / "SETTINGS_DIR" / "@jupyterlab" / f"{plugin}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(values), encoding="utf-8")

    def api(path, method="GET"):
        headers = {"Authorization": f"token {TOKEN}"}
        request = urllib.request.Request(f"{address}/api/{path}", headers=headers, method=method)
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.loads(answer.read() or "null")

    settings("apputils-extension/notification", QUIET)
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"]
    command += [f"--IdentityProvider.token={TOKEN}", "--ServerApp.ip=127.0.0.1", "--ServerApp.port_retries=0"]
    command += [f"--ServerApp.port={urlsplit(address).port}", f"--ServerApp.root_dir={folder / 'notebooks'}"]
    command += ["--LabApp.expose_app_in_browser=True"]  # the tests read the notebook's model from the page
    log = folder / "log.txt"
    with log.open("w", encoding="utf-8") as stream:
        server = subprocess.Popen(
            command, env=environment, stdout=stream, stderr=subprocess.STDOUT, start_new_session=True
        )
    try:
        for _ in range(300):
            try:
                api("status")
                break
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                assert server.poll() is None, log.read_text(encoding="utf-8")
                time.sleep(0.2)
        else:
            pytest.fail(f"JupyterLab does not answer:\n{log.read_text(encoding='utf-8')}")
        yield SimpleNamespace(
            folder=folder / "notebooks",
            environment=environment,
            log=log,
            pid=server.pid,
            url=lambda path: f"{address}/lab/tree/{path}?reset&token={TOKEN}",
            api=api,
            settings=settings,
        )
    finally:
        stop(server)
