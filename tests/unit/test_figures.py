"""Figures as people read them in Mexico, and the table of a quarter in which nothing unknown looks like a zero."""

import io
from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from rich.console import Console
from the_case import case_project

from trimestre.contracts import Project
from trimestre.contracts.indicators import Indicator
from trimestre.indicators.comparing import Comparison, Pair, Side
from trimestre.reports.comparing import comparison_table
from trimestre.reports.figures import indicator_table, notes, number, span_table
from trimestre.texts import COLUMNS


@pytest.fixture(scope="module")
def project() -> Project:
    return case_project()


@pytest.mark.parametrize(
    ("value", "decimals", "expected"),
    [
        ("0", 0, "0"),
        ("400", 0, "400"),
        ("1234", 0, "1,234"),
        ("1234567.5", 1, "1,234,567.5"),
        ("87.1", 1, "87.1"),
        ("4", 2, "4.00"),
        ("-3", 0, "-3"),
        ("999.95", 1, "1,000.0"),
    ],
)
def test_numbers_are_written_as_in_mexico(value: str, decimals: int, expected: str) -> None:
    assert number(Decimal(value), decimals) == expected


def test_a_percentage_has_its_sign_without_a_blank() -> None:
    assert number(Decimal("87.1"), 1, percent=True) == "87.1%"
    assert number(Decimal(63), percent=True) == "63%"


def test_what_is_not_available_is_no_zero() -> None:
    assert number(None) == "n. d."
    assert number(None, 1, percent=True) == "n. d."
    assert number(Decimal(0), 1, percent=True) == "0.0%"


@pytest.mark.parametrize(
    ("value", "decimals", "expected"), [("14.25", 1, "14.3"), ("2.5", 0, "3"), ("0.125", 2, "0.13")]
)
def test_a_half_is_rounded_up_as_everywhere_else(value: str, decimals: int, expected: str) -> None:
    assert number(Decimal(value), decimals) == expected


# -- the table -------------------------------------------------------------------------------------------------


def cell(indicator: str, disaggregation: str = "total", category: str = "total", **changes: Any) -> dict[str, Any]:
    value = changes.pop("value", None)
    return {
        "indicator": indicator, "official": True, "attribution": "edition", "disaggregation": disaggregation,
        "category": category, "value": None if value is None else Decimal(value), "n": 0, "target": None,
        "percent_of_target": None, "response_rate": None, "obs_status": "normal", "status": None,
    } | changes  # fmt: skip


def lines(project: Project, cells: Iterable[dict[str, Any]]) -> list[dict[str, str]]:
    """The lines of the table, by heading."""
    table = indicator_table(project, "2020-Q2", cells)
    rows = zip(*(column.cells for column in table.columns), strict=True)
    return [dict(zip(COLUMNS, map(str, row), strict=True)) for row in rows]


def test_a_line_has_women_men_value_target_percentage_and_status(project: Project) -> None:
    (line,) = lines(
        project,
        [
            cell("L2-01", value="400", target=Decimal(350), percent_of_target=Decimal("114.3"), status="alcanzada"),
            cell("L2-01", "sex", "mujer", value="248"),
            cell("L2-01", "sex", "hombre", value="152"),
            cell("L2-01", "sex", "no_especificado", value="0"),
        ],
    )
    name = "Personas certificadas (únicas)"
    assert list(line.values()) == ["L2-01", name, "248", "152", "0", "400", "350", "114.3%", "Meta alcanzada"]


def test_the_title_says_quarter_preliminary_and_illustrative(project: Project) -> None:
    title = str(indicator_table(project, "2020-Q2", []).title)
    assert "2020-Q2" in title
    assert "preliminar" in title
    assert "ilustrativas" in title
    own = project.framework.model_copy(update={"illustrative": False})
    assert "ilustrativas" not in str(indicator_table(replace(project, framework=own), "2020-Q2", []).title)


def test_women_and_men_are_n_d_where_nobody_asked(project: Project) -> None:
    (line,) = lines(
        project,
        [
            cell("L2-07", value="89", status="alcanzada", target=Decimal(80)),
            cell("L2-07", "sex", "mujer", obs_status="n_d"),
            cell("L2-07", "sex", "hombre", obs_status="n_d"),
            cell("L2-07", "sex", "no_especificado", value="89"),
        ],
    )
    assert [line[name] for name in ("Mujeres", "Hombres", "Valor")] == ["n. d.", "n. d.", "89"]


def test_where_sex_is_no_breakdown_nothing_is_claimed_of_it(project: Project) -> None:
    (line,) = lines(project, [cell("L2-08", value="24.7", status="con_rezago")])
    assert [line[name] for name in ("Mujeres", "Hombres", "Valor")] == ["", "", "24.7%"]


def test_a_total_that_means_nothing_is_n_a(project: Project) -> None:
    total, module = lines(project, [cell("L2-06", status="sin_meta"), cell("L2-06", "module", "M1", value="417")])
    assert (total["Valor"], total["Meta"]) == ("n. a.", "")
    assert module["Indicador"].endswith("M1")
    assert module["Valor"] == "417"


def test_a_true_zero_is_printed_as_zero(project: Project) -> None:
    (line,) = lines(project, [cell("L1-01", value="0", status="sin_meta")])
    assert (line["Valor"], line["Meta"], line["Estado"]) == ("0", "", "Sin meta del periodo")


def test_no_value_at_all_is_n_d_and_sin_dato(project: Project) -> None:
    (line,) = lines(project, [cell("L2-08", status="sin_dato", obs_status="n_d", target=Decimal(40))])
    assert (line["Valor"], line["Meta"], line["Estado"]) == ("n. d.", "40%", "Sin dato")


def test_a_target_keeps_its_decimals(project: Project) -> None:
    (line,) = lines(project, [cell("L2-09", value="4.27", target=Decimal("4.2"), status="alcanzada")])
    assert line["Meta"] == "4.2"
    (line,) = lines(project, [cell("L2-05", value="465", target=Decimal("6E+2"), status="con_rezago")])
    assert line["Meta"] == "600"


def test_a_mean_of_few_answers_says_so_with_its_rate(project: Project) -> None:
    rare = {"n": 60, "obs_status": "no_representativo", "status": "alcanzada"}
    (line,) = lines(project, [cell("L2-09", value="4.27", response_rate=Decimal("0.1399"), **rare)])
    assert line["Estado"] == "Meta alcanzada; no representativo (n = 60, tasa de respuesta 14.0%)"
    (line,) = lines(project, [cell("L2-09", value="4.27", **rare)])
    assert "tasa de respuesta n. d." in line["Estado"]


def test_a_mean_that_represents_says_of_how_many_it_is(project: Project) -> None:
    (line,) = lines(project, [cell("L2-09", value="4.27", n=60, response_rate=Decimal("0.72"), status="alcanzada")])
    assert line["Estado"] == "Meta alcanzada; n = 60, tasa de respuesta 72.0%"


def test_a_mean_of_an_open_link_says_that_its_rate_cannot_be_calculated(project: Project) -> None:
    """Not «n. d.»: no further data would ever give it."""
    surveys = tuple(survey.model_copy(update={"reached_by": "open_link"}) for survey in project.surveys)
    rare = {"n": 60, "obs_status": "no_representativo", "status": "alcanzada"}
    (line,) = lines(replace(project, surveys=surveys), [cell("L2-09", value="4.27", **rare)])
    assert line["Estado"] == "Meta alcanzada; no representativo (n = 60, tasa de respuesta no calculable)"


def test_a_rate_that_nobody_can_calculate_is_neither_n_d_nor_zero(project: Project) -> None:
    unknown = {"obs_status": "no_calculable"}
    total, edition = lines(
        project,
        [
            cell("L2-08", status="sin_dato", target=Decimal(40), **unknown),
            cell("L2-08", "edition", "NEISP-2020-1", **unknown),
        ],
    )
    assert (total["Valor"], total["Meta"], total["% meta"], total["Estado"]) == ("no calculable", "40%", "", "Sin dato")
    assert edition["Valor"] == "no calculable"
    (line,) = lines(project, [cell("L2-05", value="465"), cell("L2-05", "sex", "mujer", **unknown)])
    assert line["Mujeres"] == "no calculable"


def test_a_milestone_is_shown_by_its_name(project: Project) -> None:
    (line,) = lines(project, [cell("L2-10", value="3", status="conforme", target=Decimal(4))])
    assert line["Valor"] == "3"
    assert "en revisión interna" in line["Estado"]


def test_a_stage_that_nobody_declared_does_not_hide_the_other_figures(project: Project) -> None:
    found = lines(project, [cell("L2-10", value="9", status="alcanzada"), cell("L2-07", value="89")])
    assert [line["Valor"] for line in found] == ["89", "9"]


def test_a_reconciliation_line_stands_below_and_says_what_it_is(project: Project) -> None:
    by_event = cell("L2-02", value="398", official=False, attribution="event")
    official, other = lines(project, [by_event, cell("L2-02", value="405", status="conforme")])
    assert (official["Clave"], official["Valor"]) == ("L2-02", "405")
    assert (other["Clave"], other["Valor"], other["Estado"]) == ("", "398", "")
    assert "por fecha del evento" in other["Indicador"]


def test_no_figure_is_cut_in_a_narrow_terminal(project: Project) -> None:
    file = io.StringIO()
    cells = [
        cell("L2-05", value="123456", target=Decimal(1234567), percent_of_target=Decimal("10.0"), status="con_rezago"),
        cell("L2-05", "sex", "mujer", value="100456"),
    ]
    Console(file=file, width=80).print(indicator_table(project, "2020-Q2", cells))
    for figure in ("123,456", "1,234,567", "100,456", "10.0%"):
        assert figure in file.getvalue()


# -- below and beside the table --------------------------------------------------------------------------------


def test_what_has_to_be_said_of_figures_stands_below_them(project: Project) -> None:
    """Explanations, late results, adjustments and another method, as every output says them."""
    change = {"version": 2, "changed_on": "2020-07-20", "change": {"es": "Se cuentan\npersonas.", "en": "x"}}
    changed = project.indicator("L2-02").model_dump() | {"version": 2, "changes": [change | {"changed_by": "M&E"}]}
    others = (item for item in project.indicators if item.code != "L2-02")
    told = replace(project, indicators=(*others, Indicator.model_validate(changed)))
    flows = {"late": 3, "n": 400, "adjustment": Decimal(-2), "accumulated": Decimal(410)}
    none = {"late": 0, "adjustment": None, "accumulated": None}
    cells = [
        cell("L2-01", value="400", **flows),
        cell("L2-01", "sex", "mujer", value="248", **flows),
        cell("L2-02", value="405", **none),
        cell("L2-02", value="398", official=False, **flows),
    ]
    assert notes(told, cells, {"L2-01": {"text": "Se abrieron\ndos grupos."}, "L2-05": {"text": "No está."}}) == [
        "· L2-01, explicación: Se abrieron dos grupos.",
        "· L2-01: registros contados: 400, de ellos extemporáneos (de trimestres o ediciones ya cerrados): 3; "
        "ajuste a trimestres anteriores -2; acumulado 410.",
        "· L2-02, método cambiado: versión 2 de la definición desde 20/07/2020. Se cuentan personas.",
    ]
    assert notes(project, cells[2:], {}) == []


@pytest.mark.parametrize(("covers", "name"), [("FY2020", "FY2020"), ("project", "todo el proyecto")])
def test_a_wider_span_says_what_it_covers_and_leaves_editions_out(project: Project, covers: str, name: str) -> None:
    cells = [cell("L2-02", value="405"), cell("L2-02", "edition", "NEISP-2020-1", value="377")]
    table = span_table(project, "2020-Q2", covers, cells)
    assert str(table.title).startswith(f"Indicadores de {name}, hasta 2020-Q2 · preliminar")
    assert table.row_count == 1


def test_a_comparison_says_the_whole_project_in_spanish(project: Project) -> None:
    whole = cell("L2-02", value="405")
    pair = Pair(("L2-02", True, "project", "total", "total"), None, whole)
    nothing = Side("preliminary", None, {}, {})
    table = comparison_table(project, Comparison("2020-Q2", nothing, nothing, (pair,), 0, (), ()))
    assert "todo el proyecto" in [str(found) for column in table.columns for found in column.cells]
