# SPDX-License-Identifier: Apache-2.0
"""Programs of a test that need packages from npm, outside the source tree."""

import os
import shutil
import subprocess


def install(source, into):
    """Copies the folder `source`, and installs what its package.json names, once for each text of it."""
    shutil.copytree(source, into, dirs_exist_ok=True)
    with open(os.path.join(source, "package.json"), encoding="utf-8") as file:
        wanted = file.read()
    done = os.path.join(into, "node_modules", "installed.json")
    if os.path.exists(done):
        with open(done, encoding="utf-8") as file:
            if file.read() == wanted:
                return
    subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--no-package-lock", "--ignore-scripts"], cwd=into, check=True)
    with open(done, "w", encoding="utf-8") as file:
        file.write(wanted)
