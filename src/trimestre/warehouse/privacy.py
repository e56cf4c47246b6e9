"""Looks at personal data: each is a row of ``ops.look`` with who, when, why and how much, never what was seen.

Data flow: a command or a page that shows names -> ops.look, in the same transaction as the reading. In the database
itself the functions ``ops.look_at_retained`` and ``ops.look_at_accounts`` do the same (sql/functions.sql).
"""

import json
from typing import Any

import sqlalchemy as sa

from trimestre.texts import REFUSALS
from trimestre.warehouse.decisions import plain_reason


def looked(connection: sa.Connection, kind: str, subject: dict[str, Any], *, reason: str, who: str, rows: int) -> None:
    """Log a look in the open transaction; commit it before anything is shown.

    ``kind`` = retained, possible_pair, verification_sample or person; ``subject`` holds keys and numbers only; ``rows``
    = how many were shown. :class:`ContractError` without a reason, or with personal data in it.
    """
    reason = plain_reason(REFUSALS["look"], reason)
    connection.execute(
        sa.text(
            "INSERT INTO ops.look (looked_at, looked_by, kind, subject, reason, rows)"
            " VALUES (clock_timestamp(), :who, :kind, CAST(:subject AS jsonb), :reason, :rows)"
        ),
        {"who": who, "kind": kind, "subject": json.dumps(subject), "reason": reason, "rows": rows},
    )
