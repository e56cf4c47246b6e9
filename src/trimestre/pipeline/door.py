"""The door: changed records of landed files become staged rows; an unchanged record goes no further.

Data flow: chunks -> staging.record (door) -> connector rows of parsed records -> staging.<entity>.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

import sqlalchemy as sa

from trimestre.pipeline.tombstones import key_of_accounts
from trimestre.pipeline.unpivoting import unpivot
from trimestre.sources.base import RecordChunk, RowFrames
from trimestre.warehouse.database import copy_rows
from trimestre.warehouse.entities import ENTITIES
from trimestre.warehouse.sqlfiles import statement

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    import pyarrow as pa


def through_the_door(
    connection: sa.Connection,
    source: str,
    batch_id: int,
    fingerprint: str,
    chunks: Iterable[RecordChunk],
    key: bytes,
    begin: int = 0,
) -> "Door":
    """Judge the records of some chunks and stage the rows of those that are new or changed.

    They are numbered from ``begin`` + 1 on.
    """
    door = Door(connection, source, batch_id, fingerprint, key_of_accounts(connection, source, key), begin)
    # Looking up the records of a chunk is cheaper than reading all that is remembered, once that is much.
    connection.execute(sa.text("SET LOCAL random_page_cost = 1.1"))
    for chunk in chunks:
        door.take(chunk)
    connection.execute(sa.text("RESET random_page_cost"))
    return door


class Door:
    """Takes chunks one after the other; numbers their records from ``begin`` + 1 on."""

    def __init__(
        self,
        connection: sa.Connection,
        source: str,
        batch_id: int,
        fingerprint: str,
        account_key: Callable[[str], str],
        begin: int = 0,
    ) -> None:
        self._connection = connection
        self._source = source
        self._batch_id = batch_id
        self._fingerprint = fingerprint.encode()
        self._account_key = account_key
        self._keys: dict[str, str] = {}  # of one chunk: its entities name the same accounts
        self._begins: np.ndarray | None = None  # of the hashes of the batch so far, sorted
        self._begin = begin
        self.landed = 0
        self.parsed = 0
        connection.execute(
            sa.text(
                "CREATE TEMPORARY TABLE IF NOT EXISTS door_chunk (position text, record_no bigint, record_hash bytea,"
                " copy boolean, unreadable text, content_hash bytea) ON COMMIT DROP"
            )
        )

    def take(self, chunk: RecordChunk) -> None:
        """Judge the records of a chunk and stage the rows of those that are new or changed."""
        import pyarrow as pa

        self._keys.clear()
        count = len(chunk.records)
        first = self._begin + self.landed + 1
        hashes = self._hashes(chunk)
        met: dict[bytes, int] = {}
        copies = [of is not None and met.setdefault(of, index) != index for index, of in enumerate(hashes)]
        self._connection.execute(sa.text("TRUNCATE door_chunk"))
        copy_rows(
            self._connection,
            "door_chunk",
            pa.table(
                {
                    "position": pa.array(chunk.positions, pa.string()),
                    "record_no": pa.array(range(first, first + count), pa.int64()),
                    "record_hash": _hexes(hashes),
                    "copy": pa.array(copies, pa.bool_()),
                    "unreadable": pa.array([chunk.unreadable.get(i) for i in range(count)], pa.string()),
                    "content_hash": _hexes([_content_hash(chunk, i) for i in range(count)]),
                }
            ),
        )
        parameters = {
            "batch_id": self._batch_id,
            "source": self._source,
            "landed_file_id": chunk.landed_file_id,
            "dataset": chunk.dataset,
            "scope": chunk.scope,
            "looks_back": self._looks_back(list(met)),
        }
        self._connection.execute(sa.text(statement("merge/_door")), parameters)
        told = self._connection.execute(  # one text: a row a record would cost more than the judging
            sa.text(
                "SELECT string_agg(CAST(record_no AS text), ' ' ORDER BY record_no) FROM staging.record"
                " WHERE batch_id = :batch_id AND record_no BETWEEN :first AND :last"
                " AND status = 'parsed' AND unreadable IS NULL"
            ),
            parameters | {"first": first, "last": first + count - 1},
        ).scalar_one()
        chosen = [int(number) for number in told.split()] if told else []
        self.landed += count
        if chosen:
            self.parsed += len(chosen)
            indices = [number - first for number in chosen]
            if chunk.wide is not None:
                records = unpivot(self._connection, self._batch_id, chunk.wide(indices), first, self._account_keys)
            else:
                records = self._store(chunk.rows(indices), first)
            self._count(records, first, chosen)

    def _hashes(self, chunk: RecordChunk) -> list[bytes | None]:
        """The hash of each record of a chunk; null = blank."""
        header = b"\x1f".join((self._fingerprint, chunk.dataset.encode(), chunk.scope.encode(), b""))
        sha256 = hashlib.sha256
        return [sha256(header + record).digest() if record else None for record in chunk.records]

    def _looks_back(self, hashes: Sequence[bytes]) -> bool:
        """Whether some hash of a chunk may have been in an earlier one: eight bytes of each are kept to tell."""
        import numpy as np

        known = self._begins
        begins = np.sort(np.frombuffer(b"".join(of[:8] for of in hashes), dtype=np.uint64))
        if known is None or not len(known):
            self._begins = begins
            return False
        places = np.searchsorted(known, begins)
        self._begins = np.insert(known, places, begins)
        return bool((known[np.minimum(places, len(known) - 1)] == begins).any())

    def _store(self, frames: RowFrames, first: int) -> "dict[str, np.ndarray]":
        """Write the rows; entity -> record of each."""
        import numpy as np

        records = {}
        for entity, frame in frames.items():
            if len(frame):
                records[entity] = frame["record"].to_numpy(dtype=np.int64)
                copy_rows(self._connection, f"staging.{entity}", self._staged(entity, frame, first))
        return records

    def _count(self, records: "dict[str, np.ndarray]", first: int, chosen: Sequence[int]) -> None:
        """Note how many rows of each entity every record gave."""
        import numpy as np
        import pyarrow as pa

        indices = np.asarray(chosen) - first
        counts = {entity: np.bincount(of, minlength=indices[-1] + 1)[indices] for entity, of in records.items()}
        # Few patterns stand behind many records: one JSON text a pattern, not one a record.
        matrix = np.array(list(counts.values()), dtype=np.int64).reshape(len(counts), len(chosen)).T
        patterns, which = np.unique(matrix, axis=0, return_inverse=True)
        texts = [json.dumps({e: int(n) for e, n in zip(counts, row, strict=True) if n}) for row in patterns]
        copy_rows(
            self._connection,
            "staging.record_rows",
            pa.table(
                {
                    "batch_id": pa.array([self._batch_id] * len(chosen), pa.int64()),
                    "record_no": pa.array(chosen, pa.int64()),
                    "row_counts": pa.array(texts, pa.string()).take(pa.array(which.reshape(-1))),
                }
            ),
        )

    def _staged(self, entity: str, frame: "pd.DataFrame", first: int) -> "pa.Table":
        """A frame of rows as the columns of its staging table."""
        import pyarrow as pa

        spec = ENTITIES[entity]
        count = len(frame)
        columns: dict[str, pa.Array] = {
            "batch_id": pa.array([self._batch_id] * count, pa.int64()),
            "record_no": pa.array(frame["record"].to_numpy() + first, pa.int64()),
        }
        if spec.has_account:
            refs = pa.array(frame["account_ref"], pa.string(), from_pandas=True)
            columns["account_ref"] = refs
            columns["account_key"] = self._account_keys(refs)
        for name in ("out_of_scope", *spec.fields):
            if name in frame.columns:
                columns[name] = pa.array(frame[name], pa.string(), from_pandas=True)
        return pa.table(columns)

    def _account_keys(self, refs: "pa.Array") -> "pa.Array":
        import pyarrow as pa

        if isinstance(refs, pa.ChunkedArray):
            refs = refs.combine_chunks()
        coded = refs.dictionary_encode()
        known = self._keys
        keys = []
        for ref in coded.dictionary.to_pylist():
            key = known.get(ref)
            if key is None:
                key = known[ref] = self._account_key(ref)
            keys.append(key)
        return pa.array(keys, pa.string()).take(coded.indices)


def _content_hash(chunk: RecordChunk, index: int) -> bytes | None:
    """What an unreadable record is known by in quarantine, whatever the contract; None for one that can be read."""
    record = chunk.records[index]
    return hashlib.sha256(record).digest() if record and index in chunk.unreadable else None


def _hexes(hashes: Sequence[bytes | None]) -> "pa.Array":
    """Bytes as COPY reads them."""
    import pyarrow as pa

    return pa.array([None if of is None else "\\x" + of.hex() for of in hashes], pa.string())
