"""Figures as people read them: numbers in Spanish (es-MX) and the table of a quarter's indicators for a terminal."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any

from babel.numbers import format_decimal
from rich.box import SIMPLE_HEAD
from rich.table import Table

from trimestre import texts
from trimestre.contracts import Project
from trimestre.contracts.indicators import TOTAL, Change, Indicator
from trimestre.indicators.status import rounded
from trimestre.periods import PROJECT

_LOCALE = "es_MX"


def number(value: Decimal | float | None, decimals: int = 0, *, percent: bool = False) -> str:
    """``1,234.5`` or ``87.1%``; «n. d.» when there is no value (never 0)."""
    if value is None:
        return texts.NOT_AVAILABLE
    return _printed(str(value), decimals, percent=percent)


@lru_cache(maxsize=8192)  # a board says some thousand numbers, and Babel reads its pattern for each
def _printed(value: str, decimals: int, *, percent: bool) -> str:
    pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
    exact = rounded(Decimal(value), decimals)  # half up as everywhere; Babel would round half to even
    return str(format_decimal(exact, format=pattern, locale=_LOCALE)) + ("%" if percent else "")


def indicator_table(project: Project, period: str, values: Iterable[Mapping[str, Any]]) -> Table:
    """The indicators of a quarter with women, men and not specified, target, percentage and status.

    Below an indicator stand its editions and modules, and its reconciliation lines.
    """
    mark = texts.ILLUSTRATIVE if project.framework.illustrative else ""
    table = Table(
        title=texts.FIGURES_TITLE.format(period=period, mark=mark), title_justify="left", box=SIMPLE_HEAD, padding=0
    )
    for heading in texts.COLUMNS:
        words = heading in {"Indicador", "Estado"}  # only these may be folded: a figure cut in two is no figure
        table.add_column(
            heading,
            justify="left" if words or heading == "Clave" else "right",
            no_wrap=not words,
            overflow="fold",
            max_width=44 if words else None,
        )
    cells: dict[tuple[str, bool], dict[tuple[str, str], Mapping[str, Any]]] = {}
    for value in values:
        line = cells.setdefault((value["indicator"], value["official"]), {})
        line[value["disaggregation"], value["category"]] = value
    for indicator in project.indicators:
        for official in (True, False):
            line = cells.get((indicator.code, official), {})
            if line:
                _add_line(project, table, indicator, line, official)
    if any(cell["obs_status"] == "suprimido" for line in cells.values() for cell in line.values()):
        table.caption = texts.SUPPRESSED_NOTE.format(most=project.framework.small_cell - 1)
    return table


def span_table(project: Project, period: str, covers: str, values: Iterable[Mapping[str, Any]]) -> Table:
    """The indicators of a span wider than a quarter, up to it: official totals and sexes. ``values``: its cells."""
    table = indicator_table(project, period, (cell for cell in values if cell["disaggregation"] in {TOTAL, "sex"}))
    mark = texts.ILLUSTRATIVE if project.framework.illustrative else ""
    name = texts.FINDING_PARTS["project"] if covers == PROJECT else covers
    table.title = texts.SPAN_TITLE.format(covers=name, period=period, mark=mark)
    return table


def notes(
    project: Project, values: Iterable[Mapping[str, Any]], explained: Mapping[str, Mapping[str, str]]
) -> list[str]:
    """What is said below the figures of a quarter, indicator by indicator: explanation, late rows, adjustment, method.

    ``explained``: indicator -> ``text``, as ``explaining.explanations`` gives it.
    """
    totals = {
        cell["indicator"]: cell for cell in values if cell["official"] and cell["disaggregation"] == TOTAL
    }  # fmt: skip
    lines = []
    for indicator in project.indicators:
        cell = totals.get(indicator.code)
        if cell is None:
            continue
        if said := explained.get(indicator.code):
            lines.append(texts.NOTES["explained"].format(code=indicator.code, text=" ".join(said["text"].split())))
        if parts := flow_parts(indicator, cell):
            lines.append(texts.NOTES["flow"].format(code=indicator.code, parts="; ".join(parts)))
        if entry := method_change(indicator):
            day = f"{entry.changed_on:%d/%m/%Y}"
            said_of = {"code": indicator.code, "version": entry.version, "day": day}
            lines.append(texts.NOTES["method"].format(**said_of, change=" ".join(entry.change.es.split())))
    return lines


def flow_parts(indicator: Indicator, cell: Mapping[str, Any]) -> list[str]:
    """What of an official total is late, what it mends of earlier quarters, and where the project stands with it."""
    parts = []
    if cell["late"]:
        parts.append(texts.CLOSING["late"].format(n=number(cell["n"]), late=number(cell["late"])))
    if cell["adjustment"]:
        parts.append(texts.CLOSING["adjustment"].format(value=signed(cell["adjustment"], indicator.decimals)))
    if cell["accumulated"] is not None and (parts or cell["accumulated"] != cell["value"]):
        parts.append(texts.CLOSING["accumulated"].format(value=number(cell["accumulated"], indicator.decimals)))
    return parts


def sample_of(project: Project, indicator: Indicator, cell: Mapping[str, Any]) -> str:
    """n and response rate of a mean or a top-two-box, and whether they represent; empty for other measures."""
    if indicator.measure not in {"mean", "top_two_box"} or cell["value"] is None:
        return ""
    text = texts.NOT_REPRESENTATIVE if cell["obs_status"] == "no_representativo" else texts.SAMPLE
    return text.format(n=number(cell["n"]), rate=_rate(project, indicator, cell))


def method_change(indicator: Indicator) -> Change | None:
    """What changed with the version of a definition that is not the first."""
    return next((entry for entry in indicator.changes if entry.version == indicator.version > 1), None)


def signed(value: Decimal, decimals: int) -> str:
    """A difference with its sign."""
    return ("+" if value > 0 else "") + number(value, decimals)


def _add_line(
    project: Project,
    table: Table,
    indicator: Indicator,
    line: Mapping[tuple[str, str], Mapping[str, Any]],
    official: bool,
) -> None:
    total = line["total", "total"]
    name = indicator.name.es
    if not official:
        name = "  " + (texts.BY_EVENT if total["attribution"] == "event" else texts.BY_EDITION)
    sexes = [_sex(indicator, line, sex) for sex in ("mujer", "hombre", "no_especificado")]
    status = texts.STATUS.get(total["status"] or "", "")
    if total["value"] in range(len(indicator.stages)):
        status += f": {indicator.stages[int(total['value'])]}"
    if sample := sample_of(project, indicator, total):
        status += "; " + sample
    table.add_row(
        indicator.code if official else "",
        name,
        *sexes,
        _value(indicator, total) if indicator.total else texts.NOT_APPLICABLE,
        number(total["target"], _decimals(total["target"]), percent=_is_percent(indicator))
        if total["target"] is not None
        else "",
        number(total["percent_of_target"], 1, percent=True) if total["percent_of_target"] is not None else "",
        status,
    )
    for (disaggregation, category), cell in line.items():
        if disaggregation in {"edition", "module", "module×edition"}:
            table.add_row("", f"  · {category}", "", "", "", _value(indicator, cell), "", "", "", style="dim")


def _sex(indicator: Indicator, line: Mapping[tuple[str, str], Mapping[str, Any]], sex: str) -> str:
    if ("sex",) not in indicator.breakdowns():
        return ""
    cell = line.get(("sex", sex))
    # A category that nobody asked for and nobody gave: an empty cell, neither zero nor «n. d.».
    return _value(indicator, cell) if cell else ""


def _rate(project: Project, indicator: Indicator, cell: Mapping[str, Any]) -> str:
    """The response rate of a mean; there is none to calculate where the survey was reached by an open link."""
    if cell["response_rate"]:
        return number(100 * cell["response_rate"], 1, percent=True)
    survey = next((s for s in project.surveys if s.survey == indicator.parameters.get("survey")), None)
    return texts.NOT_CALCULABLE if survey and survey.reached_by == "open_link" else texts.NOT_AVAILABLE


def _value(indicator: Indicator, cell: Mapping[str, Any]) -> str:
    if cell["obs_status"] == "no_calculable":
        return texts.NOT_CALCULABLE
    if cell["obs_status"] == "suprimido":
        return texts.SUPPRESSED_MARK
    return number(cell["value"], indicator.decimals, percent=_is_percent(indicator))


def _is_percent(indicator: Indicator) -> bool:
    return indicator.unit == "porcentaje"


def _decimals(value: Decimal | None) -> int:
    """As many decimals as the target was written with."""
    exponent = value.normalize().as_tuple().exponent if value is not None else 0
    return max(0, -exponent) if isinstance(exponent, int) else 0
