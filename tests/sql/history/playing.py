"""Plays nights on a real warehouse: a fake connector, and the steps of a batch up to its merge.

Great Expectations is left out: a row whose marked field says «malo» is retained by hand, keys in conflict by the
validation's own statement.
"""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import sqlalchemy as sa
import zstandard

from history.things import BAD, KINDS, Night, Record, fields
from trimestre.contracts import Project
from trimestre.errors import PermanentError
from trimestre.keys import account_keys
from trimestre.pipeline import merging, staging, transactions, validation
from trimestre.pipeline.landing import _sweep
from trimestre.pipeline.transactions import joined
from trimestre.sources.base import Delivery, LandedFile, RecordChunk, RowFrames
from trimestre.warehouse.database import transaction

KEY = b"k" * 32
DATASET = "d"
NOWHERE = Path("/nonexistent")


@dataclass(frozen=True)
class Place:
    """Where histories are played: one warehouse for all."""

    engine: sa.Engine
    project: Project

    def __repr__(self) -> str:
        return "Place()"  # beside a falsifying example nobody wants a whole project


@dataclass
class Fake:
    """The connector over one night; ``at_once`` records of a scope make a chunk."""

    night: Night
    parser_version: str = "1"
    at_once: int = 2
    landed_file_id: int = 1

    def fetch(self, landing: Any) -> None:
        raise NotImplementedError

    def deliveries(self, files: Sequence[LandedFile]) -> list[Delivery]:
        return [Delivery(DATASET, scope, complete) for scope, (complete, _) in self.night.scopes.items()]

    def chunks(self, files: Sequence[LandedFile]) -> Iterator[RecordChunk]:
        for scope, (_, records) in self.night.scopes.items():
            for start in range(0, len(records), self.at_once):
                yield self._chunk(scope, records[start : start + self.at_once])

    def _chunk(self, scope: str, records: Sequence[Record]) -> RecordChunk:
        def rows(indices: Sequence[int]) -> RowFrames:
            found: dict[str, list[dict[str, Any]]] = defaultdict(list)
            for index in indices:
                for row in records[index].rows:
                    found[row[0]].append({"record": index, **fields(row)})
            return {entity: pd.DataFrame(items) for entity, items in found.items()}

        return RecordChunk(
            DATASET, scope, self.landed_file_id, [str(i + 1) for i in range(len(records))],
            [r.encoded() for r in records], rows,
            {i: "ilegible" for i, record in enumerate(records) if record.unreadable and not record.blank},
        )  # fmt: skip


def judge_by_hand(place: transactions.Place, project: Project, batch_id: int, now: datetime | None = None) -> None:
    """What validation does, without Great Expectations."""
    checked = dict.fromkeys(validation._staged(place, batch_id), 0)
    validation._note_same_keys(place, batch_id, checked)
    validation._store(place, batch_id, checked, [])
    with joined(place) as connection:
        for entity in checked:
            connection.execute(
                sa.text(
                    "INSERT INTO staging.failed_row SELECT batch_id, :entity, staged_id, 'prueba', 'critical'"
                    f" FROM staging.{entity} WHERE batch_id = :batch_id AND {KINDS[entity].marked} = :bad"
                    " AND out_of_scope IS NULL"
                ),
                {"entity": entity, "batch_id": batch_id, "bad": BAD},
            )


class Warehouse:
    """Runs nights of one source and reads what the tables hold."""

    def __init__(self, engine: sa.Engine, project: Project, source: str) -> None:
        self.engine, self.project, self.source = engine, project, source
        self.keys: Callable[[str], str] = cache(account_keys(KEY, source))
        self.numbers: dict[tuple[str, str, str, bytes], int] = {}
        """Scope, entity, rule and content of each retained row seen so far -> its number."""

    def run(self, night: Night) -> int:
        with transaction(self.engine) as connection:
            _sweep(connection, self.source, NOWHERE)
            batch_id: int = connection.execute(
                sa.text(
                    "INSERT INTO ops.batch (source, state, started_at, fingerprint) VALUES"
                    " (:source, 'landed', clock_timestamp(), :fingerprint) RETURNING batch_id"
                ),
                {"source": self.source, "fingerprint": night.fingerprint},
            ).scalar_one()
        self.land(batch_id, night)
        if night.fate == "landed":
            return batch_id
        for _ in range(night.stagings):
            self.stage(batch_id, night)
        if night.fate == "staged":
            return batch_id
        if night.fate == "rejected":
            merging.reject(self.engine, batch_id, PermanentError("prueba"))
            return batch_id
        self.validate(batch_id)
        if night.fate == "merged":
            merging.merge(self.engine, self.project, batch_id)
        return batch_id

    def land(self, batch_id: int, night: Night) -> None:
        """Nothing: the fake connector brings its night along."""

    def stage(self, batch_id: int, night: Night) -> None:
        staging.stage(self.engine, Fake(night), self.project, batch_id, landing=NOWHERE, key=KEY)

    def validate(self, batch_id: int) -> None:
        judge_by_hand(self.engine, self.project, batch_id)
        with transaction(self.engine) as connection:
            connection.execute(
                sa.text("UPDATE ops.batch SET state = 'validated' WHERE batch_id = :batch_id"), {"batch_id": batch_id}
            )

    def rows(self, text: str, **parameters: Any) -> list[Any]:
        with transaction(self.engine) as connection:
            return list(connection.execute(sa.text(text), {"source": self.source, **parameters}))


@dataclass
class Nights:
    """The connector over files that hold the number of their batch: it knows what each delivered."""

    nights: dict[int, Night] = field(default_factory=dict)
    parser_version: str = "1"

    def _night(self, files: Sequence[LandedFile]) -> Fake:
        batch_id = int(zstandard.decompress(files[0].path.read_bytes()))
        return Fake(self.nights[batch_id], at_once=1000, landed_file_id=files[0].landed_file_id)

    def fetch(self, landing: Any) -> None:
        raise NotImplementedError

    def deliveries(self, files: Sequence[LandedFile]) -> list[Delivery]:
        return self._night(files).deliveries(files)

    def chunks(self, files: Sequence[LandedFile]) -> Iterator[RecordChunk]:
        return self._night(files).chunks(files)


class Archive(Warehouse):
    """A source whose nights are landed, so that they can be withdrawn and run again."""

    def __init__(self, place: Place, source: str, folder: Path) -> None:
        super().__init__(place.engine, place.project, source)
        self.landing = folder
        self.connector = Nights()

    def land(self, batch_id: int, night: Night) -> None:
        content = str(batch_id).encode()
        path = f"{self.source}-{batch_id}.zst"
        (self.landing / path).write_bytes(zstandard.compress(content))
        self.connector.nights[batch_id] = night
        with transaction(self.engine) as connection:
            connection.execute(
                sa.text(
                    "INSERT INTO ops.landed_file"
                    " (batch_id, source, dataset, scope, path, sha256, bytes, original_name, dropped)"
                    " VALUES (:batch_id, :source, :dataset, '', :path, :sha256, :bytes, 'a.csv', '{}')"
                ),
                {
                    "batch_id": batch_id, "source": self.source, "dataset": DATASET, "path": path,
                    "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest(),
                },
            )  # fmt: skip
            connection.execute(
                sa.text("UPDATE ops.batch SET landed_at = clock_timestamp() WHERE batch_id = :b"), {"b": batch_id}
            )

    def stage(self, batch_id: int, night: Night) -> None:
        staging.stage(self.engine, self.connector, self.project, batch_id, landing=self.landing, key=KEY)
