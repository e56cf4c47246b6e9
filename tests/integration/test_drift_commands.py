"""What the specialist reads after a close: drift, two versions side by side, and what an edited YAML would move."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from three_quarters import Learner, Staged, ThreeQuarters

from trimestre import cli

Say = Callable[..., str]

FIRST = (
    Learner("Ana", "E1", "2020-02-20 10:00"),
    Learner("Luis", "E1", "2020-02-20 11:00", sex="hombre"),
    Learner("Iris", "E1"),
)


def close_first(project: ThreeQuarters) -> None:
    project.night(*FIRST)
    project.close("2020-Q1")


@pytest.fixture
def closed(staged: Staged) -> ThreeQuarters:
    """The first quarter closed."""
    return staged(close_first)


@pytest.fixture
def say(
    closed: ThreeQuarters, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Say:
    """What a command says about the project."""
    for name in list(os.environ):
        if name.startswith("TRIMESTRE_"):
            monkeypatch.delenv(name)
    for name, value in {
        "PROJECT": str(closed.plant.project.root),
        "HOME": str(tmp_path / "home"),
        "WAREHOUSE_URL": closed.engine.url.render_as_string(hide_password=False),
        "ACCOUNT_KEY": closed.plant.key.hex(),
    }.items():
        monkeypatch.setenv(f"TRIMESTRE_{name}", value)

    def run(*words: str) -> str:
        monkeypatch.setattr(sys, "argv", ["trimestre", *words])
        monkeypatch.setattr(cli.console, "width", 200)
        with pytest.raises(SystemExit) as stopped:
            cli.main()
        said = capsys.readouterr()
        assert not stopped.value.code, said.err
        return said.out

    return run


def test_drift_says_plainly_that_there_is_none(say: Say) -> None:
    assert "ninguna diferencia contra lo publicado" in say("drift", "2020-Q1")
    assert "aún no hay versión oficial" in say("drift", "2020-Q2")


def test_drift_says_by_how_much_and_why(say: Say, closed: ThreeQuarters) -> None:
    closed.night(Learner("Pedro", "E1", "2020-02-25 10:00", sex="hombre"))
    said = say("drift", "FY2020-Q2")
    line = next(line for line in said.splitlines() if line.split()[:1] == ["CERT"])
    assert line.split()[2:5] == ["2", "3", "+1"]
    assert "llegó después del cierre: +1 (registros: 1)" in line
    assert "--restate" in said
    assert "entró" not in said
    assert "entró" in say("drift", "--rows")


def test_a_late_night_leaves_what_it_found(say: Say, closed: ThreeQuarters) -> None:
    """Without anybody asking: the night itself compares."""
    closed.night(Learner("Pedro", "E1", "2020-02-25 10:00", sex="hombre"))
    rows = closed.rows("SELECT reason, amount FROM results.drift WHERE indicator = 'CERT'")
    assert [(row["reason"], row["amount"]) for row in rows] == [("late_row", 1)]
    assert closed.official("CERT", "2020-Q1")["value"] == 2


def test_compare_shows_the_official_version_beside_the_preliminary_one(say: Say, closed: ThreeQuarters) -> None:
    assert "Ninguna cifra difiere" in say("compare", "2020-Q1")
    closed.night(Learner("Pedro", "E1", "2020-02-25 10:00", sex="hombre"))
    said = say("compare", "2020-Q1", "--left", "v1", "--right", "preliminar")
    line = next(line for line in said.splitlines() if line.split()[:2] == ["CERT", "2020-Q1"])
    assert line.split()[2:5] == ["2", "3", "+1"]


def test_a_dry_run_shows_what_an_edited_yaml_would_move_and_stores_nothing(say: Say, closed: ThreeQuarters) -> None:
    before = closed.rows("SELECT * FROM results.computation")
    assert "Ninguna cifra difiere" in say("compute", "2020-Q1", "--dry-run")
    closed.define("CERT", targets={"2020-Q1": 1})
    said = say("compute", "2020-Q1", "--dry-run")
    line = next(line for line in said.splitlines() if line.split()[:2] == ["CERT", "2020-Q1"])
    assert "3 → 1" in line
    assert "Con rezago → Meta alcanzada" in line
    closed.define("ALL", measure="count", span="period")
    assert "Método distinto: ALL" in say("compute", "2020-Q1", "--dry-run")
    assert closed.rows("SELECT * FROM results.computation") == before


def test_a_dry_run_of_an_open_quarter_is_beside_its_last_computation(say: Say, closed: ThreeQuarters) -> None:
    closed.night(Learner("Rosa", "E2", "2020-05-20 11:00"))
    closed.define("RATE", decimals=0)
    closed.define("CERT", disaggregations=["sex"])
    said = say("compute", "2020-Q2", "--dry-run")
    assert "último cálculo" in said
    assert "institución" in said, "the cells of a breakdown that is no longer asked for are gone"


def test_a_dry_run_of_a_quarter_that_nobody_computed_shows_its_figures(say: Say, closed: ThreeQuarters) -> None:
    with closed.engine.begin() as connection:
        connection.execute(sa.text("DELETE FROM results.computation WHERE period = '2020-Q4'"))
    said = say("compute", "2020-Q4", "--dry-run")
    assert "aún no hay cifras guardadas" in said
    assert "CERT" in said
