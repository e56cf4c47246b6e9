"""What each tag says: every figure of a quarter by the tag of its content control, and the tokens that name them.

A tag is ``L2-01/total/value``, ``L2-01/sex=mujer/value``, ``L2-01/target``, ``quarter/version`` or ``chart:L2-01``; a
token is a tag, or its short form: ``L2-01``, ``L2-01.meta``, ``L2-01.mujeres``.

Data flow: Quarter -> Values -> report, its update, the check of its prose.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from trimestre.contracts.indicators import TOTAL
from trimestre.indicators.rounding import largest_remainder
from trimestre.periods import Period
from trimestre.reports import charts, words
from trimestre.reports.charts import Chart
from trimestre.reports.closing import change
from trimestre.reports.documents import Language
from trimestre.reports.figures import number, signed
from trimestre.reports.quarter import Figure, Quarter
from trimestre.reports.restating import restatement_text
from trimestre.reports.word.controls import fitting
from trimestre.reports.word.tokens import folded
from trimestre.texts import CLOSING
from trimestre.texts.report_labels import REPORT_LABELS, STATUS_MARKS

VERSION_TAG = "quarter/version"
RESTATED_TAG = "quarter/restated"
"""Why the quarter was restated and what changed: the footnote of the version."""

Cells = Sequence[Mapping[str, Any]]

_SHORT = {
    "": "total/value",
    ".meta": "target", ".target": "target",
    ".porcentaje": "percent", ".percent": "percent",
    ".estado": "status", ".status": "status",
    ".mujeres": "sex=mujer/value", ".women": "sex=mujer/value",
    ".hombres": "sex=hombre/value", ".men": "sex=hombre/value",
    ".cambio": "change", ".change": "change",
    ".anterior": "before", ".before": "before",
    ".numerador": "total/numerator", ".numerator": "total/numerator",
    ".denominador": "total/denominator", ".denominator": "total/denominator",
    ".acumulado": "project/value", ".so_far": "project/value",
    ".nombre": "name", ".name": "name",
}  # fmt: skip
"""What follows the code in a token -> what follows it in the tag."""


@dataclass(frozen=True)
class Values:
    """What the tags of a quarter stand for."""

    texts: Mapping[str, str]
    """Tag -> figure as it is printed."""
    charts: Mapping[str, Callable[[], Chart | None]]
    """Tag -> drawing of the chart; ``None`` when the figure has nothing to draw."""
    tokens: Mapping[str, str]
    """Token without its braces -> tag."""

    def tag(self, token: str) -> str | None:
        """The tag that a token names; ``None`` for a token of which nothing is known."""
        if token in self.tokens:
            return self.tokens[token]
        tag = fitting(token)
        if tag in self.texts or tag in self.charts:
            return tag
        wanted = folded(token)
        return next(
            (self.tokens.get(known, known) for known in (*self.tokens, *self.texts, *self.charts)
             if folded(known) == wanted), None
        )  # fmt: skip


def values_of(quarter: Quarter, language: Language = "es") -> Values:
    """Every tag of a quarter."""
    texts = dict(_quarter(quarter, language))
    drawn: dict[str, Callable[[], Chart | None]] = {"chart:statuses": partial(charts.statuses, quarter, language)}
    tokens: dict[str, str] = {}
    for figure in quarter.figures:
        code = figure.indicator.code
        texts |= {fitting(f"{code}/{name}"): text for name, text in _figure(quarter, figure, language)}
        drawn |= _charts(quarter, figure, language)
        tokens |= {
            f"{code}{short}": tag for short, name in _SHORT.items() if (tag := fitting(f"{code}/{name}")) in texts
        }
    return Values(texts, drawn, tokens)


def shares(cells: Cells) -> list[int | None]:
    """Whole percentages of the categories of a breakdown, adding to 100.

    ``None`` where one of them is not known or, mending an earlier quarter, below zero.
    """
    known = [cell["value"] for cell in cells]
    if not cells or any(value is None or value < 0 for value in known) or not sum(known):
        return [None] * len(cells)
    return list(largest_remainder(known))


def _quarter(quarter: Quarter, language: Language) -> Iterator[tuple[str, str]]:
    """The heads of the form."""
    said, period, framework = REPORT_LABELS[language], quarter.period, quarter.project.framework
    status = quarter.project_status.get("decided") or quarter.project_status.get("proposed")
    marks = {name: "x" if name == status else " " for name in ("achieved", "on_track", "off_track")}
    last = period.next().first_day() - timedelta(days=1)
    yield "quarter/heading", said["heading"].format(quarter=period.quarter, year=period.year, project=framework.project)
    yield (
        "quarter/period",
        said["period"].format(
            first=words.day(period.first_day(), language),
            last=words.day(last, language),
            period=period,
            fiscal=quarter.fiscal,
        ),
    )
    yield "quarter/year", str(period.year)
    yield "quarter/status", said["status"].format(**marks)
    mark = said["mark"] if framework.illustrative else ""
    yield VERSION_TAG, said["version"].format(version=words.version_text(quarter, language), mark=mark)
    yield RESTATED_TAG, restatement_text(quarter, language) or said["nothing"]


def _figure(quarter: Quarter, figure: Figure, language: Language) -> Iterator[tuple[str, str]]:
    """What is told of one indicator; the name of each text is its tag without the code."""
    indicator, total, said = figure.indicator, figure.total or {}, REPORT_LABELS[language]
    nothing = said["nothing"]
    target = words.target_text(indicator, total.get("target"), language)
    if target and indicator.illustrative_target and not quarter.project.framework.illustrative:
        target = said["target_mark"].format(target=target)
    status = total.get("status")
    yield "name", words.told(indicator.name, language)
    yield "target", target or nothing
    yield "percent", words.percent_text(total.get("percent_of_target"), language) or nothing
    yield "status", f"{STATUS_MARKS[status]} {words.status_text(status, language)}" if status else nothing
    yield "change", _change(quarter.period, figure, language) or nothing
    yield "before", _before(figure, language) or nothing
    yield "explanation", " ".join(figure.explanation["text"].split()) if figure.explanation else nothing
    if figure.of("sex"):
        yield "sexes", _sexes(quarter, figure, language) or nothing
    if not indicator.total:
        yield "parts", _parts(quarter, figure, language) or nothing
    yield "late", number(total.get("late"))
    if total.get("adjustment") is not None:
        yield "adjustment", signed(total["adjustment"], indicator.decimals)
    yield from _cells(figure, "total", [cell for cell in figure.cells if cell["disaggregation"] == TOTAL], language)
    for disaggregation in dict.fromkeys(cell["disaggregation"] for cell in figure.cells):
        if disaggregation != TOTAL:
            yield from _cells(figure, disaggregation, figure.of(disaggregation), language)
    for cell in figure.reconciliation:
        if cell["disaggregation"] == TOTAL:
            yield f"by_{cell['attribution']}/value", words.value_text(indicator, cell, language)
    for cell in figure.spans:
        if cell["disaggregation"] == TOTAL:
            yield f"{cell['covers']}/value", words.value_text(indicator, cell, language)
            yield f"{cell['covers']}/target", words.target_text(indicator, cell["target"], language) or nothing


def _cells(figure: Figure, disaggregation: str, cells: Cells, language: Language) -> Iterator[tuple[str, str]]:
    """Value and parts of each cell, and its share of the whole where the categories add up to it."""
    whole = _grouped(disaggregation, cells) if figure.indicator.adds_up(tuple(disaggregation.split("×"))) else []
    share = {id(cell): part for group in whole for cell, part in zip(group, shares(group), strict=True)}
    for cell in cells:
        place = TOTAL if disaggregation == TOTAL else f"{disaggregation}={cell['category']}"
        yield f"{place}/value", words.value_text(figure.indicator, cell, language)
        for name in ("numerator", "denominator", "n"):
            if cell[name] is not None:
                yield f"{place}/{name}", number(cell[name])
        if cell["response_rate"] is not None:
            yield f"{place}/response_rate", number(100 * cell["response_rate"], 1, percent=True)
        if share.get(id(cell)) is not None:
            yield f"{place}/share", f"{share[id(cell)]}%"


def _grouped(disaggregation: str, cells: Cells) -> list[Cells]:
    """The cells that make a whole: of a crossed breakdown those of one category of its first part."""
    if "×" not in disaggregation:
        return [cells]
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for cell in cells:
        groups.setdefault(cell["category"].split(" × ")[0], []).append(cell)
    return list(groups.values())


def _sexes(quarter: Quarter, figure: Figure, language: Language) -> str:
    """Women and men in words, with shares where they add up; not specified only where there is anybody."""
    order = ["mujer", "hombre"]
    cells = sorted(figure.of("sex"), key=lambda cell: [*order, cell["category"]].index(cell["category"]))
    if not any(cell["value"] is not None for cell in cells if cell["category"] in order):
        cells = [cell for cell in cells if cell["category"] in order]
    parts = shares(cells) if figure.indicator.adds_up(("sex",)) else [None] * len(cells)
    said, told = REPORT_LABELS[language], list[str]()
    for cell, share in zip(cells, parts, strict=True):
        if cell["category"] not in order and not cell["value"]:
            continue
        name = words.category_name(quarter.project, "sex", cell["category"], language)
        value = words.value_text(figure.indicator, cell, language)
        told.append(said["women_men" if share is not None else "women_men_bare"].format(
            name=name if not told else name.lower(), value=value.replace(" ", "\u00a0"), share=share
        ))  # fmt: skip
    return ", ".join(told)


def _parts(quarter: Quarter, figure: Figure, language: Language) -> str:
    """The categories of the first breakdown: what is told in place of a total that means nothing."""
    said = REPORT_LABELS[language]
    first = next((cell["disaggregation"] for cell in figure.cells if cell["disaggregation"] != TOTAL), "")
    cells = figure.of(first)
    names = words.category_names(quarter.project, first, (cell["category"] for cell in cells), language)
    return ", ".join(
        said["women_men_bare"].format(
            name=names[cell["category"]] + ":",
            value=words.value_text(figure.indicator, cell, language),
        )
        for cell in cells
    )


def _change(period: Period, figure: Figure, language: Language) -> str:
    """By how much the total differs from the one before, with its quarter when that is not the one just before."""
    before, said = figure.before, REPORT_LABELS[language]
    if figure.total is None or before is None:
        return ""
    text = change(figure.indicator, figure.total, vars(before))
    text = text.replace(CLOSING["points"].format(change="").strip(), said["points"])
    if text and Period.parse(before.period).next() != period:
        return said["since"].format(change=text, period=before.period)
    return text


def _before(figure: Figure, language: Language) -> str:
    if figure.before is None:
        return ""
    value = words.value_text(figure.indicator, vars(figure.before), language)
    return REPORT_LABELS[language]["before"].format(value=value, period=figure.before.period)


def _charts(quarter: Quarter, figure: Figure, language: Language) -> dict[str, Callable[[], Chart | None]]:
    code = figure.indicator.code
    found: dict[str, Callable[[], Chart | None]] = {fitting(f"chart:{code}"): partial(_main, figure, language)}
    found[fitting(f"chart:{code}/trend")] = partial(charts.trend, figure, language)
    for disaggregation in dict.fromkeys(cell["disaggregation"] for cell in figure.cells):
        if disaggregation != TOTAL:
            tag = fitting(f"chart:{code}/{disaggregation}")
            found[tag] = partial(charts.breakdown, figure, disaggregation, language, quarter.project)
    return found


def _main(figure: Figure, language: Language) -> Chart | None:
    """The chart of an indicator: over its quarters from two on, else women and men."""
    if sum(point.value is not None for point in figure.series) > 1:
        return charts.trend(figure, language)
    return charts.sexes(figure, language) or charts.trend(figure, language)
