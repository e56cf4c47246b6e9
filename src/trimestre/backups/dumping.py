"""Dumping databases for a backup: the warehouse as one snapshot sees it, described for the manifest, and Airflow's own.

Data flow: snapshot -> pg_dump -> the folder of the backup; the same snapshot -> what it knows of files, batches,
vintages and logins.
"""

from collections.abc import Collection, Sequence
from typing import Any

import sqlalchemy as sa

from trimestre.backups.gathering import Work
from trimestre.backups.manifest import AIRFLOW_DUMP, DUMP, BackedVintage
from trimestre.backups.programs import program, run
from trimestre.errors import PermanentError, TransientError
from trimestre.texts import BACKUPS
from trimestre.warehouse.database import connect, one_state, transaction
from trimestre.warehouse.tables import SCHEMAS

COUNTED = ("ops.batch", "ops.landed_file", "ops.decision", "restricted.tombstone", "results.candidate")
_WAITED = "60s"
_LONGEST_LOAD = "1h"
"""For how long a backup waits for a first load, which has its tables for itself to its commit."""


def dump(engine: sa.Engine, work: Work) -> tuple[dict[str, Any], list[dict[str, Any]], list[dict[str, Any]]]:
    """The warehouse as one snapshot sees it: dumped, described, and what it knows of landed files and batches."""
    tables = _tables(engine)
    with one_state(engine) as connection:
        _hold(connection, tables)  # before anything is looked at, which is what fixes the state
        server: int = connection.execute(sa.text("SHOW server_version_num")).scalar_one()
        if connection.scalar(sa.text("SELECT to_regclass('ops.schema_version')")) is None:
            raise PermanentError(BACKUPS["no_warehouse"])
        path = program("pg_dump", int(server) // 10_000)
        connection.execute(sa.text("SET LOCAL idle_in_transaction_session_timeout = 0"))  # pg_dump may take hours
        snapshot: str = connection.execute(sa.text("SELECT pg_export_snapshot()")).scalar_one()
        schemas = [f"--schema={name}" for name in SCHEMAS]
        # Staged rows are of batches at work, which the next night gives up.
        options = ["--format=custom", "--no-unlogged-table-data", f"--lock-wait-timeout={_WAITED}"]
        (work.folder / DUMP).touch(mode=0o600)
        run(path, connection, *options, f"--snapshot={snapshot}", *schemas, f"--file={work.folder / DUMP}")
        work.add(DUMP)
        files = connection.execute(sa.text(
            "SELECT landed_file_id, path, sha256 FROM ops.landed_file WHERE removed_at IS NULL ORDER BY landed_file_id"
        )).mappings().all()  # fmt: skip
        batches = connection.execute(
            sa.text("SELECT source, batch_id FROM ops.batch WHERE landed_at IS NOT NULL ORDER BY batch_id")
        ).mappings()
        return _described(connection), [dict(row) for row in files], [dict(row) for row in batches]


def _tables(engine: sa.Engine) -> list[str]:
    """The tables of the house, quoted, in one order for everybody."""
    query = "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname = ANY(:schemas) ORDER BY 1"
    with transaction(engine) as connection:
        return list(connection.scalars(sa.text(query), {"schemas": list(SCHEMAS)}))


def _hold(connection: sa.Connection, tables: Sequence[str]) -> None:
    """Keep the shape of tables as it is to the end of the transaction; their rows may change meanwhile.

    A first load leaves indexes out and makes them anew at its end. pg_dump, which would meet it while it waits for the
    table, looks for indexes that are gone by then, and fails.
    """
    if not tables:
        return
    connection.execute(sa.text(f"SET LOCAL lock_timeout = '{_LONGEST_LOAD}'"))
    try:
        connection.execute(sa.text(f"LOCK TABLE {', '.join(tables)} IN ACCESS SHARE MODE"))
    except sa.exc.OperationalError as error:
        if getattr(error.orig, "sqlstate", None) != "55P03":
            raise
        raise TransientError(BACKUPS["table_taken"].format(longest=_LONGEST_LOAD)) from None
    connection.execute(sa.text("SET LOCAL lock_timeout = DEFAULT"))


def _described(connection: sa.Connection) -> dict[str, Any]:
    """What the manifest says of the warehouse."""
    marks = connection.scalars(sa.text("SELECT DISTINCT key_mark FROM restricted.tombstone ORDER BY 1")).all()
    mark = connection.scalar(sa.text("SELECT value FROM ops.setting WHERE setting = 'account_key'"))
    vintages = connection.execute(sa.text(
        "SELECT DISTINCT ON (period) period, vintage, kind, hash FROM results.candidate WHERE state = 'vintage'"
        " ORDER BY period, vintage DESC"
    )).mappings()  # fmt: skip
    logins = connection.execute(sa.text(
        "SELECT r.rolname AS role, array_agg(CAST(m.rolname AS text) ORDER BY m.rolname) AS members"
        " FROM pg_auth_members AS a INNER JOIN pg_roles AS r ON a.roleid = r.oid"
        " INNER JOIN pg_roles AS m ON a.member = m.oid WHERE starts_with(r.rolname, 'trimestre_') GROUP BY 1"
    ))  # fmt: skip
    return {
        "revision": connection.execute(sa.text("SELECT version_num FROM ops.schema_version")).scalar_one(),
        "postgresql": connection.execute(sa.text("SHOW server_version")).scalar_one(),
        "key_mark": mark,
        "older_key_marks": tuple(found for found in marks if found != mark),
        "counts": counts(connection, COUNTED),
        "vintages": tuple(BackedVintage(**row) for row in vintages),
        "logins": {row.role: tuple(row.members) for row in logins},
    }


def counts(connection: sa.Connection, names: Collection[str]) -> dict[str, int]:
    """Rows of those of the tables that are counted."""
    return {
        name: connection.execute(sa.text(f"SELECT count(*) FROM {name}")).scalar_one()
        for name in COUNTED
        if name in names
    }


def dump_airflow(url: str, work: Work) -> None:
    """Airflow's own database, whole."""
    engine = connect(sa.make_url(url).set(drivername="postgresql+psycopg").render_as_string(hide_password=False))
    try:
        with transaction(engine) as connection:
            server: int = connection.execute(sa.text("SHOW server_version_num")).scalar_one()
            (work.folder / AIRFLOW_DUMP).touch(mode=0o600)
            path = program("pg_dump", int(server) // 10_000)
            run(path, connection, "--format=custom", f"--file={work.folder / AIRFLOW_DUMP}")
        work.add(AIRFLOW_DUMP)
    finally:
        engine.dispose()
