"""Indexes made after the rows: the same as before, and never at the cost of somebody who reads."""

import pytest
import sqlalchemy as sa

from trimestre.warehouse.bulk import indexes_after
from trimestre.warehouse.tables import person_link

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
