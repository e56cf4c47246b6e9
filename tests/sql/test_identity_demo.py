"""Decisions about persons over the demo's quarter: the figures they move and give back, and the commands."""

from collections.abc import Callable
from contextlib import nullcontext
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from trimestre import cli
from trimestre.cli import batch as cli_batch
from trimestre.cli import identity as cli_identity
from trimestre.cli import night as cli_night
from trimestre.indicators.values import current_values, evidence_rows
from trimestre.periods import Period
from trimestre.pipeline import acts, night
from trimestre.pipeline.plant import Plant
from trimestre.warehouse.database import transaction

if TYPE_CHECKING:
    from conftest import DemoPlant, StagedDemo

NOW = datetime.now(UTC)
QUARTER = Period(2020, 2)
NAME = "Zenaida Xoconostle"


def rows(plant: Plant, text: str, **parameters: Any) -> list[tuple[Any, ...]]:
    with transaction(plant.engine) as connection:
        return [tuple(row) for row in connection.execute(sa.text(text), parameters)]


def figures(plant: Plant) -> dict[tuple[str, str, str], Decimal | None]:
    """Every cell of the quarter, computed where it is behind."""
    night.compute_quarters(plant, night.pending_quarters(plant.engine, plant.project))
    with transaction(plant.engine) as connection:
        found = current_values(connection, QUARTER)
    return {(row["indicator"], row["disaggregation"], row["category"]): row["value"] for row in found}


def certified(plant: Plant) -> dict[str, str]:
    """Sex -> an account with a counted certificate, of a person of one account."""
    with transaction(plant.engine) as connection:
        counted = evidence_rows(connection, plant.project, "L2-01", QUARTER, excluded=False)
    alone = {
        str(account)
        for (account,) in rows(
            plant,
            "SELECT k.account_key FROM warehouse.person_link AS k INNER JOIN warehouse.person AS p"
            " ON k.person_key = p.person_key AND p.valid_to = 'infinity'"
            " WHERE k.valid_to = 'infinity' AND p.accounts = 1",
        )
    }
    return {row["sex"]: str(row["account_key"]) for row in counted if str(row["account_key"]) in alone}


def test_a_merge_moves_the_figures_and_a_split_gives_them_back(demo_after_a_night: "DemoPlant") -> None:
    plant = demo_after_a_night.plant
    before = figures(plant)
    persons = "SELECT account_key, person_key, reason FROM warehouse.person_link WHERE valid_to = 'infinity' ORDER BY 1"
    linked = rows(plant, persons)
    two = certified(plant)
    merged = acts.decide_identity(plant, "merge_persons", list(two.values()), reason="acta", decided_by="ana")
    assert merged.changed
    assert str(QUARTER) in merged.quarters
    after = figures(plant)
    assert before["L2-01", "total", "total"] == 400
    assert after["L2-01", "total", "total"] == 399
    # sources contradict each other about the one person they are now: it is in neither cell, and once in the third
    cells = {
        sex: (before.get(("L2-01", "sex", sex), 0), after["L2-01", "sex", sex]) for sex in (*two, "no_especificado")
    }
    assert cells == {"mujer": (248, 247), "hombre": (152, 151), "no_especificado": (0, 1)}
    assert sum(Decimal(now or 0) for _, now in cells.values()) == 399
    split = acts.decide_identity(plant, "split_persons", [two["mujer"]], reason="no era", decided_by="eva")
    assert figures(plant) == before
    assert rows(plant, persons) == linked
    history = rows(
        plant,
        "SELECT CAST(v.value AS integer) FROM results.indicator_value AS v INNER JOIN results.computation AS c"
        " USING (computation_id) WHERE c.period = '2020-Q2' AND v.indicator = 'L2-01' AND v.official"
        " AND v.disaggregation = 'total' ORDER BY c.computation_id",
    )
    assert history == [(400,), (399,), (400,)]
    assert night.pending_quarters(plant.engine, plant.project) == []
    acts.revoke_decision(plant, split.decision_id, reason="sí era", decided_by="ana")
    acts.replay(plant, "moodle_pnud")  # what was decided holds when a source is made anew
    assert figures(plant) == after
    assert not night.ingest(plant, "moodle_pnud", NOW).changed


# ---------------------------------------------------------------- the commands
def land_events(demo: "DemoPlant") -> None:
    for source in ("framework", "eventos"):
        night.ingest(demo.plant, source, NOW)


@pytest.fixture
def events(staged_demo: "StagedDemo") -> Plant:
    return staged_demo(land_events).plant


@pytest.fixture
def say(events: Plant, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Run a command on the plant; what it printed, its blanks as one."""
    for module in (cli_batch, cli_identity, cli_night):
        monkeypatch.setattr(module, "plant", lambda **_: nullcontext(events))

    def run(*words: str) -> str:
        monkeypatch.setattr("sys.argv", ["trimestre", *words])
        with pytest.raises(SystemExit):
            cli.main()
        captured = capsys.readouterr()
        return " ".join((captured.out + captured.err).split())

    return run


def test_the_commands_decide_show_and_take_back(events: Plant, say: Callable[..., str], tmp_path: Path) -> None:
    first, second = _alike(events)
    shown = say("identity", "pairs")
    assert all(part in shown for part in ("mismo nombre e institución", first, second, "Casos por revisar: 1"))
    piped = say("identity", "pairs", "--names", "--reason", "revisión")
    assert "sólo se muestran en una terminal" in piped
    assert NAME not in piped
    assert rows(events, "SELECT count(*) FROM ops.look") == [(0,)]
    assert "Decisión 1 registrada" in say("identity", "merge", first, second, "--reason", "acta [7]")
    assert "No hay casos por revisar" in say("identity", "pairs")
    shown = say("identity", "show", second)
    assert all(part in shown for part in (f"Persona {first} · cuentas: 2", "unir", "acta [7]", "decisión"))
    file = tmp_path / "decisiones.yaml"
    assert ": 1." in say("identity", "decisions", "--to", str(file))
    assert "Decisiones importadas: 0; ya estaban: 1" in say("identity", "import", str(file))
    assert "identity · cargado" in say("batch", "show", str(rows(events, "SELECT max(batch_id) FROM ops.batch")[0][0]))
    assert "Decisión 2 registrada" in say("identity", "revoke", "1", "--reason", "error")
    assert "ya la anuló la decisión 2" in say("identity", "revoke", "1", "--reason", "error")
    assert "ninguna persona cambia" in say("identity", "different", first, second, "--reason", "homónimas")
    assert "No hay casos por revisar" in say("identity", "pairs")
    assert "personas distintas" in say("identity", "decisions")
    assert "No se hizo nada" in say("identity", "split", first, "--reason", "x")
    assert "ana@x.example" not in say("identity", "show", "ana@x.example")


def test_a_look_at_names_is_logged_before_they_are_seen(
    events: Plant, say: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    accounts = _alike(events)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    assert "no se encontró motivo" in say("identity", "pairs", "--names")
    assert NAME.split()[0] in say("identity", "pairs", "--names", "--reason", "revisión")
    looks = rows(events, "SELECT kind, subject, reason, rows FROM ops.look")
    assert looks == [("possible_pair", {"accounts": sorted(accounts)}, "revisión", 2)]


def _alike(plant: Plant) -> list[str]:
    """Give two people of one institution one name; their accounts."""
    with transaction(plant.engine) as connection:
        two = connection.execute(
            sa.text(
                "SELECT (array_agg(k.account_key ORDER BY k.account_key))[1:2] FROM warehouse.person_link AS k"
                " INNER JOIN warehouse.person AS p ON k.person_key = p.person_key AND p.valid_to = 'infinity'"
                " WHERE k.valid_to = 'infinity' AND p.institution IS NOT NULL GROUP BY p.institution"
                " HAVING count(*) > 1 ORDER BY p.institution LIMIT 1"
            )
        ).scalar_one()
        connection.execute(
            sa.text(
                "UPDATE restricted.account_identity SET full_name = 'Zenaida Xoconostle' WHERE account_key = ANY(:two)"
            ),
            {"two": two},
        )
    return list(map(str, two))
