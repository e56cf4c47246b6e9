"""Indexes made after the rows: the same as before, and never at the cost of somebody who reads."""

import pytest
import sqlalchemy as sa

from trimestre.pipeline import staging
from trimestre.warehouse.bulk import emptied_at_once, indexes_after
from trimestre.warehouse.tables.facts import person_link
from trimestre.warehouse.tables.ops import record_seen, scope_delivery

INDEXES = sa.text(
    "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'warehouse' AND tablename = 'person_link' ORDER BY 1"
)
LOCKED = sa.text(
    "SELECT count(*) FROM pg_locks WHERE relation = CAST('warehouse.person_link' AS regclass)"
    " AND mode = 'AccessExclusiveLock'"
)
ROW = sa.text(
    "INSERT INTO warehouse.person_link (account_key, source, person_key, reason, valid_from, valid_to, row_hash,"
    " batch_id, dataset, scope, stale) VALUES (gen_random_uuid(), 's', gen_random_uuid(), 'own', now(), 'infinity',"
    " '', 1, '', '', FALSE)"
)


def test_a_table_that_was_loaded_has_the_indexes_that_it_had(warehouse: sa.Engine) -> None:
    with warehouse.begin() as connection:
        before = connection.execute(INDEXES).all()
        with indexes_after(connection, person_link, allowed=True) as bare:
            assert bare
            assert not connection.execute(INDEXES).all()
            connection.execute(ROW)
    with warehouse.begin() as connection:
        assert connection.execute(INDEXES).all() == before
        assert len(before) == 1 + len(person_link.indexes)
        with pytest.raises(sa.exc.IntegrityError):
            connection.execute(sa.text("INSERT INTO warehouse.person_link SELECT * FROM warehouse.person_link"))


def test_a_long_transaction_or_a_table_with_rows_keeps_its_indexes_and_its_readers(warehouse: sa.Engine) -> None:
    with warehouse.begin() as connection:
        with indexes_after(connection, person_link, allowed=False) as bare:
            assert not bare
        connection.execute(ROW)
        with indexes_after(connection, person_link, allowed=True) as bare:
            assert not bare
        assert connection.scalar(LOCKED) == 0


def test_whoever_reads_is_neither_waited_for_nor_shut_out(warehouse: sa.Engine) -> None:
    with warehouse.connect() as reader, warehouse.begin() as connection:
        reader.execute(sa.text("SELECT count(*) FROM warehouse.person_link"))
        with indexes_after(connection, person_link, allowed=True) as bare:
            assert not bare
            connection.execute(ROW)
        assert connection.scalar(LOCKED) == 0
        assert reader.scalar(sa.text("SELECT count(*) FROM warehouse.person_link")) == 0


def _shape(connection: sa.Connection) -> list[tuple[str, str]]:
    """Indexes and constraints of the records remembered."""
    return [
        (row.name, row.told)
        for row in connection.execute(
            sa.text(
                "SELECT indexname AS name, indexdef AS told FROM pg_indexes WHERE tablename = 'record_seen'"
                " UNION ALL SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint"
                " WHERE conrelid = CAST('ops.record_seen' AS regclass) ORDER BY 1, 2"
            )
        )
    ]


def _remember(connection: sa.Connection, first: int, last: int) -> None:
    connection.execute(
        sa.text(
            "INSERT INTO ops.record_seen (record_id, source, dataset, scope, record_hash, row_counts, batch_id)"
            " SELECT n, 's', 'd', '', CAST(CAST(n AS text) AS bytea), '{}', 1"
            " FROM generate_series(CAST(:first AS bigint), :last) AS n"
        ),
        {"first": first, "last": last},
    )


def test_few_rows_beside_those_to_come_stay_and_are_indexed_with_them(warehouse: sa.Engine) -> None:
    with warehouse.begin() as connection:
        before = _shape(connection)
        _remember(connection, 1, 10)
        with indexes_after(connection, record_seen, allowed=True, holding=10) as bare:
            assert bare
            assert len(_shape(connection)) < len(before)
            _remember(connection, 11, 110)
        with indexes_after(connection, record_seen, allowed=True, holding=100) as bare:
            assert not bare
        assert _shape(connection) == before
        assert connection.scalar(sa.text("SELECT count(*) FROM ops.record_seen")) == 110
        with pytest.raises(sa.exc.IntegrityError), connection.begin_nested():
            _remember(connection, 5, 5)


def test_a_table_gets_a_file_of_its_own_unless_older_snapshots_may_see_rows_in_it(warehouse: sa.Engine) -> None:
    file = sa.text("SELECT pg_relation_filenode('warehouse.person_link')")
    with warehouse.begin() as connection:
        first = connection.scalar(file)
        with indexes_after(connection, person_link, allowed=True):
            connection.execute(ROW)
        second = connection.scalar(file)
    assert first != second
    with warehouse.begin() as connection:
        connection.execute(sa.text("DELETE FROM warehouse.person_link"))
    with warehouse.begin() as connection, indexes_after(connection, person_link, allowed=True) as bare:
        assert bare
        assert connection.scalar(file) == second


NOBODY = sa.text("SELECT 1 WHERE FALSE")
STAGED = ("staging.failed_row", "staging.part")
FAILED = sa.text(
    "INSERT INTO staging.failed_row (batch_id, entity, staged_id, rule, severity) VALUES (1, '', 1, '', '')"
)


def _failed(connection: sa.Connection) -> int:
    return int(connection.scalar(sa.text("SELECT count(*) FROM staging.failed_row")) or 0)


def test_tables_are_emptied_at_once_where_nobody_else_has_rows_in_them(warehouse: sa.Engine) -> None:
    with warehouse.begin() as connection:
        connection.execute(FAILED)
    with warehouse.begin() as connection:
        assert not emptied_at_once(connection, STAGED, sa.text("SELECT 1"))
        assert _failed(connection) == 1
        assert emptied_at_once(connection, STAGED, NOBODY)
        assert _failed(connection) == 0


def test_what_others_are_writing_is_neither_waited_for_nor_lost(warehouse: sa.Engine) -> None:
    with warehouse.begin() as writer, warehouse.begin() as connection:
        writer.execute(FAILED)
        assert not emptied_at_once(connection, STAGED, NOBODY)
    with warehouse.begin() as connection:
        assert _failed(connection) == 1


def test_who_said_so_while_the_tables_were_being_locked_keeps_the_rows(warehouse: sa.Engine) -> None:
    """Whoever committed between the first look and the locks has rows that nobody may take."""
    asked = []

    def commit_meanwhile(*event: object) -> None:
        if "pg_sleep(0)" in str(event[2]) and not asked:
            asked.append(True)
            with other.begin() as writer:
                writer.execute(FAILED)

    other = sa.create_engine(warehouse.url)
    sa.event.listen(warehouse, "after_cursor_execute", commit_meanwhile)
    others = sa.text("SELECT 1 FROM staging.failed_row, pg_sleep(0)")
    with warehouse.begin() as connection:
        assert not emptied_at_once(connection, STAGED, others)
        assert asked
        assert _failed(connection) == 1
    other.dispose()


@pytest.mark.parametrize(
    ("state", "parts", "at_once"),
    [
        ("landing", 0, True),
        ("landed", 0, True),
        ("landed", 1, False),
        ("staged", 0, False),
        ("validated", 0, False),
        ("merged", 0, True),
    ],
)
def test_a_large_batch_is_emptied_at_once_beside_one_that_has_no_rows_yet(
    state: str, parts: int, at_once: bool, warehouse: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a night that brings its next source over meanwhile would delete millions of rows one by one."""
    monkeypatch.setattr(staging, "MANY_RECORDS", 1)
    file = sa.text("SELECT pg_relation_filenode('staging.failed_row')")
    batch = sa.text("INSERT INTO ops.batch (source, state, started_at) VALUES ('s', :state, now()) RETURNING batch_id")
    with warehouse.begin() as connection:
        own, other = (connection.scalar(batch, {"state": each}) for each in ("validated", state))
        delivery = {"batch_id": own, "dataset": "", "scope": "", "complete": True, "records": 1}
        connection.execute(sa.insert(scope_delivery).values(delivery))
        connection.execute(sa.text(str(FAILED).replace("VALUES (1,", f"VALUES ({own},")))
        for part in range(parts):
            noted = sa.text("INSERT INTO staging.part (batch_id, part, landed) VALUES (:other, :part, 0)")
            connection.execute(noted, {"other": other, "part": part})
        before = connection.scalar(file)
    with warehouse.begin() as connection:
        assert staging.filled(connection, own) == ["staging.failed_row"]
        staging.empty(connection, own, last=True)
        assert not staging.filled(connection, own)
        assert (connection.scalar(file) != before) == at_once
