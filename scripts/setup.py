"""Make the private `.venv` of this checkout: `setup.py run` for the program, `setup.py dev` for tools too.

`setup.py bench` makes `.venv-bench`, where the program lives with what it is compared with. Called by setup.sh,
before any package is there. A second run does nothing unless a lock, the metadata in pyproject.toml or the place
of the checkout changed. The old environment is kept aside until the new one is complete: a run that fails leaves
what was there before, and no half-made one.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tomllib
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STAMP = "crmcli-setup"
LOG = ROOT / ".cache" / "setup.log"
LOCKS = {
    "run": ["requirements.lock", "requirements-build.lock"],
    "dev": ["requirements-dev.lock"],
    "bench": ["benchmarks/requirements.lock"],
}
VENVS = {"run": ROOT / ".venv", "dev": ROOT / ".venv", "bench": ROOT / ".venv-bench"}


class SetupError(Exception):
    """What went wrong and what to do about it, in one line."""


def fingerprint(kind: str) -> str:
    """Everything the environment depends on: the locks, the metadata, and where the checkout is."""
    digest = hashlib.sha256(os.fsencode(ROOT))
    for name in LOCKS[kind]:
        digest.update((ROOT / name).read_bytes())
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    digest.update(json.dumps([settings["project"], settings["tool"]["hatch"]]).encode())
    return f"{kind} {digest.hexdigest()}"


def is_current(kind: str) -> bool:
    """Whether the environment was made from these locks (a dev one serves to run, too) and its Python is there."""
    try:
        python, *stamps = (VENVS[kind] / STAMP).read_text("utf-8").splitlines()
    except (OSError, ValueError):
        return False
    asked_for = os.environ.get("PYTHON") and python != python_version()
    return (VENVS[kind] / "bin" / "python").exists() and not asked_for and fingerprint(kind) in stamps


def python_version() -> str:
    return "{}.{}".format(*sys.version_info)


def build(kind: str) -> None:
    place = VENVS[kind]
    venv.create(place, with_pip=False, symlinks=True)
    python = str(place / "bin" / "python")
    call("make pip available", [python, "-m", "ensurepip", "--default-pip"])
    for lock in LOCKS[kind]:
        call("install the packages", [*pip(python), "--require-hashes", "-r", lock])
    call("install crmcli itself", [*pip(python), "--no-deps", "--no-build-isolation", "-e", "."])
    make_path_readable(place)
    stamps = [fingerprint(k) for k in ([kind, "run"] if kind == "dev" else [kind])]
    (place / STAMP).write_text("\n".join([python_version(), *stamps, ""]), "utf-8")


def make_path_readable(place: Path) -> None:
    """Write where the checkout is in ASCII: Python reads .pth files in the locale's encoding, and dies of 我的 in C."""
    for file in place.glob("lib/python*/site-packages/*crmcli*.pth"):
        file.write_text(f"import os, sys; sys.path.append(os.fsdecode({os.fsencode(ROOT)!r}))\n", "ascii")


def pip(python: str) -> list[str]:
    command = [python, "-m", "pip", "install", "--no-input", "--disable-pip-version-check"]
    return command if "HOME" in os.environ else [*command, "--no-cache-dir"]


def call(purpose: str, command: list[str]) -> None:
    """Run one step quietly; its output goes to the log."""
    environment = os.environ | {"PYTHONUTF8": "1", "PIP_USER": "0", "PIP_REQUIRE_VIRTUALENV": "0"}
    for name in ("PIP_TARGET", "PIP_PREFIX", "PIP_ROOT"):
        environment.pop(name, None)
    with LOG.open("ab") as log:
        code = subprocess.run(
            command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
        ).returncode
    if code:
        raise SetupError(
            f"could not {purpose}: {reason()}; "
            f"see {LOG.relative_to(ROOT)}, check the network and the disk, then run make again"
        )


def reason() -> str:
    """The first error that pip gave, else the last thing it said."""
    lines = [line.strip() for line in LOG.read_text("utf-8", "replace").splitlines() if line.strip()]
    errors = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR: ")]
    return [*errors[:1], *lines[-1:], "no output"][0][:200].rstrip(".")


def set_up(kind: str) -> None:
    place = VENVS[kind]
    aside = place.with_name(f"{place.name}.old")
    LOG.parent.mkdir(exist_ok=True)
    with (LOG.parent / "setup.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if is_current(kind):
            return
        LOG.write_bytes(b"")
        print(
            f"setup: making {place.name} with Python {python_version()} (once; about a minute) …",
            file=sys.stderr,
            flush=True,
        )
        shutil.rmtree(aside, ignore_errors=True)
        with contextlib.suppress(FileNotFoundError):
            place.rename(aside)
        try:
            build(kind)
        except BaseException:
            shutil.rmtree(place, ignore_errors=True)
            with contextlib.suppress(FileNotFoundError):
                aside.rename(place)
            raise
        shutil.rmtree(aside, ignore_errors=True)


def main(argv: list[str]) -> int:
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        (kind,) = argv
        if not is_current(kind):
            set_up(kind)
    except SetupError as error:
        print(f"setup: error: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(
            f"setup: error: could not make the environment: {error}: free some space or make the folder writable",
            file=sys.stderr,
        )
        return 1
    except KeyboardInterrupt:
        print("setup: interrupted", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
