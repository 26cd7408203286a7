"""What most tests start from: a new database on a fixed day, and the program as its users call it."""

import contextlib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import datetime
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import crmcli
from crmcli import i18n
from crmcli.store.workspace import Workspace

NOW = "2026-11-20T09:00+08:00"


class Result(NamedTuple):
    """What one run of the program came to."""

    code: int
    stdout: str
    stderr: str


Run = Callable[..., Result]
Crm = Callable[..., AbstractContextManager[Workspace]]


@pytest.fixture(autouse=True)
def _own_surroundings(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Nothing of the machine's user, terminal or language reaches a test."""
    home = tmp_path / "home"
    for name in ("CRM_DB", "CRM_NOW", "CRM_USER", "CRM_BUSY_TIMEOUT", "CRM_LANG", "NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    for name in [name for name in os.environ if name.startswith("CRM_NOTIFY_") or name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    for name in ("GITHUB_ACTIONS", "PY_COLORS", "LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"LANG": "C.UTF-8", "TERM": "dumb", "COLUMNS": "100", "HOME": str(home)}.items():
        monkeypatch.setenv(name, value)
    # Rejected rows are handed back in the working directory.
    monkeypatch.chdir(tmp_path_factory.mktemp("here"))
    # A command in Chinese leaves the process so.
    i18n.choose("en")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / ".config"))
    monkeypatch.setenv("XDG_DATA_HOME", str(home / ".local" / "share"))


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The bytes of a new database with the standard policy: founding one takes a while, copying does not."""
    path = tmp_path_factory.mktemp("founded") / "crm.db"
    with crmcli.open(path, create=True, now=datetime.fromisoformat(NOW)):
        pass
    assert not path.with_name("crm.db-wal").exists()
    return path.read_bytes()


@pytest.fixture
def db(tmp_path: Path, founded: bytes) -> Path:
    """The path of a new database with the standard policy, made at NOW."""
    path = tmp_path / "crm.db"
    path.write_bytes(founded)
    return path


@pytest.fixture
def crm(db: Path) -> Crm:
    """`with crm() as ws:` is one operation on `db` at NOW; takes what crmcli.open takes."""

    def open(**options: Any) -> AbstractContextManager[Workspace]:
        return crmcli.open(db, **{"now": datetime.fromisoformat(NOW), "actor": "tester", **options})

    return open


def forget_imports(ws: Workspace) -> None:
    """Let the next import of a known file look at every row again."""
    ws.db.execute("UPDATE batch SET fingerprint = NULL")


@pytest.fixture
def run(db: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Run]:
    """`run("list", "-f", "json")`: the program on `db` at NOW as the user `tester`."""
    from crmcli.cli import main

    def call(*args: object, at: str = NOW, database: Path | None = None) -> Result:
        capsys.readouterr()
        code = main(["--db", str(database or db), "--now", at, "--user", "tester", *map(str, args)])
        return Result(code, *capsys.readouterr())

    yield call


@pytest.fixture(scope="session")
def stocked_bytes(tmp_path_factory: pytest.TempPathFactory, founded: bytes) -> bytes:
    """The demonstration's base, tagged and graded."""
    from crmcli.cli import main

    folder = tmp_path_factory.mktemp("stocked")
    (folder / "crm.db").write_bytes(founded)
    with resources.as_file(resources.files("crmcli") / "demo_data") as data:
        shutil.copytree(data, folder, dirs_exist_ok=True)
    # From inside the folder, so that no path of the machine is told in the journal.
    with contextlib.chdir(folder):
        lists = sorted(file.name for file in folder.iterdir() if file.name[0].isdigit())
        for words in (
            ["import", *lists],
            ["import", "orders.csv", "interactions.csv"],
            ["tag", "run"],
            ["tier", "run"],
        ):
            code = main(["--db", "crm.db", "--now", NOW, "--user", "tester", "--lang", "en", *words])
            assert code in (0, 9)
    return (folder / "crm.db").read_bytes()


@pytest.fixture
def stocked(run: Run, db: Path, stocked_bytes: bytes) -> Run:
    """`run` on the demonstration's base, graded."""
    db.write_bytes(stocked_bytes)
    return run
