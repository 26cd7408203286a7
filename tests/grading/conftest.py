"""A new database to copy: property tests need one for every example."""

from datetime import datetime

import pytest

import crmcli
from tests.conftest import NOW


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The bytes of a new database with the standard policy."""
    path = tmp_path_factory.mktemp("grading") / "crm.db"
    with crmcli.open(path, create=True, now=datetime.fromisoformat(NOW)):
        pass
    return path.read_bytes()
