"""Processes that run tests have `suite.py`; the one that hands tests out to others runs none, and need not wait for it."""

import shutil

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)
collect_ignore = [] if BROWSER else ["test_explorer_in_a_browser.py"]


def pytest_configure(config):
    if hasattr(config, "workerinput") or not config.getoption("numprocesses", None):
        config.pluginmanager.import_plugin("suite")
