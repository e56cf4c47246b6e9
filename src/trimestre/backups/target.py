"""The database that a backup is restored into: made where there is none, never overwritten.

Data flow: URL -> absent, empty or filled -> an empty database of that name; what filled it is renamed, not dropped.
"""

from contextlib import suppress
from datetime import datetime
from typing import Literal

import sqlalchemy as sa

from trimestre.errors import ContractError, PermanentError, TransientError
from trimestre.texts import BACKUPS
from trimestre.warehouse.database import connect, expect_utf8, transaction
from trimestre.warehouse.tables import SCHEMAS

State = Literal["absent", "empty", "filled"]

_SERVER = ("postgres", "template1")
"""Databases through which others are made."""


def state_of(url: str) -> State:
    """What is in the database of a URL: nothing and schemas without data are both ``empty``.

    :class:`PermanentError` when it is empty and no warehouse can be made in it.
    """
    engine = connect(url)
    try:
        with engine.connect() as connection:
            there = connection.scalars(
                sa.text("SELECT nspname FROM pg_namespace WHERE nspname = ANY(:schemas)"), {"schemas": list(SCHEMAS)}
            ).all()
            tables = connection.scalars(
                sa.text("SELECT schemaname || '.' || tablename FROM pg_tables WHERE schemaname = ANY(:schemas)"
                        " AND schemaname || '.' || tablename NOT IN ('ops.schema_version', 'ops.rule')"),
                {"schemas": list(there)},
            )  # fmt: skip
            filled = any(connection.scalar(sa.text(f"SELECT EXISTS (SELECT 1 FROM {name})")) for name in tables.all())
            if not filled:
                expect_utf8(connection)
            return "filled" if filled else "empty"
    except sa.exc.OperationalError as error:
        if _is_absent(url):
            return "absent"
        raise TransientError(BACKUPS["no_connection"].format(kind=type(error.orig).__name__)) from None
    finally:
        engine.dispose()


def _is_absent(url: str) -> bool:
    """Whether the server of a URL answers and has no such database: why it refused us it says in its own language."""
    with suppress(PermanentError):
        engine = _server(url)
        try:
            with engine.connect() as connection:
                name = {"name": sa.make_url(url).database}
                there = sa.text("SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = :name)")
                return not connection.scalar(there, name)
        finally:
            engine.dispose()
    return False


def refuse(url: str) -> None:
    """Say that there is data already."""
    raise ContractError(BACKUPS["filled"].format(name=sa.make_url(url).database))


def prepare(url: str, state: State, now: datetime) -> str | None:
    """Have an empty database of that name; the name under which the one that was filled is kept.

    :class:`PermanentError` when this user may not make databases, or somebody works in the one to be renamed.
    """
    if state == "empty":
        engine = connect(url)
        with transaction(engine) as connection:
            for schema in SCHEMAS:
                connection.execute(sa.schema.DropSchema(schema, cascade=True, if_exists=True))
        engine.dispose()
        return None
    name = str(sa.make_url(url).database)
    kept = f"{name}_before_{now:%Y%m%d%H%M%S}" if state == "filled" else None
    engine = _server(url)
    quoted = engine.dialect.identifier_preparer.quote
    try:
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as server:
            made = f"{name}_restoring" if kept else name  # first, so that a refusal changes nothing
            server.exec_driver_sql(f"CREATE DATABASE {quoted(made)} TEMPLATE template0 ENCODING 'UTF8'")
            if kept:
                try:
                    server.exec_driver_sql(f"ALTER DATABASE {quoted(name)} RENAME TO {quoted(kept)}")
                except sa.exc.DBAPIError:
                    server.exec_driver_sql(f"DROP DATABASE {quoted(made)}")
                    raise
                server.exec_driver_sql(f"ALTER DATABASE {quoted(made)} RENAME TO {quoted(name)}")
    except sa.exc.DBAPIError as error:
        code = getattr(error.orig, "sqlstate", None)
        busy = code == "55006"
        said = BACKUPS["busy" if busy else "no_createdb"].format(name=name, code=code)
        raise PermanentError(said) from None
    finally:
        engine.dispose()
    return kept


def _server(url: str) -> sa.Engine:
    """An engine on the server of a URL, whatever its database."""
    for name in _SERVER:
        engine = connect(sa.make_url(url).set(database=name).render_as_string(hide_password=False))
        with suppress(sa.exc.OperationalError), engine.connect():
            return engine
        engine.dispose()
    raise PermanentError(BACKUPS["no_database"])
