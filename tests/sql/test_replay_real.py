"""Replay, withdrawal and corrections over the demo's sources: real connectors, files and Great Expectations."""

import logging
import os
import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
import sqlalchemy as sa

from trimestre import cli
from trimestre.cli import batch as cli_batch
from trimestre.cli import night as cli_night
from trimestre.contracts.corrections import Correction, Corrections
from trimestre.errors import BatchRejected, ContractError, PermanentError, TransientError
from trimestre.indicators.evidence import current_pins
from trimestre.indicators.values import current_values
from trimestre.periods import Period
from trimestre.pipeline import acts, night
from trimestre.pipeline.plant import Plant
from trimestre.pipeline.transactions import lock_source
from trimestre.warehouse.database import transaction
from trimestre.warehouse.entities import ENTITIES

if TYPE_CHECKING:
    from conftest import DemoPlant

NOW = datetime.now(UTC)
SOURCE = "eventos"
ATTENDED = "SELECT count(*) FROM warehouse.attendance WHERE valid_to = 'infinity' AND vanished_at IS NULL"


def rows(plant: Plant, text: str, **parameters: Any) -> list[Any]:
    with transaction(plant.engine) as connection:
        return list(connection.execute(sa.text(text), parameters))


def value(plant: Plant, text: str, **parameters: Any) -> Any:
    return rows(plant, text, **parameters)[0][0]


def held(plant: Plant) -> dict[str, list[Any]]:
    """All versions, identity included, with rule results and accounting."""
    tables = [
        *(entity.table for entity in ENTITIES.values()), "warehouse.person_link", "warehouse.person",
        "ops.rule_result", "ops.record_account", "ops.row_account", "ops.scope_delivery", "quarantine.row",
    ]  # fmt: skip
    text = "SELECT to_jsonb(t) - 'record_id' AS held FROM {table} AS t ORDER BY 1"
    return {table: [row.held for row in rows(plant, text.format(table=table))] for table in tables}


def figures(plant: Plant) -> list[Any]:
    with transaction(plant.engine) as connection:
        return current_values(connection, Period(2020, 2), reconciliation=True)


def lists(plant: Plant) -> list[Path]:
    return sorted((Path(plant.drop) / SOURCE).glob("*.xlsx"))


def spoil(path: Path) -> None:
    """A wrong file: a person too few, and one whose institution is another."""
    book = openpyxl.load_workbook(path)
    sheet = book["Asistencia"]
    heading = next(row for row in sheet.iter_rows() if any(cell.value == "Institución" for cell in row))
    column = next(cell.column for cell in heading if cell.value == "Institución")
    sheet.cell(heading[0].row + 2, column).value = "Otra institución"
    sheet.delete_rows(heading[0].row + 5)
    book.save(path)
    _settle(path)


def _settle(path: Path) -> None:
    """As if it had been there for a while: nobody waits for a file that is still written."""
    os.utime(path, (time.time() - 60,) * 2)


@pytest.mark.slow
def test_a_replay_of_every_source_gives_the_same_through_great_expectations(demo_plant: "DemoPlant") -> None:
    plant = demo_plant.plant
    for source in plant.source_codes():
        night.ingest(plant, source, NOW)
    spoil(lists(plant)[0])
    night.ingest(plant, SOURCE, NOW)
    night.compute_quarters(plant, night.pending_quarters(plant.engine, plant.project))
    before, said = held(plant), figures(plant)
    without_network = replace(plant, connection_of=lambda _: None)
    for source in plant.source_codes():
        acts.replay(without_network, source)
    assert held(plant) == before
    pending = night.pending_quarters(plant.engine, plant.project)
    assert pending == [str(period) for period in plant.project.periods.all()]
    night.compute_quarters(plant, pending)
    assert figures(plant) == said
    assert night.pending_quarters(plant.engine, plant.project) == []
    assert not night.ingest(plant, SOURCE, NOW).changed
    assert value(plant, "SELECT state FROM ops.batch ORDER BY batch_id DESC LIMIT 1") == "empty"


@pytest.fixture
def spoiled(demo_plant: "DemoPlant", tmp_path: Path) -> Plant:
    """The events' lists, right on the first night, wrong on the second."""
    plant = demo_plant.plant
    night.ingest(plant, "framework", NOW)
    night.ingest(plant, SOURCE, NOW)
    shutil.copy(lists(plant)[0], tmp_path / "right.xlsx")
    spoil(lists(plant)[0])
    night.ingest(plant, SOURCE, NOW)
    return plant


def wrong_batch(plant: Plant) -> int:
    return int(value(plant, "SELECT max(batch_id) FROM ops.batch WHERE state = 'merged'"))


def behind(plant: Plant) -> int:
    """Rows of evidence behind the attendants of the quarter, computed if they are behind."""
    night.compute_quarters(plant, night.pending_quarters(plant.engine, plant.project))
    total = [row for row in figures(plant) if row["indicator"] == "L2-07" and row["disaggregation"] == "total"]
    return int(total[0]["n"])


def test_a_withdrawn_file_is_not_taken_again(spoiled: Plant, tmp_path: Path) -> None:
    plant, wrong = spoiled, wrong_batch(spoiled)
    attended, path = value(plant, ATTENDED), lists(spoiled)[0]
    counted = behind(plant)
    with transaction(plant.engine) as connection:
        assert current_pins(connection).batches[SOURCE] == wrong
    done = acts.withdraw(plant, wrong, reason="lista de otro evento", decided_by="ana")
    assert done.changed
    assert "2020-Q2" in night.pending_quarters(plant.engine, plant.project)
    assert behind(plant) == counted + 1
    assert value(plant, ATTENDED) == attended + 1
    with transaction(plant.engine) as connection:
        assert current_pins(connection).batches[SOURCE] == done.batch_id
    assert not night.ingest(plant, SOURCE, NOW).changed
    last = rows(plant, "SELECT state, message FROM ops.batch ORDER BY batch_id DESC LIMIT 1")[0]
    assert last.state == "empty"
    assert f"lote {wrong}, que se retiró" in last.message
    shutil.copy(tmp_path / "right.xlsx", path)
    _settle(path)
    assert not night.ingest(plant, SOURCE, NOW).changed
    assert value(plant, ATTENDED) == attended + 1
    acts.replay(plant, SOURCE)
    assert value(plant, ATTENDED) == attended + 1
    assert value(plant, "SELECT count(*) FROM warehouse.attendance WHERE batch_id = :b", b=wrong) == 0


def test_a_withdrawn_file_stays_out_when_the_right_one_is_put_beside_it(spoiled: Plant, tmp_path: Path) -> None:
    plant, wrong = spoiled, wrong_batch(spoiled)
    acts.withdraw(plant, wrong, reason="lista de otro evento", decided_by="ana")
    beside = lists(plant)[0].with_name("lista_asistencia_2020-05-27_corregida.xlsx")
    shutil.copy(tmp_path / "right.xlsx", beside)
    _settle(beside)
    assert not night.ingest(plant, SOURCE, NOW).changed
    last = rows(plant, "SELECT state, message FROM ops.batch ORDER BY batch_id DESC LIMIT 1")[0]
    assert (last.state, f"lote {wrong}, que se retiró" in last.message) == ("empty", True)


def test_what_a_person_accepted_holds_in_a_replay(demo_plant: "DemoPlant") -> None:
    plant = demo_plant.plant
    night.ingest(plant, SOURCE, NOW)
    book = openpyxl.load_workbook(lists(plant)[0])
    book["Asistencia"].delete_rows(20, 60)
    book.save(lists(plant)[0])
    _settle(lists(plant)[0])
    with pytest.raises(BatchRejected):
        night.ingest(plant, SOURCE, NOW)
    acts.accept_shrink(plant, SOURCE, reason="lista depurada", decided_by="ana")
    small = night.ingest(plant, SOURCE, NOW).batch_id
    attended = value(plant, ATTENDED)
    acts.replay(plant, SOURCE)
    assert value(plant, ATTENDED) == attended
    with transaction(plant.engine) as connection:
        connection.execute(sa.text("DELETE FROM ops.decision"))
    with pytest.raises(PermanentError, match=rf"lote {small} de {SOURCE}, repetido: .*60%"):
        acts.replay(plant, SOURCE)
    assert value(plant, ATTENDED) == attended


def test_a_night_of_the_source_waits_for_its_replay(demo_plant: "DemoPlant") -> None:
    plant = demo_plant.plant
    batch_id = night.land(plant, SOURCE)
    with transaction(plant.engine) as replaying:
        lock_source(replaying, SOURCE, alone=True)
        impatient = sa.create_engine(plant.engine.url, connect_args={"options": "-c lock_timeout=200 -c timezone=UTC"})
        with pytest.raises(TransientError):
            night.stage(replace(plant, engine=impatient), batch_id)
        impatient.dispose()
    night.stage(plant, batch_id)
    assert value(plant, "SELECT state FROM ops.batch") == "staged"


def test_a_batch_of_the_framework_is_not_withdrawn(demo_plant: "DemoPlant") -> None:
    plant = demo_plant.plant
    merged = night.ingest(plant, "framework", NOW)
    with pytest.raises(ContractError, match="marco de resultados"):
        acts.withdraw(plant, merged.batch_id, reason="x", decided_by="ana")


# ---------------------------------------------------------------- the commands
@pytest.fixture
def say(spoiled: Plant, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Run a command on the plant; what it printed."""
    from contextlib import nullcontext

    for module in (cli_batch, cli_night):
        monkeypatch.setattr(module, "plant", lambda **_: nullcontext(spoiled))

    def run(*words: str) -> str:
        monkeypatch.setattr("sys.argv", ["trimestre", *words])
        with pytest.raises(SystemExit) as stopped:
            cli.main()
        captured = capsys.readouterr()
        assert bool(stopped.value.code) == bool(captured.err), captured.err
        return captured.out + captured.err

    return run


def test_the_commands_replay_show_and_withdraw(spoiled: Plant, say: Callable[..., str]) -> None:
    wrong = wrong_batch(spoiled)
    assert f"lotes {wrong - 1} a {wrong} (2)" in " ".join(say("ingest", SOURCE, "--replay").split())
    today = f"{datetime.now(UTC) - timedelta(days=1):%Y-%m-%d}"
    assert "se reconstruyó" in say("ingest", SOURCE, "--replay", "--since", today)
    assert "se esperaba uno que repetir" in say("ingest", SOURCE, "--replay", "--since", "2999-01-01")
    assert "--since" in say("ingest", SOURCE, "--since", today)
    shown = say("batch", "show", str(wrong))
    assert f"Lote {wrong} · {SOURCE} · cargado" in shown
    assert all(word in shown for word in ("lista_asistencia", "identidad de", "Ámbitos", "Reconstruido"))
    assert f"Lote {wrong} retirado" in say("batch", "withdraw", str(wrong), "--reason", "lista equivocada")
    assert "ya lo retiró" in say("batch", "withdraw", str(wrong), "--reason", "otra vez")
    assert f"Lote {wrong} · {SOURCE} · retirado" in say("batch", "show", str(wrong))
    assert "retirado" in say("batches")


# ---------------------------------------------------------------- corrections
def corrected(plant: Plant, **what: Any) -> Plant:
    correction = Correction(
        source=SOURCE, entity="attendance", where={"event": "MAPEO-2020-05-27"}, reason="acta", decided_by="ana",
        decided_on=date(2020, 6, 1), **what,
    )  # fmt: skip
    return replace(plant, project=replace(plant.project, corrections=Corrections(corrections=(correction,))))


def test_a_correction_waits_where_the_source_changed_since(
    demo_plant: "DemoPlant", caplog: pytest.LogCaptureFixture
) -> None:
    plant = demo_plant.plant
    night.ingest(plant, SOURCE, NOW)
    said = dict(rows(plant, "SELECT institution, count(*) FROM warehouse.attendance GROUP BY 1 ORDER BY 2 DESC"))
    most = next(iter(said))
    plant = corrected(plant, expect={"institution": most}, set={"institution": "Corregida"})
    with caplog.at_level(logging.WARNING):
        merged = night.ingest(plant, SOURCE, NOW)
    now = dict(
        rows(plant, "SELECT institution, count(*) FROM warehouse.attendance WHERE valid_to = 'infinity' GROUP BY 1")
    )
    assert now == {"Corregida" if institution == most else institution: count for institution, count in said.items()}
    others = sum(said.values()) - said[most]
    result = "SELECT severity, checked, failed FROM ops.rule_result WHERE rule = 'correccion_por_revisar'"
    assert rows(plant, result) == [("warning", sum(said.values()), others)]
    message = value(plant, "SELECT message FROM ops.batch WHERE batch_id = :b", b=merged.batch_id)
    assert message.startswith(f"Corrección por revisar: {others} filas")
    assert message in caplog.text
    assert most not in message
    acts.replay(plant, SOURCE)
    assert value(plant, "SELECT message FROM ops.batch WHERE batch_id = :b", b=merged.batch_id) == message
    assert (
        value(plant, "SELECT count(DISTINCT institution) FROM warehouse.attendance WHERE institution = :i", i=most) == 0
    )


def test_a_correction_that_still_fits_says_nothing(demo_plant: "DemoPlant") -> None:
    plant = corrected(demo_plant.plant, expect={"event": "MAPEO-2020-05-27"}, set={"institution": None})
    merged = night.ingest(plant, SOURCE, NOW)
    assert value(plant, "SELECT count(institution) FROM warehouse.attendance") == 0
    assert value(plant, "SELECT message FROM ops.batch WHERE batch_id = :b", b=merged.batch_id) is None
    assert value(plant, "SELECT failed FROM ops.rule_result WHERE rule = 'correccion_por_revisar'") == 0


def test_a_correction_that_expects_an_unknown_field_is_refused(demo_plant: "DemoPlant") -> None:
    plant = corrected(demo_plant.plant, expect={"instituto": "x"}, set={"institution": None})
    with pytest.raises(ContractError, match="instituto"):
        night.ingest(plant, SOURCE, NOW)
