"""Reading many rows out of the warehouse: COPY as CSV, in blocks of whole rows, so that memory stays flat."""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from trimestre.errors import TransientError
from trimestre.texts import WAREHOUSE
from trimestre.warehouse.database import SqlRefused

BLOCK = 50_000
"""Rows of a block."""


def copied(connection: sa.Connection, select: str) -> Iterator[tuple[int, bytes]]:
    """Run a SELECT (no parameters) by COPY and yield (rows, their CSV) until all are read.

    Null is an empty cell without quotes, an empty text is ``""``; a line ends with LF.
    """
    import psycopg

    raw: Any = connection.connection.driver_connection
    try:
        with raw.cursor() as cursor, cursor.copy(f"COPY ({select}) TO STDOUT (FORMAT csv)") as copy:
            block = bytearray()
            rows = 0
            for row in copy:  # the server sends one row at a time
                block += row
                rows += 1
                if rows == BLOCK:
                    yield rows, bytes(block)
                    block.clear()
                    rows = 0
            if rows:
                yield rows, bytes(block)
    except psycopg.OperationalError as error:
        raise TransientError(WAREHOUSE["interrupted"].format(kind=type(error).__name__)) from None
    except psycopg.Error as error:
        # PostgreSQL's own text may quote a value of a row: only its code is passed on.
        raise SqlRefused(
            WAREHOUSE["not_readable"].format(code=error.sqlstate, kind=type(error).__name__),
            error.sqlstate,
        ) from None
