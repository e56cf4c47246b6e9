"""Which files are landed again: the ones that changed, and the ones of which a record was forgotten."""

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import sqlalchemy as sa
import zstandard
from the_case import case_project

from trimestre.contracts import Project
from trimestre.pipeline import landing, merging, staging, validation
from trimestre.sources.base import Delivery, LandedFile, RecordChunk, RowFrames
from trimestre.warehouse.database import transaction

KEY = b"k" * 32
SOURCE = "listas"

Row = tuple[str, str | None, str]
"""Entity, account and institution (an event's list) or verification of a typed figure; «malo» is retained."""
MARKED = {"account": "institution", "attendance": "institution", "reported_value": "verification"}


def fields(row: Row) -> dict[str, Any]:
    entity, key, text = row
    match entity:
        case "account":
            return {"account_ref": key, "kind": "attendee", "institution": text}
        case "attendance":
            return {"account_ref": key, "event": "V1", "registered_at": "2020-05-05T12:00:00Z", "institution": text}
        case _:
            return {
                "indicator": "L1-01", "period": "2020-Q2", "category": key, "value": "1", "reported_on": "2020-06-30",
                "verification": text,
            }  # fmt: skip


@dataclass
class Lists:
    """A connector over files of JSON lines, one a scope; a line without rows is unreadable."""

    folder: Path
    complete: bool = True
    parser_version: str = "1"
    scopes: dict[str, tuple[Row | None, ...]] = field(default_factory=dict)

    def fetch(self, to: Any) -> None:
        for scope, rows in self.scopes.items():
            path = self.folder / f"{scope}.jsonl"
            path.write_text("".join(json.dumps(row) + "\n" for row in rows))
            to.store_file("d", scope, path)

    def deliveries(self, files: Sequence[LandedFile]) -> list[Delivery]:
        return [Delivery("d", file.scope, self.complete) for file in files]

    def chunks(self, files: Sequence[LandedFile]) -> Iterator[RecordChunk]:
        for file in files:
            with zstandard.open(file.path, "rt", encoding="utf-8") as text:
                yield self._chunk(file, [json.loads(line) for line in text.read().splitlines()])

    def _chunk(self, file: LandedFile, rows: list[Any]) -> RecordChunk:
        def frames(indices: Sequence[int]) -> RowFrames:
            found: dict[str, list[dict[str, Any]]] = defaultdict(list)
            for index in indices:
                found[rows[index][0]].append({"record": index, **fields(tuple(rows[index]))})
            return {entity: pd.DataFrame(items) for entity, items in found.items()}

        return RecordChunk(
            "d", file.scope, file.landed_file_id, [str(i + 1) for i in range(len(rows))],
            [json.dumps(row).encode() for row in rows], frames,
            {i: "ilegible" for i, row in enumerate(rows) if row is None},
        )  # fmt: skip


@dataclass
class Nights:
    """Runs nights over files and says which scopes were landed."""

    engine: sa.Engine
    project: Project = field(repr=False)
    lists: Lists
    landing: Path

    def run(self, fingerprint: str = "f", **scopes: tuple[Row | None, ...]) -> set[str]:
        self.lists.scopes = scopes
        batch_id = landing.land(self.engine, self.lists, SOURCE, landing=self.landing, fingerprint=fingerprint)
        landed = {r[0] for r in self.rows("SELECT scope FROM ops.landed_file WHERE batch_id = :b", b=batch_id)}
        if landed:
            staging.stage(self.engine, self.lists, self.project, batch_id, landing=self.landing, key=KEY)
            checked = dict.fromkeys(validation._staged(self.engine, batch_id), 0)
            validation._note_same_keys(self.engine, batch_id, checked)
            validation._store(self.engine, batch_id, checked, [])
            for entity in checked:
                self.rows(
                    "INSERT INTO staging.failed_row SELECT batch_id, :entity, staged_id, 'prueba', 'critical' FROM"
                    f" staging.{entity} WHERE batch_id = :b AND {MARKED[entity]} = 'malo' RETURNING 1",
                    b=batch_id, entity=entity,
                )  # fmt: skip
            self.rows("UPDATE ops.batch SET state = 'validated' WHERE batch_id = :b RETURNING 1", b=batch_id)
            merging.merge(self.engine, self.project, batch_id)
        return landed

    def rows(self, text: str, **parameters: Any) -> list[tuple[Any, ...]]:
        with transaction(self.engine) as connection:
            return [tuple(row) for row in connection.execute(sa.text(text), parameters)]

    def versions(self, entity: str = "warehouse.account") -> list[str]:
        """What a key said, one version after the other; - = vanished."""
        column = MARKED[entity.split(".")[1]]
        return [
            "-" if vanished else said
            for said, vanished in self.rows(f"SELECT {column}, vanished_at FROM {entity} ORDER BY valid_from, 1")
        ]


@pytest.fixture(scope="module")
def project() -> Project:
    return replace(case_project(), sources={})


@pytest.fixture
def nights(warehouse: sa.Engine, project: Project, tmp_path: Path) -> Nights:
    (tmp_path / "drop").mkdir()
    return Nights(warehouse, project, Lists(tmp_path / "drop"), tmp_path / "landing")


HERE, THERE = ("reported_value", "k1", "aquí"), ("reported_value", "k1", "allá")
OTHER, BAD = ("reported_value", "k2", "otra"), ("reported_value", "k3", "malo")


def test_files_that_are_known_are_not_landed_again(nights: Nights) -> None:
    assert nights.run(s1=(HERE, OTHER, OTHER), s2=(BAD, None)) == {"s1", "s2"}
    assert nights.run(s1=(HERE, OTHER, OTHER), s2=(BAD, None)) == set()
    assert nights.run(s1=(HERE, OTHER), s2=(BAD, None)) == {"s1"}
    assert nights.run(s1=(HERE, OTHER), s2=(BAD, None)) == set()
    assert nights.run("g", s1=(HERE, OTHER), s2=(BAD, None)) == {"s1", "s2"}


def test_two_files_do_not_take_a_row_from_each_other(nights: Nights) -> None:
    nights.run(s1=(HERE, OTHER))
    assert nights.run(s1=(HERE, OTHER), s2=(THERE,)) == {"s2"}
    assert nights.run(s1=(HERE, OTHER), s2=(THERE,)) == set()
    assert nights.versions("warehouse.reported_value") == ["aquí", "otra", "allá"]
    assert nights.run(s1=(HERE, OTHER), s2=()) == {"s2"}
    assert nights.run(s1=(HERE, OTHER), s2=()) == {"s1"}
    assert nights.run(s1=(HERE, OTHER), s2=()) == set()
    assert nights.versions("warehouse.reported_value") == ["aquí", "otra", "allá", "aquí"]


@pytest.mark.parametrize("rows", [(OTHER, None), (OTHER, ("account", None, "malo"))], ids=["unreadable", "nobody"])
def test_what_was_remembered_before_does_not_hide_what_was_forgotten(
    nights: Nights, rows: tuple[Row | None, ...]
) -> None:
    """A scope that counts as incomplete keeps the records of before: more than delivered, one of them forgotten."""
    one, other = ("account", "k1", "Instituto"), ("account", "k1", "Inst.")
    nights.run(s2=(one,))
    nights.run(s1=(other, ("reported_value", "k4", "x"), OTHER), s2=(one,))
    assert nights.run(s1=(other, *rows), s2=(one,)) == {"s1"}
    assert nights.run(s1=(other, *rows), s2=(one,)) == set()
    assert nights.run(s1=(other, *rows), s2=()) == {"s2"}
    assert nights.run(s1=(other, *rows), s2=()) == {"s1"}
    assert nights.run(s1=(other, *rows), s2=()) == set()
    assert nights.versions() == ["Instituto", "Inst."]


def test_additions_whose_files_are_taken_away_are_known(nights: Nights) -> None:
    nights.lists.complete = False
    nights.run(s1=(HERE, OTHER))
    nights.run(s1=(OTHER,))
    assert nights.run(s1=(OTHER,)) == set()


def test_two_spellings_of_a_name_stay_as_they_are_until_the_first_one_goes(nights: Nights) -> None:
    one, other = ("account", "k1", "Instituto"), ("account", "k1", "Inst.")
    nights.run(s1=(one,))
    assert nights.run(s1=(one,), s2=(other,)) == {"s2"}
    for _ in range(2):
        assert nights.run(s1=(one,), s2=(other,)) == set()
    assert nights.versions() == ["Instituto"]
    assert nights.rows("SELECT count(*) FROM quarantine.row") == [(0,)]
    assert nights.run(s1=(), s2=(other,)) == {"s1"}
    assert nights.run(s1=(), s2=(other,)) == {"s2"}
    assert nights.run(s1=(), s2=(other,)) == set()
    assert nights.versions() == ["Instituto", "Inst."]


@pytest.mark.parametrize("together", [True, False])
def test_two_lists_leave_the_attendee_with_an_identity(nights: Nights, together: bool) -> None:
    lists: dict[str, Any] = {"s1": (("account", "k1", "Instituto"),), "s2": (("account", "k1", "Inst."),)}
    if not together:
        nights.run(s1=lists["s1"])
    nights.run(**lists)
    assert nights.run("g", **lists) == {"s1", "s2"}
    assert nights.run("g", **lists) == set()
    assert nights.versions() == ["Instituto"]
