"""What every test may use: a real PostgreSQL for the session, and a fresh database for a test."""

import os
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from trimestre.embedded import EmbeddedPostgres

# Tests lose nothing in a power cut, and a database is made and dropped for each of them.
FAST_AND_UNSAFE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@pytest.fixture
def fresh_home() -> Iterator[Path]:
    """An empty home for a test that starts servers of its own.

    Not ``tmp_path``: pytest's folders are closed (0700) to the user as which root runs PostgreSQL.
    """
    home = Path(tempfile.mkdtemp(prefix="trimestre-test-"))
    home.chmod(0o711)
    yield home
    shutil.rmtree(home)


@pytest.fixture(scope="session")
def postgres() -> Iterator[EmbeddedPostgres]:
    """One embedded server for the whole session."""
    home = Path(tempfile.mkdtemp(prefix="trimestre-test-"))
    if os.geteuid() == 0:
        home.chmod(0o711)
    with EmbeddedPostgres.start(home, FAST_AND_UNSAFE) as server:
        yield server
    shutil.rmtree(home)


@pytest.fixture(scope="session")
def make_database(postgres: EmbeddedPostgres) -> Callable[[str], str]:
    """Make a database of an unused name as a copy of a template and return the name; drop it yourself."""

    def make(template: str = "template0") -> str:
        name = f"test_{secrets.token_hex(6)}"
        postgres.create_database(name, template)
        return name

    return make


@pytest.fixture
def database(
    postgres: EmbeddedPostgres, make_database: Callable[[str], str], request: pytest.FixtureRequest
) -> Iterator[str]:
    """SQLAlchemy URL of a fresh database, dropped after the test.

    Empty, or a copy: ``@pytest.mark.parametrize("database", ["template name"], indirect=True)``.
    """
    name = make_database(getattr(request, "param", "template0"))
    yield postgres.url(name)
    postgres.drop_database(name)
