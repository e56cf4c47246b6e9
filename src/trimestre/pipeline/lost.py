"""Staged rows that are gone: staging tables are not logged, and PostgreSQL empties them when it went down hard.

The state of the batch is logged and still says ``staged`` or ``validated``. Merged as it is, a batch without rows would
let everything vanish in the scopes that it delivered; it is staged again from its landed files instead.
"""

import sqlalchemy as sa

from trimestre.errors import TransientError
from trimestre.texts import NIGHT


class StagingLost(TransientError):
    """A batch was staged, and its rows are not there any more; staging it again mends that."""


def expect_staged_records(connection: sa.Connection, batch_id: int) -> None:
    """:class:`StagingLost` when staging the batch counted records, and none of its parts is there that brought them.

    All staging tables are emptied together, so that the parts speak for records, rows, and what failed a rule.
    """
    counted = connection.execute(
        sa.text(
            "SELECT coalesce(sum(d.records), 0) FROM ops.scope_delivery AS d WHERE d.batch_id = :batch_id"
            " AND NOT EXISTS (SELECT 1 FROM staging.part AS p WHERE p.batch_id = :batch_id)"
        ),
        {"batch_id": batch_id},
    ).scalar_one()
    if counted:
        raise StagingLost(NIGHT["staging_lost"].format(batch=batch_id, count=counted))
