"""How the statements of one merge are run: with the batch's parameters, and with the identifiers of an entity.

Data flow: sql/merge/<name>.sql + tokens of the entity + parameters of the batch -> the open transaction.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from trimestre.pipeline.tokens import Tokens
from trimestre.warehouse.entities import Entity
from trimestre.warehouse.sqlfiles import statement


@dataclass(frozen=True)
class Statements:
    """Runs the statements of a batch within its transaction."""

    connection: sa.Connection
    source: str
    batch_id: int
    at: datetime
    """System time of the merge: ``valid_from`` of its versions."""

    def run(
        self, name: str, entity: Entity | None = None, *, filled: dict[str, str] | None = None, **parameters: Any
    ) -> sa.CursorResult[Any]:
        """Run ``sql/merge/<name>.sql``; ``filled`` are identifiers beside those of the entity."""
        text = statement(f"merge/{name}", **(Tokens(entity).for_(f"merge/{name}") if entity else {}), **(filled or {}))
        return self.text(text, **({"entity": entity.name} if entity else {}), **parameters)

    def look_up(self, *, cheap: bool) -> None:
        """Plan for few rows, which are looked up in whatever they are compared with, or for whole tables."""
        self.text("SET LOCAL random_page_cost = 1.1" if cheap else "RESET random_page_cost")

    def text(self, text: str, **parameters: Any) -> sa.CursorResult[Any]:
        """Run a statement."""
        own = {"source": self.source, "batch_id": self.batch_id, "at": self.at}
        return self.connection.execute(sa.text(text), own | parameters)


def emptied(connection: sa.Connection, table: str, columns: str = "record_id bigint") -> None:
    """Make an empty temporary table; a transaction of several batches has it since its first one."""
    connection.execute(sa.text(f"CREATE TEMPORARY TABLE IF NOT EXISTS {table} ({columns}) ON COMMIT DROP"))
    connection.execute(sa.text(f"TRUNCATE {table}"))
