"""Figures of before Trimestre: from a workbook to official versions, and right in every figure that comes after."""

import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import sqlalchemy as sa
from three_quarters import NOW, Learner, ThreeQuarters

from trimestre import settings
from trimestre.cli import drift as cli_drift
from trimestre.cli import legacy as cli_legacy
from trimestre.errors import ContractError
from trimestre.indicators.tracing import trace
from trimestre.indicators.vintages import decide_candidate, verify_hash
from trimestre.periods import Period
from trimestre.pipeline.night import ingest, refresh_marts
from trimestre.pipeline.uploads.inheriting import Imported, import_legacy
from trimestre.reports.legacy_template import write_template

Q1, Q2, Q3 = "2020-Q1", "2020-Q2", "2020-Q3"
BEFORE: list[list[Any]] = [
    ["CERT", Q1, "", "", 30, None, None, "IPTT"],
    ["CERT", Q1, "sex", "mujer", 20, None, None, "IPTT"],
    ["CERT", Q1, "sex", "hombre", 10, None, None, "IPTT"],
    ["ALL", Q1, "", "", 28, None, None, "IPTT"],
    ["RATE", Q1, "", "", 75, 30, 40, "IPTT"],
]
LEARNERS = (
    Learner("Ana", "E1", "2020-02-20 10:00"),
    Learner("Rosa", "E2", "2020-05-20 11:00"),
    Learner("Juan", "E2", "2020-05-20 12:00", sex="hombre"),
    Learner("Iris", "E2"),
)
Import = Callable[..., Imported]


@pytest.fixture
def project(warehouse: sa.Engine, tmp_path: Path) -> Iterator[ThreeQuarters]:
    return ThreeQuarters(warehouse, tmp_path)


@pytest.fixture
def take(project: ThreeQuarters, tmp_path: Path) -> Import:
    """Fill a template and import it."""

    def run(rows: list[list[Any]] = BEFORE, *, approve: bool = False) -> Imported:
        path = tmp_path / f"iptt-{len(list(tmp_path.glob('*.xlsx')))}.xlsx"
        write_template(project.plant.project, path)
        book = openpyxl.load_workbook(path)
        for row in rows:
            book["Valores"].append(row)
        book.save(path)
        plant = project.plant
        done = import_legacy(
            plant.engine, plant.project, path, landing=plant.landing, reason="IPTT", prepared_by="especialista"
        )
        for one in done.proposed if approve else ():
            answer = {"approve": True, "decided_by": "coordinacion", "comment": None, "project": plant.project}
            decide_candidate(plant.engine, one.candidate_id, **answer)
        return done

    return run


def test_nothing_is_official_before_another_person_approves(project: ThreeQuarters, take: Import) -> None:
    done = take()
    (proposed,) = done.proposed
    assert (proposed.period, proposed.values) == (Q1, 5)
    with project.engine.connect() as connection:
        assert verify_hash(connection, proposed.candidate_id)
    with pytest.raises(ContractError, match="approvers"):
        decide_candidate(
            project.engine, proposed.candidate_id, approve=True, decided_by="especialista", comment=None,
            project=project.plant.project,
        )  # fmt: skip
    (row,) = project.rows("SELECT kind, state, pins, base, prepared_by FROM results.candidate")
    assert row == {
        "kind": "inherited", "state": "pending", "pins": {"heredado": done.batch_id}, "base": {},
        "prepared_by": "especialista",
    }  # fmt: skip


def test_each_value_opens_to_its_cell_of_the_landed_file(project: ThreeQuarters, take: Import, tmp_path: Path) -> None:
    done = take()
    rows = project.rows(
        "SELECT e.position, e.value, e.sex, l.path, l.original_name FROM results.evidence AS e"
        " INNER JOIN ops.landed_file AS l USING (landed_file_id) INNER JOIN results.evidence_set AS s USING (set_id)"
        " WHERE s.indicator = 'CERT' ORDER BY e.row_no"
    )
    assert [(row["position"], row["value"], row["sex"]) for row in rows] == [
        ("Valores!E2", 30, None), ("Valores!E3", 20, "mujer"), ("Valores!E4", 10, "hombre"),
    ]  # fmt: skip
    assert {row["original_name"] for row in rows} == {"iptt-0.xlsx"}
    landed = project.plant.landing / rows[0]["path"]
    assert not landed.stat().st_mode & stat.S_IWUSR
    (batch,) = project.rows("SELECT state, merged_at FROM ops.batch WHERE batch_id = :id", id=done.batch_id)
    assert batch == {"state": "merged", "merged_at": None}


def test_a_figure_that_holds_one_of_before_opens_to_its_cell(project: ThreeQuarters, take: Import) -> None:
    take(approve=True)
    project.night(*LEARNERS)
    project.close(Q2)

    def cells(code: str, period: str, vintage: int | None = None, **category: str) -> list[tuple[str, float]]:
        with project.engine.connect() as connection:
            rows = trace(
                connection, project.plant.project, code, Period.parse(period), category=category, vintage=vintage
            )
        assert {row["document"] for row in rows} <= {None, "IPTT"}
        assert all((row["document"] is not None) == (row["source"] == "heredado") for row in rows)
        return [(row["position"], float(row["value"])) for row in rows if row["source"] == "heredado"]

    assert sorted(cells("CERT", Q1)) == [("Valores!E2", 30), ("Valores!E3", 20), ("Valores!E4", 10)]
    assert cells("CERT", Q1, sex="mujer") == cells("CERT", Q1, 1, sex="mujer") == [("Valores!E3", 20)]
    assert cells("CERT", Q2) == [], "the quarter's own figure"
    assert cells("ALL", Q2) == cells("ALL", Q2, 1) == [("Valores!E5", 28)], "28 of before and 2 of the quarter"


def test_life_of_project_figures_are_right_on_day_one(project: ThreeQuarters, take: Import) -> None:
    """Ana's certificate of the first quarter is among the 30 that were published then."""
    take(approve=True)
    project.night(*LEARNERS)
    assert [project.value("CERT", period) for period in (Q1, Q2)] == [30, 2]
    assert project.spans("CERT", Q2) == {"2020-H1": 32, "2020": 32, "FY2020": 32, "project": 32}
    cell = project.cell("CERT", Q2)
    assert [float(cell[name]) for name in ("added", "adjustment", "accumulated")] == [2, 0, 32]
    assert [project.value("CERT", Q1, "sex", sex) for sex in ("mujer", "hombre")] == [20, 10]
    assert project.value("ALL", Q2) == 30
    assert project.spans("RATE", Q2)["2020-H1"] == pytest.approx(74.4), "30 + 2 of 40 + 3"


def test_a_breakdown_that_comes_later_adds_up_and_the_quarter_closes(project: ThreeQuarters, take: Import) -> None:
    take(approve=True)
    project.define("CERT", disaggregations=["sex", "institution", "organisation_type", ["sex", "institution"]])
    project.define("ALL", disaggregations=["sex", "institution", "organisation_type"])
    project.night(*LEARNERS)
    project.close(Q2)
    kinds = project.rows(
        "SELECT v.category, v.value FROM results.candidate_value AS v WHERE v.indicator = 'CERT' AND v.official"
        " AND v.covers = 'project' AND v.disaggregation = 'organisation_type'"
    )
    assert kinds == [{"category": "no_especificado", "value": 32}]


def test_a_night_and_a_close_do_not_stumble_over_the_workbook(project: ThreeQuarters, take: Import) -> None:
    take(approve=True)
    project.night(*LEARNERS)
    project.close(Q2)
    refresh_marts(project.plant)
    assert project.official("CERT", Q2)["accumulated"] == 32
    assert [ingest(project.plant, source, NOW).changed for source in project.plant.source_codes()] == [False, False]
    (pins,) = project.rows("SELECT pins FROM results.candidate WHERE kind = 'close'")
    assert "heredado" not in pins["pins"]


def test_the_commands_lead_from_the_template_to_official_figures(
    project: ThreeQuarters, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TRIMESTRE_PROJECT", str(project.plant.project.root))
    monkeypatch.setenv("TRIMESTRE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TRIMESTRE_ACCOUNT_KEY", "0b" * 32)
    monkeypatch.setenv("TRIMESTRE_WAREHOUSE_URL", project.engine.url.render_as_string(hide_password=False))
    path = tmp_path / "iptt.xlsx"
    cli_legacy.template(path)
    book = openpyxl.load_workbook(path)
    for row in BEFORE:
        book["Valores"].append(row)
    book["Metas"].append(["CERT", Q1, "", "", 40, "IPTT"])
    book.save(path)
    monkeypatch.setattr(settings, "who", lambda: "especialista")
    cli_legacy.import_(path, reason="IPTT de 2019, oficio 3/2020")
    said = capsys.readouterr().out
    for part in ("5 valores de 3 indicadores", "2020-Q1: candidata", "CERT.yaml: targets: {2020-Q1: 40}", "approve"):
        assert part in said
    monkeypatch.setattr(settings, "who", lambda: "coordinacion")
    cli_legacy.approve(comment=None)
    assert "es la versión oficial 1, «valor heredado»" in capsys.readouterr().out
    cli_legacy.approve(comment=None)
    assert "No hay candidatas heredadas en espera." in capsys.readouterr().out
    cli_drift.drift(Q1)
    assert "sin registros; no se comparan" in " ".join(capsys.readouterr().out.split()), (
        "nothing says that nothing differs"
    )


def test_a_quarter_that_trimestre_published_is_not_overwritten(project: ThreeQuarters, take: Import) -> None:
    project.night(*LEARNERS)
    project.close(Q1)
    for rows in (BEFORE, [*BEFORE, ["CERT", Q2, "", "", 5, None, None, "IPTT"]]):
        with pytest.raises(ContractError, match="2020-Q1 ya está publicado aquí, se esperaban trimestres anteriores"):
            take(rows)
    assert project.rows("SELECT 1 FROM ops.batch WHERE source = 'heredado'") == []


def test_a_second_workbook_takes_the_place_of_the_first_and_drops_nothing_of_it(
    project: ThreeQuarters, take: Import
) -> None:
    take(approve=True)
    with pytest.raises(ContractError, match="no se encontró valor de ALL en 2020-Q1, se esperaba uno"):
        take([["CERT", Q1, "", "", 31, None, None, "IPTT"]])
    (later,) = take([["CERT", Q1, "", "", 31, None, None, "IPTT"], *BEFORE[3:]], approve=True).proposed
    official = project.official("CERT", Q1)
    assert (official["value"], official["vintage"], official["candidate_id"]) == (31, 2, later.candidate_id)


def test_a_wrong_cell_leaves_nothing_behind(project: ThreeQuarters, take: Import) -> None:
    with pytest.raises(ContractError, match="Valores!E3"):
        take([BEFORE[0], ["ALL", Q1, "", "", "muchas", None, None, "IPTT"]])
    assert project.rows("SELECT 1 FROM results.candidate UNION ALL SELECT 1 FROM ops.batch") == []
    assert not (project.plant.landing / "heredado").exists()


def test_the_quarters_of_a_workbook_are_candidates_each(project: ThreeQuarters, take: Import) -> None:
    done = take([*BEFORE, ["CERT", Q2, "", "", 12, None, None, "IPTT"]])
    assert [one.period for one in done.proposed] == [Q1, Q2]
    assert [str(period) for period in done.legacy.periods()] == [str(Period.parse(Q1)), Q2]
    (row,) = project.rows(
        "SELECT v.added, v.accumulated FROM results.candidate_value AS v WHERE v.period = :period"
        " AND v.covers = v.period AND v.disaggregation = 'total'",
        period=Q2,
    )
    assert (row["added"], row["accumulated"]) == (12, 42)
