"""The browser, the built site, and what to do without them."""

import os
import shutil
from pathlib import Path

import axe_playwright_python
import pytest
from inspection import serving
from playwright.sync_api import sync_playwright

SITE = Path(__file__).parents[2] / "_build" / "html"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"]


@pytest.fixture(scope="session")
def browser():
    """Chromium without a window. Where there is none, a failure on CI, and elsewhere a skip that `make test` prints at its end."""
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        message = f"the pages were NOT TESTED: no browser; expected one of {', '.join(BROWSERS)} (Debian: apt-get install chromium)"
        pytest.fail(message) if os.environ.get("CI") == "true" else pytest.skip(message)
    flags = FLAGS + (["--no-sandbox"] if os.geteuid() == 0 else [])  # the sandbox refuses to run for root
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=flags)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def site():
    """The URL of the built site."""
    with serving(SITE) as url:
        yield url


@pytest.fixture(scope="session")
def axe() -> str:
    """The source of axe-core."""
    return (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
