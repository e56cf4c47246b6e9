"""The door: changed records of landed files become staged rows; an unchanged record goes no further.

Data flow: chunks -> hashes -> what is remembered of them -> connector rows of new and changed records ->
staging.<entity>; door_record (temporary) -> staging.record, staging.unchanged, where whole hashes confirm what eight
bytes of each told.
The rows of a chunk are written by a thread while the next chunk is read.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from trimestre.keys import AccountKeys
from trimestre.pipeline import hashes
from trimestre.pipeline.behind import OneBehind
from trimestre.pipeline.privacy.tombstones import key_of_accounts
from trimestre.pipeline.remembered import Remembered
from trimestre.pipeline.unpivoting import Unpivoting
from trimestre.sources.base import Gathered, RecordChunk, RowFrames, WideRows
from trimestre.warehouse.database import copy_rows, planned
from trimestre.warehouse.entities import ENTITIES
from trimestre.warehouse.sqlfiles import statement

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    import pyarrow as pa

_STATUS = ("blank", "repeated", "unchanged", "parsed")
_BLANK, _REPEATED, _UNCHANGED, _PARSED = range(4)

FEW = 2_000
"""Chosen records of a chunk below which they wait for those of the next ones."""

WAITING = 200_000
"""Records that wait to be judged by their whole hashes: all that is remembered is read for them, while others come."""


class Mistaken(Exception):
    """Two hashes of the batch, or one of it and one remembered, are alike in the eight bytes that were asked."""


def through_the_door(
    connection: sa.Connection,
    source: str,
    batch_id: int,
    fingerprint: str,
    chunks: Callable[[], Iterable[RecordChunk]],
    key: bytes,
    begin: int = 0,
) -> "Door":
    """Judge the records of some chunks and stage the rows of those that are new or changed.

    They are numbered from ``begin`` + 1 on. ``chunks`` reads them from the beginning.
    """
    account_key = key_of_accounts(connection, source, key)
    *first, last = hashes.BITES
    for bite in first:
        door = Door(connection, source, batch_id, fingerprint, account_key, begin, bite)
        before = connection.begin_nested()
        try:
            door.take_all(chunks())
        except Mistaken:
            before.rollback()
        else:
            before.commit()
            return door
    door = Door(connection, source, batch_id, fingerprint, account_key, begin, last)
    door.take_all(chunks())
    return door


class Door:
    """Takes chunks one after the other; numbers their records from ``begin`` + 1 on."""

    def __init__(
        self,
        connection: sa.Connection,
        source: str,
        batch_id: int,
        fingerprint: str,
        account_key: AccountKeys,
        begin: int = 0,
        bite: int = hashes.BITES[0],
    ) -> None:
        """``bite`` = where the eight bytes that hashes are looked up by begin."""
        self._connection = connection
        self._batch_id = batch_id
        self._fingerprint = fingerprint.encode()
        self._account_key = account_key
        self._keys: dict[str, bytes] = {}  # of one chunk: its entities name the same accounts
        self._begin, self._bite = begin, bite
        self._before = begin  # the number before the first record that waits
        self._met = hashes.Met()
        self._remembered = Remembered(connection, source, bite)
        self._about: dict[str, object] = {"source": source, "batch_id": batch_id}
        self._place: dict[str, object] = {}
        self._waiting = dict.fromkeys(_STATUS, 0)
        self._unpivoting = Unpivoting(connection, batch_id)
        self._aside: Gathered | None = None
        self._aside_first = 0
        self._aside_records: list[int] = []
        self.landed = 0
        self.parsed = 0
        connection.execute(
            sa.text(
                "CREATE TEMPORARY TABLE IF NOT EXISTS door_record (position text, record_no bigint, record_hash bytea,"
                " status text, unreadable text, content_hash bytea) ON COMMIT DROP"
            )
        )
        connection.execute(sa.text("TRUNCATE door_record"))

    def take_all(self, chunks: Iterable[RecordChunk]) -> None:
        """Take chunks through the door; :class:`Mistaken` where nothing is sure, and all is to be taken back."""
        with OneBehind() as behind:
            for chunk in chunks:
                place = {"landed_file_id": chunk.landed_file_id, "dataset": chunk.dataset, "scope": chunk.scope}
                if place != self._place:
                    behind.wait()
                    self._write_records()
                    self._place = place
                if not self._remembered.knows(chunk):
                    behind.wait()  # the connection is the thread's until then
                behind.submit(self.take(chunk))
            behind.wait()
            self._write_records()

    def take(self, chunk: RecordChunk) -> Callable[[], None]:
        """Judge the records of a chunk and make the rows of those that are new or changed; what writes all of it."""
        first = self._begin + self.landed + 1
        status, records = self._judged(chunk, first)
        chosen = [index for index in (status == _PARSED).nonzero()[0].tolist() if index not in chunk.unreadable]
        self.landed += len(chunk.records)
        self.parsed += len(chosen)
        writes: list[Callable[[], None]] = [partial(copy_rows, self._connection, "door_record", records)]
        if isinstance(chunk.wide, Gathered) and len(chosen) < FEW:
            self._put_aside(chunk.wide, chosen, first)
            if len(self._aside_records) >= FEW:
                writes += self._rows_aside()
        elif chosen:
            writes += self._rows_aside()  # before: rows are staged in the order of their records
            if chunk.wide is not None:
                writes += self._wide_rows(chunk.wide(chosen), first, chosen)
            else:
                writes += self._frames(chunk.rows(chosen), first, chosen)

        if sum(self._waiting.values()) >= WAITING:
            writes.append(self._waiting_records())

        def write_all() -> None:
            for write in writes:
                write()

        return write_all

    def _put_aside(self, wide: Gathered, chosen: list[int], first: int) -> None:
        """Keep few records until there are more of them."""
        if not chosen:
            return
        if self._aside is None:
            self._aside, self._aside_first = wide.aside(chosen, 0), first
        else:
            self._aside.add(wide.aside(chosen, first - self._aside_first))
        self._aside_records += [index + first - self._aside_first for index in chosen]

    def _rows_aside(self) -> list[Callable[[], None]]:
        """What writes the rows of the records that were put aside."""
        aside, self._aside = self._aside, None
        chosen, self._aside_records = self._aside_records, []
        return [] if aside is None else self._wide_rows(aside(chosen), self._aside_first, chosen)

    def _wide_rows(self, wide: WideRows, first: int, chosen: Sequence[int]) -> list[Callable[[], None]]:
        """What writes the rows of tabular records, of which ``first`` is the number of the one with index 0."""
        self._keys.clear()
        write, given = self._unpivoting.prepare(wide, first, self._account_keys)
        return [write, self._row_counts(given, first, chosen)]

    def _frames(self, made: RowFrames, first: int, chosen: Sequence[int]) -> list[Callable[[], None]]:
        """The same of rows that the connector multiplied."""
        self._keys.clear()
        frames = {entity: frame for entity, frame in made.items() if len(frame)}
        writes = [
            partial(copy_rows, self._connection, f"staging.{entity}", self._staged(entity, frame, first))
            for entity, frame in frames.items()
        ]
        given = {entity: frame["record"].to_numpy(dtype="int64") for entity, frame in frames.items()}
        return [*writes, self._row_counts(given, first, chosen)]

    def _judged(self, chunk: RecordChunk, first: int) -> "tuple[np.ndarray, pa.Table]":
        """What each record is, as an index of the words for it, and the records as they are written."""
        import numpy as np
        import pyarrow as pa

        head = b"\x1f".join((self._fingerprint, chunk.dataset.encode(), chunk.scope.encode(), b""))
        of = hashes.sha256_of(head, chunk.records)
        count = len(of)
        blank = ~np.fromiter(map(bool, chunk.records), dtype=bool, count=count)
        status = np.full(count, _BLANK)
        status[~blank] = self._met_and_known(chunk, of[~blank])
        for word, number in zip(_STATUS, np.bincount(status, minlength=len(_STATUS)).tolist(), strict=True):
            self._waiting[word] += number
        unreadable = [chunk.unreadable.get(i) for i in range(count)] if chunk.unreadable else None
        contents = [_content_hash(chunk, i) for i in range(count)] if chunk.unreadable else None
        nothing = pa.nulls(count, pa.string())
        return status, pa.table(
            {
                # nobody asks where an unchanged record stands
                "position": pa.array(chunk.positions, pa.string(), mask=status == _UNCHANGED),
                "record_no": pa.array(np.arange(first, first + count)),
                "record_hash": hashes.copied(of, blank),
                "status": pa.array(_STATUS).take(pa.array(status)),
                "unreadable": nothing if unreadable is None else pa.array(unreadable, pa.string()),
                "content_hash": nothing if contents is None else pa.array(contents, pa.string()),
            }
        )

    def _met_and_known(self, chunk: RecordChunk, its: "np.ndarray") -> "np.ndarray":
        """Which of the hashes of a chunk are repeated, unchanged, or parsed."""
        import numpy as np

        numbers = hashes.bites(its, self._bite)
        known, again = self._remembered.of(chunk, its)
        if again is None:
            again = self._met.again(numbers)
        else:
            again |= known & self._met.holds(numbers)
            again[~known] = self._met.again(numbers[~known])
        return np.where(again, _REPEATED, np.where(known, _UNCHANGED, _PARSED))

    def _write_records(self) -> None:
        """Write what is left of a landed file: rows that were put aside, and the records that wait."""
        for write in (*self._rows_aside(), self._waiting_records()):
            write()

    def _waiting_records(self) -> Callable[[], None]:
        """What judges the waiting records of a landed file by their whole hashes, and writes what they are."""
        waiting, self._waiting = self._waiting, dict.fromkeys(_STATUS, 0)
        before, self._before = self._before, self._begin + self.landed
        place = self._place | {"before": before}

        def write() -> None:
            if not any(waiting.values()):
                return
            # By hashing: of tables just filled the planner knows nothing, and would compare each record with each.
            with planned(self._connection, enable_nestloop="off", enable_mergejoin="off"):
                if waiting["unchanged"]:
                    confirmed = self._run("merge/_door_unchanged", place).scalars()
                    if sum(confirmed) != waiting["unchanged"]:
                        raise Mistaken
                self._run("merge/_door", place)
                if waiting["repeated"] and self._run("merge/_door_repeated", place).rowcount != waiting["repeated"]:
                    raise Mistaken

        return write

    def _run(self, name: str, place: dict[str, object]) -> sa.CursorResult[Any]:
        return self._connection.execute(sa.text(statement(name)), self._about | place)

    def _row_counts(self, given: "dict[str, np.ndarray]", first: int, chosen: Sequence[int]) -> Callable[[], None]:
        """What writes how many rows of each entity every record gave."""
        import numpy as np
        import pyarrow as pa

        counts = {entity: np.bincount(of, minlength=chosen[-1] + 1)[list(chosen)] for entity, of in given.items()}
        # Few patterns stand behind many records: one JSON text a pattern, not one a record. Most entities don't
        # tell records apart, and only what does is sorted.
        matrix = np.array(list(counts.values()), dtype=np.int64).reshape(len(counts), len(chosen))
        telling = matrix[(matrix != matrix[:, :1]).any(axis=1)]
        examples, which = np.zeros(1, dtype=np.int64), np.zeros(len(chosen), dtype=np.int64)
        if len(telling):
            _, examples, which = np.unique(telling, axis=1, return_index=True, return_inverse=True)
        texts = [
            json.dumps({e: int(n) for e, n in zip(counts, row, strict=True) if n}) for row in matrix[:, examples].T
        ]
        counted = pa.table(
            {
                "batch_id": pa.array(np.full(len(chosen), self._batch_id)),
                "record_no": pa.array(np.asarray(chosen) + first),
                "row_counts": pa.array(texts, pa.string()).take(pa.array(which.reshape(-1))),
            }
        )
        return partial(copy_rows, self._connection, "staging.record_rows", counted)

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
                key = known[ref] = self._account_key.digest(ref)
            keys.append(key)
        return hashes.uuids(b"".join(keys)).take(coded.indices)


def _content_hash(chunk: RecordChunk, index: int) -> str | None:
    """What an unreadable record is known by in quarantine, whatever the contract; None for one that can be read."""
    record = chunk.records[index]
    return "\\x" + hashlib.sha256(record).hexdigest() if record and index in chunk.unreadable else None
