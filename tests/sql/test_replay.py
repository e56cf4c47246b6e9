"""Replay and withdrawal against the reference model: random histories, made anew or with one night less.

The landed file of a night holds its number only: the fake connector knows what each delivered.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
import zstandard
from history.alone import check, next_source
from history.comparison import _content, accounted, differences
from history.model import Model, Outcome
from history.playing import KEY, Fake, Place, Warehouse, judge_by_hand
from history.strategies import histories
from history.things import Night, one, whole
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from test_history import _COMMON, ENROLLED, FALSE_ROW, A, B, place

from trimestre.errors import ContractError, PermanentError
from trimestre.pipeline import merging, staging, validation
from trimestre.pipeline.night import complete, divide, stage
from trimestre.pipeline.replay import rebuilding
from trimestre.pipeline.replay.replaying import Replayed, replay
from trimestre.pipeline.replay.withdrawing import Withdrawn, withdraw
from trimestre.sources.base import Delivery, LandedFile, RecordChunk
from trimestre.warehouse.database import transaction
from trimestre.warehouse.entities import ENTITIES

__all__ = ["place"]


@pytest.fixture(scope="module", autouse=True)
def by_hand() -> Iterator[None]:
    """Great Expectations is left out, as in the histories themselves."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(validation, "validate", judge_by_hand)
        yield


@dataclass
class Nights:
    """The connector over files that hold the number of their night."""

    nights: dict[str, Night] = field(default_factory=dict)
    """Number of a night -> what it delivers."""
    parser_version: str = "1"
    mended: bool = False
    """Whether the mapping names institutions otherwise."""

    def fetch(self, landing: Any) -> None:
        raise NotImplementedError

    def _night(self, files: Sequence[LandedFile]) -> Night:
        return self.nights[zstandard.decompress(files[0].path.read_bytes()).decode()]

    def deliveries(self, files: Sequence[LandedFile]) -> list[Delivery]:
        return Fake(self._night(files)).deliveries(files)

    def chunks(self, files: Sequence[LandedFile]) -> Iterator[RecordChunk]:
        for chunk in Fake(self._night(files)).chunks(files):
            rows = chunk.rows
            yield replace(
                chunk,
                landed_file_id=files[0].landed_file_id,
                rows=lambda indices, rows=rows: self._mend(rows(indices)),  # type: ignore[misc]
            )

    def _mend(self, frames: Any) -> Any:
        if self.mended and "account" in frames:
            frames["account"]["institution"] = frames["account"]["institution"].str.replace("I", "J")
        return frames


class Source(Warehouse):
    """Nights with landed files, so that they can be run again."""

    def __init__(self, place: Place, folder: Path) -> None:
        super().__init__(place.engine, place.project, next_source())
        self.landing = folder
        self.connector = Nights()
        self.today = place.project.fingerprint(self.source, "1")

    def land(self, batch_id: int, night: Night) -> None:
        content = str(batch_id).encode()
        (self.landing / self.source).mkdir(exist_ok=True)
        path = f"{self.source}/{batch_id}.zst"
        (self.landing / path).write_bytes(zstandard.compress(content))
        self.connector.nights[str(batch_id)] = night
        with transaction(self.engine) as connection:
            connection.execute(
                sa.text(
                    "INSERT INTO ops.landed_file"
                    " (batch_id, source, dataset, scope, path, sha256, bytes, original_name, dropped)"
                    " VALUES (:batch_id, :source, 'd', 's1', :path, :sha256, :bytes, 'a.csv', '{}')"
                ),
                {
                    "batch_id": batch_id, "source": self.source, "path": path, "bytes": len(content),
                    "sha256": hashlib.sha256(content).hexdigest(),
                },
            )  # fmt: skip
            connection.execute(
                sa.text("UPDATE ops.batch SET landed_at = clock_timestamp() WHERE batch_id = :b"), {"b": batch_id}
            )

    def stage(self, batch_id: int, night: Night) -> None:
        staging.stage(self.engine, self.connector, self.project, batch_id, landing=self.landing, key=KEY)

    def play(self, nights: Sequence[Night]) -> dict[int, Night]:
        """Run the nights; batch -> night of the merged ones."""
        return {batch: night for night in nights for batch in [self.run(night)] if night.fate == "merged"}

    def replay(self, since: datetime | None = None) -> Replayed:
        return replay(
            self.engine, self.connector, self.project, self.source, landing=self.landing, key=KEY, since=since
        )

    def withdraw(self, batch_id: int, reason: str = "archivo equivocado") -> Withdrawn:
        return withdraw(
            self.engine, self.connector, self.project, self.source, batch_id,
            landing=self.landing, key=KEY, reason=reason, decided_by="ana",
        )  # fmt: skip

    def landed_at(self, batch_id: int) -> datetime:
        return self.rows("SELECT landed_at FROM ops.batch WHERE batch_id = :b", b=batch_id)[0][0]  # type: ignore[no-any-return]

    def versions(self, at: datetime | None = None) -> dict[str, list[dict[str, Any]]]:
        """Entity -> its versions, or those known at an instant, without what only says who gives a row now."""
        known = "TRUE" if at is None else "v.valid_from <= :at AND v.valid_to > :at"
        found = {}
        for entity in ENTITIES.values():
            rows = self.rows(
                f"SELECT to_jsonb(v) - 'record_id' - 'dataset' - 'scope' - 'stale' FROM {entity.table} AS v"
                f" WHERE v.source = :source AND {known} ORDER BY 1", at=at,
            )  # fmt: skip
            found[entity.name] = [row[0] for row in rows]
        return found

    def held(self) -> dict[str, list[Any]]:
        """Everything that a source has: versions, memory of the door, quarantine, accounting."""
        texts = {
            # Which record gives a row is bookkeeping of its current version: an earlier one may point anywhere.
            entity.name: "SELECT to_jsonb(v) - 'record_id', v.record_id IS NULL AND v.valid_to = 'infinity',"
            f" s.record_hash::text, s.scope FROM {entity.table} AS v LEFT JOIN ops.record_seen AS s"
            " ON v.record_id = s.record_id AND v.valid_to = 'infinity' WHERE v.source = :source"
            for entity in ENTITIES.values()
        }
        texts["seen"] = "SELECT to_jsonb(s) - 'record_id' FROM ops.record_seen AS s WHERE source = :source"
        texts["owners"] = (
            "SELECT s.record_hash::text, s.scope, o.entity, o.key_hash::text FROM ops.row_owner AS o"
            " INNER JOIN ops.record_seen AS s USING (record_id) WHERE s.source = :source"
        )
        texts["quarantine"] = "SELECT to_jsonb(q) FROM quarantine.row AS q WHERE source = :source"
        for name in ("record_account", "row_account", "rule_result", "scope_delivery"):
            texts[name] = (
                f"SELECT to_jsonb(a) FROM ops.{name} AS a INNER JOIN ops.batch AS b USING (batch_id)"
                " WHERE b.source = :source AND b.state = 'merged'"
            )
        return {
            name: [tuple(row) for row in self.rows(f"SELECT * FROM ({text}) AS t ORDER BY CAST(t AS text)")]
            for name, text in texts.items()
        }


def told(nights: Sequence[Night]) -> tuple[Model, list[Outcome]]:
    """The reference model after some nights, and what each gave."""
    model = Model()
    return model, [model.merge(night) for night in nights]


def check_current(source: Source, model: Model) -> None:
    """The current versions are those of the model, whatever was before; and so is what is retained."""
    found = list(differences(source, {"": model}, current_only=True, open_only=True))
    assert not found, found


def leave_out_closed(source: Source, model: Model) -> None:
    """Take out retained rows that were closed since nothing gives them any more: the model never held them back."""
    known = Counter(
        (scope, entity, rule, state, _content(entity, json.loads(content)))
        for (scope, entity, content, rule), state in model.retained.items()
    )
    closed = []
    for row in source.rows("SELECT * FROM quarantine.row WHERE source = :source"):
        said = (row.scope, row.entity, row.rule, row.state, _content(row.entity, row.fields))
        known[said] -= 1
        if row.state == "mended_at_source" and known[said] < 0:
            closed.append(row.retained_id)
    with transaction(source.engine) as connection:
        connection.execute(sa.text("DELETE FROM quarantine.row WHERE retained_id = ANY(:ids)"), {"ids": closed})
        merging.count_retained(connection, source.source)


def check_chains(source: Source) -> None:
    """No two versions of a key overlap, none is empty."""
    for entity in ENTITIES.values():
        key = ", ".join(entity.key_columns)
        broken = source.rows(
            "SELECT count(*) FROM (SELECT valid_from, valid_to, vanished_at,"
            f" lead(valid_from) OVER (PARTITION BY {key} ORDER BY valid_from) AS next FROM {entity.table}"
            " WHERE source = :source) AS v WHERE valid_to > next OR valid_from >= valid_to"
            " OR vanished_at <> valid_from"
        )
        assert broken[0][0] == 0, entity.name


def fresh(
    place: Place, folder: Path, nights: Sequence[Night], *, one_contract: bool
) -> tuple[Source, dict[int, Night]]:
    source = Source(place, folder)
    if one_contract:
        nights = [replace(night, fingerprint=source.today) for night in nights]
    return source, source.play(nights)


FEW: dict[str, Any] = {"derandomize": True, "phases": (Phase.generate, Phase.shrink), **_COMMON}


@settings(max_examples=10, **FEW)
@given(nights=histories())
def test_a_replay_gives_what_the_nights_gave(
    place: Place, tmp_path_factory: pytest.TempPathFactory, nights: list[Night]
) -> None:
    source, merged = fresh(place, tmp_path_factory.mktemp("l"), nights, one_contract=True)
    if not merged:
        return
    before = source.held()
    assert source.replay().batches == tuple(merged)
    assert source.held() == before
    left = source.rows("SELECT count(*) FROM staging.record WHERE batch_id = ANY(:ids)", ids=list(merged))
    assert left == [(0,)]
    model, _ = told([replace(night, fingerprint=source.today) for night in merged.values()])
    again = replace(list(merged.values())[-1], fingerprint=source.today)
    check(source, model, source.run(again), model.merge(again))


@settings(max_examples=8, **FEW)
@given(nights=histories())
def test_after_a_replay_todays_contract_held_always(
    place: Place, tmp_path_factory: pytest.TempPathFactory, nights: list[Night]
) -> None:
    source, merged = fresh(place, tmp_path_factory.mktemp("l"), nights, one_contract=False)
    if not merged:
        return
    source.replay()
    model, outcomes = told([replace(night, fingerprint=source.today) for night in merged.values()])
    leave_out_closed(source, model)
    check(source, model, 0, None)
    for batch_id, outcome in zip(merged, outcomes, strict=True):
        assert not list(accounted(source, batch_id, [outcome]))


@settings(max_examples=8, **FEW)
@given(nights=histories(), data=st.data())
def test_a_replay_since_a_day_gives_what_the_nights_gave(
    place: Place, tmp_path_factory: pytest.TempPathFactory, nights: list[Night], data: st.DataObject
) -> None:
    source, merged = fresh(place, tmp_path_factory.mktemp("l"), nights, one_contract=True)
    if not merged:
        return
    before = source.held()
    first = data.draw(st.sampled_from(sorted(merged)))
    assert source.replay(source.landed_at(first)).batches == tuple(b for b in merged if b >= first)
    assert source.held() == before


@settings(max_examples=6, **FEW)
@given(nights=histories(), more=histories(), data=st.data())
def test_a_withdrawn_night_is_undone_by_later_versions_only(
    place: Place, tmp_path_factory: pytest.TempPathFactory, nights: list[Night], more: list[Night], data: st.DataObject
) -> None:
    source, merged = fresh(place, tmp_path_factory.mktemp("l"), nights, one_contract=True)
    if not merged:
        return
    wrong = data.draw(st.sampled_from(sorted(merged)))
    instants = [row[0] for row in source.rows("SELECT merged_at FROM ops.batch WHERE source = :source"
                                              " AND merged_at IS NOT NULL")]  # fmt: skip
    known = {at: source.versions(at) for at in instants}
    accounts = {name: source.held()[name] for name in ("record_account", "row_account", "rule_result")}
    done = source.withdraw(wrong)
    left = [replace(night, fingerprint=source.today) for batch, night in merged.items() if batch != wrong]
    model, _ = told(left)
    check_current(source, model)
    check_chains(source)
    for at, versions in known.items():
        now = source.versions(at)
        assert {e: _without_end(v) for e, v in now.items()} == {e: _without_end(v) for e, v in versions.items()}
    own = source.held()
    for name, rows in accounts.items():
        kept = [row for row in own[name] if row[0]["batch_id"] != done.batch_id]
        assert kept == [row for row in rows if row[0]["batch_id"] != wrong], name
    for night in more[:2]:
        if night.fate == "merged":
            later = replace(night, fingerprint=source.today)
            source.run(later)
            model.merge(later)
            left.append(later)
            check_current(source, model)
    if left:
        source.replay()
        model, _ = told(left)
        leave_out_closed(source, model)
        check(source, model, 0, None)


def many(test: Any, **strategies: Any) -> Any:
    """A property again, over as many histories as a night allows."""
    return pytest.mark.slow(settings(max_examples=100, **_COMMON)(given(**strategies)(test.hypothesis.inner_test)))


test_many_replays_give_what_the_nights_gave = many(test_a_replay_gives_what_the_nights_gave, nights=histories())
test_after_many_replays_todays_contract_held_always = many(
    test_after_a_replay_todays_contract_held_always, nights=histories()
)
test_many_replays_since_a_day_give_what_the_nights_gave = many(
    test_a_replay_since_a_day_gives_what_the_nights_gave, nights=histories(), data=st.data()
)
test_many_withdrawn_nights_are_undone_by_later_versions_only = many(
    test_a_withdrawn_night_is_undone_by_later_versions_only, nights=histories(), more=histories(), data=st.data()
)


def _without_end(versions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Versions known at an instant without their end, which comes closer by the withdrawal; in an order without it."""
    return sorted(
        ({name: value for name, value in version.items() if name != "valid_to"} for version in versions), key=str
    )


# ---------------------------------------------------------------- one thing at a time
@pytest.fixture
def source(place: Place, tmp_path: Path) -> Source:
    return Source(place, tmp_path)


def said(source: Source) -> list[tuple[str, bool]]:
    """What one account was said to be, version after version."""
    return [
        (row[0], row[1] is not None)
        for row in source.rows(
            "SELECT institution, vanished_at FROM warehouse.account WHERE source = :source ORDER BY valid_from"
        )
    ]


def test_a_mended_mapping_holds_for_all_history(source: Source) -> None:
    source.play([whole(one(A)), whole(one(B)), whole()])
    source.connector.mended = True
    source.replay()
    assert said(source) == [("J1", False), ("J2", False), ("J2", True)]


def test_history_before_the_day_stays_as_it_was(source: Source) -> None:
    batches = list(source.play([whole(one(A)), whole(one(A, ENROLLED)), whole(one(B))]))
    source.connector.mended = True
    source.replay(source.landed_at(batches[1]))
    assert said(source) == [("I1", False), ("J1", False), ("J2", False)]
    assert source.rows("SELECT batch_id FROM warehouse.account WHERE source = :source ORDER BY valid_from") == [
        (batch,) for batch in batches
    ]
    check_chains(source)


def test_every_figure_that_a_replay_moves_is_computed_again(source: Source) -> None:
    source.play([whole(one(("reported_value", "k1", "a")))])
    done = source.replay()
    # the later ones too: there are cumulative indicators
    assert done.quarters == ("2020-Q2", "2020-Q3", "2020-Q4")
    assert source.rows("SELECT state, quarters, fingerprint FROM ops.batch WHERE batch_id = :b", b=done.batch_id) == [
        ("merged", list(done.quarters), None)
    ]


@pytest.mark.parametrize("harm", ["missing", "changed"])
def test_a_lost_file_stops_a_replay_before_anything_changes(source: Source, harm: str) -> None:
    (batch,) = source.play([whole(one(A))])
    path = source.landing / source.source / f"{batch}.zst"
    path.unlink() if harm == "missing" else path.write_bytes(zstandard.compress(b"x"))
    before = source.held()
    with pytest.raises(PermanentError, match="archivo recibido"):
        source.replay()
    assert source.held() == before


def test_a_stop_rule_undoes_a_replay_and_names_the_batch(source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    _, second = source.play([whole(one(A)), whole(one(B))])
    before = source.held()
    chunks = source.connector.chunks

    def stopped(files: Sequence[LandedFile]) -> Any:
        if files[0].path.stem == str(second):
            raise PermanentError("faltan las columnas.")
        return chunks(files)

    monkeypatch.setattr(source.connector, "chunks", stopped)
    with pytest.raises(PermanentError, match=f"lote {second} de .*faltan las columnas"):
        source.replay()
    assert source.held() == before


def test_a_batch_that_met_the_door_before_a_replay_is_not_merged_after_it(source: Source) -> None:
    source.play([whole(one(A))])
    waiting = source.run(whole(one(B), fate="validated"))
    source.replay()
    assert source.rows("SELECT state FROM ops.batch WHERE batch_id = :b", b=waiting) == [("abandoned",)]


def test_a_landed_batch_goes_on_after_a_replay(source: Source) -> None:
    source.play([whole(one(A))])
    waiting = source.run(whole(one(B), fate="landed", fingerprint=source.today))
    source.replay()
    source.stage(waiting, whole(one(B)))
    source.validate(waiting)
    assert merging.merge(source.engine, source.project, waiting).changed
    assert said(source) == [("I1", False), ("I2", False)]


def test_an_empty_source_has_nothing_to_replay(source: Source) -> None:
    with pytest.raises(ContractError, match="no se encontró ningún lote cargado"):
        source.replay()
    source.play([whole(one(A))])
    with pytest.raises(ContractError, match="no se encontró ningún lote cargado"):
        source.replay(datetime(2999, 1, 1, tzinfo=UTC))


def test_a_key_that_only_the_wrong_batch_gave_ends_with_it(source: Source) -> None:
    _, wrong = source.play([whole(), whole(one(A, ENROLLED))])
    done = source.withdraw(wrong)
    assert done.changed
    assert source.rows("SELECT count(*) FROM warehouse.account WHERE source = :source AND valid_to = 'infinity'") == [
        (0,)
    ]
    assert source.rows(
        "SELECT count(*) FROM warehouse.person_link WHERE source = :source AND valid_to = 'infinity'"
    ) == [(0,)]
    assert source.rows(
        "SELECT state, message FROM ops.batch WHERE batch_id = :b", b=wrong
    ) == [("withdrawn", f"retirado por el lote {done.batch_id}: archivo equivocado")]  # fmt: skip
    assert source.rows(
        "SELECT kind, reason, decided_by, subject FROM ops.decision WHERE subject ->> 'source' = :source"
    ) == [
        ("withdraw_batch", "archivo equivocado", "ana",
         {"source": source.source, "batch_id": wrong, "by": done.batch_id})
    ]  # fmt: skip


def test_a_withdrawn_batch_stays_so_when_somebody_runs_its_old_tasks_again(source: Source) -> None:
    """Rejected instead, its file would be taken again the next night."""
    _, wrong = source.play([whole(one(A)), whole(one(B))])
    source.withdraw(wrong)
    kept = "SELECT b.state, b.message, d.records FROM ops.batch AS b LEFT JOIN ops.scope_delivery AS d USING (batch_id)"
    before = source.rows(f"{kept} WHERE batch_id = :b", b=wrong)
    plant: Any = SimpleNamespace(
        engine=source.engine, connector=lambda _: source.connector, project=source.project,
        landing=source.landing, key=KEY,
    )  # fmt: skip
    for task in (stage, partial(divide, most=32), complete):
        with pytest.raises(PermanentError, match="retirado"):
            task(plant, wrong)
        assert source.rows(f"{kept} WHERE batch_id = :b", b=wrong) == before


def test_what_was_corrected_since_needs_no_undoing(source: Source) -> None:
    _, wrong, _ = source.play([whole(one(A)), whole(one(B)), whole(one(A))])
    done = source.withdraw(wrong)
    assert not done.changed
    assert said(source) == [("I1", False), ("I2", False), ("I1", False)]
    message = source.rows("SELECT message FROM ops.batch WHERE batch_id = :b", b=done.batch_id)[0][0]
    assert "sin cambios en lo vigente" in message


def test_a_row_held_back_by_the_wrong_batch_is_no_longer_in_doubt(source: Source) -> None:
    _, wrong = source.play([whole(one(A)), whole(one(FALSE_ROW))])
    source.withdraw(wrong)
    assert source.rows("SELECT stale FROM warehouse.account WHERE source = :source") == [(False,)]
    assert source.rows("SELECT state FROM quarantine.row WHERE source = :source") == [("mended_at_source",)]


def test_what_cannot_be_withdrawn_says_why(source: Source) -> None:
    first, wrong = source.play([whole(one(A)), whole(one(B))])
    rejected = source.run(whole(one(A), fate="rejected"))
    done = source.withdraw(wrong)
    for batch_id, reason, why in (
        (wrong, "x", f"ya lo retiró el lote {done.batch_id}"),
        (done.batch_id, "x", "lo escribió un retiro"),
        (rejected, "x", "sólo se retira lo que se cargó"),
        (first, " ", "no se encontró motivo"),
        (10**9, "x", "no se encontró"),
    ):
        with pytest.raises(ContractError, match=why):
            source.withdraw(batch_id, reason)
    assert source.rows("SELECT count(*) FROM ops.batch WHERE source = :source AND withdraws IS NOT NULL") == [(1,)]


def test_a_long_replay_holds_no_more_locks_than_a_short_one(source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    source.play([whole(one(A if night % 2 else B, ENROLLED)) for night in range(6)])
    counts = []
    merge_batch = rebuilding.merge_batch

    def counted(connection: sa.Connection, *given: Any) -> bool:
        changed = merge_batch(connection, *given)
        counts.append(connection.scalar(sa.text("SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid()")))
        return changed

    monkeypatch.setattr(rebuilding, "merge_batch", counted)
    source.replay()
    assert len(counts) == 6
    assert counts[-1] <= counts[1] + 10
