"""What a merge knows without looking at everything is what looking at everything would tell."""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from trimestre.embedded import EmbeddedPostgres
from trimestre.pipeline import ahead, merging, night, staging
from trimestre.pipeline.merging import Merged
from trimestre.pipeline.plant import Plant
from trimestre.pipeline.tokens import Tokens
from trimestre.warehouse.database import connect
from trimestre.warehouse.entities import ENTITIES
from trimestre.warehouse.tables import metadata

if TYPE_CHECKING:
    from conftest import Case

NOW = datetime(2020, 7, 10, tzinfo=UTC)


def counted(case: "Case") -> dict[tuple[str, str], int]:
    """Source and entity -> current versions that have not vanished."""
    return {
        (row.source, entity.name): row.versions
        for entity in ENTITIES.values()
        for row in case.rows(
            f"SELECT source, count(*) AS versions FROM {entity.table}"
            " WHERE valid_to = 'infinity' AND vanished_at IS NULL GROUP BY source"
        )
    }


def accounted(case: "Case") -> dict[tuple[str, str], int]:
    """The same as the last batch of each source accounted for it."""
    rows = case.rows(
        "SELECT DISTINCT ON (b.source, a.entity) b.source, a.entity, a.current_after FROM ops.row_account AS a"
        " INNER JOIN ops.batch AS b USING (batch_id) WHERE a.entity <> 'record'"
        " ORDER BY b.source, a.entity, b.merged_at DESC"
    )
    return {(row.source, row.entity): row.current_after for row in rows if row.current_after}


def test_current_versions_are_as_many_as_the_accounting_says_night_after_night(case: "Case") -> None:
    before = counted(case)
    assert accounted(case) == before
    case.world.change_user(10, institucion="Otra")
    case.world.delete_response(next(iter(case.world.surveys)), 1)
    assert case.night()
    assert accounted(case) == counted(case) != before


def test_the_hash_of_a_version_is_that_of_what_it_stores(case: "Case") -> None:
    """Else a migration that hashes anew would make a change of every row that is read again."""
    wrong = {}
    for entity in ENTITIES.values():
        told = Tokens(entity).hash_of("c")
        rows = case.value(f"SELECT count(*) FROM {entity.table} AS c WHERE c.row_hash <> {told}")
        wrong |= {entity.name: rows} if rows else {}
    assert wrong == {}


def test_a_figure_told_with_other_decimals_is_another_version(case: "Case") -> None:
    told = Tokens(ENTITIES["reported_value"]).hash_of("c")
    figures = "(VALUES (CAST(5 AS numeric), NULL, NULL), (5.0, NULL, NULL)) AS c (value, reported_on, verification)"
    assert case.value(f"SELECT count(DISTINCT {told}) FROM {figures}") == 2


@pytest.mark.parametrize(
    ("begins", "ends"),
    [
        pytest.param("c.valid_from + interval '1 day'", "c.valid_to", id="a second current one"),
        pytest.param("c.valid_from", "c.valid_from", id="one that never held"),
    ],
)
def test_no_version_of_a_key_holds_beside_another(case: "Case", begins: str, ends: str) -> None:
    columns = list(ENTITIES["enrolment"].key_columns)
    columns += ["role", "active", "in_population", "row_hash", "batch_id", "dataset", "scope", "stale"]
    listed = ", ".join(columns)
    with case.plant.engine.begin() as connection, pytest.raises(sa.exc.IntegrityError):
        connection.execute(
            sa.text(
                f"INSERT INTO warehouse.enrolment ({listed}, valid_from, valid_to)"
                f" SELECT {listed}, {begins}, {ends} FROM warehouse.enrolment AS c WHERE c.valid_to = 'infinity'"
            )
        )


_DRAWN = ("valid_from", "valid_to", "vanished_at", "gap_closed_at")
"""Columns that tell when a merge was."""


def stored(engine: sa.Engine) -> dict[str, Any]:
    """What merges wrote, whenever they did, and the indexes that it is found by."""
    tables = [entity.table for entity in ENTITIES.values()]
    tables += ["restricted.account_ref", "quarantine.row"]
    tables += [f"ops.{name}" for name in ("record_seen", "row_owner", "row_account", "record_account")]
    found: dict[str, Any] = {}
    with engine.begin() as connection:
        for name in tables:
            columns = [column.name for column in metadata.tables[name].columns if column.name not in _DRAWN]
            rows = connection.execute(sa.text(f"SELECT CAST(ROW({', '.join(columns)}) AS text) FROM {name}")).scalars()
            found[name] = sorted(rows)
        found["indexes"] = connection.execute(sa.text("SELECT indexdef FROM pg_indexes ORDER BY 1")).scalars().all()
        found["staged"] = staging.filled(connection, 2)
    return found


def test_a_large_first_batch_leaves_what_a_small_one_leaves(
    case: "Case",
    postgres: EmbeddedPostgres,
    make_database: Callable[[str], str],
    migrated_template: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Tables that are indexed after their rows and emptied as a whole hold what others hold.

    So they do where the next source was brought over meanwhile, but has no rows yet.
    """
    for module in (ahead, merging, staging):
        monkeypatch.setattr(module, "MANY_RECORDS", 1)
    name = make_database(migrated_template)
    plant = replace(case.plant, engine=connect(postgres.url(name)), landing=tmp_path / "again")
    file = "SELECT pg_relation_filenode('staging.{0}'), pg_relation_filenode('ops.record_seen')"
    with plant.engine.begin() as connection:
        before = connection.execute(sa.text(file.format("record"))).one()
    merge = night.merge

    def merge_late(plant: Plant, batch_id: int, now: datetime) -> Merged:
        """Merge once another batch is landed, unless it is the last."""
        landed = f"SELECT count(*) FROM ops.batch WHERE state IN ('landed', 'empty') AND batch_id > {batch_id}"
        for _ in range(500):
            with plant.engine.connect() as connection:
                if connection.execute(sa.text(landed)).scalar_one() or batch_id == len(plant.source_codes()):
                    return merge(plant, batch_id, now)
            time.sleep(0.02)
        raise AssertionError("the next source was not brought over meanwhile")

    monkeypatch.setattr(night, "merge", merge_late)
    outcomes = dict(ahead.ingest_all(plant, plant.source_codes(), lambda: NOW))
    assert not [outcome for outcome in outcomes.values() if isinstance(outcome, Exception)]
    with plant.engine.begin() as connection:
        after = connection.execute(sa.text(file.format("record"))).one()
    assert all(one != other for one, other in zip(before, after, strict=True)), "the ways of large batches were taken"
    assert stored(plant.engine) == stored(case.plant.engine)
    plant.engine.dispose()
    postgres.drop_database(name)


def test_what_a_key_is_made_of_is_kept_whichever_entity_tells_it(case: "Case") -> None:
    """Else the key of whom only an enrolment names, or names in scope, could never be changed."""
    of_erased = f"(erased) {UUID(int=1)}"
    # account -> reason out of scope and reference as its account tells them, and as its enrolments do
    told: dict[str, tuple[list[tuple[str | None, str | None]], list[tuple[str | None, str | None]]]] = {
        "erased": ([(None, of_erased)], [(None, of_erased)]),
        "both": ([(None, "both")], [(None, "both"), (None, "both")]),
        "enrolled only": ([], [(None, "enrolled only")]),
        "nameless account": ([(None, None)], [(None, "nameless account")]),
        "account out of scope": ([("test", "account out of scope")], [(None, "account out of scope")]),
        "out of scope": ([("test", "out of scope")], [("test", "out of scope")]),
        "(erased) by hand": ([(None, "(erased) by hand")], [(None, "(erased) by hand")]),
        "erased in part": ([(None, f"(erased) {UUID(int=8)}")], [(None, "erased in part")]),
    }
    keys = {name: str(UUID(int=number)) for number, name in enumerate(told, 1)}
    with case.plant.engine.connect() as connection:
        for name, ways in told.items():
            for entity, rows in zip(("account", "enrolment"), ways, strict=True):
                for reason, ref in rows:
                    connection.execute(
                        sa.text(
                            f"INSERT INTO staging.{entity}"
                            " (batch_id, record_no, out_of_scope, account_key, account_ref)"
                            " VALUES (999, 1, :reason, :key, :ref)"
                        ),
                        {"reason": reason, "key": keys[name], "ref": ref},
                    )
        batch = merging._Merging(connection, "here", 999, NOW, True, None)
        for _ in range(2):  # the second time all are known
            batch._keep_references([ENTITIES["account"], ENTITIES["enrolment"]])
            kept = connection.execute(
                sa.text(
                    "SELECT CAST(account_key AS text) AS account_key, account_ref FROM restricted.account_ref"
                    " WHERE source = 'here'"
                )
            ).all()
            assert {row.account_key: row.account_ref for row in kept} == {
                keys[name]: name for name in told if name not in ("erased", "out of scope")
            }
        connection.rollback()
