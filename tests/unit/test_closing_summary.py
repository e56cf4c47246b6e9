"""The summary of a candidate: everything its approver must know before answering, and nothing that looks like zero."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from html import escape
from typing import Any

import pytest
from markdown_it import MarkdownIt
from the_case import case_project

from trimestre.contracts import Project
from trimestre.contracts.indicators import Change, Texts
from trimestre.indicators.closing import Closing, Earlier
from trimestre.reports.closing import Findings, change, figure, summary

CANDIDATE: dict[str, Any] = {
    "candidate_id": 7,
    "period": "2020-Q2",
    "kind": "close",
    "state": "pending",
    "vintage": None,
    "hash": "3f2a9c047d1e" + "0" * 52,
    "pins": {"eventos": 12, "encuestas": 9},
    "known_at": datetime(2020, 7, 20, 8, 5, tzinfo=UTC),
    "forced": False,
    "reason": None,
    "explanations": {},
    "project_status": {"proposed": "on_track"},
    "prepared_by": "maria",
    "prepared_at": datetime(2020, 7, 21, 15, 30, tzinfo=UTC),
    "decided_by": None,
    "comment": None,
}


@pytest.fixture(scope="module")
def project() -> Project:
    return case_project()


def cell(indicator: str, value: Any, **other: Any) -> dict[str, Any]:
    """An official total; ``other`` replaces what it is by default."""
    return {
        "indicator": indicator,
        "official": True,
        "covers": "2020-Q2",
        "period": "2020-Q2",
        "disaggregation": "total",
        "category": "total",
        "value": None if value is None else Decimal(str(value)),
        "numerator": None,
        "denominator": None,
        "n": 10,
        "obs_status": "normal" if value is not None else "n_d",
        "target": None,
        "percent_of_target": None,
        "status": "sin_meta",
        "late": 0,
        "adjustment": None,
        "accumulated": None,
    } | other


def said(project: Project, *values: dict[str, Any], findings: Findings = (), **other: Any) -> str:
    """The summary of a candidate with these cells; ``other``: fields of the candidate, or of the closing."""
    fields = {
        name: other.pop(name) for name in ("before", "before_vintage", "earlier", "next_vintage") if name in other
    }
    return summary(project, Closing(CANDIDATE | other, values, **fields), findings)


def line(text: str, beginning: str) -> str:
    """The one line with this beginning."""
    (found,) = (line for line in text.splitlines() if line.startswith(beginning))
    return found


def test_the_head_says_what_is_proposed_by_whom_and_what_was_known(project: Project) -> None:
    text = said(project, cell("L2-01", 400))
    assert text.startswith("**Cierre de 2020-Q2** (FY2020-Q3 del donante) · candidata 7 · metas y líneas de base")
    for expected in ("maria, 21/07/2020 10:30", "20/07/2020 03:05", "LimeSurvey): 9, Listas", "`3f2a9c047d1e`"):
        assert expected in text
    assert "forzada" not in text
    forced = said(project, cell("L2-01", 400), forced=True, reason="Lo pide el\ndonante | oficio 3")
    assert "| Antes de los plazos | sí, forzada |" in forced
    assert "| Motivo | Lo pide el donante \\| oficio 3 |" in forced


def test_a_figure_stands_beside_its_target_its_status_its_past_and_its_explanation(project: Project) -> None:
    text = said(
        project,
        cell("L2-01", 400, target=Decimal(350), percent_of_target=Decimal("114.3"), status="alcanzada"),
        before=[cell("L2-01", 385, period="2020-Q1", covers="2020-Q1")],
        before_vintage=2,
        explanations={"L2-01": {"text": "Dos grupos\nmás | en mayo", "by": "maria", "at": "2020-07-21T03:00:00+00:00"}},
    )
    assert "2020-Q1 (versión oficial 2)" in text
    assert line(text, "| L2-01") == (
        "| L2-01 | Personas certificadas (únicas) | **400** | 350 | 114.3% | Meta alcanzada | 385 | +15 (+3.9%) "
        "| Dos grupos más \\| en mayo (maria, 20/07/2020) |"
    )


def test_what_people_wrote_is_no_markup(project: Project) -> None:
    """The approver's browser fetches no picture and shows no link under another name; signs are read as written."""
    evil = "![](https://evil.mx/p.png) [Aprobada](https://evil.mx) <b>5 < 6</b> **sí** L2_01 a \\| 100% | fin"
    text = said(
        project,
        cell("L2-01", 400),
        reason=evil,
        forced=True,
        explanations={"L2-01": {"text": evil, "by": "maria_l", "at": "2020-07-21T03:00:00+00:00"}},
    )
    shown = MarkdownIt("commonmark").enable("table").render(text)
    assert [sign for sign in ("<img", "<a ", "<b>", "<strong>sí") if sign in shown] == []
    assert shown.count(escape(evil)) == 2
    assert "maria_l" in shown


def test_what_is_not_available_is_no_zero_and_a_preliminary_past_says_so(project: Project) -> None:
    # What was computed, not published, has no `covers`.
    before = {key: value for key, value in cell("L2-01", 0, period="2020-Q1").items() if key != "covers"}
    text = said(project, cell("L2-01", None), cell("L2-02", 5), before=[before])
    assert "2020-Q1 (preliminar)" in text
    assert line(text, "| L2-01").split(" | ")[2:] == ["**n. d.**", "", "", "Sin meta del periodo", "0", "", " |"]
    assert line(text, "| L2-02").split(" | ")[6:] == ["", "", " |"]


def test_only_the_official_totals_of_the_quarter_are_lines_of_the_table(project: Project) -> None:
    text = said(
        project,
        cell("L2-01", 400),
        cell("L2-01", 410, official=False),
        cell("L2-01", 900, covers="2020-H1"),
        cell("L2-01", 238, disaggregation="sex", category="mujer"),
    )
    assert "**400**" in line(text, "| L2-01")


@pytest.mark.parametrize(
    ("code", "now", "before", "expected"),
    [
        ("L2-01", 400, 385, "+15 (+3.9%)"),
        ("L2-01", 385, 400, "-15 (-3.8%)"),
        ("L2-01", 400, 0, "+400"),
        ("L2-01", 400, None, ""),
        ("L2-03", "87.1", "90.3", "-3.2 puntos"),
    ],
)
def test_a_change_is_told_in_its_unit(project: Project, code: str, now: Any, before: Any, expected: str) -> None:
    assert change(project.indicator(code), cell(code, now), cell(code, before)) == expected


def test_a_milestone_is_told_by_the_name_of_its_stage(project: Project) -> None:
    milestone = next(indicator for indicator in project.indicators if indicator.stages)
    assert figure(milestone, cell(milestone.code, 1)) == milestone.stages[1]
    assert figure(milestone, cell(milestone.code, None)) == "n. d."


def test_what_is_late_and_what_is_mended_of_earlier_quarters_is_told(project: Project) -> None:
    text = said(
        project,
        cell("L2-01", 400, n=400, late=3, adjustment=Decimal(-1), accumulated=Decimal(1520)),
        cell("L2-02", 405, accumulated=Decimal(405)),
    )
    assert line(text, "- **L2-01**: reg") == (
        "- **L2-01**: registros contados: 400, de ellos extemporáneos (de trimestres o ediciones ya cerrados): 3; "
        "ajuste a trimestres anteriores -1; acumulado 1,520."
    )
    assert "**L2-02**:" not in text


def test_findings_are_told_and_an_explanation_that_lacks_is_seen(project: Project) -> None:
    findings = [
        (
            {"indicator": "L2-01", "check": "deviation", "severity": "explanation"},
            "L2-01: se desvía 14.3%. Explique la desviación.",
        ),
        ({"indicator": "L2-01", "check": "small_n", "severity": "warning"}, "L2-01: pocas respuestas."),
        ({"indicator": "L2-01", "check": "retained_rows", "severity": "warning"}, "Hay 4 registros retenidos."),
    ]
    text = said(project, cell("L2-01", 400), findings=findings)
    assert "**falta**" in line(text, "| L2-01")
    coherence, retained = text.index("### Revisión de coherencia"), text.index("### Registros retenidos")
    assert coherence < text.index("- *por explicar* · L2-01: se desvía 14.3%. Explique la desviación.") < retained
    assert coherence < text.index("- *aviso* · L2-01: pocas respuestas.") < retained
    assert retained < text.index("- Hay 4 registros retenidos.")
    explanation = {"text": "Se amplió el plazo.", "by": "maria", "at": "2020-07-21T10:00:00+00:00"}
    explained = said(project, cell("L2-01", 400), findings=findings, explanations={"L2-01": explanation})
    assert line(explained, "- *explicada*") == "- *explicada* · L2-01: se desvía 14.3%."
    assert "Explique" not in explained
    quiet = said(project, cell("L2-01", 400))
    assert "Sin observaciones" in quiet
    assert "Ningún registro retenido" in quiet


def test_the_difference_with_what_was_sent_back_names_totals_and_counts_the_rest(project: Project) -> None:
    earlier = Earlier(
        CANDIDATE
        | {"candidate_id": 5, "state": "returned", "decided_by": "coordinacion", "comment": "Falta\nun evento"},
        [cell("L2-01", 399), cell("L2-01", 237, disaggregation="sex", category="mujer"), cell("L2-02", 405)],
    )
    values = [cell("L2-01", 400), cell("L2-01", 238, disaggregation="sex", category="mujer"), cell("L2-02", 405)]
    text = said(project, *values, earlier=(earlier,))
    assert "### Diferencia con la candidata 5 (devuelta)" in text
    assert "coordinacion dijo: «Falta un evento»." in text
    assert line(text, "- **L2-01** P") == "- **L2-01** Personas certificadas (únicas): 399 → 400"
    assert "conciliaciones que cambian: 1." in text
    assert "- **L2-02**" not in text
    assert "Ninguna celda cambia." in said(project, *earlier.values, earlier=(earlier,))
    assert "Es la primera candidata" in said(project, *values)


def test_a_restatement_is_compared_with_what_is_published(project: Project) -> None:
    published = Earlier(CANDIDATE | {"candidate_id": 5, "state": "vintage", "vintage": 1}, [cell("L2-01", 399)])
    text = said(
        project, cell("L2-01", 400), kind="restatement", reason="Oficio 9", earlier=(published,), next_vintage=2
    )
    assert text.startswith("**Rectificación de cifras publicadas de 2020-Q2**")
    assert "### Diferencia con la versión oficial 1" in text
    assert "versión oficial 2 de 2020-Q2" in text


def test_an_indicator_that_is_new_in_the_candidate_is_told(project: Project) -> None:
    earlier = Earlier(CANDIDATE | {"candidate_id": 5, "state": "void"}, [cell("L2-01", 400)])
    text = said(project, cell("L2-01", 400), cell("L2-02", 405), earlier=(earlier,))
    assert "n. a. → 405" in line(text, "- **L2-02**")


def test_the_project_status_is_proposed_or_as_it_was_decided(project: Project) -> None:
    assert "Se propone: **En camino**" in said(project, cell("L2-01", 400))
    assert "No se propone ninguno" in said(project, cell("L2-01", 400), project_status={})
    status = {"proposed": "on_track", "decided": "off_track", "reason": "Se pospuso un curso", "by": "coordinacion"}
    text = said(project, cell("L2-01", 400), project_status=status)
    assert "Decidido: **Con retraso** (coordinacion): Se pospuso un curso" in text


def test_another_method_is_told_with_its_day_and_why(project: Project) -> None:
    why = Texts(es="Cuenta también lo aprobado sin descarga.", en="Also counts what was passed.")
    changes = (Change(version=2, changed_on=date(2020, 4, 1), change=why, changed_by="coordinación"),)
    changed = project.indicator("L2-01").model_copy(update={"version": 2, "changes": changes})
    other = replace(project, indicators=(changed,))
    text = summary(other, Closing(CANDIDATE, [cell("L2-01", 400)]), ())
    assert "- **L2-01**: versión 2 de la definición desde 01/04/2020. Cuenta también lo aprobado sin descarga." in text
    assert "Método cambiado" not in said(project, cell("L2-01", 400))


def test_a_mean_says_of_how_many_answers_it_is(project: Project) -> None:
    """Whoever approves a satisfaction of 4.27 sees that one in seven answered."""
    few = {"n": 60, "response_rate": Decimal("0.1399"), "obs_status": "no_representativo", "status": "alcanzada"}
    told = line(said(project, cell("L2-09", "4.27", **few)), "| L2-09")
    assert "| Meta alcanzada; no representativo (n = 60, tasa de respuesta 14.0%) |" in told
