"""What a quarter tells: everything that a page or a document says of it, read once and as its audience may see it.

Every output is drawn from a :class:`Quarter` and from nothing else, so that all of them say the same. Of a vintage it
holds what was approved: its own values, definitions and explanations, and of the quarters before what was official
then; so its documents never change, unless somebody changes the narrative.

Data flow: vintage (or the newest computation) + uploads -> Quarter -> page, report, tracking table, IATI.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from trimestre.contracts import Project
from trimestre.contracts.indicators import TOTAL, Indicator
from trimestre.errors import ContractError
from trimestre.indicators.definitions import project_from
from trimestre.indicators.explaining import explanations
from trimestre.indicators.placing import vintages_in_force
from trimestre.indicators.project_status import propose, status_of
from trimestre.indicators.small_cells.audiences import computed, earlier_known
from trimestre.indicators.small_cells.cell_numbers import Cell
from trimestre.indicators.small_cells.suppression import Audience, suppress
from trimestre.indicators.vintages import values_of, vintage_in_force, vintage_of
from trimestre.periods import Period
from trimestre.reports.facts import Facts
from trimestre.reports.written import Written, written_of
from trimestre.texts import REFUSALS

PRELIMINARY, OFFICIAL, INHERITED = "preliminar", "oficial", "heredado"
"""Where a figure comes from."""

_RANKS = {"mujer": 0, "hombre": 1, "no_especificado": 3}


@dataclass(frozen=True)
class Version:
    """Which figures of a quarter these are."""

    kind: str
    """``preliminar``, ``oficial`` or ``heredado``."""
    vintage: int | None = None
    """Number of the official version."""
    candidate_id: int | None = None
    hash: str | None = None
    report_state: str | None = None
    """borrador, enviada, con_observaciones or aceptada."""
    decided_by: str | None = None
    decided_at: datetime | None = None
    prepared_by: str | None = None
    known_at: datetime | None = None
    """System time of the newest merge that it knew."""
    restates: bool = False
    """Whether it is a «rectificación»."""
    reason: str | None = None
    forced: bool = False
    in_force: bool = True
    """Whether it is the newest of its quarter."""


@dataclass(frozen=True)
class Point:
    """The official total of an indicator in one quarter."""

    period: str
    value: Any
    """Decimal in published precision (a share in percent); ``None`` = n. d."""
    target: Any
    obs_status: str
    kind: str
    """``preliminar``, ``oficial`` or ``heredado``."""
    status: str | None
    percent_of_target: Any
    numerator: Any = None
    denominator: Any = None
    n: int | None = None


@dataclass(frozen=True)
class Figure:
    """One indicator in the quarter. Cells are mappings with the columns of ``results.candidate_value``."""

    indicator: Indicator
    cells: tuple[Cell, ...]
    """Official cells of the quarter itself, its total first."""
    reconciliation: tuple[Cell, ...]
    spans: tuple[Cell, ...]
    """Official cells of wider spans up to the quarter (``covers``)."""
    series: tuple[Point, ...]
    """Totals from the first quarter of the project to this one; quarters of which nothing is known are left out, and
    for the public all but this one."""
    explanation: Mapping[str, str] | None
    """``text``, ``by``, ``at``: why it deviates, as a person said it."""

    @property
    def total(self) -> Cell | None:
        """The official total of the quarter."""
        return next((cell for cell in self.cells if cell["disaggregation"] == TOTAL), None)

    @property
    def before(self) -> Point | None:
        """The newest total of the quarters before; the own one stands in the series only where there is one."""
        earlier = self.series if self.total is None else self.series[:-1]
        return earlier[-1] if earlier else None

    def of(self, disaggregation: str) -> tuple[Cell, ...]:
        """The cells of one breakdown, in the order of their categories."""
        return tuple(cell for cell in self.cells if cell["disaggregation"] == disaggregation)

    def span(self, covers: str) -> Cell | None:
        """The total of a wider span, such as 2020, FY2020 or project."""
        return next((c for c in self.spans if c["covers"] == covers and c["disaggregation"] == TOTAL), None)


@dataclass(frozen=True)
class Quarter:
    """Everything that is told of a quarter, as an audience sees it."""

    project: Project
    """With the definitions of the version that is shown."""
    period: Period
    version: Version
    audience: str
    figures: tuple[Figure, ...]
    """Indicators in force, in the order of their codes."""
    project_status: Mapping[str, Any]
    """``proposed`` and its numbers, ``decided``, ``reason``, ``by`` (see ``project_status``)."""
    findings: Sequence[Mapping[str, Any]] = ()
    """What coherence found when it was prepared; of a preliminary quarter nothing: ask ``coherence.check``."""
    written: Written = field(default_factory=Written)
    """Narrative, activities, risks and remarks."""
    earlier: tuple["Quarter", ...] = ()
    """The quarters before it, oldest first; empty unless :func:`history.with_earlier` asked for them."""
    former: "Quarter | None" = None
    """Of a restatement the version that it takes the place of; ``None`` unless :func:`history.with_former` asked."""
    facts: Facts | None = None
    """How its figures came to be; ``None`` unless :func:`facts.with_facts` asked for them."""

    @property
    def fiscal(self) -> str:
        """The same quarter in the donor's fiscal year: ``FY2020-Q3``."""
        return f"FY{self.period.fiscal(self.project.framework.fiscal_year_starts)}"

    def figure(self, code: str) -> Figure:
        """The figure of an indicator; :class:`ContractError` when the quarter has none of it."""
        for figure in self.figures:
            if figure.indicator.code == code:
                return figure
        known = ", ".join(figure.indicator.code for figure in self.figures)
        raise ContractError(REFUSALS["indicator"].format(found=code, known=known))


def quarter_of(
    connection: sa.Connection,
    project: Project,
    period: Period,
    *,
    vintage: int | None = None,
    preliminary: bool = False,
    audience: Audience = "internal",
) -> Quarter:
    """What a quarter tells: its official version in force, else what is known today.

    ``vintage``: another official version by its number; ``preliminary``: what is known today although there is one.
    :class:`ContractError` for a quarter out of the project or a version that there is not.
    """
    project.expect_quarter(period)
    found = None
    if vintage is not None:
        found = vintage_of(connection, period, vintage)
    elif not preliminary:
        found = vintage_in_force(connection, period)
    if found is None:
        return _preliminary(connection, project, period, audience)
    return _official(connection, project, period, audience, found)


def _preliminary(connection: sa.Connection, project: Project, period: Period, audience: Audience) -> Quarter:
    values = computed(connection, period)
    known = connection.execute(
        sa.text("SELECT c.known_at FROM results.computation AS c WHERE c.period = :period AND c.current"),
        {"period": str(period)},
    ).scalar_one_or_none()
    told = suppress(project, values, audience, earlier_known(connection, project, period, audience))
    return Quarter(
        project=project,
        period=period,
        version=Version(PRELIMINARY, known_at=known),
        audience=audience,
        figures=_figures(
            connection, project, period, told, explanations(connection, period), vintages_in_force(connection), audience
        ),
        project_status={**propose(project, values).as_dict(), **status_of(connection, period)},
        written=written_of(connection, period),
    )


def _official(
    connection: sa.Connection, project: Project, period: Period, audience: Audience, found: Mapping[str, Any]
) -> Quarter:
    newest = vintage_in_force(connection, period)
    inherited = found["kind"] == "inherited"
    then = project if inherited else project_from(found["definitions"], project)
    values = [dict(cell) for cell in values_of(connection, found["candidate_id"])]
    base = {quarter: number for quarter, number in found["base"].items() if quarter < str(period)}
    told = suppress(then, values, audience, earlier_known(connection, then, period, audience, found))
    return Quarter(
        project=then,
        period=period,
        version=Version(
            kind=INHERITED if inherited else OFFICIAL,
            vintage=found["vintage"],
            candidate_id=found["candidate_id"],
            hash=found["hash"],
            report_state=found["report_state"],
            decided_by=found["decided_by"],
            decided_at=found["decided_at"],
            prepared_by=found["prepared_by"],
            known_at=found["known_at"],
            restates=found["kind"] == "restatement",
            reason=found["reason"],
            forced=found["forced"],
            in_force=newest is not None and newest["candidate_id"] == found["candidate_id"],
        ),
        audience=audience,
        figures=_figures(connection, then, period, told, found["explanations"], base, audience, only_official=True),
        project_status=found["project_status"],
        findings=tuple(found["findings"]),
        written=written_of(connection, period),
    )


def _figures(
    connection: sa.Connection,
    project: Project,
    period: Period,
    cells: Iterable[Cell],
    explained: Mapping[str, Mapping[str, str]],
    vintages: Mapping[str, int],
    audience: str,
    *,
    only_official: bool = False,
) -> tuple[Figure, ...]:
    """The cells by indicator, each with the totals of the quarters before it."""
    of_indicator: dict[str, list[Cell]] = {}
    for cell in cells:
        of_indicator.setdefault(cell["indicator"], []).append(cell)
    before = {}
    if audience != "public":  # of other quarters the public is told what their own documents tell
        before = _series(connection, period, vintages, only_official=only_official)
    figures = []
    for indicator in sorted(project.indicators, key=lambda item: item.code):
        if indicator.code not in of_indicator:
            continue
        mine = of_indicator[indicator.code]
        quarter = [cell for cell in mine if cell["covers"] == str(period)]
        official = sorted((cell for cell in quarter if cell["official"]), key=_in_order)
        kind = OFFICIAL if only_official else PRELIMINARY
        now = [_point(cell, kind) for cell in official if cell["disaggregation"] == TOTAL]
        figures.append(
            Figure(
                indicator=indicator,
                cells=tuple(official),
                reconciliation=tuple(cell for cell in quarter if not cell["official"]),
                spans=tuple(cell for cell in mine if cell["covers"] != str(period)),
                series=(*before.get(indicator.code, []), *now),
                explanation=explained.get(indicator.code),
            )
        )
    return tuple(figures)


def _series(
    connection: sa.Connection, period: Period, vintages: Mapping[str, int], *, only_official: bool
) -> dict[str, list[Point]]:
    """Indicator -> totals of the quarters before, oldest first: as published, else as computed."""
    rows = connection.execute(
        sa.text(
            "SELECT v.indicator, v.period, v.value, v.target, v.obs_status, v.status, v.percent_of_target,"
            " v.numerator, v.denominator, v.n, 'oficial' AS kind"
            " FROM results.candidate_value AS v WHERE v.candidate_id = ANY(:candidates) AND v.official"
            " AND v.covers = v.period AND v.disaggregation = 'total'"
            " UNION ALL"
            " SELECT v.indicator, v.period, v.value, v.target, v.obs_status, v.status, v.percent_of_target,"
            " v.numerator, v.denominator, v.n, 'preliminar'"
            " FROM results.indicator_value AS v"
            " INNER JOIN results.computation AS c ON v.computation_id = c.computation_id AND c.current"
            " WHERE v.official AND v.disaggregation = 'total' AND :computed AND v.period <> ALL(:closed)"
            " ORDER BY indicator, period"
        ),
        {"candidates": list(vintages.values()), "closed": list(vintages), "computed": not only_official},
    )
    series: dict[str, list[Point]] = {}
    for row in rows:
        if row.period < str(period):
            cell = dict(row._mapping)
            kind = INHERITED if cell["obs_status"] == INHERITED else cell.pop("kind")
            series.setdefault(row.indicator, []).append(_point(cell, kind))
    return series


def _point(cell: Mapping[str, Any], kind: str) -> Point:
    names = ("period", "value", "target", "obs_status", "status", "percent_of_target", "numerator", "denominator", "n")
    return Point(kind=kind, **{name: cell[name] for name in names})


def in_order(category: str) -> list[tuple[int, str]]:
    """Key that sorts categories: women before men, what nobody knows last, the rest by code; a crossed one by part."""
    return [(_RANKS.get(part, 2), part) for part in category.split(" × ")]


def _in_order(cell: Cell) -> tuple[bool, str, list[tuple[int, str]]]:
    """The total, then breakdown by breakdown."""
    return cell["disaggregation"] != TOTAL, cell["disaggregation"], in_order(cell["category"])
