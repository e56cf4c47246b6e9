"""What stands in the way of an approval, and what does not: the checks that need nothing but figures."""

import inspect
import re
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_suppression import cell, indicator, project

from trimestre import texts
from trimestre.contracts.indicators import Indicator, Range, Representative
from trimestre.indicators import coherence
from trimestre.indicators import coherence_rules as rules
from trimestre.indicators.coherence_rules import Before, Finding, judge
from trimestre.indicators.explaining import unexplained
from trimestre.indicators.project_status import propose
from trimestre.periods import Period
from trimestre.reports.coherence import sentence

Q2 = Period(2020, 2)
RATE: dict[str, Any] = {"measure": "share", "unit": "porcentaje", "decimals": 1, "evidence": "enrolments_entered"}


def told(value: float | None, where: str = "total", category: str = "total", **more: Any) -> dict[str, Any]:
    return cell(value, where, category, **{"covers": "2020-Q2", "percent_of_progress": None, **more})


def found(item: Indicator, *cells: dict[str, Any], before: Before | None = None) -> list[Finding]:
    return judge(project(item), Q2, cells, before or Before())


def names(findings: list[Finding]) -> list[tuple[str, str]]:
    return [(finding.check, finding.severity) for finding in findings]


def sexes(*counts: int, covers: str = "2020-Q2", total: int | None = None) -> list[dict[str, Any]]:
    parts = zip(("mujer", "hombre", "no_especificado"), counts, strict=False)
    whole = told(sum(counts) if total is None else total, covers=covers)
    return [whole, *(told(count, "sex", sex, covers=covers) for sex, count in parts)]


# -- parts and wholes ------------------------------------------------------------------------------------------


@settings(deadline=None)
@given(st.lists(st.integers(1, 1000), min_size=3, max_size=3), st.integers(-3, 3))
def test_women_men_and_not_specified_are_everybody(counts: list[int], off: int) -> None:
    cells = sexes(*counts, total=sum(counts) + off)
    assert names(found(indicator(), *cells)) == ([("parts_do_not_add", "error")] if off else [])


def test_parts_add_up_in_every_span_and_line() -> None:
    wrong = sexes(200, 100, 5, covers="2020", total=300)
    line = [item | {"official": False} for item in sexes(4, 3, 2, total=10)]
    findings = found(indicator(), *sexes(238, 139, 0), *wrong, *line)
    places = [(item.values["covers"], item.values["official"]) for item in findings]
    assert places == [("2020", True), ("2020-Q2", False)]
    assert sentence(findings[0].as_dict(), project(indicator())) == (
        "L2-02 (sex): las partes de «sex» (2020) suman 305 y el total es 300; deben sumar lo mismo. Vea los registros "
        "con `trimestre evidence` y corrija la captura o la definición."
    )


def test_a_person_in_two_courses_is_no_error() -> None:
    persons = indicator(measure="persons", unit="personas", disaggregations=("course",))
    assert not found(persons, told(10), told(7, "course", "A"), told(6, "course", "B"))


def test_what_nobody_was_asked_is_no_part() -> None:
    parts = {"mujer": None, "hombre": None, "no_especificado": 89}
    assert not found(indicator(), told(89), *(told(count, "sex", sex) for sex, count in parts.items()))


def test_a_part_that_nobody_typed_is_explained_and_one_too_many_is_mended() -> None:
    typed = indicator(evidence="reported_values", measure="sum", unit="convenios", disaggregations=("institution",))
    few, many = ([told(5), told(count, "institution", "SFP")] for count in (3, 6))
    assert names(found(typed, *few)) == [("parts_do_not_add", "explanation")]
    assert names(found(typed, *many)) == [("parts_do_not_add", "error")]


@pytest.mark.parametrize(("hits", "rows", "wrong"), [(28, 36, False), (36, 36, False), (37, 36, True), (-1, 36, True)])
def test_no_share_has_more_hits_than_rows(hits: int, rows: int, wrong: bool) -> None:
    cells = [told(77.8, "sex", "mujer", numerator=Decimal(hits), denominator=Decimal(rows))]
    assert names(found(indicator(**RATE), *cells)) == ([("numerator_above_denominator", "error")] if wrong else [])


# -- what can be -----------------------------------------------------------------------------------------------


def test_a_value_outside_of_the_sheet_or_of_nature_is_explained() -> None:
    rate = indicator(**RATE, plausible=Range(min=50, max=95))
    assert not found(rate, told(87.1))
    assert names(found(rate, told(96))) == [("implausible", "explanation")]
    assert names(found(rate, told(60), told(101, "sex", "mujer"))) == [("implausible", "explanation")], "every cell"
    assert not found(rate, told(60), told(40, "sex", "mujer")), "the sheet speaks of the total"
    assert names(found(indicator(), told(-1))) == [("implausible", "explanation")]
    finding = found(rate, told(30))[0]
    assert "el valor es 30% y se esperaba entre 50% y 95%" in sentence(finding.as_dict(), project(rate))


def test_a_mean_lies_between_the_scores_of_its_question() -> None:
    mean = indicator(measure="mean", unit="puntos", evidence="scored_answers", decimals=2)
    within, beyond = (
        list(rules.implausible(mean, [told(value)], Q2, (Decimal(1), Decimal(5)))) for value in (4.2, 5.1)
    )
    assert (names(within), names(beyond)) == ([], [("implausible", "explanation")])


# -- targets ---------------------------------------------------------------------------------------------------


def against(target: float, value: float | None, percent: float | None, **more: Any) -> dict[str, Any]:
    percent_of_target = None if percent is None else Decimal(str(percent))
    return told(value, target=Decimal(str(target)), percent_of_target=percent_of_target, **more)


@pytest.mark.parametrize(
    ("target", "value", "percent", "asked"),
    [(350, 400, 114.3, True), (600, 465, 77.5, True), (80, 89, 111.3, True), (40, 24.7, 61.8, True), (2, 0, 0, True),
     (420, 405, 96.4, False), (85, 87.1, 102.5, False), (100, 110, 110.0, False), (100, 90, 90.0, False),
     (1000, 1101, 110.1, True)],
)  # fmt: skip
def test_more_than_ten_percent_from_the_target_asks_for_an_explanation(
    target: float, value: float, percent: float, asked: bool
) -> None:
    told_of = names(found(indicator(), against(target, value, percent)))
    assert told_of == ([("deviation", "explanation")] if asked else [])


def test_an_indicator_has_a_tolerance_of_its_own() -> None:
    assert not found(indicator(tolerance=25), against(600, 465, 77.5))
    assert names(found(indicator(tolerance=0), against(600, 599, 99.8))) == [("deviation", "explanation")]


def test_where_less_is_better_the_progress_is_judged() -> None:
    less = indicator(direction="decrease")
    assert not found(less, against(20, 21, None, percent_of_progress=Decimal("95.0")))
    late = found(less, against(20, 60, None, percent_of_progress=Decimal("50.0")))
    assert "50.0% de avance desde la línea de base" in sentence(late[0].as_dict(), project(less))


def test_a_stage_behind_or_ahead_is_explained_by_its_name() -> None:
    stages = ("no iniciado", "borrador", "publicado")
    stage = indicator(measure="milestone", evidence="reported_values", unit="etapa", stages=stages)
    assert not found(stage, against(1, 1, 100))
    behind = found(stage, against(2, 1, 50))
    assert sentence(behind[0].as_dict(), project(stage)) == (
        "L2-02: la etapa de 2020-Q2 es «borrador» y la meta es «publicado». Explique la diferencia."
    )


def test_a_target_without_data_is_explained_and_data_without_a_target_are_not() -> None:
    assert names(found(indicator(), against(10, None, None, obs_status="n_d"))) == [("no_data", "explanation")]
    assert not found(indicator(), told(10))


def test_a_target_of_the_year_is_judged_when_the_year_ends() -> None:
    half, year, fiscal = (against(100, 50, 50, covers=label) for label in ("2020-H1", "2020", "FY2020"))
    assert [item.values["covers"] for item in found(indicator(), half, year, fiscal)] == ["2020-H1"]
    at_the_end = judge(project(indicator()), Period(2020, 4), [year, against(100, 50, 50, covers="project")], Before())
    assert [item.values["covers"] for item in at_the_end] == ["2020", "project"], "2020-Q4 is the project's last"


# -- against what was said before ------------------------------------------------------------------------------


def test_a_leap_against_the_quarter_before_is_explained() -> None:
    banded = indicator(change_band=Range(min=-20, max=50))
    for now, asked in ((150, False), (151, True), (80, False), (79, True)):
        findings = found(banded, told(now), before=Before({"L2-02": Decimal(100)}))
        assert bool(findings) == asked, now
    assert not found(banded, told(10), before=Before({"L2-02": Decimal(0)})), "from nothing there is no percentage"
    assert not found(banded, told(10)), "there was no quarter before"
    assert "un cambio de -21.0%, fuera del intervalo esperado (entre -20% y 50%)" in sentence(
        findings[0].as_dict(), project(banded)
    )


def test_fewer_in_all_than_was_published_is_explained() -> None:
    so_far = indicator(measure="persons", span="cumulative", unit="personas")
    before = Before(accumulated={"L2-02": Decimal(400)})
    assert not found(so_far, told(400), before=before)
    assert names(found(so_far, told(399), before=before)) == [("accumulated_fell", "explanation")]
    adding = found(indicator(), told(90, accumulated=Decimal(399)), before=before)
    assert names(adding) == [("accumulated_fell", "explanation")]
    assert not found(indicator(**RATE), told(12), before=before), "a rate may well fall"


# -- scores, explanations, status ------------------------------------------------------------------------------


def test_scores_of_too_few_are_told_and_stop_nobody() -> None:
    score = indicator(
        measure="mean", unit="puntos", evidence="scored_answers", decimals=2,
        representative=Representative(denominator="enrolments_entered"),
    )  # fmt: skip
    rate = {"n": 24, "response_rate": Decimal("0.3200"), "obs_status": "no_representativo"}
    assert names(found(score, told(4.2, **rate))) == [("not_representative", "warning")]
    few = found(score, told(None, n=6, obs_status="n_insuficiente", target=Decimal("4.2")))
    assert names(few) == [("small_n", "warning")]
    assert sentence(few[0].as_dict(), project(score)) == "L2-02: n = 6, menos de 10: el promedio no se informa."
    spoken = sentence(found(score, told(4.2, **rate))[0].as_dict(), project(score))
    assert "n = 24, tasa de respuesta 32%, se pide 60%" in spoken


def test_only_what_asks_for_an_explanation_waits_for_one() -> None:
    findings = [Finding("L2-01", "deviation", "explanation"), Finding("L2-05", "deviation", "explanation"),
                Finding("L2-01", "small_n", "warning"), Finding("L2-02", "parts_do_not_add", "error")]  # fmt: skip
    assert [item.indicator for item in unexplained(findings, {"L2-01": {"text": "…"}})] == ["L2-05"]


@pytest.mark.parametrize(
    ("statuses", "proposed"),
    [
        (["alcanzada"] * 4, "achieved"),
        (["alcanzada", "alcanzada", "conforme", "con_rezago"], "on_track"),
        (["alcanzada", "alcanzada", "con_rezago", "sin_dato"], "off_track"),
        ([], None),
    ],
)
def test_the_project_stands_where_its_indicators_stand(statuses: list[str], proposed: str | None) -> None:
    codes = [f"L2-{number:02}" for number in range(len(statuses))]
    cells = [
        told(None if status == "sin_dato" else 1, indicator=code, status=status, target=Decimal(1))
        for code, status in zip(codes, statuses, strict=True)
    ]
    others = [
        told(1, indicator="L2-90", status="sin_meta"),
        told(1, indicator="L2-91", status="con_rezago", target=Decimal(9)),
        *(item | {"covers": "2020", "status": "con_rezago"} for item in cells),
        *(item | {"official": False, "status": None} for item in cells),
    ]
    own = project(*map(indicator, [*codes, "L2-90"]), indicator("L2-91", state="retirado"))
    assert propose(own, [*cells, *others]).status == proposed


SENTENCES = [
    (
        Finding(
            "L2-02", "funnel", "explanation", "NEISP-2020-1",
            {"narrow": 380, "wide": 377, "of": "certificate", "among": "module_completion"},
        ),
        "L2-02: edición NEISP-2020-1: 380 personas con certificado, más que las 377 que aprobaron todos los módulos. "
        "Revise qué falta en la plataforma o explique la diferencia.",
    ),
    (
        Finding("L2-02", "passed_counts_failed", "error", None, {"rows": 3}),
        "L2-02: se cuentan como aprobados 3 módulos que la plataforma da por no aprobados; no deben contarse. Corrija "
        "la consulta de respaldo.",
    ),
    (
        Finding(
            None, "retained_rows", "warning", "encuestas",
            {"rows": 2, "dataset": "responses", "entity": "response", "indicators": ["L2-02"]},
        ),
        "Fuente encuestas: 2 registros retenidos (cuestionario respondido, responses) esperan decisión y podrían mover "
        "todos los indicadores. Véalos en «Calidad» o con `trimestre retained list --source encuestas`.",
    ),
    (
        Finding(
            None, "late_sources", "warning", "moodle_pnud",
            {"merged_on": "2020-06-20", "since": "2020-07-16", "state": "merged"},
        ),
        "Fuente moodle_pnud: última carga 20/06/2020, se esperaba una desde el 16/07/2020. Cárguela o cierre sin "
        "ella: lo que llegue después entra al siguiente trimestre abierto.",
    ),
    (
        Finding(
            None, "late_sources", "warning", "moodle_pnud",
            {"merged_on": None, "since": "2020-07-16", "state": "rejected"},
        ),
        "Fuente moodle_pnud: su lote más reciente quedó rechazado (última carga ninguna). Vea por qué en «Calidad», "
        "lista «Lotes».",
    ),
    (
        Finding(
            None, "late_sources", "warning", "moodle_pnud",
            {"merged_on": "2020-07-20", "since": "2020-07-16", "state": "staged"},
        ),
        "Fuente moodle_pnud: su lote más reciente está en curso (preparado; última carga 20/07/2020). Espere a que "
        "termine, o cierre sin él: lo que traiga entra al siguiente trimestre abierto.",
    ),
    (
        Finding("L2-02", "accumulated_fell", "explanation", None, {"value": Decimal(399), "before": Decimal(400)}),
        "L2-02: el acumulado es 399 y la última versión oficial dice 400: no debería bajar. Explique por qué "
        "(personas unificadas, registros retirados, cifras corregidas).",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("finding", "spoken"), SENTENCES, ids=lambda item: getattr(item, "check", ""))
def test_a_finding_is_a_sentence_that_says_what_to_do(finding: Finding, spoken: str) -> None:
    assert sentence(finding.as_dict(), project(indicator())) == spoken


def test_every_check_has_its_sentence() -> None:
    """A finding without one would break the summary of a close."""
    said = set(texts.FINDINGS) | set(texts.DEFINITION_FINDINGS)
    checks = {name for module in (rules, coherence) for name in _named(module)}
    assert checks
    assert checks <= said


def _named(module: Any) -> set[str]:
    """The checks that a module makes findings of."""
    return set(re.findall(r'Finding\([^"()]*(?:\.code)?, "([a-z_]+)"', inspect.getsource(module)))
