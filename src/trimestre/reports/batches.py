"""What a batch brought, in a few lines for who looks at the log of its tasks; counts only, never what a row says.

Data flow: ops.batch, landed_file, row_account -> lines in Spanish.
"""

from typing import Any

import sqlalchemy as sa

from trimestre.texts import BATCH_LOG
from trimestre.warehouse.sqlfiles import read


def landed_told(connection: sa.Connection, batch_id: int) -> str:
    """How many files a batch brought."""
    found = _brought(connection, batch_id)
    return BATCH_LOG["landed" if found.files else "no_files"].format(batch=batch_id, files=f"{found.files:,}")


def merged_told(connection: sa.Connection, batch_id: int, page: str) -> list[str]:
    """What a batch changed, what it held back, and where one sees it; ``page`` = the page's address, or empty."""
    found = _brought(connection, batch_id)
    if found.state == "empty":
        return [BATCH_LOG["empty"].format(batch=batch_id)]
    counts = {
        name: f"{int(getattr(found, name)):,}"
        for name in ("landed", "new", "changed", "returned", "unchanged", "quarantined")
    }
    lines = [BATCH_LOG[name].format(batch=batch_id, **counts) for name in ("merged", "rest")]
    if found.quarantined:
        lines.append(BATCH_LOG["retained"])
    if found.message:
        lines.append(found.message)
    if page:
        lines.append(BATCH_LOG["page"].format(address=f"{page}calidad/lote/{batch_id}"))
    return lines


def _brought(connection: sa.Connection, batch_id: int) -> sa.Row[Any]:
    return connection.execute(sa.text(read("reports/batch_told")), {"batch": batch_id}).one()
