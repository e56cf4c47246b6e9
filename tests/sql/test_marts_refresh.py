"""Refreshing the marts: nothing without news, only what differs with them, and never half."""

import shutil
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from mart_case import NOW, rows, written

from trimestre.contracts import load_project
from trimestre.pipeline import night
from trimestre.pipeline.marts import filling, refreshing
from trimestre.pipeline.marts.refreshing import refresh
from trimestre.simulators.case_moodle import CERTIFICATE, M1, M2, M3, local_epoch
from trimestre.simulators.world import World

if TYPE_CHECKING:
    from conftest import Case

TOTAL = (
    "SELECT version, value FROM marts.indicator_value WHERE indicator = :indicator AND period = :period"
    " AND disaggregation = 'total' AND official ORDER BY version"
)


def one_more_certificate(world: World) -> None:
    """Somebody who passed everything takes the certificate, on an evening of June."""
    passed: dict[int, set[int]] = {cmid: set() for cmid in (M1, M2, M3, CERTIFICATE)}
    for (cmid, user), done in world.moodle.completions.items():
        if cmid in passed and done.state in (1, 2):
            passed[cmid].add(user)
    user = min(filter(world.is_counted, (passed[M1] & passed[M2] & passed[M3]) - passed[CERTIFICATE]))
    world.complete(user, CERTIFICATE, local_epoch(2020, 5, 15, 18))


def same(before: dict[str, dict[str, str]], after: dict[str, dict[str, str]], table: str) -> tuple[int, int, int]:
    """Rows of a mart that stayed as they were, were written anew, and are gone."""
    kept = sum(after[table].get(key) == transaction for key, transaction in before[table].items())
    return kept, len(after[table]) - kept, len(before[table].keys() - after[table].keys())


def test_a_refresh_without_news_writes_nothing(case: "Case") -> None:
    assert refresh(case.plant.engine, case.plant.project).rows > 4000
    first = written(case.plant.engine)
    assert refresh(case.plant.engine, case.plant.project) == refreshing.Refreshed((), 0)
    with case.plant.engine.begin() as connection:
        connection.execute(sa.text("INSERT INTO ops.setting VALUES ('something_else', '1')"))
        assert refreshing.behind(connection, case.plant.project) == []
        connection.execute(sa.text("UPDATE ops.setting SET value = value || 'x' WHERE setting = 'identity_contract'"))
        assert refreshing.behind(connection, case.plant.project) == ["facts", "figures"]
        connection.rollback()
    with case.plant.engine.begin() as connection:
        connection.execute(sa.text("DELETE FROM ops.setting WHERE setting LIKE 'marts_%'"))
    # It no longer knows that nothing moved: everything is worked out again, compared, and found equal.
    assert refresh(case.plant.engine, case.plant.project) == refreshing.Refreshed((), 0)
    assert written(case.plant.engine) == first


def test_a_night_without_news_touches_the_batches_only(case: "Case") -> None:
    night.refresh_marts(case.plant)
    before = written(case.plant.engine)
    assert case.night() == []
    assert set(night.refresh_marts(case.plant).tables) <= {"batch", "rule_result"}
    after = written(case.plant.engine)
    assert {name for name in before if before[name] != after[name]} == {"batch", "rule_result"}
    assert before["batch"].items() <= after["batch"].items()
    assert before["rule_result"].items() <= after["rule_result"].items()


def test_after_a_change_only_the_rows_that_differ_are_written(case: "Case") -> None:
    night.refresh_marts(case.plant)
    before = written(case.plant.engine)
    one_more_certificate(case.world)
    assert case.night() == ["moodle_pnud"]
    done = night.refresh_marts(case.plant)
    after = written(case.plant.engine)
    assert same(before, after, "enrolment") == (len(before["enrolment"]) - 1, 1, 0)
    assert same(before, after, "certificate") == (len(before["certificate"]), 2, 0)
    assert same(before, after, "person")[1:] == (1, 0)
    assert same(before, after, "edition")[1:] == (1, 0)
    for name in ("enrolment_module", "answer", "attendance", "survey", "event", "indicator_target"):
        assert before[name] == after[name], name
        assert name not in done.tables
    counted = rows(case.plant.engine, "SELECT count(*) AS n FROM marts.certificate WHERE counted AND is_first")
    assert counted == [{"n": 198}]


def test_a_source_that_began_first_and_ended_last_reaches_the_marts(case: "Case") -> None:
    night.refresh_marts(case.plant)
    one_more_certificate(case.world)
    slow = night.land(case.plant, "moodle_pnud")
    case.world.surveys[202001].responses[0]["P01"] = "A1"
    assert night.ingest(case.plant, "encuestas", NOW).batch_id > slow
    night.refresh_marts(case.plant)
    night.make_ready(case.plant, slow, NOW)
    assert night.merge(case.plant, slow, NOW).changed
    night.refresh_marts(case.plant)
    counted = rows(case.plant.engine, "SELECT count(*) AS n FROM marts.certificate WHERE counted AND is_first")
    assert counted == [{"n": 198}]


def test_the_first_version_can_be_read_after_the_second(case: "Case") -> None:
    night.refresh_marts(case.plant)
    (first,) = rows(case.plant.engine, TOTAL, indicator="L2-02", period="2020-Q2")
    one_more_certificate(case.world)
    case.night()
    night.refresh_marts(case.plant)
    assert rows(case.plant.engine, TOTAL, indicator="L2-02", period="2020-Q2") == [
        first, {"version": 2, "value": first["value"] + 1}
    ]  # fmt: skip
    known = rows(
        case.plant.engine,
        "SELECT DISTINCT version, is_current FROM marts.indicator_value WHERE period = '2020-Q2' ORDER BY 1",
    )
    assert known == [{"version": 1, "is_current": False}, {"version": 2, "is_current": True}]
    changes = rows(
        case.plant.engine, "SELECT source, entity, new, changed, version FROM marts.change WHERE period = '2020-Q2'"
    )
    assert {(row["source"], row["entity"], row["new"] + row["changed"], row["version"]) for row in changes} == {
        ("moodle_pnud", "certificate", 1, 2)
    }
    # One person has two accounts there. What came later is told apart from what the third adds.
    (bridge,) = rows(
        case.plant.engine, "SELECT * FROM marts.quarter_bridge WHERE indicator = 'L2-01' AND period = '2020-Q3'"
    )
    parts = (bridge["previous_value"], bridge["added"], bridge["corrected"], bridge["value"])
    assert parts == (first["value"] - 1, 0, 1, first["value"])


def test_a_target_that_was_changed_is_told_with_the_version_that_held(case: "Case", tmp_path: Path) -> None:
    night.refresh_marts(case.plant)
    project = tmp_path / "project"
    for folder in ("framework", "sources", "expectations"):
        shutil.copytree(case.plant.project.root / folder, project / folder)
    path = project / "framework" / "indicators" / "L2-02.yaml"
    path.write_text(path.read_text().replace("targets: {2020-Q2: 420}", "targets: {2020-Q2: 405}"))
    changed = replace(case.plant, project=load_project(project))
    night.ingest(changed, "framework", NOW)
    night.compute_quarters(changed, night.pending_quarters(changed.engine, changed.project))
    night.refresh_marts(changed)
    targets = rows(
        case.plant.engine,
        "SELECT target_version, target, in_force FROM marts.indicator_target WHERE indicator = 'L2-02'"
        " AND period = '2020-Q2' ORDER BY 1",
    )
    assert [tuple(row.values()) for row in targets] == [(1, Decimal(420), False), (2, Decimal(405), True)]
    values = rows(
        case.plant.engine,
        "SELECT version, target, target_version, definitions_changed, status FROM marts.indicator_value"
        " WHERE indicator = 'L2-02' AND period = '2020-Q2' AND official AND disaggregation = 'total' ORDER BY 1",
    )
    assert [(row["target"], row["target_version"], row["definitions_changed"]) for row in values] == [
        (420, 1, False),
        (405, 2, True),
    ]
    others = rows(
        case.plant.engine, "SELECT max(target_version) AS n FROM marts.indicator_target WHERE indicator = 'L2-01'"
    )
    assert others == [{"n": 1}]


def test_readers_see_the_marts_before_or_after_and_never_wait(case: "Case", monkeypatch: pytest.MonkeyPatch) -> None:
    night.refresh_marts(case.plant)
    one_more_certificate(case.world)
    case.night()
    read = "SELECT count(*) AS n FROM marts.certificate UNION ALL SELECT certified FROM marts.edition"
    before = rows(case.plant.engine, read)
    seen: list[list[dict[str, Any]]] = []
    fill = filling.Filling.fill

    def watched(self: Any, name: str) -> int:
        done = fill(self, name)
        with case.plant.engine.connect() as reader:
            reader.execute(sa.text("SET lock_timeout = '1s'"))
            seen.append([dict(row._mapping) for row in reader.execute(sa.text(read))])
        return done

    monkeypatch.setattr(filling.Filling, "fill", watched)
    assert night.refresh_marts(case.plant).rows
    assert len(seen) > 10
    assert all(state == before for state in seen)
    assert rows(case.plant.engine, read) != before


def test_a_refresh_that_fails_leaves_the_marts_as_they_were(case: "Case", monkeypatch: pytest.MonkeyPatch) -> None:
    night.refresh_marts(case.plant)
    before = written(case.plant.engine)
    one_more_certificate(case.world)
    case.night()
    fill = filling.Filling.fill

    def broken(self: Any, name: str) -> int:
        if name == "quarter_bridge":
            raise RuntimeError("the server went away")
        return fill(self, name)

    monkeypatch.setattr(filling.Filling, "fill", broken)
    with pytest.raises(RuntimeError):
        night.refresh_marts(case.plant)
    assert written(case.plant.engine) == before
    monkeypatch.undo()
    assert "certificate" in night.refresh_marts(case.plant).tables


def test_an_empty_warehouse_has_nothing_to_refresh(warehouse: sa.Engine, case: "Case") -> None:
    assert refresh(warehouse, case.plant.project) == refreshing.Refreshed((), 0)


def test_what_is_retained_is_counted_without_its_values(case: "Case") -> None:
    night.refresh_marts(case.plant)
    retained = rows(case.plant.engine, "SELECT source, entity, rule, state, rows, what FROM marts.retained")
    assert {row["source"] for row in retained} == {"datos_capturados", "encuestas", "eventos"}
    assert all(row["what"] and row["state"] == "open" and row["rows"] == 1 for row in retained)
