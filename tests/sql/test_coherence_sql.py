"""Coherence on real rows: what is found in the demo's quarter, and what only the rows behind the figures tell."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from io import StringIO
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from evidence.given import Given, indicator
from rich.console import Console

from trimestre.contracts import Project
from trimestre.errors import ContractError
from trimestre.indicators.coherence import check
from trimestre.indicators.coherence_rules import Finding
from trimestre.indicators.computing import work_out
from trimestre.indicators.evidence import current_pins
from trimestre.indicators.explaining import explain, explanations, unexplained
from trimestre.indicators.placing import current_base
from trimestre.indicators.project_status import decide_status, propose, status_of
from trimestre.indicators.small_cells.audiences import values_for
from trimestre.indicators.small_cells.cell_numbers import counts_people
from trimestre.indicators.small_cells.suppression import SUPPRESSED
from trimestre.periods import Period
from trimestre.reports.coherence import sentence
from trimestre.reports.figures import indicator_table
from trimestre.warehouse.database import transaction

if TYPE_CHECKING:
    from conftest import Case, DemoPlant

Q2 = Period(2020, 2)


def findings(connection: sa.Connection, project: Project, period: Period = Q2) -> list[Finding]:
    pins, base = current_pins(connection), current_base(connection, project, period)
    values = work_out(connection, project, period, pins, base)
    return check(connection, project, period, values, pins, base)


def of(found: list[Finding], name: str) -> dict[str | None, Any]:
    """What a check found: indicator, or what it is about -> its numbers as JSON."""
    return {item.indicator or item.category: item.as_dict()["values"] for item in found if item.check == name}


# -- the quarter of the demo -----------------------------------------------------------------------------------


def test_the_demo_has_no_errors_and_asks_for_these_explanations(demo_after_a_night: "DemoPlant") -> None:
    plant = demo_after_a_night.plant
    with transaction(plant.engine) as connection:
        found = findings(connection, plant.project)
        sentences = [sentence(item.as_dict(), plant.project) for item in found]
    assert not [item for item in found if item.severity == "error"]
    quarter = [item for item in found if item.values.get("covers") == "2020-Q2"]
    assert {code: values.get("percent") for code, values in of(quarter, "deviation").items()} == {
        "L2-01": 114.3,
        "L2-05": 77.5,
        "L2-07": 111.3,
        "L2-08": 61.8,
        "L1-02": 0,
        "L2-10": None,
    }
    assert not {item.check for item in found} & {"funnel", "passed_counts_failed"}
    assert "L2-05: el valor de 2020-Q2 es 465 y la meta 600: 77.5% de la meta, fuera de ±10 puntos." in "\n".join(
        sentences
    )


def test_rows_that_wait_for_a_decision_are_told_with_what_they_could_move(case: "Case") -> None:
    with transaction(case.plant.engine) as connection:
        held = of(findings(connection, case.plant.project), "retained_rows")
    assert held
    for values in held.values():
        assert values["rows"] > 0
        assert values["indicators"]


def test_a_source_that_stayed_away_since_the_quarter_ended_is_told(case: "Case") -> None:
    with transaction(case.plant.engine) as connection:
        before = of(findings(connection, case.plant.project), "late_sources")
        batch = connection.execute(
            sa.text(
                "INSERT INTO ops.batch (source, state, started_at, message, fingerprint)"
                " VALUES ('encuestas', 'rejected', now(), '', 'f') RETURNING source"
            )
        ).scalar_one()
        # What people correct brings nothing of what has happened since.
        connection.execute(
            sa.text(
                "UPDATE ops.batch SET merged_at = timestamptz '2020-06-02 00:00+00' + batch_id * interval '1 second'"
                " WHERE source = 'moodle_pnud'"
            )
        )
        connection.execute(
            sa.text(
                "INSERT INTO ops.batch (source, state, started_at, merged_at, quarters)"
                " VALUES ('encuestas', 'merged', now(), now(), '{}'),"
                " ('moodle_pnud', 'merged', now(), now() + interval '1 second', '{}')"
            )
        )
        after = of(findings(connection, case.plant.project), "late_sources")
        connection.rollback()
    assert batch not in before
    assert after[batch]["state"] == "rejected"
    assert after["moodle_pnud"]["merged_on"] == "2020-06-01"


def test_the_status_of_the_project_is_proposed_by_its_indicators(case: "Case") -> None:
    with transaction(case.plant.engine) as connection:
        project = case.plant.project
        pins, base = current_pins(connection), current_base(connection, project, Q2)
        proposal = propose(project, work_out(connection, project, Q2, pins, base))
    assert proposal.indicators == proposal.as_dict()["indicators"] > 0
    assert proposal.status == "off_track", "less than 75 % at least as planned"


def test_the_public_reads_the_demo_without_its_small_groups(case: "Case") -> None:
    project = case.plant.project
    with transaction(case.plant.engine) as connection:
        public = values_for(connection, project, Q2, "public", reconciliation=True)
        everything = values_for(connection, project, Q2, "internal", reconciliation=True)
    people = {item.code for item in project.indicators if counts_people(item) and item.kind_of_value == "integer"}
    below = [cell for cell in public if cell["indicator"] in people and cell["disaggregation"] != "total"]
    assert below
    assert not [cell for cell in below if 0 < (cell["value"] or 0) < 5]
    assert {cell["n"] for cell in below} == {None}
    totals = [[cell["value"] for cell in cells if cell["disaggregation"] == "total"] for cells in (public, everything)]
    assert totals[0] == totals[1]
    hidden = any(cell["obs_status"] == SUPPRESSED for cell in public)
    assert ("(c) confidencial: de 1 a 4 personas" in shown(project, public)) == hidden


def shown(project: Project, cells: list[dict[str, Any]]) -> str:
    console = Console(width=200, file=StringIO())
    console.print(indicator_table(project, "2020-Q2", cells))
    return console.file.getvalue()  # type: ignore[attr-defined,no-any-return]


# -- rows ------------------------------------------------------------------------------------------------------


@pytest.fixture
def given(warehouse: sa.Engine) -> Iterator[Given]:
    with warehouse.begin() as connection:
        yield Given(connection)


def test_more_certificates_than_people_who_passed_everything_are_told_by_edition(given: Given) -> None:
    given.learner("ana", modules={"M1": "2020-05-01 10:00"}, certificate="2020-05-02 10:00")
    project = replace(given.project, indicators=(indicator("certificates"), indicator("modules", code="X-2")))
    assert not of(findings(given.connection, project), "funnel"), "M1 is the only module that anybody passed"
    given.learner("luis", modules={"M2": "2020-05-01 10:00"})
    found = of(findings(given.connection, project), "funnel")
    assert found == {"X-1": {"narrow": 1, "wide": 0, "of": "certificate", "among": "module_completion"}}


def test_a_module_that_its_platform_calls_failed_is_an_error_when_it_is_counted(
    given: Given, monkeypatch: pytest.MonkeyPatch
) -> None:
    from trimestre.indicators import placing

    given.learner("ana", modules={"M1": "2020-05-01 10:00"})
    project = replace(given.project, indicators=(indicator("modules"),))
    assert not of(findings(given.connection, project), "passed_counts_failed")
    given.next_night()
    given.module("ana", "M1", "2020-05-01 10:00", state="failed")
    texts = placing.evidence_text
    monkeypatch.setattr(placing, "evidence_text", lambda name: texts(name).replace("'reset')", "'reset', 'failed')"))
    assert of(findings(given.connection, project), "passed_counts_failed") == {"X-1": {"rows": 1}}


# -- explanations and status -----------------------------------------------------------------------------------


def test_the_newest_explanation_counts_and_is_asked_for_once(given: Given) -> None:
    project = replace(given.project, indicators=(indicator("certificates", targets={"2020-Q2": 10}),))
    given.learner("ana", certificate="2020-05-02 10:00")
    asked = unexplained(findings(given.connection, project), explanations(given.connection, Q2))
    assert [item.check for item in asked] == ["deviation"]
    for text in ("La edición empezó tarde.", "La edición empezó tres semanas tarde."):
        explain(given.connection, project, "X-1", Q2, text, "laura")
    known = explanations(given.connection, Q2)
    assert (known["X-1"]["text"], known["X-1"]["by"]) == ("La edición empezó tres semanas tarde.", "laura")
    assert not unexplained(findings(given.connection, project), known)
    assert not explanations(given.connection, Q2.next())


@pytest.mark.parametrize(
    ("code", "period", "text", "told"),
    [
        ("X-9", Q2, "Porque sí.", "indicador: se encontró «X-9»"),
        ("X-1", Period(2031, 1), "Porque sí.", "trimestre: se encontró 2031-Q1"),
        ("X-1", Q2, "  ", "no se encontró motivo ni explicación"),
        ("X-1", Q2, "Lo dijo ana@example.org.", "sin datos personales"),
    ],
)
def test_an_explanation_says_something_of_a_figure_and_nothing_of_a_person(
    given: Given, code: str, period: Period, text: str, told: str
) -> None:
    project = replace(given.project, indicators=(indicator("certificates"),))
    with pytest.raises(ContractError, match=told):
        explain(given.connection, project, code, period, text, "laura")
    assert not explanations(given.connection, Q2)


def test_the_coordinator_decides_the_status_with_a_reason(given: Given) -> None:
    assert status_of(given.connection, Q2) == {}
    decide_status(given.connection, given.project, Q2, "off_track", reason="Oficio 12", who="laura")
    decide_status(given.connection, given.project, Q2, "on_track", reason="Oficio 14", who="laura")
    decided = status_of(given.connection, Q2)
    assert (decided["decided"], decided["reason"], decided["by"]) == ("on_track", "Oficio 14", "laura")
    assert date.fromisoformat(decided["at"][:10])
    with pytest.raises(ContractError, match="se esperaba achieved"):
        decide_status(given.connection, given.project, Q2, "great", reason="x", who="laura")
    with pytest.raises(ContractError, match="no se encontró motivo ni explicación"):
        decide_status(given.connection, given.project, Q2, "achieved", reason="", who="laura")
