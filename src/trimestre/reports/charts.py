"""Charts of a quarter's figures, drawn once: SVG for the page, PNG for Word, and a sentence for who can't see them.

Colours differ in lightness as well as in hue, and what a colour says is said by a shape or a word, too. The same
figures give the same bytes: nothing in a chart is drawn at random or by the clock.

Data flow: Figure or Quarter -> Vega-Lite (altair) -> SVG, PNG (vl-convert, without network).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from textwrap import fill
from typing import Any

import altair as alt
import vl_convert

from trimestre.contracts import Project
from trimestre.contracts.indicators import Indicator
from trimestre.periods import Period, span
from trimestre.reports import words
from trimestre.reports.documents import Language
from trimestre.reports.quarter import INHERITED, OFFICIAL, PRELIMINARY, Figure, Point, Quarter
from trimestre.texts.charts import CHARTS
from trimestre.texts.words import SEX_WORDS, WORDS

_INK, _GREY, _LINE, _AIM = "#1f2933", "#6b7680", "#1b4f72", "#d98200"
_SEXES = {"mujer": "#4a2377", "hombre": "#e3a13b", "no_especificado": "#d7dbdf"}
_STATUSES = {
    "alcanzada": "#14532d",
    "conforme": "#74b383",
    "con_rezago": "#b45309",
    "sin_dato": "#c3cad1",
    "sin_meta": "#e9edf0",
}
_SHAPES = {OFFICIAL: "circle", PRELIMINARY: "triangle-up", INHERITED: "square"}
_WIDTH = 520
_NAME = 34
"""Letters of a category's name on a line: a longer name is folded, never cut."""
_FONT = "Liberation Sans, Arial, Helvetica, sans-serif"
_VEGA_LITE = ".".join(alt.SCHEMA_VERSION.lstrip("v").split(".")[:2])

Row = dict[str, Any]


@dataclass(frozen=True)
class Chart:
    """A chart, and the sentence that says the same."""

    spec: Mapping[str, Any]
    """Vega-Lite."""
    alt: str
    """Text alternative: its figures in a sentence."""

    def svg(self) -> str:
        """The chart as SVG with its text alternative."""
        drawn: str = vl_convert.vegalite_to_svg(dict(self.spec), vl_version=_VEGA_LITE)
        return _told(drawn, self.alt)

    def png(self, scale: float = 2) -> bytes:
        """The chart as PNG; ``scale`` pixels a point."""
        drawn: bytes = vl_convert.vegalite_to_png(dict(self.spec), vl_version=_VEGA_LITE, scale=scale)
        return drawn


@dataclass(frozen=True)
class Spark:
    """A line as small as a word, in the colour of the text around it; asked for like a :class:`Chart`.

    A page of 200 indicators shows 200 of them: they are written as they are, without Vega.
    """

    markup: str
    alt: str

    def svg(self) -> str:
        """The line as SVG with its text alternative."""
        return _told(self.markup, self.alt)

    def png(self, scale: float = 2) -> bytes:
        """The line as PNG, in black; ``scale`` pixels a point."""
        drawn: bytes = vl_convert.svg_to_png(self.svg(), scale=scale)
        return drawn


# ---------------------------------------------------------------- charts
def spark(points: Sequence[Point], text: str = "") -> Spark:
    """The totals of an indicator over its quarters; a quarter without a value leaves a gap.

    ``text``: what it tells in words, such as :func:`series_text`; empty = a picture beside words that say it already.
    """
    width, height, edge = 96, 24, 3
    labels = _quarters(points)
    known = {point.period: float(point.value) for point in points if point.value is not None}
    least, most = min(known.values(), default=0), max(known.values(), default=0)
    step = (width - 2 * edge) / max(1, len(labels) - 1)

    def place(nth: int, value: float) -> tuple[float, float]:
        share = (value - least) / (most - least) if most > least else 0.5
        return round(edge + nth * step, 1), round(height - edge - share * (height - 2 * edge), 1)

    runs: list[list[tuple[float, float]]] = [[]]
    for nth, label in enumerate(labels):
        if label in known:
            runs[-1].append(place(nth, known[label]))
        elif runs[-1]:
            runs.append([])
    lines = [f'<polyline points="{" ".join(f"{x},{y}" for x, y in run)}"/>' for run in runs if len(run) > 1]
    dots = [run[0] for run in runs if len(run) == 1] + [run[-1] for run in runs[-1:] if len(run) > 1]
    marks = [f'<circle cx="{x}" cy="{y}" r="2.5" fill="currentColor" stroke="none"/>' for x, y in dots]
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
    drawn = f'{head} fill="none" stroke="currentColor" stroke-width="1.5">{"".join(lines + marks)}</svg>'
    return Spark(drawn, text)


def series_text(figure: Figure, language: Language = "es") -> str:
    """The totals of an indicator over its quarters, in words."""
    said = CHARTS[language]
    return "; ".join(_told_point(figure.indicator, point, language) for point in figure.series) or said["empty"]


def trend(figure: Figure, language: Language = "es") -> Chart:
    """The totals of an indicator over its quarters against target and baseline."""
    said, indicator = CHARTS[language], figure.indicator
    known = {point.period: point for point in figure.series}
    quarters = _quarters(figure.series)
    rows: list[Row] = [
        {
            "period": label,
            "value": _float(known[label].value) if label in known else None,
            "target": _float(known[label].target) if label in known else None,
            "kind": said[known[label].kind] if label in known else said[PRELIMINARY],
            "label": _number(indicator, known.get(label), language),
            "aim": said["target"],
        }
        for label in quarters
    ]
    base = indicator.base(quarters[-1]) if quarters else None
    most = _most([*rows, {"value": _float(base)}])
    x = alt.X("period:O", title=None, axis=alt.Axis(labelAngle=0 if len(rows) <= 8 else -60), sort=quarters)
    y = _measured(indicator, "value", most)
    data = alt.Chart(alt.InlineData(values=rows))
    line = data.mark_line(color=_LINE, strokeWidth=2, invalid="break-paths-filter-domains").encode(x=x, y=y)
    shapes = {said[kind]: drawn for kind, drawn in _SHAPES.items() if kind in {point.kind for point in figure.series}}
    shape = alt.Shape(
        "kind:N", title=None, scale=alt.Scale(domain=list(shapes), range=list(shapes.values())),
        legend=alt.Legend(orient="bottom", symbolFillColor=_LINE, symbolStrokeColor=_LINE),
    )  # fmt: skip
    dots = data.mark_point(color=_LINE, filled=True, size=70, opacity=1, invalid="filter").encode(x=x, y=y, shape=shape)
    aims = data.mark_tick(color=_AIM, thickness=3, width=34, invalid="filter").encode(
        x=x, y=_measured(indicator, "target", most), fill=_one_colour(alt.Fill, "aim", _AIM)
    )
    aimed = any(row["target"] is not None for row in rows)  # a layer without any mark has no size
    layers: list[Any] = [aims, line, dots] if aimed else [line, dots]
    if len(rows) <= 8:
        layers.append(
            data.mark_text(align="left", dx=6, dy=-9, color=_INK, invalid="filter").encode(x=x, y=y, text="label:N")
        )
    if base is not None:
        rule = alt.Chart(alt.InlineData(values=[{"base": float(base), "name": said["baseline"]}]))
        layers.append(
            rule.mark_rule(color=_GREY, strokeDash=[4, 4]).encode(
                y="base:Q", stroke=_one_colour(alt.Stroke, "name", _GREY)
            )
        )
    name = words.told(indicator.name, language)
    text = said["trend"].format(code=indicator.code, name=name, points=series_text(figure, language))
    if base is not None:
        text += said["trend_baseline"].format(value=words.baseline_text(indicator, quarters[-1], language))
    return Chart(_finished(alt.layer(*layers), height=220), text)


def sexes(figure: Figure, language: Language = "es") -> Chart | None:
    """Women, men and not specified of the quarter; ``None`` without this breakdown."""
    cells = figure.of("sex")
    if not cells:
        return None
    known: dict[str, str] = SEX_WORDS[language] | {"no_especificado": WORDS[language]["unspecified"]}
    names: dict[str, str] = {cell["category"]: known.get(cell["category"], str(cell["category"])) for cell in cells}
    colours = {names[code]: _SEXES.get(code, _GREY) for code in names}
    return _bars(figure, cells, names, language, colours)


def breakdown(
    figure: Figure, disaggregation: str, language: Language = "es", project: Project | None = None
) -> Chart | None:
    """The categories of a breakdown in the quarter, greatest first; ``None`` without this breakdown.

    ``project``: gives categories their names; without it they stand by their codes.
    """
    if disaggregation == "sex":
        return sexes(figure, language)
    cells = sorted(
        figure.of(disaggregation),
        key=lambda cell: (cell["value"] is None, -(cell["value"] or 0), cell["category"]),
    )
    if not cells:
        return None
    names: dict[str, str] = {cell["category"]: cell["category"] for cell in cells}
    if project is not None:
        names = words.category_names(project, disaggregation, names, language)
    return _bars(figure, cells, names, language)


def statuses(quarter: Quarter, language: Language = "es") -> Chart:
    """How many indicators of the quarter have which status."""
    said = CHARTS[language]
    found = [figure.total["status"] or "sin_meta" for figure in quarter.figures if figure.total]
    rows: list[Row] = [
        {"name": words.status_text(status, language), "value": found.count(status), "label": str(found.count(status))}
        for status in _STATUSES
    ]
    colours = {row["name"]: colour for row, colour in zip(rows, _STATUSES.values(), strict=True)}
    parts = "; ".join(said["part"].format(name=row["name"], value=row["label"]) for row in rows)
    x = alt.X("value:Q", title=said["indicators"], axis=alt.Axis(tickMinStep=1))
    drawn = _horizontal(rows, list(colours), x, colours)
    return Chart(drawn, said["statuses"].format(period=quarter.period, parts=parts))


# ---------------------------------------------------------------- parts
def _bars(
    figure: Figure,
    cells: Sequence[Mapping[str, Any]],
    names: Mapping[str, str],
    language: Language,
    colours: Mapping[str, str] | None = None,
) -> Chart:
    """Horizontal bars, one a cell, each with its figure as it is printed."""
    said, indicator = CHARTS[language], figure.indicator
    rows: list[Row] = [
        {
            "name": names[cell["category"]],
            "value": _float(cell["value"]),
            "label": words.value_text(indicator, cell, language),
        }
        for cell in cells
    ]
    parts = "; ".join(said["part"].format(name=row["name"], value=row["label"]) for row in rows)
    text = said["bars"].format(
        code=indicator.code, name=words.told(indicator.name, language), period=cells[0]["period"], parts=parts
    )
    return Chart(
        _horizontal(rows, [row["name"] for row in rows], _measured(indicator, "value", _most(rows), alt.X), colours),
        text,
    )


def _horizontal(
    rows: Sequence[Row], order: Sequence[str], x: Any, colours: Mapping[str, str] | None
) -> Mapping[str, Any]:
    folded = {name: fill(name, _NAME) for name in order}
    data = alt.Chart(alt.InlineData(values=[row | {"name": folded[row["name"]]} for row in rows]))
    axis = alt.Axis(labelLimit=0, ticks=False, domain=False, labelExpr="split(datum.label, '\\n')")
    y = alt.Y("name:N", title=None, sort=list(folded.values()), axis=axis)
    bars = data.mark_bar(color=_LINE, stroke=_GREY, strokeWidth=0.5, height={"band": 0.7}).encode(x=x, y=y)
    if colours:
        scale = alt.Scale(domain=list(colours), range=list(colours.values()))
        bars = bars.encode(color=alt.Color("name:N", scale=scale, legend=None))
    figures = data.mark_text(align="left", dx=5, color=_INK).encode(
        x=alt.X("at:Q"), y=y, text="label:N"
    ).transform_calculate(at="isValid(datum.value) ? max(datum.value, 0) : 0")  # fmt: skip
    lines = max(name.count("\n") + 1 for name in folded.values())
    return _finished(alt.layer(bars, figures), height=(15 * lines + 15) * len(order) + 10)


def _measured(indicator: Indicator, field: str, most: float, axis: Any = alt.Y) -> Any:
    """The axis of an indicator's values, from zero on; ``most``: the greatest, since half a person is no tick."""
    unit = indicator.kind_of_value
    drawn = alt.Axis(title=None, tickCount=5, grid=True, format=",~f")
    if unit == "percentage":
        drawn = alt.Axis(title=None, tickCount=5, labelExpr="datum.label + '%'")
    elif unit == "stage":
        names = ", ".join(_quoted(stage) for stage in indicator.stages)
        drawn = alt.Axis(
            title=None, values=list(range(len(indicator.stages))), labelExpr=f"[{names}][datum.value]", labelLimit=200
        )
    elif unit == "integer":
        drawn = alt.Axis(title=None, tickCount=min(5, max(1, int(most))), format=",d")
    return axis(f"{field}:Q", axis=drawn, scale=alt.Scale(zero=True, nice=True))


def _one_colour(channel: Any, field: str, colour: str) -> Any:
    """A field with one value, so that the legend names what its mark stands for."""
    return channel(f"{field}:N", scale=alt.Scale(range=[colour]), legend=alt.Legend(orient="bottom", title=None))


def _finished(chart: Any, height: int) -> Mapping[str, Any]:
    """Vega-Lite of a chart on white, so that it reads in a dark page and in Word."""
    done: Mapping[str, Any] = (
        chart.properties(
            width=_WIDTH, height=height, background="white", padding={"left": 5, "right": 30, "top": 8, "bottom": 5}
        )
        .resolve_scale(fill="independent", stroke="independent", shape="independent")
        .configure(font=_FONT)
        .configure_view(stroke=None)
        .configure_axis(labelFontSize=12, labelColor=_INK, titleColor=_INK, gridColor="#e4e7eb", domainColor=_GREY)
        .configure_text(fontSize=12)
        .configure_legend(labelFontSize=12, labelColor=_INK, labelLimit=240)
        .to_dict()
    )
    return done


def _told(svg: str, text: str) -> str:
    """An SVG that says what it shows to who can't see it."""
    said = f'role="img" aria-label="{escape(text, quote=True)}"' if text else 'aria-hidden="true"'
    return svg.replace("<svg ", f"<svg {said} ", 1)


def _quarters(points: Iterable[Point]) -> list[str]:
    """Every quarter from the first to the last of some points: one of which nothing is known has its place, too."""
    labels = [Period.parse(point.period) for point in points]
    return [str(period) for period in span(min(labels), max(labels))] if labels else []


def _told_point(indicator: Indicator, point: Point, language: Language) -> str:
    said = CHARTS[language]
    return said["point_kind" if point.target is None else "point_target"].format(
        period=point.period,
        value=words.value_text(indicator, vars(point), language),
        kind=said[point.kind],
        target=words.target_text(indicator, point.target, language),
    )


def _number(indicator: Indicator, point: Point | None, language: Language) -> str:
    """What stands beside a point: its number; of a milestone nothing, since the axis names the stages."""
    if point is None or point.value is None or indicator.stages:
        return ""
    return words.value_text(indicator, vars(point), language)


def _most(rows: Iterable[Row]) -> float:
    """The greatest number of some rows."""
    return max((row.get(name) or 0.0 for row in rows for name in ("value", "target")), default=0.0)


def _float(value: Any) -> float | None:
    return None if value is None else float(value)


def _quoted(text: str) -> str:
    """A text in an expression of Vega."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
