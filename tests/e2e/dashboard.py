# SPDX-License-Identifier: Apache-2.0
"""Runs the browser tests of the dashboard (dashboard/*.js) with Node.js, outside the source tree.

usage: dashboard.py [files, instead of main.js...] [names of tests...]"""

import os
import subprocess
import sys

import npm

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "dashboard")
INSTALLED = os.environ["HAPAX_DASHBOARD_DIR"]


def main():
    npm.install(HERE, INSTALLED)
    environment = {**os.environ, "HAPAX_SHOTS_DIR": os.path.join(INSTALLED, "shots")}
    files = [name for name in sys.argv[1:] if name.endswith(".js")] or ["main.js"]
    names = [f"--test-name-pattern={name}" for name in sys.argv[1:] if name not in files]
    return subprocess.run(["node", "--test", "--test-reporter=spec", *names, *files], cwd=INSTALLED, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
