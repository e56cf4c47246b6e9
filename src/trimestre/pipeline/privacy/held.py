"""Landed files that still hold somebody: found by reading them as a night does, not by what is known about them.

Data flow: ops.landed_file + the files -> connector.chunks -> rows whose account or identifiers are the person's ->
which files, which batches, how many rows. Nothing is written, and no value is told.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa

from trimestre.errors import TrimestreError
from trimestre.keys import account_keys, older_keys
from trimestre.pipeline.landing import landed_files, verify
from trimestre.pipeline.privacy.erasing import Person
from trimestre.sources.base import Connector, LandedFile, RecordChunk
from trimestre.warehouse.database import transaction
from trimestre.warehouse.entities import ENTITIES

_IDENTIFYING = ("full_name", "email", "legal_id", "employee_id")


@dataclass(frozen=True)
class Holding:
    """One landed file that holds the person, or that could not be read."""

    landed_file_id: int
    path: str
    source: str
    batch_id: int
    landed_at: datetime
    rows: int | None
    """Rows about the person; None = the batch's files could not be read, so look into this one by hand."""


def holding(
    engine: sa.Engine, connector: Connector | None, person: Person, source: str, *, landing: Path, key: bytes
) -> list[Holding]:
    """The landed files of one source that hold a person, in their order; without a connector nobody can tell."""
    with transaction(engine) as connection:
        batches = connection.execute(
            sa.text(
                "SELECT DISTINCT b.batch_id, coalesce(b.landed_at, b.started_at) AS landed_at FROM ops.batch AS b"
                " INNER JOIN ops.landed_file AS f USING (batch_id)"
                " WHERE f.source = :source AND f.removed_at IS NULL ORDER BY b.batch_id"
            ),
            {"source": source},
        ).all()
        files = {row.batch_id: landed_files(connection, landing, row.batch_id) for row in batches}
    search = _Search(person, source, key)
    found = []
    for batch in batches:
        try:
            verify(files[batch.batch_id])
            rows = search.count(connector, files[batch.batch_id]) if connector else None
        except TrimestreError:
            rows = None
        found += [
            Holding(
                file.landed_file_id, str(file.path.relative_to(landing)), source, batch.batch_id, batch.landed_at,
                None if rows is None else rows[file.landed_file_id],
            )
            for file in files[batch.batch_id]
            if rows is None or rows[file.landed_file_id]
        ]  # fmt: skip
    return found


class _Search:
    """What to look for in the rows of one source."""

    def __init__(self, person: Person, source: str, key: bytes) -> None:
        self._accounts = set(person.accounts)
        self._texts = {value.strip().lower() for kind, value in person.identifiers if kind != "local"}
        self._keys = [account_keys(one, source) for one in (key, *older_keys(key))]
        self._known: dict[str, bool] = {}

    def count(self, connector: Connector, files: list[LandedFile]) -> Counter[int]:
        """Landed file -> rows about the person."""
        rows: Counter[int] = Counter()
        for chunk in connector.chunks(files):
            rows[chunk.landed_file_id] += sum(self._matches(chunk))
        return rows

    def _matches(self, chunk: RecordChunk) -> Iterator[int]:
        readable = [i for i, record in enumerate(chunk.records) if record and i not in chunk.unreadable]
        for entity, frame in chunk.rows(readable).items() if readable else ():
            if not ENTITIES[entity].has_account or not len(frame):
                continue
            hits = frame["account_ref"].map(self._theirs).astype(bool)
            if entity == "account_identity":
                for name in _IDENTIFYING:
                    if name in frame.columns:
                        hits |= frame[name].map(self._named).astype(bool)
            yield int(hits.sum())

    def _theirs(self, ref: object) -> bool:
        if not isinstance(ref, str):
            return False
        if ref not in self._known:
            self._known[ref] = any(key(ref) in self._accounts for key in self._keys)
        return self._known[ref]

    def _named(self, text: object) -> bool:
        return isinstance(text, str) and text.strip().lower() in self._texts
