"""Write the hashed locks anew: `make lock`, or `make lock LOCKFLAGS=--upgrade` for the newest versions.

The resolver is uv because it resolves for every platform and Python at once (pip-compile only for the one it
runs on). It is installed in a private place for this run, reads no settings but the public registry, and
writes no host name and no path.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
UV = "uv>=0.13,<1"
SAME = ["--constraint", "requirements.lock"]
LOCKS = {
    "requirements.lock": ["pyproject.toml"],
    "requirements-build.lock": ["--group", "build"],
    "requirements-dev.lock": ["pyproject.toml", "--group", "dev", *SAME],
    "benchmarks/requirements.lock": ["benchmarks/requirements.in", "pyproject.toml", "--group", "build", *SAME],
}
OPTIONS = [
    "--universal",
    "--python-version=3.11",
    "--generate-hashes",
    "--no-config",
    "--system-certs",
    "--no-emit-index-url",
    "--no-emit-find-links",
    "--custom-compile-command=make lock",
    "--quiet",
]


def main() -> int:
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("UV_", "PIP_"))}
    environment["UV_NO_PROGRESS"] = "1"
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        uv = Path(folder, "bin", "uv")
        python = str(Path(folder, "bin", "python"))
        subprocess.run([python, "-m", "pip", "install", "-q", "--disable-pip-version-check", UV], check=True)
        for lock, sources in LOCKS.items():
            command = [str(uv), "pip", "compile", *OPTIONS, *sources, *sys.argv[1:], "--output-file", lock]
            subprocess.run(command, check=True, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except subprocess.CalledProcessError as error:
        sys.exit(error.returncode)  # the tool itself has said why
