"""Retained rows over the demo's sources: accepted, corrected, read again, by real connectors and expectations."""

import json
import logging
import os
import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from trimestre import cli
from trimestre.cli import batch as cli_batch
from trimestre.cli import night as cli_night
from trimestre.cli import retained as cli_retained
from trimestre.contracts.corrections import Correction, Corrections
from trimestre.contracts.expectations import Rule, Suite
from trimestre.errors import ContractError
from trimestre.indicators.values import current_values
from trimestre.periods import Period
from trimestre.pipeline import acts, night
from trimestre.pipeline.plant import Plant
from trimestre.pipeline.quarantine import mending
from trimestre.simulators import World, write_drop_files
from trimestre.warehouse.database import transaction
from trimestre.warehouse.entities import ENTITIES

if TYPE_CHECKING:
    from conftest import DemoPlant, StagedDemo

NOW = datetime.now(UTC)
TYPED, PLATFORM = "datos_capturados", "plataforma_sfp"
FUTURE = (datetime.now(UTC) + timedelta(days=400)).replace(hour=12, minute=0, second=0, microsecond=0, tzinfo=None)
"""As a wall clock shows it."""
RIGHT = "2020-06-20T12:00:00-05:00"
INVALID = "curp_o_nombre@example.mx"
"""Stands for personal data in a column of dates: it must show up nowhere."""


@dataclass
class Site:
    """A plant whose typed figure and whose certificate of a platform are held back."""

    plant: Plant
    world: World

    def rows(self, text: str, **parameters: Any) -> list[Any]:
        with transaction(self.plant.engine) as connection:
            return list(connection.execute(sa.text(text), parameters))

    def value(self, text: str, **parameters: Any) -> Any:
        return self.rows(text, **parameters)[0][0]

    def deliver(self) -> None:
        """Write the files anew, as if they had lain there for a while."""
        write_drop_files(self.world, Path(self.plant.drop))
        for path in Path(self.plant.drop).rglob("*.*"):
            os.utime(path, (time.time() - 60,) * 2)

    def night(self, source: str) -> night.Merged:
        return night.ingest(self.plant, source, NOW)

    def figure(self, indicator: str) -> Any:
        """The total of the quarter, computed if it is behind."""
        night.compute_quarters(self.plant, night.pending_quarters(self.plant.engine, self.plant.project))
        with transaction(self.plant.engine) as connection:
            found = current_values(connection, Period(2020, 2), reconciliation=False)
        return next(r["value"] for r in found if (r["indicator"], r["disaggregation"]) == (indicator, "total"))

    def retained(self, source: str) -> list[Any]:
        return self.rows(
            "SELECT retained_id, entity, rule, state, decision_id, first_batch_id, last_batch_id FROM quarantine.row"
            " WHERE source = :source ORDER BY retained_id", source=source,
        )  # fmt: skip

    def accept(self, *numbers: int, reason: str = "lo confirma el área") -> Any:
        return acts.accept_rows(self.plant, numbers, NOW, reason=reason, decided_by="ana")

    def correct(self, number: int, **changes: str | None) -> Any:
        return acts.correct_row(self.plant, number, changes, NOW, reason="acta 12", decided_by="ana")

    def held(self, *but: str) -> dict[str, list[Any]]:
        """All that a replay must give back."""
        tables = [*(e.table for e in ENTITIES.values()), "warehouse.person_link", "warehouse.person", "quarantine.row"]
        gone = "".join(f" - '{name}'" for name in ("record_id", *but))
        return {
            table: sorted(
                json.dumps(r[0], sort_keys=True) for r in self.rows(f"SELECT to_jsonb(t){gone} FROM {table} AS t")
            )
            for table in tables
        }


def hold_back(demo: "DemoPlant") -> None:
    here = Site(demo.plant, demo.world)
    typed = next(row for row in here.world.captured if (row.indicator, row.period) == ("L1-01", "2020-Q2"))
    typed.date = FUTURE
    here.world.sfp[certified(here.world)].certified_at = FUTURE
    here.deliver()
    for source in ("framework", TYPED, PLATFORM):
        here.night(source)


@pytest.fixture
def site(staged_demo: "StagedDemo") -> Site:
    """The framework and two sources loaded, each with a row that is held back."""
    demo = staged_demo(hold_back)
    return Site(demo.plant, demo.world)


def certified(world: World) -> int:
    return next(n for n, learner in enumerate(world.sfp) if learner.certified_at is not None)


@pytest.fixture
def of_platform(site: Site) -> int:
    ((number, *_),) = site.retained(PLATFORM)
    return int(number)


@pytest.fixture
def of_typed(site: Site) -> int:
    return int(site.retained(TYPED)[0][0])


def adds_up(site: Site) -> None:
    """Every account of every batch does, and each begins where the one before ended."""
    for row in site.rows(
        "SELECT a.*, lag(a.current_after) OVER (PARTITION BY b.source, a.entity ORDER BY b.merged_at) AS was"
        " FROM ops.row_account AS a INNER JOIN ops.batch AS b USING (batch_id) WHERE b.state = 'merged'"
    ):
        assert row.landed == row.merged + row.unchanged + row.quarantined + row.repeated + row.out_of_scope
        assert row.current_after == row.current_before + row.new + row.returned - row.vanished
        assert row.was in (None, row.current_before), (row.batch_id, row.entity)
    for row in site.rows(
        "SELECT source, dataset, entity, rule, state, count(*) AS rows FROM quarantine.row GROUP BY 1, 2, 3, 4, 5"
        " EXCEPT SELECT source, dataset, entity, rule, state, rows FROM ops.retained_count"
    ):
        pytest.fail(f"not counted: {row}")


def entered_version(site: Site) -> Any:
    return site.rows(
        "SELECT obtained_at, batch_id, record_id, landed_file_id, position FROM warehouse.certificate"
        " WHERE source = :s AND valid_to = 'infinity' AND landed_file_id IS NOT NULL ORDER BY valid_from DESC LIMIT 1",
        s=PLATFORM,
    )[0]


# ---------------------------------------------------------------- accepting
def test_an_accepted_figure_is_reported_under_its_own_date(site: Site, of_typed: int) -> None:
    before = site.figure("L1-01")
    assert site.retained(TYPED)[0][1:4] == ("reported_value", "fecha_no_futura", "open")
    done = site.accept(of_typed)
    assert (done.entered, done.held, done.again, done.already) == ((of_typed,), (), (), ())
    assert "2020-Q2" in done.quarters
    assert site.figure("L1-01") != before
    dates = site.rows("SELECT reported_on FROM warehouse.reported_value WHERE batch_id = :b", b=done.batches[0])
    assert [str(row[0]) for row in dates] == [str(FUTURE.date())]
    _, _, _, state, decision, first, last = site.retained(TYPED)[0]
    assert (state, first, last) == ("accepted", last, first)
    assert site.rows("SELECT kind, reason, decided_by FROM ops.decision WHERE decision_id = :d", d=decision) == [
        ("accept_row", "lo confirma el área", "ana")
    ]
    message = site.value("SELECT message FROM ops.batch WHERE batch_id = :b", b=done.batches[0])
    assert message == f"acepta los registros retenidos {of_typed}: lo confirma el área"
    adds_up(site)


def test_accepting_twice_does_nothing_the_second_time(site: Site, of_typed: int) -> None:
    site.accept(of_typed)
    batches = site.value("SELECT count(*) FROM ops.batch")
    again = site.accept(of_typed)
    assert (again.batches, again.already) == ((), (of_typed,))
    assert site.value("SELECT count(*) FROM ops.batch") == batches
    assert site.value("SELECT count(*) FROM ops.decision") == 1


def test_a_rule_that_guards_a_cast_is_not_accepted(site: Site) -> None:
    site.world.captured[0].value = INVALID  # type: ignore[assignment]
    site.deliver()
    site.night(TYPED)
    number = site.value("SELECT retained_id FROM quarantine.row WHERE rule = 'valor_numerico'")
    with pytest.raises(ContractError, match="que no se puede aceptar") as raised:
        site.accept(number)
    assert INVALID not in str(raised.value)
    assert site.value("SELECT count(*) FROM ops.decision") == 0


def test_two_rules_on_a_row_need_two_acceptances(demo_plant: "DemoPlant") -> None:
    plant = demo_plant.plant
    second = Rule(
        rule="demasiado_tarde", severity="critical", acceptable=True, column="obtained_at", what="Q.", why="P.",
        how_to_fix="C.", unexpected_rows="r.obtained_at > '2021'",
    )  # fmt: skip
    suite = plant.project.suites["certificate"]
    suites = plant.project.suites | {"certificate": suite.model_copy(update={"rules": (*suite.rules, second)})}
    here = Site(replace(plant, project=replace(plant.project, suites=suites)), demo_plant.world)
    here.world.sfp[certified(here.world)].certified_at = FUTURE
    here.deliver()
    here.night(PLATFORM)
    certificates = "SELECT count(*) FROM warehouse.certificate WHERE valid_to = 'infinity'"
    before = here.value(certificates)
    one, other = (row[0] for row in here.retained(PLATFORM))
    done = here.accept(one)
    assert (done.entered, done.held) == ((), (one,))
    assert here.value(certificates) == before
    assert [row[3] for row in here.retained(PLATFORM)] == ["accepted", "open"]
    done = here.accept(other)
    assert (done.entered, done.held) == ((other,), ())
    assert here.value(certificates) == before + 1
    assert [row[3] for row in here.retained(PLATFORM)] == ["accepted", "accepted"]
    adds_up(here)


# ---------------------------------------------------------------- correcting
def test_a_corrected_certificate_counts_in_its_quarter(site: Site, of_platform: int) -> None:
    before = site.figure("L2-01")
    done = site.correct(of_platform, obtained_at=RIGHT)
    assert (done.entered, done.held, done.again) == ((of_platform,), (), ())
    assert site.figure("L2-01") == before + 1
    version = entered_version(site)
    assert version.batch_id == done.batches[0]
    assert version.obtained_at == datetime.fromisoformat(RIGHT)
    place = site.rows("SELECT landed_file_id, position FROM quarantine.row WHERE source = :s", s=PLATFORM)
    assert place == [(version.landed_file_id, version.position)]
    assert site.retained(PLATFORM)[0][3] == "corrected"
    assert site.correct(of_platform, obtained_at=RIGHT).already == (of_platform,)
    with pytest.raises(ContractError, match=r"está como «corregido por decisión» por la decisión \d+; anúlela primero"):
        site.correct(of_platform, obtained_at="2020-06-21T12:00:00-05:00")
    adds_up(site)


def test_what_a_person_wrote_stands_in_the_correction_only(
    site: Site, of_platform: int, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        site.correct(of_platform, obtained_at=RIGHT)
    subject = site.value("SELECT subject FROM ops.decision")
    assert set(subject) == {"source", "dataset", "entity", "row_hash", "retained_id", "fields"}
    assert site.rows("SELECT field, value FROM quarantine.correction") == [("obtained_at", RIGHT)]
    for table in ("batch", "decision", "rule_result", "retained_count", "scope_delivery", "row_account"):
        assert RIGHT not in str(site.rows(f"SELECT to_jsonb(t) FROM ops.{table} AS t")), table
    assert RIGHT not in caplog.text


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        (
            {"obtained": "x"},
            r"\(certificado\): campos que se dieron: obtained; se esperaba alguno de: edition, state, obtained_at",
        ),
        ({"account_ref": "x"}, r"campos que se dieron: account_ref"),
        ({}, "campos que se dieron: ninguno"),
        ({"state": "obtained"}, "se encontraron en state los valores que ya tiene"),
    ],
)
def test_a_correction_of_nothing_is_refused(site: Site, of_platform: int, changes: dict[str, str], why: str) -> None:
    before = site.held()
    with pytest.raises(ContractError, match=why):
        site.correct(of_platform, **changes)
    assert site.held() == before
    assert site.value("SELECT count(*) FROM ops.decision") == 0


def test_a_correction_that_fails_another_rule_is_held_back_under_a_number_of_its_own(
    site: Site, of_platform: int
) -> None:
    done = site.correct(of_platform, obtained_at="ayer")
    assert (done.entered, done.held) == ((), (of_platform,))
    (new,) = done.again
    found = {row[0]: row[2:4] for row in site.retained(PLATFORM)}
    assert found == {
        of_platform: ("obtencion_no_futura", "corrected"),
        new: ("obtencion_con_fecha_valida", "open"),
    }
    before = site.figure("L2-01")
    assert site.correct(new, obtained_at=RIGHT).entered == (new,)
    assert site.figure("L2-01") == before + 1
    acts.replay(site.plant, PLATFORM)
    assert site.figure("L2-01") == before + 1


# ---------------------------------------------------------------- later nights, replays, other contracts and keys
def decided(site: Site) -> tuple[int, int]:
    """One row corrected, one accepted: what counts of them."""
    for source in (PLATFORM, TYPED):
        number = site.retained(source)[0][0]
        site.correct(number, obtained_at=RIGHT) if source == PLATFORM else site.accept(number)
    return site.figure("L2-01"), site.figure("L1-01")


def test_the_next_night_finds_what_entered_unchanged(site: Site) -> None:
    counted = decided(site)
    for source in (PLATFORM, TYPED):
        assert not site.night(source).changed
        last = "SELECT state FROM ops.batch WHERE source = :s ORDER BY batch_id DESC LIMIT 1"
        assert site.value(last, s=source) == "empty"
    site.world.sfp[0].institution = "Otra institución"
    site.deliver()
    batch = site.night(PLATFORM).batch_id
    records = site.rows("SELECT landed, unchanged, parsed FROM ops.record_account WHERE batch_id = :b", b=batch)[0]
    assert (records.unchanged, records.parsed) == (records.landed - 1, 1)
    assert (site.figure("L2-01"), site.figure("L1-01")) == counted
    adds_up(site)


def test_what_was_decided_survives_a_replay_of_everything(site: Site) -> None:
    counted = decided(site)
    before = {source: site.retained(source) for source in (PLATFORM, TYPED)}
    for source in (PLATFORM, TYPED):
        acts.replay(site.plant, source)
    assert (site.figure("L2-01"), site.figure("L1-01")) == counted
    assert {source: site.retained(source) for source in (PLATFORM, TYPED)} == before
    once = site.held()
    adds_up(site)
    for source in (PLATFORM, TYPED):
        acts.replay(site.plant, source)
    assert site.held() == once
    assert not site.night(PLATFORM).changed


def test_what_was_decided_survives_a_replay_since_a_day(site: Site) -> None:
    counted = decided(site)
    site.world.sfp[0].institution = "Otra institución"
    site.deliver()
    site.night(PLATFORM)
    site.plant.engine.dispose()
    with transaction(site.plant.engine) as connection:
        connection.execute(sa.text("UPDATE ops.batch SET landed_at = landed_at - interval '40 days'"
                                   " WHERE batch_id < (SELECT max(batch_id) FROM ops.batch)"))  # fmt: skip
    acts.replay(site.plant, PLATFORM, (NOW - timedelta(days=2)).date())
    assert (site.figure("L2-01"), site.figure("L1-01")) == counted
    adds_up(site)


def test_what_was_decided_survives_another_contract_and_another_key(site: Site) -> None:
    counted = decided(site)
    suite = site.plant.project.suites["event"]
    more = suite.rules[0].model_copy(update={"rule": "otra", "severity": "warning"})
    suites = site.plant.project.suites | {"event": suite.model_copy(update={"rules": (*suite.rules, more)})}
    site.plant = replace(site.plant, project=replace(site.plant.project, suites=suites))
    before = {source: site.retained(source) for source in (PLATFORM, TYPED)}
    for source in (PLATFORM, TYPED):
        site.night(source)
    assert (site.figure("L2-01"), site.figure("L1-01")) == counted
    assert {source: site.retained(source) for source in (PLATFORM, TYPED)} == before
    adds_up(site)
    site.plant = replace(site.plant, key=b"z" * 32)
    with transaction(site.plant.engine) as connection:
        connection.execute(sa.text("DELETE FROM ops.setting WHERE setting = 'account_key'"))
    for source in (PLATFORM, TYPED):
        acts.replay(site.plant, source)
    assert (site.figure("L2-01"), site.figure("L1-01")) == counted
    assert {source: [row[:5] for row in site.retained(source)] for source in before} == {
        source: [row[:5] for row in rows] for source, rows in before.items()
    }


def test_an_open_row_keeps_its_number_under_another_contract(site: Site, of_platform: int) -> None:
    site.plant = replace(
        site.plant,
        project=replace(site.plant.project, corrections=corrections("enrolment", {"edition": "otra"}, role="x")),
    )
    batch = site.night(PLATFORM).batch_id
    ((number, *_, state, _, first, last),) = site.retained(PLATFORM)
    assert (number, state, last) == (of_platform, "open", batch)
    assert first < last
    acts.replay(site.plant, PLATFORM)
    assert site.retained(PLATFORM)[0] == (number, "certificate", "obtencion_no_futura", "open", None, first, last)


def test_the_corrected_row_of_a_withdrawn_batch_goes_with_it(site: Site, of_platform: int) -> None:
    before = site.figure("L2-01")
    site.correct(of_platform, obtained_at=RIGHT)
    assert site.figure("L2-01") == before + 1
    batch = site.value("SELECT min(batch_id) FROM ops.batch WHERE source = :s", s=PLATFORM)
    acts.withdraw(site.plant, batch, reason="archivo equivocado", decided_by="ana")
    current = "SELECT count(*) FROM warehouse.certificate WHERE source = :s AND valid_to = 'infinity'"
    assert site.value(current, s=PLATFORM) == 0
    assert site.figure("L2-01") is None
    adds_up(site)


def test_a_decision_is_taken_back_completely(site: Site, of_platform: int) -> None:
    before = site.figure("L2-01")
    site.correct(of_platform, obtained_at=RIGHT)
    decision = site.value("SELECT decision_id FROM ops.decision")
    done = acts.take_back_row(site.plant, decision, reason="error", decided_by="ana")
    assert done.changed
    assert site.figure("L2-01") == before
    assert [row[:5] for row in site.retained(PLATFORM)] == [
        (of_platform, "certificate", "obtencion_no_futura", "open", None)
    ]
    with pytest.raises(ContractError, match="no se encontró vigente"):
        acts.take_back_row(site.plant, decision, reason="error", decided_by="ana")
    adds_up(site)
    assert not site.night(PLATFORM).changed
    assert site.correct(of_platform, obtained_at=RIGHT).entered == (of_platform,)
    assert site.figure("L2-01") == before + 1


def test_two_rows_of_one_record_are_decided_one_after_the_other(site: Site) -> None:
    learner = site.world.sfp[certified(site.world)]
    learner.module_3_at = FUTURE
    site.deliver()
    site.night(PLATFORM)
    numbers = {row[1]: row[0] for row in site.retained(PLATFORM) if row[3] == "open"}
    assert set(numbers) == {"certificate", "module_completion"}
    remembered = "SELECT count(*) FROM ops.record_seen WHERE source = :s"
    before, known = site.figure("L2-01"), site.value(remembered, s=PLATFORM)
    assert site.correct(numbers["certificate"], obtained_at=RIGHT).entered == (numbers["certificate"],)
    assert site.figure("L2-01") == before + 1
    assert site.value(remembered, s=PLATFORM) == known
    site.world.sfp[-1].institution = "Otra institución"
    site.deliver()
    site.night(PLATFORM)
    assert site.figure("L2-01") == before + 1
    assert {row[1]: row[3] for row in site.retained(PLATFORM)} == {
        "certificate": "corrected", "module_completion": "open",
    }  # fmt: skip
    done = site.correct(numbers["module_completion"], completed_at=RIGHT)
    assert done.entered == (numbers["module_completion"],)
    assert site.value(remembered, s=PLATFORM) == known + 1
    assert not site.night(PLATFORM).changed
    assert site.value("SELECT state FROM ops.batch ORDER BY batch_id DESC LIMIT 1") == "empty"
    adds_up(site)


def test_the_rules_of_one_row_stay_apart_when_it_is_read_again(site: Site, of_platform: int) -> None:
    suite = site.plant.project.suites["certificate"]
    second = suite.rules[0].model_copy(
        update={"rule": "otra", "expectation": None, "unexpected_rows": "r.obtained_at > '2021'"}
    )
    suites = site.plant.project.suites | {"certificate": suite.model_copy(update={"rules": (*suite.rules, second)})}
    site.plant = replace(site.plant, project=replace(site.plant.project, suites=suites))
    site.night(PLATFORM)
    open_rows = [row[:4] for row in site.retained(PLATFORM)]
    assert [row[3] for row in open_rows] == ["open", "open"]
    done = acts.replay_retained(site.plant, PLATFORM, NOW)
    assert (done.entered, done.held) == ((), tuple(row[0] for row in open_rows))
    assert [row[:4] for row in site.retained(PLATFORM)] == open_rows


def test_an_answer_of_a_platform_is_accepted_like_a_row_of_a_file(demo_plant: "DemoPlant") -> None:
    here = Site(demo_plant.plant, demo_plant.world)
    here.world.surveys[202002].responses[0]["submitdate"] = f"{FUTURE:%Y-%m-%d %H:%M:%S}"
    for source in ("framework", "encuestas"):
        here.night(source)
    ((number, entity, rule, *_),) = here.retained("encuestas")
    assert (entity, rule) == ("response", "envio_no_futuro")
    responses = "SELECT count(*) FROM warehouse.response WHERE valid_to = 'infinity' AND vanished_at IS NULL"
    before = here.value(responses)
    assert here.accept(number).entered == (number,)
    assert here.value(responses) == before + 1
    assert not here.night("encuestas").changed
    parsed = "SELECT sum(parsed) FROM ops.record_account WHERE batch_id = (SELECT max(batch_id) FROM ops.batch)"
    assert here.value(parsed) == 0
    once = here.held()
    acts.replay(here.plant, "encuestas")
    assert here.value(responses) == before + 1
    assert here.held()["quarantine.row"] == once["quarantine.row"]
    adds_up(here)


def test_a_row_of_every_entity_enters_as_if_it_had_never_been_held_back(demo_plant: "DemoPlant") -> None:
    plant = demo_plant.plant
    plain = plant.project
    rows = "SELECT entity FROM quarantine.row WHERE state = 'open' AND rule = 'la_primera'"
    held = replace(plain, suites={name: _with_first_row_held(suite) for name, suite in plain.suites.items()})
    here = Site(replace(plant, project=held), demo_plant.world)
    here.deliver()
    for source in plant.source_codes():
        here.night(source)
    # the demo has no list with hours of coming and going, and no milestones with stages
    assert set(ENTITIES) - {row.entity for row in here.rows(rows)} <= {"attendance_interval", "milestone"}
    here.plant = plant
    for source in plant.source_codes():
        done = acts.replay_retained(here.plant, source, NOW, reason="ya no hay tal regla")
        assert (bool(done.entered), done.held, done.again) == (True, (), ()), source
    assert here.rows(rows) == []
    adds_up(here)
    assert [source for source in plant.source_codes() if here.night(source).changed] == []


def _with_first_row_held(suite: Suite) -> Suite:
    rule = Rule(
        rule="la_primera", severity="critical", acceptable=True, column=suite.rules[0].column, what="Q.", why="P.",
        how_to_fix="C.", unexpected_rows=f"r.staged_id = (SELECT min(s.staged_id) FROM staging.{suite.entity} AS s"
        " WHERE s.batch_id = r.batch_id)",
    )  # fmt: skip
    return suite.model_copy(update={"rules": (*suite.rules, rule)})


def test_what_is_newer_can_be_asked_of_every_entity(demo_plant: "DemoPlant") -> None:
    with transaction(demo_plant.plant.engine) as connection:
        mending._see_what_is_present(connection, "eventos", 0)
        assert mending._outdated(connection, "eventos", 0, NOW, set(ENTITIES)) == {}


@pytest.mark.parametrize(("reason", "said"), [(None, "de la fuente"), (" es otra escuela ", "fuente: es otra escuela")])
def test_why_rows_were_read_again_is_kept(site: Site, reason: str | None, said: str) -> None:
    acts.replay_retained(site.plant, PLATFORM, NOW, reason=reason)
    assert site.value("SELECT message FROM ops.batch ORDER BY batch_id DESC LIMIT 1").endswith(said)


# ---------------------------------------------------------------- what can't be decided any more
def test_what_its_source_mended_is_not_decided_about(site: Site, of_platform: int) -> None:
    site.world.sfp[certified(site.world)].certified_at = datetime.fromisoformat("2020-06-20T12:00")
    site.deliver()
    batch = site.night(PLATFORM).batch_id
    assert site.retained(PLATFORM)[0][3] == "mended_at_source"
    for decide in (lambda: site.accept(of_platform), lambda: site.correct(of_platform, obtained_at=RIGHT)):
        with pytest.raises(ContractError, match=f"ya no lo entrega desde el lote {batch}"):
            decide()


def test_what_a_later_batch_says_otherwise_is_not_overwritten(site: Site, of_platform: int) -> None:
    site.correct(of_platform, obtained_at=RIGHT)
    with transaction(site.plant.engine) as connection:
        connection.execute(sa.text("UPDATE quarantine.row SET state = 'open' WHERE source = :s"), {"s": PLATFORM})
        connection.execute(sa.text("DELETE FROM ops.decision"))
        connection.execute(sa.text("DELETE FROM ops.record_seen WHERE source = :s"), {"s": PLATFORM})
    batch = site.value("SELECT max(batch_id) FROM warehouse.certificate WHERE source = :s", s=PLATFORM)
    before = site.held()
    with pytest.raises(
        ContractError, match=rf"el lote {batch} trajo una versión más nueva de lo mismo \(certificado\)"
    ):
        site.correct(of_platform, obtained_at="2020-06-19T12:00:00-05:00")
    assert site.held() == before


def test_a_removed_file_is_told(site: Site, of_platform: int) -> None:
    with transaction(site.plant.engine) as connection:
        connection.execute(sa.text("UPDATE ops.landed_file SET removed_at = '2025-03-01'"))
    with pytest.raises(ContractError, match="se borró el 01/03/2025"):
        site.correct(of_platform, obtained_at=RIGHT)


def test_unknown_numbers_are_told(site: Site) -> None:
    with pytest.raises(ContractError, match="registro retenido 999: no se encontró"):
        site.accept(999)


# ---------------------------------------------------------------- reading again
def corrections(entity: str, where: dict[str, str], **values: str) -> Corrections:
    """What the project's own YAML corrects."""
    one = Correction(
        source=PLATFORM, entity=entity, where=where, set=values, reason="acta", decided_by="ana", decided_on=NOW.date()
    )
    return Corrections(corrections=(one,))


def test_rows_are_read_again_under_todays_contract(site: Site, of_platform: int) -> None:
    before = site.figure("L2-01")
    assert acts.replay_retained(site.plant, PLATFORM, NOW).entered == ()
    assert site.retained(PLATFORM)[0][3] == "open"
    written = site.value("SELECT fields ->> 'obtained_at' FROM quarantine.row WHERE source = :s", s=PLATFORM)
    mended = corrections("certificate", {"obtained_at": written}, obtained_at=RIGHT)
    site.plant = replace(site.plant, project=replace(site.plant.project, corrections=mended))
    done = acts.replay_retained(site.plant, PLATFORM, NOW)
    assert done.entered == (of_platform,)
    assert site.figure("L2-01") == before + 1
    assert site.retained(PLATFORM)[0][3] == "mended_at_source"
    site.night(PLATFORM)
    assert site.figure("L2-01") == before + 1
    adds_up(site)


# ---------------------------------------------------------------- what is told
def test_each_rule_is_told_in_spanish(site: Site) -> None:
    rule = site.rows("SELECT * FROM ops.rule WHERE entity = 'certificate' AND rule = 'obtencion_no_futura'")[0]
    assert (rule.severity, rule.acceptable) == ("critical", True)
    assert rule.what == "Que la fecha de obtención no sea posterior al día de mañana."
    assert {r[0] for r in site.rows("SELECT rule FROM ops.rule WHERE entity = '*'")} == {
        "clave_en_conflicto", "registro_ilegible", "correccion_por_revisar",
    }  # fmt: skip
    written = "SELECT max(CAST(CAST(xmin AS text) AS bigint)) FROM ops.rule"
    before = site.value(written)
    site.world.sfp[0].institution = "Otra institución"
    site.deliver()
    site.night(PLATFORM)
    assert site.value(written) == before


@pytest.fixture
def say(site: Site, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Run a command on the site; what it printed."""
    for module in (cli_batch, cli_night, cli_retained):
        monkeypatch.setattr(module, "plant", lambda **_: nullcontext(site.plant))

    def run(*words: str) -> str:
        monkeypatch.setattr("sys.argv", ["trimestre", *words])
        with pytest.raises(SystemExit):
            cli.main()
        captured = capsys.readouterr()
        return " ".join((captured.out + captured.err).split())

    return run


def test_the_commands_list_show_and_decide(
    site: Site, of_platform: int, of_typed: int, say: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    learner = site.world.sfp[certified(site.world)]
    listed = say("retained", "list", "--source", PLATFORM)
    assert str(of_platform) in listed
    assert "abierto" in listed
    shown = say("retained", "show", str(of_platform))
    assert "Que la fecha de obtención no sea posterior al día de mañana." in shown
    assert "Se puede aceptar: sí" in shown
    assert str(FUTURE.date()) in shown
    assert str(learner.folio) not in shown
    assert "se esperaba por qué" in say("retained", "show", str(of_platform), "--values")
    piped = say("retained", "show", str(of_platform), "--values", "--reason", "revisión")
    assert str(learner.folio) not in piped
    assert site.value("SELECT count(*) FROM ops.look") == 0
    monkeypatch.setattr(cli_retained, "_at_terminal", lambda: True)
    assert str(learner.folio) in say("retained", "show", str(of_platform), "--values", "--reason", "revisión")
    assert site.rows("SELECT kind, subject, reason, rows FROM ops.look") == [
        ("retained", {"retained_id": of_platform}, "revisión", 1)
    ]
    assert f"Entraron los registros {of_typed}" in say("retained", "accept", str(of_typed), "--reason", "acta")
    wrong = say("retained", "correct", str(of_platform), "--set", "secreto", "--reason", "acta")
    assert "se esperaba campo=valor" in wrong
    assert "secreto" not in wrong
    corrected = say("retained", "correct", str(of_platform), "--set", f"obtained_at={RIGHT}", "--reason", "acta")
    assert f"Entraron los registros {of_platform}" in corrected
    assert RIGHT not in corrected
    assert "No hay registros retenidos" in say("retained", "list")
    assert "corregido por decisión" in say("retained", "list", "--state", "corrected", "--entity", "certificate")
    assert "Ningún registro retenido entró" in say("retained", "replay", PLATFORM)
    decision = site.value("SELECT max(decision_id) FROM ops.decision")
    assert f"Decisión {decision} anulada" in say("retained", "revoke", str(decision), "--reason", "error")
    batch = site.value("SELECT min(batch_id) FROM ops.batch WHERE source = :s", s=PLATFORM)
    assert "Que la fecha de obtención" in say("batch", "show", str(batch))


def test_what_stands_in_a_wrong_column_is_not_shown(site: Site, say: Callable[..., str]) -> None:
    site.world.captured[0].value = INVALID  # type: ignore[assignment]
    site.deliver()
    site.night(TYPED)
    number = site.value("SELECT retained_id FROM quarantine.row WHERE rule = 'valor_numerico'")
    assert INVALID not in say("retained", "show", str(number))
    assert INVALID not in say("retained", "list")


def test_the_judge_is_fetched_while_rows_are_staged_only_where_some_were_retained_before(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fetching it costs seconds: whoever waits for it later waits longer, whoever never needs it pays for nothing."""
    done: list[str] = []
    for name, own in (("import_ahead", night.import_ahead), ("stage", night.stage), ("validate", night.validate)):
        monkeypatch.setattr(night, name, lambda *given, name=name, own=own: (done.append(name), own(*given))[1])

    def steps(source: str) -> set[str]:
        done.clear()
        night.make_ready(site.plant, night.land(site.plant, source), NOW)
        return set(done)

    assert steps(PLATFORM) == {"stage", "validate"}, "nothing new arrived"
    learner = site.world.sfp[certified(site.world)]
    learner.certified_at = FUTURE + timedelta(days=1)
    site.deliver()
    assert steps(PLATFORM) == {"import_ahead", "stage", "validate"}
    with transaction(site.plant.engine) as connection:
        connection.execute(sa.text("UPDATE quarantine.row SET state = 'mended_at_source'"))
    learner.certified_at = FUTURE + timedelta(days=2)
    site.deliver()
    assert steps(PLATFORM) == {"stage", "validate"}
