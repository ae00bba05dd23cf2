"""Where a Chromium is: the system's, or the one that Playwright's own installer has brought."""

import shutil
from pathlib import Path

from playwright.sync_api import sync_playwright


def chromium() -> str | None:
    """Its path; None where there is none."""
    if found := [path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))]:
        return found[0]
    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path  # where it would be
    return path if Path(path).exists() else None
