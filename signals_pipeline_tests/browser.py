"""Chromium with its driver, for the tests that look at pages."""

import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")
PATIENCE = 120.0
"""Seconds that anything on a page may take; a busy machine is no fault."""

QUIET = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update",
)  # fmt: skip


def started(profile: Path, size: str = "1200,1600") -> Any:
    """A browser with an empty profile that logs every request."""
    if not CHROMIUM or not DRIVER:
        pytest.skip("Chromium or its driver is not installed")
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for argument in (*QUIET, f"--user-data-dir={profile}", f"--window-size={size}"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))
    driver.set_script_timeout(PATIENCE)
    return driver


def photograph(driver: Any, name: str, folder: Path) -> None:
    """Take a picture of what the window shows; the variable PICTURES names another folder."""
    driver.execute_cdp_cmd("Emulation.setScrollbarsHidden", {"hidden": True})
    # What moves into its place stands there by then.
    driver.execute_async_script("setTimeout(arguments[0], 1500);")
    path = Path(os.environ.get("PICTURES") or folder).resolve() / f"{name}.png"
    assert driver.save_screenshot(str(path))
    assert path.stat().st_size > 20_000
