"""When something that should be done again and again was done last: a look at everything, a backup.

Data flow: watch, backup -> ops.watch -> looking, status.
"""

from datetime import datetime
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from trimestre.warehouse.tables.ops import watch

Mark = Literal["everything", "backup"]


def mark(connection: sa.Connection, what: Mark, at: datetime) -> None:
    """Note that it was done at an instant."""
    done = insert(watch).values(look=what, looked_at=at)
    connection.execute(done.on_conflict_do_update(index_elements=["look"], set_={"looked_at": at}))


def marked_at(connection: sa.Connection, what: Mark) -> datetime | None:
    """When it was done last; ``None`` = never."""
    at: datetime | None = connection.execute(sa.select(watch.c.looked_at).where(watch.c.look == what)).scalar()
    return at
