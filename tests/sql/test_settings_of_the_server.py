"""What an administrator set for a server, a database or a role changes nothing of what a night gives."""

import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pyarrow as pa
import pytest
import sqlalchemy as sa

from trimestre.backups.target import state_of
from trimestre.embedded import EmbeddedPostgres
from trimestre.errors import PermanentError, TransientError
from trimestre.pipeline.expecting import great_expectations_on
from trimestre.warehouse.database import connect, copy_rows, lock_warehouse, one_state, transaction
from trimestre.warehouse.migrate import migrate

LATER = datetime(2100, 1, 1, tzinfo=UTC)

HOSTILE = {
    "bytea_output": "escape",
    "client_encoding": "LATIN1",
    "datestyle": "SQL, DMY",
    "default_transaction_isolation": "serializable",
    "extra_float_digits": "-15",
    "intervalstyle": "sql_standard",
    "standard_conforming_strings": "off",
    "timezone": "America/Mexico_City",
    "transform_null_equals": "on",
}


def _set(url: str, settings: dict[str, str]) -> None:
    """Set parameters for a database; sessions that begin later have them."""
    engine = connect(url)
    with transaction(engine) as connection:
        for name, value in settings.items():
            connection.exec_driver_sql(f'ALTER DATABASE "{sa.make_url(url).database}" SET {name} TO {value!r}')
    engine.dispose()


@pytest.fixture
def hostile(warehouse: sa.Engine) -> Iterator[sa.Engine]:
    """A warehouse in a database whose administrator likes other settings than ours."""
    url = warehouse.url.render_as_string(hide_password=False)
    _set(url, HOSTILE)
    engine = connect(url)
    yield engine
    engine.dispose()


def test_our_sessions_have_the_settings_that_statements_are_written_for(hostile: sa.Engine) -> None:
    with transaction(hostile) as connection:
        found = {name: connection.execute(sa.text(f"SHOW {name}")).scalar_one() for name in HOSTILE}
    assert found == {
        "bytea_output": "hex",
        "client_encoding": "UTF8",
        "datestyle": "ISO, MDY",
        "default_transaction_isolation": "read committed",
        "extra_float_digits": "1",
        "intervalstyle": "postgres",
        "standard_conforming_strings": "on",
        "timezone": "UTC",
        "transform_null_equals": "off",
    }


def test_names_arrive_as_they_were_sent(hostile: sa.Engine) -> None:
    with transaction(hostile) as connection:
        connection.execute(sa.text("CREATE TEMPORARY TABLE told (name text)"))
        copy_rows(connection, "told", pa.table({"name": ["Muñoz, Iñaki"]}))
        assert connection.execute(sa.text("SELECT name, char_length(name) FROM told")).one() == ("Muñoz, Iñaki", 12)


def test_a_merge_that_waited_for_another_one_comes_after_it(hostile: sa.Engine) -> None:
    with ThreadPoolExecutor(1) as pool, transaction(hostile) as first:
        lock_warehouse(first)
        second = pool.submit(_drawn, hostile)
        while not first.execute(sa.text("SELECT count(*) FROM pg_locks WHERE NOT granted")).scalar_one():
            time.sleep(0.01)
        merged = "INSERT INTO ops.batch (source, state, started_at, merged_at) VALUES ('platform', 'merged', :at, :at)"
        first.execute(sa.text(merged), {"at": LATER})
        first.commit()
        assert second.result() > LATER


def _drawn(engine: sa.Engine) -> datetime:
    with transaction(engine) as connection:
        return lock_warehouse(connection)


def test_a_page_still_sees_one_state(hostile: sa.Engine) -> None:
    with one_state(hostile) as connection:
        assert connection.execute(sa.text("SHOW transaction_isolation")).scalar_one() == "repeatable read"


def test_a_warehouse_is_made_whatever_is_set(database: str) -> None:
    _set(database, HOSTILE)
    migrate(database)


def _run(engine: sa.Engine, *statements: str) -> None:
    with transaction(engine) as connection:
        for text in statements:
            connection.exec_driver_sql(text)


def test_a_value_that_no_index_holds_is_not_tried_again(warehouse: sa.Engine) -> None:
    too_long = "INSERT INTO told SELECT string_agg(md5(CAST(n AS text)), '') FROM generate_series(1, 120) AS n"
    index = "CREATE INDEX told_name ON told (name)"
    with pytest.raises(PermanentError, match=r"54000 \(ProgramLimitExceeded; told, told_name\)"):
        _run(warehouse, "CREATE TEMPORARY TABLE told (name text)", index, too_long)


def test_a_time_limit_of_the_server_is_told_as_one(warehouse: sa.Engine) -> None:
    with pytest.raises(TransientError, match="statement_timeout"):
        _run(warehouse, "SET LOCAL statement_timeout = 10", "SELECT pg_sleep(5)")


@pytest.fixture
def stubborn(warehouse: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> sa.Engine:
    """A warehouse reached by a process whose user likes other settings than ours."""
    monkeypatch.setenv("PGTZ", "America/Mexico_City")
    monkeypatch.setenv("PGDATESTYLE", "SQL, DMY")
    monkeypatch.setenv("PGCLIENTENCODING", "LATIN1")
    monkeypatch.setenv("PGOPTIONS", "-c timezone=America/Mexico_City -c bytea_output=escape")
    return warehouse


_SEEN = "SELECT current_setting('timezone'), current_setting('datestyle'), current_setting('client_encoding')"


def test_what_a_user_set_for_her_own_shell_changes_no_figure(stubborn: sa.Engine) -> None:
    for _ in range(2):
        with stubborn.connect() as connection:  # the second time it is the pool's, after a rollback
            assert tuple(connection.exec_driver_sql(_SEEN).one()) == ("UTC", "ISO, MDY", "UTF8")
            assert connection.exec_driver_sql("SHOW bytea_output").scalar_one() == "hex"


def test_rules_are_judged_by_the_same_settings(stubborn: sa.Engine) -> None:
    with great_expectations_on(stubborn) as source, source.get_execution_engine().engine.connect() as connection:
        assert tuple(connection.exec_driver_sql(_SEEN).one()) == ("UTC", "ISO, MDY", "UTF8")


@pytest.mark.parametrize("encoding", ["LATIN1", "SQL_ASCII"])
def test_a_warehouse_that_can_not_hold_every_name_is_not_made(postgres: EmbeddedPostgres, encoding: str) -> None:
    name = f"test_{encoding.lower()}_{os.getpid()}"
    server = sa.create_engine(postgres.url("postgres"), isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.exec_driver_sql(
            f"CREATE DATABASE {name} TEMPLATE template0 ENCODING '{encoding}' LOCALE_PROVIDER libc LOCALE 'C'"
        )
    try:
        with pytest.raises(PermanentError, match=f"codificación {encoding}, se esperaba UTF8"):
            migrate(postgres.url(name))
        engine = connect(postgres.url(name))
        with transaction(engine) as connection:
            assert connection.scalar(sa.text("SELECT to_regnamespace('ops') IS NULL"))
        engine.dispose()
        with pytest.raises(PermanentError, match=f"codificación {encoding}, se esperaba UTF8"):
            state_of(postgres.url(name))
    finally:
        server.dispose()
        postgres.drop_database(name)
