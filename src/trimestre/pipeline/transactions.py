"""Transactions of the steps: a night commits each of its steps, a replay runs all of them in one transaction.

Every step therefore takes a *place*: an engine, on which it opens and commits a transaction of its own, or a connection
whose transaction it joins. A source is locked apart from the warehouse, so that a replay never takes the memory of the
door away while a batch of the same source is at it.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from trimestre.warehouse.database import transaction

Place = sa.Engine | sa.Connection

_SOURCES = 707_423_015  # first half of the lock of a source; the second is made of its name


@contextmanager
def joined(place: Place) -> Iterator[sa.Connection]:
    """The open transaction of a connection, or a new one on an engine, committed at the end."""
    if isinstance(place, sa.Connection):
        yield place
    else:
        with transaction(place) as connection:
            yield connection


def lock_source(connection: sa.Connection, source: str, *, alone: bool) -> None:
    """Hold a source until commit: batches at the door share it, a replay or a withdrawal has it alone."""
    function = "pg_advisory_xact_lock" if alone else "pg_advisory_xact_lock_shared"
    connection.execute(
        sa.text(f"SELECT {function}(:sources, hashtext(:source))"), {"sources": _SOURCES, "source": source}
    )
