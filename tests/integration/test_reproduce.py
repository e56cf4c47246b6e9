"""Published quarters that follow each other work out again, whatever arrives, is decided or defined afterwards."""

from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from three_quarters import Learner, Staged, ThreeQuarters
from typer.testing import CliRunner

from trimestre import cli
from trimestre.contracts import load_project
from trimestre.errors import ContractError
from trimestre.indicators.reproducing import Reproduced, reproduce
from trimestre.periods import Period
from trimestre.pipeline import acts
from trimestre.pipeline.replay.reliving import reproduce_from_landing

Q1, Q2 = "2020-Q1", "2020-Q2"
FIRST = (
    Learner("Ana", "E1", "2020-02-20 10:00"),
    Learner("Luis", "E1", "2020-02-20 11:00", sex="hombre"),
    Learner("Eva", "E1", "2020-02-21 10:00", institution="UIF"),
    Learner("Iris", "E1"),
)
SECOND = (
    Learner("Ana", "E2", "2020-05-20 10:00"),
    Learner("Rosa", "E2", "2020-05-20 11:00", institution="UIF"),
    Learner("Juan", "E2", "2020-05-20 12:00", sex="hombre"),
    Learner("Pedro", "E1", "2020-02-25 10:00", sex="hombre"),
)
"""The last is late for the first quarter."""


def close_two(project: ThreeQuarters) -> None:
    project.night(*FIRST)
    project.close(Q1)
    project.night(*SECOND)
    project.close(Q2)


@pytest.fixture
def closed(staged: Staged) -> ThreeQuarters:
    """Two quarters closed, the second one with a result that came late for the first."""
    return staged(close_two)


def again(project: ThreeQuarters, *, files: bool = False, number: int | None = None) -> dict[str, Reproduced]:
    """Both quarters, worked out again."""
    return {
        period: reproduce_from_landing(project.plant, Period.parse(period), number)
        if files
        else reproduce(project.engine, project.plant.project, Period.parse(period), number)
        for period in (Q1, Q2)
    }


def differing(found: dict[str, Reproduced]) -> dict[str, object]:
    return {
        period: [item.definitions_differ, item.cells[:5], item.rows] for period, item in found.items() if not item.same
    }


def test_published_quarters_stand_whatever_happens_afterwards(closed: ThreeQuarters) -> None:
    """A late file, a merge of persons, another definition and a restatement; then the source made anew."""
    project = closed
    assert differing(again(project)) == {}
    project.night(Learner("Marta", "E3", "2020-08-21 10:00"), Learner("Olga", "E1", "2020-02-26 10:00"))
    acts.decide_identity(
        project.plant, "merge_persons", project.accounts("Eva-E1", "Rosa-E2"), reason="Misma CURP", decided_by="x"
    )
    change = {"es": "Se cuentan personas.", "en": "Persons are counted."}
    entry = {"version": 2, "changed_on": "2020-09-01", "change": change, "changed_by": "Coordinación"}
    project.define("QUARTER", version=2, changes=[entry], decimals=1)
    project.night()
    project.close(Q1, reason="La plataforma entregó tarde (oficio 7/2020).")
    assert differing(again(project, number=1)) == {}
    for source in project.plant.source_codes():
        acts.replay(project.plant, source)
    assert differing(again(project, number=1)) == {}
    assert differing(again(project, files=True, number=1)) == {}
    restated = again(project)[Q1]
    assert (restated.vintage, restated.same) == (2, True)


def test_a_replay_under_another_contract_is_told_and_the_files_still_give_the_vintage(closed: ThreeQuarters) -> None:
    project = closed
    root = project.plant.project.root
    source = root / "sources" / "avance.yaml"
    source.write_text(source.read_text().replace("blank: not_obtained", "blank: obtained"))
    project.plant = replace(project.plant, project=load_project(root))
    acts.replay(project.plant, "avance")
    found = again(project)[Q1]
    assert not found.same
    assert found.replayed == ("avance",)
    assert {cell.place for cell in found.cells} >= {("CERT", True, Q1, "total", "total")}
    assert differing(again(project, files=True)) == {}


def test_the_command_says_it_in_one_sentence(closed: ThreeQuarters, monkeypatch: pytest.MonkeyPatch) -> None:
    project = closed
    environment = {
        "TRIMESTRE_PROJECT": str(project.plant.project.root),
        "TRIMESTRE_LANDING": str(project.plant.landing),
        "TRIMESTRE_WAREHOUSE_URL": project.engine.url.render_as_string(hide_password=False),
        "TRIMESTRE_HOME": str(project.plant.landing.parent),
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    told = CliRunner().invoke(cli.app, ["reproduce", "FY2020-Q2", "--vintage", "1"])
    assert told.exit_code == 0, told.output
    assert "La versión 1 de 2020-Q1 se reprodujo desde la historia del almacén" in told.output
    with project.engine.begin() as connection:
        connection.execute(sa.text("UPDATE warehouse.certificate SET state = 'not_obtained'"))
    told = CliRunner().invoke(cli.app, ["reproduce", Q1])
    assert told.exit_code == 1
    assert "no se reprodujo" in told.output
    assert "Registros que difieren" in told.output
    assert CliRunner().invoke(cli.app, ["reproduce", Q1, "--scratch-url", "postgresql://x/y"]).exit_code == 2


def test_a_quarter_that_was_never_published_has_nothing_to_reproduce(closed: ThreeQuarters) -> None:
    with pytest.raises(ContractError, match="2020-Q3"):
        reproduce(closed.engine, closed.plant.project, Period.parse("2020-Q3"))


def test_another_key_does_not_choose_another_row_among_equal_ones(warehouse: sa.Engine, tmp_path: Path) -> None:
    """Two accounts of each person have a certificate of the same instant: under another key another one comes first."""
    project = ThreeQuarters(warehouse, tmp_path)
    people = [f"{name}@sfp.example" for name in ("ana", "eva", "luz", "mar", "sol")]
    project.night(
        *(
            Learner(f"{number}{email[:3]}", "E1", "2020-02-20 10:00", institution=institution, email=email)
            for number, institution in enumerate(("SFP", "UIF"))
            for email in people
        )
    )
    project.close(Q1)
    assert project.official("CERT", Q1)["value"] == len(people)
    new = b"c" * 32
    acts.rotate_key(project.plant, new, reason="cada año", decided_by="x")
    project.plant = replace(project.plant, key=new)
    q1 = Period.parse(Q1)
    assert differing({Q1: reproduce(project.engine, project.plant.project, q1)}) == {}
    assert differing({Q1: reproduce_from_landing(project.plant, q1)}) == {}
