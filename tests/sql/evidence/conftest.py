"""One migrated warehouse for all cases here; each case is a transaction that is rolled back."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
import sqlalchemy as sa
from given import Given

from trimestre.embedded import EmbeddedPostgres
from trimestre.warehouse.database import connect


@contextmanager
def _warehouse(postgres: EmbeddedPostgres, make_database: Callable[[str], str], template: str) -> Iterator[sa.Engine]:
    name = make_database(template)
    engine = connect(postgres.url(name))
    yield engine
    engine.dispose()
    postgres.drop_database(name)


@pytest.fixture(scope="package")
def evidence_warehouse(
    postgres: EmbeddedPostgres, make_database: Callable[[str], str], migrated_template: str
) -> Iterator[sa.Engine]:
    """A migrated warehouse that stays empty."""
    with _warehouse(postgres, make_database, migrated_template) as engine:
        yield engine


@pytest.fixture(scope="module")
def given_once(
    postgres: EmbeddedPostgres, make_database: Callable[[str], str], migrated_template: str
) -> Iterator[Given]:
    """As ``given``, once for a module whose tests only read; in a database of its own, or the others would wait."""
    with _warehouse(postgres, make_database, migrated_template) as engine, engine.connect() as connection:
        yield Given(connection)
        connection.rollback()


@pytest.fixture
def given(evidence_warehouse: sa.Engine) -> Iterator[Given]:
    """A warehouse with the dimensions of a small project, and nothing delivered yet."""
    with evidence_warehouse.connect() as connection:
        yield Given(connection)
        connection.rollback()
