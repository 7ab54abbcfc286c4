"""The site's own settings, in a data folder that is made for this test run."""

from __future__ import annotations

import os
import tempfile

PROCESS = os.environ.get("PYTEST_XDIST_WORKER", "main")

# Each process that runs tests has a data folder, and so a broker and a SQLite file, of its own.
if "SPEECHSITE_TEST_PROCESS" not in os.environ or os.environ["SPEECHSITE_TEST_PROCESS"] != PROCESS:
    os.environ["SPEECHSITE_TEST_PROCESS"] = PROCESS
    os.environ["SPEECHSITE_DATA_DIR"] = tempfile.mkdtemp(prefix="speechsite-test-")

from speechsite.settings import *  # noqa: E402, F403 - the data folder must be chosen first

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
