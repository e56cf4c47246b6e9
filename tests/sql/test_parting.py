"""The files of a batch staged side by side, in any order, give the batch that they give one after the other."""

import json
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from itertools import count, pairwise
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_landing import KEY, Lists

from trimestre.contracts import Project, load_project
from trimestre.embedded import EmbeddedPostgres
from trimestre.errors import BatchRejected, PermanentError
from trimestre.pipeline import landing, merging, parting, staging, validation
from trimestre.pipeline.parting import GROUP_BYTES, Group, grouped
from trimestre.sources.base import Delivery, LandedFile, Part, RecordChunk
from trimestre.warehouse.database import connect, transaction
from trimestre.warehouse.entities import ENTITIES
from trimestre.warehouse.sqlfiles import statement

Files = list[list[tuple[str, ...] | None]]
"""The rows of each file of one scope, and what else their records say; null = a line that can't be read."""

FOUND = {
    **{
        entity: f"SELECT to_jsonb(s) - ARRAY['staged_id', 'batch_id', 'account_key'] AS found FROM staging.{entity}"
        " AS s WHERE s.batch_id = :batch ORDER BY s.record_no, s.staged_id"
        for entity in ("account", "attendance")
    },
    "record": "SELECT to_jsonb(s) - ARRAY['batch_id', 'record_id', 'record_hash', 'landed_file_id']"
    " || jsonb_build_object('numbered', s.record_id IS NOT NULL) FROM staging.record AS s WHERE s.batch_id = :batch"
    " ORDER BY s.record_no",
    "unchanged": "SELECT record_no, dataset, scope, row_counts, cardinality(record_ids), repeated"
    " FROM staging.unchanged WHERE batch_id = :batch ORDER BY record_no, row_counts",
    "record_rows": "SELECT record_no, row_counts FROM staging.record_rows WHERE batch_id = :batch ORDER BY 1",
    "part": "SELECT part, landed FROM staging.part WHERE batch_id = :batch ORDER BY 1",
}
MERGED = {
    "delivery": "SELECT dataset, scope, complete, records FROM ops.scope_delivery WHERE batch_id = :batch",
    "seen": "SELECT row_counts, count(*) FROM ops.record_seen WHERE source = :source GROUP BY 1 ORDER BY 1",
    "account": "SELECT r.account_ref, a.institution, a.vanished_at IS NULL, a.valid_to = 'infinity', f.original_name,"
    " a.position FROM warehouse.account AS a INNER JOIN restricted.account_ref AS r USING (account_key)"
    " LEFT JOIN ops.landed_file AS f ON a.landed_file_id = f.landed_file_id"
    " WHERE a.source = :source ORDER BY 1, a.valid_from",
    "attendance": "SELECT r.account_ref, a.institution, a.vanished_at IS NULL, a.valid_to = 'infinity',"
    " f.original_name, a.position FROM warehouse.attendance AS a"
    " INNER JOIN restricted.account_ref AS r USING (account_key)"
    " LEFT JOIN ops.landed_file AS f ON a.landed_file_id = f.landed_file_id"
    " WHERE a.source = :source ORDER BY 1, a.valid_from",
    "retained": "SELECT entity, rule, position, state FROM quarantine.row WHERE source = :source ORDER BY 1, 2, 3",
    "rows": "SELECT to_jsonb(c) - ARRAY['batch_id', 'source'] AS found FROM ops.row_account AS c"
    " WHERE batch_id = :batch ORDER BY 1",
    "records": "SELECT to_jsonb(c) - ARRAY['batch_id', 'source'] AS found FROM ops.record_account AS c"
    " WHERE batch_id = :batch ORDER BY 1",
}


class ManyFiles(Lists):
    """A connector that lands several files of one scope, each of which is a part."""

    files: Files

    def fetch(self, to: Any) -> None:
        for number, rows in enumerate(self.files):
            path = self.folder / f"{number:03}.jsonl"
            path.write_text("".join(json.dumps(row) + "\n" for row in [*rows, ("account", f"file {number}", "", "")]))
            to.store_file("d", "S", path)

    def deliveries(self, files: Sequence[LandedFile]) -> list[Delivery]:
        return [Delivery("d", "S", complete=True)]

    def _chunk(self, file: LandedFile, rows: list[Any]) -> RecordChunk:
        chunk = super()._chunk(file, [row and row[:3] for row in rows])
        return replace(chunk, records=[json.dumps(row).encode() for row in rows])

    def parts(self, files: Sequence[LandedFile]) -> list[Part]:
        return [Part((file,), partial(self.chunks, [file])) for file in files]


class Place:
    """A warehouse in which sources are made up as they are needed."""

    def __init__(self, engine: sa.Engine, project: Project, folder: Path) -> None:
        self.engine, self.project, self.landing = engine, project, folder / "landing"
        self.connector = ManyFiles(folder)
        self._numbers = count()

    def source(self) -> str:
        return f"fuente_{next(self._numbers)}"

    def land(self, source: str, files: Files) -> int:
        self.connector.files = files
        return landing.land(self.engine, self.connector, source, landing=self.landing, fingerprint="f")

    def one_by_one(self, batch_id: int) -> None:
        staging.stage(self.engine, self.connector, self.project, batch_id, landing=self.landing, key=KEY)

    def divide(self, batch_id: int) -> list[Group]:
        return parting.divide(self.engine, self.connector, batch_id, landing=self.landing, key=KEY, most=100)

    def part(self, batch_id: int, *numbers: int) -> None:
        parting.stage_parts(self.engine, self.connector, batch_id, numbers, landing=self.landing, key=KEY)

    def complete(self, batch_id: int) -> None:
        parting.complete(self.engine, self.connector, self.project, batch_id, landing=self.landing, key=KEY)

    def merge(self, batch_id: int) -> None:
        checked = dict.fromkeys(validation._staged(self.engine, batch_id), 0)
        validation._note_same_keys(self.engine, batch_id, checked)
        validation._store(self.engine, batch_id, checked, [])
        for entity in checked:
            self.run(
                "INSERT INTO staging.failed_row SELECT batch_id, :entity, staged_id, 'prueba', 'critical'"
                f" FROM staging.{entity} WHERE batch_id = :batch AND institution = 'malo'",
                entity=entity, batch=batch_id,
            )  # fmt: skip
        self.run("UPDATE ops.batch SET state = 'validated' WHERE batch_id = :batch", batch=batch_id)
        merging.merge(self.engine, self.project, batch_id)

    def run(self, text: str, **parameters: Any) -> None:
        with transaction(self.engine) as connection:
            connection.execute(sa.text(text), parameters)

    def found(self, queries: dict[str, str], batch_id: int, source: str) -> dict[str, list[tuple[Any, ...]]]:
        with transaction(self.engine) as connection:
            parameters = {"batch": batch_id, "source": source}
            return {
                name: [tuple(row) for row in connection.execute(sa.text(text), parameters)]
                for name, text in queries.items()
            }

    def state(self, batch_id: int) -> tuple[str, str | None]:
        with transaction(self.engine) as connection:
            text = sa.text("SELECT state, message FROM ops.batch WHERE batch_id = :batch")
            row = connection.execute(text, {"batch": batch_id}).one()
            return row.state, row.message


@pytest.fixture(scope="module")
def place(
    postgres: EmbeddedPostgres,
    make_database: Callable[[str], str],
    migrated_template: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Place]:
    name = make_database(migrated_template)
    engine = connect(postgres.url(name))
    project = replace(load_project(Path(__file__).resolve().parents[2]), sources={})
    yield Place(engine, project, tmp_path_factory.mktemp("files"))
    engine.dispose()
    postgres.drop_database(name)


ROWS = st.tuples(
    st.sampled_from(["account", "attendance"]),
    st.sampled_from(["a", "b", "c"]),
    st.sampled_from(["x", "x", "y", "malo"]),
    st.sampled_from(["", "otro"]),
)
FILES = st.lists(st.lists(st.one_of(st.none(), ROWS, ROWS, ROWS), max_size=5), min_size=1, max_size=4)


@settings(
    max_examples=10,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(nights=st.lists(FILES, min_size=2, max_size=2), data=st.data())
def test_files_side_by_side_give_what_they_give_one_by_one(place: Place, nights: list[Files], data: Any) -> None:
    alone, beside = place.source(), place.source()
    for files in nights:
        first, second = place.land(alone, files), place.land(beside, files)
        if place.state(first)[0] == "empty":
            assert place.state(second)[0] == "empty"
            continue
        place.one_by_one(first)
        place.divide(second)
        order = data.draw(st.permutations(range(len(files))))
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(partial(place.part, second), order))
        place.complete(second)
        assert place.found(FOUND, second, beside) == place.found(FOUND, first, alone)
        place.merge(first)
        place.merge(second)
        assert place.found(MERGED, second, beside) == place.found(MERGED, first, alone)


TWO: Files = [
    [("account", "a", "x", ""), ("account", "b", "x", ""), ("account", "c", "x", "")],
    [("account", "a", "x", ""), ("account", "b", "y", ""), ("account", "c", "x", "otro")],
]


def test_a_record_of_two_files_counts_once_whichever_is_staged_first(place: Place) -> None:
    source = place.source()
    batch = place.land(source, TWO)
    place.divide(batch)
    place.part(batch, 1)
    place.part(batch, 0)
    place.complete(batch)
    found = place.found(FOUND, batch, source)
    assert [row["status"] for (row,) in found["record"]] == ["parsed"] * 4 + ["repeated"] + ["parsed"] * 3
    assert [row["account_ref"] for (row,) in found["account"]] == ["a", "b", "c", "file 0", "b", "c", "file 1"]
    place.merge(batch)
    came_from = {row[0]: row[-2] for row in place.found(MERGED, batch, source)["account"]}
    # of b the files say different things; of c they say the same in other words
    assert came_from == {"a": "000.jsonl", "c": "000.jsonl", "file 0": "000.jsonl", "file 1": "001.jsonl"}


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_an_unchanged_record_of_two_files_counts_once_whichever_is_staged_first(
    place: Place, order: tuple[int, int]
) -> None:
    """Else learners of whom two files tell would be counted twice among the rows that did not change."""
    files: Files = [[("account", "a", "x", ""), ("account", "b", "x", "")], [("account", "a", "x", "")]]
    source = place.source()
    first = place.land(source, files)
    place.one_by_one(first)
    place.merge(first)
    second = place.land(source, [files[0], [*files[1], ("account", "c", "x", "")]])
    place.divide(second)
    for number in order:
        place.part(second, number)
    place.complete(second)
    assert [row[-2:] for row in place.found(FOUND, second, source)["unchanged"]] == [(3, 0), (1, 1)]
    place.merge(second)
    found = place.found(MERGED, second, source)
    records = {"landed": 6, "blank": 0, "repeated": 1, "unchanged": 4, "parsed": 1}
    assert [{name: row[name] for name in records} for (row,) in found["records"]] == [records]
    rows = {"landed": 5, "merged": 1, "unchanged": 4, "vanished": 0}
    assert [{name: row[name] for name in rows} for (row,) in found["rows"]] == [rows]
    assert found["delivery"] == [("d", "S", True, 5)]


def test_a_part_that_is_missing_at_the_end_is_staged_then(place: Place) -> None:
    """A crash of the server empties the staging tables: its learners must not seem to have left."""
    source = place.source()
    batch = place.land(source, TWO)
    place.one_by_one(batch)
    whole = place.found(FOUND, batch, source)
    place.divide(batch)
    place.part(batch, 0, 1)
    for table in ("part", "record", "unchanged", "record_rows", *ENTITIES):
        place.run(f"DELETE FROM staging.{table} WHERE batch_id = :batch", batch=batch)
    place.part(batch, 1)
    place.complete(batch)
    assert place.found(FOUND, batch, source) == whole


def test_a_task_that_runs_again_stages_nothing_twice(place: Place) -> None:
    source = place.source()
    batch = place.land(source, TWO)
    place.divide(batch)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: place.part(batch, 0, 1), range(2)))
    place.complete(batch)
    whole = place.found(FOUND, batch, source)
    place.part(batch, 0, 1)
    place.complete(batch)
    assert place.found(FOUND, batch, source) == whole
    assert sum(landed for _, landed in whole["part"]) == len(whole["record"]) == 8


class Unreadable(ManyFiles):
    """Its second file can't be read."""

    def chunks(self, files: Sequence[LandedFile]) -> Iterator[RecordChunk]:
        if files[0].original_name == "001.jsonl":
            raise PermanentError("001.jsonl: found nonsense, expected rows. Export it anew.")
        return super().chunks(files)


def test_a_rejected_batch_keeps_nothing_of_its_other_files_and_its_first_reason(place: Place) -> None:
    source = place.source()
    batch = place.land(source, TWO)
    bad = Unreadable(place.connector.folder)
    place.divide(batch)
    place.part(batch, 0)
    with pytest.raises(PermanentError, match="found nonsense"):
        parting.stage_parts(place.engine, bad, batch, [1], landing=place.landing, key=KEY)
    merging.reject(place.engine, batch, BatchRejected("found nonsense"))
    with pytest.raises(PermanentError, match="se encontró «rechazado»"):
        place.part(batch, 0)
    assert place.state(batch) == ("rejected", "found nonsense")
    assert not any(place.found(FOUND, batch, source).values())


@given(sizes=st.lists(st.integers(0, 5 * GROUP_BYTES), max_size=200), most=st.integers(1, 40), data=st.data())
def test_groups_hold_every_part_once_in_order_and_are_no_more_than_wanted(
    sizes: list[int], most: int, data: Any
) -> None:
    files = [LandedFile(number, "d", "S", Path("x"), "", "") for number in range(len(sizes))]
    groups = grouped([Part((file,), lambda: iter(())) for file in files], dict(enumerate(sizes)), most)
    assert [number for group in groups for number in group.parts] == list(range(len(sizes)))
    assert len(groups) <= most
    together = [sum(sizes[number] for number in group.parts) for group in groups]
    assert all(a + b > GROUP_BYTES for a, b in pairwise(together))


def test_what_two_parts_brought_is_found_without_a_look_at_all_for_each(warehouse: sa.Engine) -> None:
    """Statistics are those of earlier batches: a plan that guesses one record must not compare each with all."""
    records = 3_000
    fill = sa.text(
        "INSERT INTO staging.record"
        " (batch_id, landed_file_id, dataset, scope, position, record_no, record_hash, status)"
        " SELECT :batch_id, 1, 'd', '', '1', n, sha256(CAST(CAST(n % 2900 AS text) AS bytea)), 'parsed'"
        f" FROM generate_series(1, {records}) AS n"
    )
    with warehouse.begin() as connection:
        connection.execute(fill, {"batch_id": 1})
        connection.execute(sa.text("ANALYZE staging.record"))
        connection.execute(fill, {"batch_id": 2})
        explain = "EXPLAIN (ANALYZE, FORMAT JSON) " + statement("merge/_repeated")
        (plan,) = connection.scalar(sa.text(explain), {"batch_id": 2})
        marked = "SELECT count(*) FROM staging.record WHERE batch_id = 2 AND status = 'repeated' AND record_no > 2900"
        assert connection.scalar(sa.text(marked)) == 100
    assert touched(plan["Plan"]) < 10 * records


def touched(node: dict[str, Any]) -> float:
    """Rows that a plan had in its hands, those it let go included."""
    kept = node["Actual Rows"] + node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Join Filter", 0)
    return float(kept * node["Actual Loops"]) + sum(map(touched, node.get("Plans", ())))
