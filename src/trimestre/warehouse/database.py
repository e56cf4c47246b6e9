"""Connections to the warehouse, COPY, the warehouse lock and the strictly rising system time.

Every session brings the settings that our statements are written for (:data:`SESSION`).
"""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from trimestre import texts
from trimestre.errors import ContractError, PermanentError, TransientError, TrimestreError
from trimestre.texts import WAREHOUSE

if TYPE_CHECKING:
    import pyarrow as pa

_LOCK = 7_074_230_146  # one number for the whole warehouse: «trimestre»

_REACHED = 10
"""Seconds until a server that does not answer counts as unreachable: by itself libpq waits for minutes."""


_SETTINGS = {
    # Hashes of rows are taken over their text.
    "timezone": "UTC",
    "datestyle": "ISO,MDY",
    "intervalstyle": "postgres",
    "bytea_output": "hex",
    "extra_float_digits": "1",
    # A backslash in a pattern is one, and what is compared with null is unknown.
    "standard_conforming_strings": "on",
    "transform_null_equals": "off",
    # Whoever waited for the warehouse lock must see what was written meanwhile.
    "default_transaction_isolation": r"read\ committed",
    "jit": "off",
}
SESSION = {
    "options": " ".join(f"-c {name}={value}" for name, value in _SETTINGS.items()),
    "client_encoding": "UTF8",  # what COPY is sent
    "application_name": "trimestre",
}
"""What a session has whatever is set for the server, the database or the role: arguments of the driver."""

_BY_ENVIRONMENT = {"TimeZone": "UTC", "DateStyle": "ISO, MDY"}
"""What libpq would rather take from ``PGTZ`` and ``PGDATESTYLE`` than from :data:`SESSION`, as a server tells it."""


def keep_session(engine: sa.Engine) -> None:
    """Let no variable of the environment win over :data:`SESSION` in an engine's connections.

    A server tells these settings unasked: where nobody set the variables it costs nothing.
    """
    sa.event.listen(engine, "connect", _put_back)


def _put_back(connection: Any, _: Any) -> None:
    if any(connection.info.parameter_status(name) != value for name, value in _BY_ENVIRONMENT.items()):
        with connection.cursor() as cursor:
            for name, value in _BY_ENVIRONMENT.items():
                cursor.execute(f"SET {name} TO {value}")
        connection.commit()


def connect(url: str) -> sa.Engine:
    """An engine for the warehouse; :class:`ContractError` when the URL is not PostgreSQL by psycopg."""
    try:
        parsed = sa.make_url(url)
    except (sa.exc.ArgumentError, ValueError):  # a port that is no number, be it the end of a password
        raise ContractError(WAREHOUSE["no_url"]) from None
    if parsed.drivername in {"postgresql", "postgres"}:
        parsed = parsed.set(drivername="postgresql+psycopg")
    if parsed.drivername != "postgresql+psycopg":
        raise ContractError(WAREHOUSE["driver"].format(found=parsed.drivername))
    engine = sa.create_engine(
        parsed,
        pool_pre_ping=True,
        hide_parameters=True,  # parameters may be personal data, and errors are logged
        # 4 MB a sort or hash, PostgreSQL's default, would send every batch of some size to disk.
        connect_args={**SESSION, "options": f"{SESSION['options']} -c work_mem=64MB", "connect_timeout": _REACHED},
    )
    keep_session(engine)
    return engine


def expect_utf8(connection: sa.Connection) -> None:
    """Refuse a database that would not hold every name, or would hold it as bytes that mean nothing to it.

    :class:`PermanentError`; a database can't change its encoding.
    """
    found = connection.exec_driver_sql("SHOW server_encoding").scalar_one()
    if found != "UTF8":
        name = connection.engine.url.database
        raise PermanentError(texts.CLI["encoding"].format(database=name, found=found))


class SqlRefused(PermanentError):
    """The database refused a statement: a bug, a missing right, or a warehouse that is not migrated."""

    def __init__(self, message: str, code: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        """PostgreSQL's code of the error, such as ``42P01``."""


@contextmanager
def transaction(engine: sa.Engine) -> Iterator[sa.Connection]:
    """One transaction. Errors of the database become ours, without the statement's values.

    A lost connection, a deadlock or a lock not had is a :class:`TransientError`, as is a statement that was cancelled;
    anything else is permanent.
    """
    try:
        with engine.begin() as connection:
            yield connection
    except (sa.exc.OperationalError, sa.exc.InterfaceError) as error:
        raise _broken_off(error.orig or error) from None
    except sa.exc.TimeoutError as error:  # all connections of the pool are in use
        raise _broken_off(error) from None
    except sa.exc.DBAPIError as error:
        raise _refused(error.orig or error) from None


@contextmanager
def one_state(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A transaction whose statements all see the state that the first one saw, whatever is committed meanwhile."""
    with transaction(engine) as connection:
        connection.execute(sa.text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
        yield connection


_FULL = {"53100": "disk", "53200": "memory", "53400": "limit"}
"""PostgreSQL's code -> what its server ran out of, as the texts know it."""

_BEYOND = "54"
"""Codes of what no server takes, however often it is tried: a value too long for an index, too many columns."""


def _broken_off(error: BaseException) -> TrimestreError:
    code = getattr(error, "sqlstate", None)
    if str(code).startswith(_BEYOND):
        return _refused(error)
    if code in _FULL:
        return TransientError(WAREHOUSE["no_room"].format(where=WAREHOUSE[_FULL[code]], code=code))
    if code == "57014":
        return TransientError(WAREHOUSE["cancelled"])
    return TransientError(WAREHOUSE["no_connection"].format(kind=type(error).__name__))


def _refused(error: BaseException) -> SqlRefused:
    """An error of the database without its text, which may quote a value of a row: its code and the names in it."""
    found = getattr(error, "diag", None)
    names = [str(name) for name in (getattr(found, "table_name", None), getattr(found, "column_name", None),
             getattr(found, "constraint_name", None)) if name]  # fmt: skip
    code = getattr(error, "sqlstate", None) or type(error).__name__
    return SqlRefused(
        WAREHOUSE["refused"].format(
            code=code, kind=type(error).__name__, names="; " + ", ".join(names) if names else ""
        ),
        getattr(error, "sqlstate", None),
    )


def whole_tables(connection: sa.Connection) -> None:
    """Plan the rest of the transaction for statements that read whole tables.

    What is known of history by inequalities is guessed as a ninth of itself, and the planner would loop over the rest.
    More processes would cost more than they save: the statements are many, and each is short. What a million people
    have is sorted and hashed within 128 MB and twice that; what asks for more goes to disk.
    """
    connection.execute(
        sa.text(
            "SELECT set_config('enable_nestloop', 'off', TRUE), set_config('enable_mergejoin', 'off', TRUE),"
            " set_config('max_parallel_workers_per_gather', '0', TRUE), set_config('work_mem', '128MB', TRUE),"
            # Samples of thousands of rows tell the planner what it needs; those of tens of thousands cost more.
            " set_config('default_statistics_target', '20', TRUE)"
        )
    )


@contextmanager
def planned(connection: sa.Connection, **settings: str) -> Iterator[None]:
    """Plan the statements within by other settings of PostgreSQL, and later ones as before.

    After an error nothing is put back: the transaction, or its savepoint, takes the settings with it.
    """
    asked = ", ".join(f"current_setting('{name}') AS {name}" for name in settings)
    put = sa.text("SELECT " + ", ".join(f"set_config('{name}', :{name}, TRUE)" for name in settings))
    held = connection.execute(sa.text("SELECT " + asked)).one()._asdict()
    connection.execute(put, settings)
    yield
    connection.execute(put, held)


def lock_warehouse(connection: sa.Connection) -> datetime:
    """Take the one warehouse lock until commit and draw the system time, later than every merge before it."""
    connection.execute(sa.text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    drawn: datetime = connection.execute(
        sa.text("SELECT greatest(clock_timestamp(), max(merged_at) + interval '1 microsecond') FROM ops.batch")
    ).scalar_one()
    return drawn


def copy_rows(connection: sa.Connection, table: str, rows: "pa.Table") -> None:
    """COPY an Arrow table into ``table`` (``schema.name``) by its column names: text, integers, null.

    Errors are told as :func:`transaction` tells them: the driver's own quote the line.
    """
    import psycopg
    from psycopg import sql
    from pyarrow import csv

    if rows.num_rows == 0:
        return
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT csv)").format(
        sql.Identifier(*table.split(".")),
        sql.SQL(", ").join(sql.Identifier(name) for name in rows.column_names),
    )
    raw: Any = connection.connection.driver_connection
    try:
        with raw.cursor() as cursor, cursor.copy(statement) as copy:
            for start in range(0, rows.num_rows, 20_000):
                buffer = io.BytesIO()
                csv.write_csv(rows.slice(start, 20_000), buffer, csv.WriteOptions(include_header=False))
                copy.write(buffer.getvalue())
    except (psycopg.OperationalError, psycopg.InterfaceError) as error:
        raise _broken_off(error) from None
    except psycopg.Error as error:
        raise _refused(error) from None


def binary_column(connection: sa.Connection, text: str, parameters: dict[str, Any]) -> Iterator[Any]:
    """The one column of a query in the server's own form: bytes come as they are, and not twice as long as text.

    One value at a time; the connection is free again after the last one. ``text`` has its parameters as ``%(name)s``.
    Errors are told as :func:`transaction` tells them.
    """
    import psycopg

    raw: Any = connection.connection.driver_connection
    try:
        with raw.cursor(binary=True) as cursor:
            for (value,) in cursor.stream(text, parameters):
                yield value
    except (psycopg.OperationalError, psycopg.InterfaceError) as error:
        raise _broken_off(error) from None
    except psycopg.Error as error:
        raise _refused(error) from None
