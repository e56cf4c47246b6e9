"""A scratch warehouse: a migrated database that nobody else uses, gone when it is no longer needed.

Beside the warehouse where its user may make databases; else in an empty database that somebody gives. What a killed run
left, personal data included, goes with the next one.

Data flow: the warehouse's server, or a URL -> empty warehouse -> (whoever fills and reads it) -> nothing.
"""

import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from trimestre.errors import ContractError, TransientError
from trimestre.texts import REFUSALS
from trimestre.warehouse.database import connect, transaction
from trimestre.warehouse.migrate import migrate
from trimestre.warehouse.tables import SCHEMAS

_LOCK = 7_074_230_148


@contextmanager
def scratch_warehouse(engine: sa.Engine, url: str | None = None) -> Iterator[sa.Engine]:
    """An empty, migrated warehouse, removed at the end and after an error.

    Without ``url`` it is a database beside that of ``engine``. :class:`ContractError` when that user may not make one,
    or the database of ``url`` is in use; :class:`TransientError` while another scratch warehouse stands beside it.
    """
    place = _given(url) if url else _beside(engine)
    with place as made:
        migrate(made)
        scratch = connect(made)
        try:
            yield scratch
        finally:
            scratch.dispose()


def copy_across(here: sa.Connection, there: sa.Connection, table: sa.Table, column: str, keys: Iterable[Any]) -> None:
    """Copy the rows of a table whose ``column`` is one of ``keys`` from one warehouse to the other."""
    from psycopg import sql

    columns = sql.SQL(", ").join(sql.Identifier(item.name) for item in table.columns)
    name = sql.Identifier(*table.fullname.split("."))
    out = sql.SQL("COPY (SELECT {} FROM {} WHERE {} = ANY({})) TO STDOUT").format(
        columns, name, sql.Identifier(column), sql.Literal(sorted(keys))
    )
    into = sql.SQL("COPY {} ({}) FROM STDIN").format(name, columns)
    source: Any = here.connection.driver_connection
    target: Any = there.connection.driver_connection
    with (
        source.cursor() as reading,
        target.cursor() as writing,
        reading.copy(out) as rows,
        writing.copy(into) as taken,
    ):
        for block in rows:
            taken.write(block)


@contextmanager
def _beside(engine: sa.Engine) -> Iterator[str]:
    """The URL of a new database on the warehouse's server."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as server:
        if not server.execute(sa.text("SELECT pg_try_advisory_lock(:lock)"), {"lock": _LOCK}).scalar_one():
            raise TransientError(REFUSALS["scratch_busy"])
        try:
            prefix = f"trimestre_scratch_{server.execute(sa.text(_OWN_NUMBER)).scalar_one()}_"
            _sweep(server, prefix)
            name = f"{prefix}{secrets.token_hex(4)}"
            _create(server, name)
            try:
                yield engine.url.set(database=name).render_as_string(hide_password=False)
            finally:
                server.exec_driver_sql(f'DROP DATABASE "{name}" WITH (FORCE)')
        finally:
            server.execute(sa.text("SELECT pg_advisory_unlock(:lock)"), {"lock": _LOCK})


_OWN_NUMBER = "SELECT CAST(oid AS bigint) FROM pg_database WHERE datname = current_database()"


def _sweep(server: sa.Connection, prefix: str) -> None:
    """Drop what a killed run of this warehouse left; the lock says that nobody uses it."""
    for name in server.scalars(
        sa.text("SELECT datname FROM pg_database WHERE starts_with(datname, :prefix)"), {"prefix": prefix}
    ).all():
        server.exec_driver_sql(f'DROP DATABASE "{name}" WITH (FORCE)')


def _create(server: sa.Connection, name: str) -> None:
    try:
        server.exec_driver_sql(f"CREATE DATABASE \"{name}\" TEMPLATE template0 ENCODING 'UTF8'")
    except sa.exc.ProgrammingError as error:
        raise ContractError(REFUSALS["scratch_forbidden"].format(code=_code(error))) from None


def _code(error: sa.exc.DBAPIError) -> str:
    return str(getattr(error.orig, "sqlstate", None) or type(error).__name__)


@contextmanager
def _given(url: str) -> Iterator[str]:
    """An empty database that somebody gives; it is empty again at the end."""
    engine = connect(url)
    try:
        with transaction(engine) as connection:
            found = connection.scalars(
                sa.text("SELECT nspname FROM pg_namespace WHERE nspname = ANY(:schemas) ORDER BY 1"),
                {"schemas": list(SCHEMAS)},
            ).all()
        if found:
            raise ContractError(REFUSALS["scratch_filled"].format(schemas=", ".join(found)))
        try:
            yield url
        finally:
            with transaction(engine) as connection:
                for schema in SCHEMAS:
                    connection.execute(sa.schema.DropSchema(schema, cascade=True, if_exists=True))
    finally:
        engine.dispose()
