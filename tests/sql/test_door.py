"""Whatever way the door looks hashes up, a record is what its whole hash says."""

import hashlib
import json
from collections.abc import Iterator
from functools import partial

import numpy as np
import pandas as pd
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trimestre.errors import PermanentError
from trimestre.pipeline import door, hashes, remembered
from trimestre.pipeline.behind import OneBehind
from trimestre.pipeline.door import through_the_door
from trimestre.sources.base import RecordChunk
from trimestre.warehouse.database import transaction

BATCH, SOURCE, KEY = 7, "prueba", b"k" * 32
Record = tuple[str, bytes, bool]
"""Scope, content, and whether it can't be read."""


def chunks_of(chunks: list[list[Record]]) -> Iterator[RecordChunk]:
    """Each list in chunks of one scope, all of one landed file."""
    for records in chunks:
        for scope in sorted({scope for scope, *_ in records}):
            own = [(content, unreadable) for of, content, unreadable in records if of == scope]
            yield RecordChunk(
                dataset="d",
                scope=scope,
                landed_file_id=1,
                positions=[f"p{number}" for number in range(len(own))],
                records=[content for content, _ in own],
                rows=lambda indices: {
                    "account": pd.DataFrame({"record": indices, "account_ref": ["x"] * len(indices)})
                },
                unreadable={number: "numero_de_celdas" for number, (_, unreadable) in enumerate(own) if unreadable},
            )


def hash_of(scope: str, content: bytes) -> bytes:
    return hashlib.sha256(b"\x1f".join((b"f", b"d", scope.encode(), content))).digest()


Found = list[tuple[str, bool, int | None]]
"""Of each record its status, whether it gave a row, and what it is remembered as."""


def expected(chunks: list[list[Record]], seen: set[tuple[str, bytes]]) -> Found:
    """What records are; those that are unchanged, of which one is as good as another, come last."""
    found: Found = []
    numbers = {of: number for number, of in enumerate(sorted(seen), start=1)}
    met: set[tuple[str, bytes]] = set()
    for chunk in chunks_of(chunks):
        for index, content in enumerate(chunk.records):
            of = (chunk.scope, content)
            if not content:
                found.append(("blank", False, None))
            elif of in met:
                found.append(("repeated", False, None))
            elif of in seen:
                found.append(("unchanged", False, numbers[of]))
            else:
                found.append(("parsed", index not in chunk.unreadable, None))
            met |= {of} if content else set()
    return sorted(found, key=lambda one: one[2] or 0)


def remember(connection: sa.Connection, seen: set[tuple[str, bytes]]) -> None:
    """Records that an earlier batch brought, numbered from 1 in their order; every other one gave an account."""
    for number, (scope, content) in enumerate(sorted(seen), start=1):
        connection.execute(
            sa.text(
                "INSERT INTO ops.record_seen (record_id, source, dataset, scope, record_hash, row_counts, batch_id)"
                " VALUES (:number, :source, 'd', :scope, :hash, :rows, 1)"
            ),
            {
                "number": number,
                "source": SOURCE,
                "scope": scope,
                "hash": hash_of(scope, content),
                "rows": json.dumps({"account": number % 2}),
            },
        )


def staged(engine: sa.Engine, chunks: list[list[Record]], seen: set[tuple[str, bytes]]) -> Found:
    """The same as the door tells it; nothing is kept."""
    with engine.connect() as connection:
        remember(connection, seen)
        through_the_door(connection, SOURCE, BATCH, "f", lambda: chunks_of(chunks), KEY, begin=1000)
        unchanged = connection.execute(sa.text("SELECT * FROM staging.unchanged")).all()
        rows = connection.execute(
            sa.text(
                "SELECT r.record_no, r.status, r.record_hash, r.content_hash IS NOT NULL AS unread,"
                " r.record_id IS NULL AS unnumbered,"
                " (SELECT count(*) FROM staging.account AS s WHERE s.record_no = r.record_no) AS rows,"
                " (SELECT sum(CAST(CAST(k.row_counts AS jsonb) ->> 'account' AS bigint)) FROM staging.record_rows AS k"
                "  WHERE k.record_no = r.record_no) AS counted FROM staging.record AS r ORDER BY r.record_no"
            )
        ).all()
    ids = [number for piece in unchanged for number in piece.record_ids]
    scopes = [scope for scope, _ in sorted(seen)]
    for piece in unchanged:
        assert {(scopes[number - 1], number % 2) for number in piece.record_ids} == {
            (piece.scope, json.loads(piece.row_counts)["account"])
        }
        assert (piece.batch_id, piece.dataset, piece.repeated) == (BATCH, "d", 0)
    assert {row.record_no for row in rows} <= set(range(1001, 1001 + len(rows) + len(ids)))
    for row in rows:
        assert row.unnumbered == (row.status in ("blank", "repeated"))
        assert (row.record_hash is None) == (row.status == "blank")
        assert (row.counted or 0) == row.rows
    found: Found = [(row.status, bool(row.rows), None) for row in rows]
    return found + [("unchanged", False, number) for number in sorted(ids)]


RECORDS = st.tuples(st.sampled_from("ST"), st.sampled_from([b"", *(b"%d" % n for n in range(12))]), st.booleans())


@pytest.mark.parametrize("large", [0, 3, 1_000], ids=["read whole", "both", "looked up"])
@pytest.mark.parametrize("alike", [False, True], ids=["apart", "alike"])
@settings(
    max_examples=15, deadline=None, database=None, derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)  # fmt: skip
@given(
    chunks=st.lists(st.lists(RECORDS, min_size=1, max_size=8), max_size=4),
    seen=st.sets(st.tuples(st.sampled_from("ST"), st.sampled_from([b"%d" % n for n in range(12)]))),
    waiting=st.sampled_from([1, 4, 1_000]),
)
def test_a_record_is_what_its_whole_hash_says(
    warehouse: sa.Engine,
    large: int,
    alike: bool,
    chunks: list[list[Record]],
    seen: set[tuple[str, bytes]],
    waiting: int,
) -> None:
    """``alike``: of the first eight bytes two bits are looked at, so that what they tell is often wrong; ``waiting`` so
    many records are judged by their whole hashes at once."""
    bites, whole = hashes.bites, remembered.Remembered._all
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(remembered, "LARGE", large)
        patch.setattr(door, "WAITING", waiting)
        if alike:
            patch.setattr(hashes, "bites", lambda of, begin: bites(of, begin) & _looked_at(begin))
            patch.setattr(remembered.Remembered, "_all", lambda self, of: whole(self, of) & _looked_at(self._bite))
        assert staged(warehouse, chunks, seen) == expected(chunks, seen)


def _looked_at(begin: int) -> np.uint64:
    return np.uint64(3 if begin == 0 else 2**64 - 1)


@pytest.mark.parametrize(
    ("count", "seen"),
    [(5, set()), (1, {("S", b"%d" % number) for number in range(100, 140)})],
    ids=["met", "remembered"],
)
def test_what_is_alike_in_eight_bytes_is_read_again_and_not_lost(
    warehouse: sa.Engine, monkeypatch: pytest.MonkeyPatch, count: int, seen: set[tuple[str, bytes]]
) -> None:
    bites, asked = hashes.bites, []

    def alike(of: np.ndarray, begin: int) -> np.ndarray:
        asked.append(begin)
        return bites(of, begin) & _looked_at(begin)

    whole = remembered.Remembered._all
    monkeypatch.setattr(remembered, "LARGE", 0)
    monkeypatch.setattr(remembered.Remembered, "_all", lambda self, of: whole(self, of) & _looked_at(self._bite))
    monkeypatch.setattr(hashes, "bites", alike)
    chunks = [[("S", b"%d" % number, False)] for number in range(count)]
    assert [status for status, *_ in staged(warehouse, chunks, seen)] == ["parsed"] * count
    assert set(asked) == {0, 8}


def test_an_error_of_the_database_is_told_before_one_of_the_file_behind_it() -> None:
    def refused() -> None:
        raise PermanentError("first")

    def read() -> None:
        with OneBehind() as behind:
            behind.submit(refused)
            raise ValueError("second")

    with pytest.raises(PermanentError, match="first"):
        read()


def test_a_piece_begins_when_the_one_before_is_done() -> None:
    done: list[int] = []
    with OneBehind() as behind:
        for number in range(20):
            behind.submit(partial(done.append, number))
            assert done[:number] == list(range(number))
    assert done == list(range(20))


def test_a_file_that_ends_in_an_error_leaves_nobody_writing(warehouse: sa.Engine) -> None:
    def broken() -> Iterator[RecordChunk]:
        yield from chunks_of([[("S", b"1", False)]])
        raise PermanentError("damaged")

    with pytest.raises(PermanentError, match="damaged"), transaction(warehouse) as connection:
        through_the_door(connection, SOURCE, BATCH, "f", broken, KEY)
    with transaction(warehouse) as connection:
        assert connection.scalar(sa.text("SELECT count(*) FROM staging.record")) == 0


def test_a_night_without_news_writes_a_row_for_many_records_and_none_for_each(warehouse: sa.Engine) -> None:
    """A million records that say what they said would be written, counted and emptied again one by one."""
    known = {("S", b"%d" % number) for number in range(300)}
    chunks = [[("S", content, False) for _, content in sorted(known)]]
    with warehouse.connect() as connection:
        remember(connection, known)
        through_the_door(connection, SOURCE, BATCH, "f", lambda: chunks_of(chunks), KEY)
        assert connection.scalar(sa.text("SELECT count(*) FROM staging.record")) == 0
        pieces = connection.execute(sa.text("SELECT record_no, cardinality(record_ids) FROM staging.unchanged")).all()
    assert pieces == [(1, 150), (1, 150)]
