"""The checks that need nothing but values: pure functions over the cells of one quarter.

A cell is a mapping with the columns of ``results.candidate_value``. ``error`` = nobody can propose the figures until it
is mended; ``explanation`` = a person has to say why first; ``warning`` = it is shown to whoever approves.

Data flow: cells + what was said before -> findings.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from typing import Any

from trimestre.contracts import Project
from trimestre.contracts.indicators import FROZEN, TOTAL, Indicator
from trimestre.indicators.evidence import evidence_text
from trimestre.indicators.status import rounded
from trimestre.periods import Period, covering

Cell = Mapping[str, Any]
ERROR, EXPLANATION, WARNING = "error", "explanation", "warning"
SHARES = ("share", "response_rate", "top_two_box")
"""Measures that are 100 × numerator / denominator."""


@dataclass(frozen=True)
class Finding:
    """Something that a check found."""

    indicator: str | None
    """Code; ``None`` = it concerns all of them."""
    check: str
    severity: str
    """error, explanation or warning."""
    category: str | None = None
    """Which part: ``sex=mujer``, an edition, a source; ``None`` = the total."""
    values: dict[str, Any] = field(default_factory=dict)
    """The numbers it tells of."""

    def as_dict(self) -> dict[str, Any]:
        """As JSON holds it: numbers as they are printed, whole ones whole."""
        return {**asdict(self), "values": {name: plain(value) for name, value in self.values.items()}}


@dataclass(frozen=True)
class Before:
    """What was said of earlier quarters: indicator -> official total."""

    values: Mapping[str, Decimal | None] = field(default_factory=dict)
    """Of the quarter before: published, else as computed."""
    accumulated: Mapping[str, Decimal | None] = field(default_factory=dict)
    """Of the newest closed quarter: accumulated, of a cumulative indicator its value."""


def plain(value: Any) -> Any:
    """A number as JSON knows it."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value


def judge(project: Project, period: Period, cells: Sequence[Cell], before: Before) -> list[Finding]:
    """Everything that values alone tell, in the order of the indicators."""
    lines: dict[str, list[Cell]] = {}
    for cell in cells:
        lines.setdefault(cell["indicator"], []).append(cell)
    found: list[Finding] = []
    for indicator in project.indicators:
        own = lines.get(indicator.code, [])
        found += parts_do_not_add(indicator, own)
        found += numerator_above_denominator(indicator, own)
        found += implausible(indicator, own, period)
        for cell in own:
            if cell["official"] and is_total(cell):
                found += deviation(project, indicator, cell, period)
                if covers(cell) == str(period):
                    found += change_out_of_band(indicator, cell, before.values.get(indicator.code))
                    found += accumulated_fell(indicator, cell, before.accumulated.get(indicator.code))
                    found += unsure(project, indicator, cell)
    return found


# ---------------------------------------------------------------- errors
def parts_do_not_add(indicator: Indicator, cells: Sequence[Cell]) -> Iterator[Finding]:
    """The categories of a breakdown that adds up give the total, in every line and span.

    Figures typed by people may lack a part that nobody typed: less than the total asks for an explanation then.
    """
    for key, line in _by(cells, "official", "covers").items():
        total = next((_exact(cell) for cell in line if is_total(cell)), None)
        if total is None:
            continue
        for name, parts in _by(line, "disaggregation").items():
            known = [exact for cell in parts if (exact := _exact(cell)) is not None]
            if name[0] == TOTAL or not known or not indicator.adds_up(tuple(name[0].split("×"))):
                continue
            if (added := sum(known, Decimal())) != total:
                whole = added > total or (set(name[0].split("×")) <= set(FROZEN) and counts_accounts(indicator))
                values = {"parts": added, "total": total, "covers": key[1], "official": key[0], "breakdown": name[0]}
                yield Finding(indicator.code, "parts_do_not_add", ERROR if whole else EXPLANATION, name[0], values)


def numerator_above_denominator(indicator: Indicator, cells: Iterable[Cell]) -> Iterator[Finding]:
    """No share has more hits than rows."""
    if indicator.measure not in SHARES:
        return
    for cell in cells:
        numerator, denominator = cell["numerator"], cell["denominator"]
        if numerator is not None and denominator is not None and not 0 <= numerator <= denominator:
            values = {"numerator": numerator, "denominator": denominator, "covers": covers(cell)}
            yield Finding(indicator.code, "numerator_above_denominator", ERROR, part(cell), values)


# ---------------------------------------------------------------- what a person explains
def implausible(
    indicator: Indicator, cells: Iterable[Cell], period: Period, scores: tuple[Decimal, Decimal] | None = None
) -> Iterator[Finding]:
    """Official values of the quarter outside of what can be: the sheet's range for the total, nature's for every cell.

    ``scores`` are the least and the greatest score of a question, for a mean of them.
    """
    nature: tuple[Decimal | None, Decimal | None] = (None, None)
    if indicator.measure in SHARES:
        nature = Decimal(0), Decimal(100)
    elif indicator.measure in {"count", "persons", "new_persons"}:
        nature = Decimal(0), None
    elif scores is not None and indicator.measure == "mean":
        nature = scores
    plausible = indicator.plausible
    for cell in cells:
        if not cell["official"] or covers(cell) != str(period) or cell["value"] is None:
            continue
        least, greatest = nature
        if is_total(cell) and plausible is not None:
            least = least if plausible.min is None else max(_decimal(plausible.min), least or _decimal(plausible.min))
            top = _decimal(plausible.max) if plausible.max is not None else None
            greatest = greatest if top is None else min(top, greatest if greatest is not None else top)
        if (least is not None and cell["value"] < least) or (greatest is not None and cell["value"] > greatest):
            values = {"value": cell["value"], "min": least, "max": greatest}
            yield Finding(indicator.code, "implausible", EXPLANATION, part(cell), values)


def deviation(project: Project, indicator: Indicator, cell: Cell, period: Period) -> Iterator[Finding]:
    """A total farther from its target than tolerated, or with a target and no data.

    A span wider than the quarter is judged in its last quarter: half a year is no year.
    """
    if cell["target"] is None or not _ends(project, covers(cell), period) or not indicator.total:
        return
    values: dict[str, Any] = {"value": cell["value"], "target": cell["target"], "covers": covers(cell)}
    if cell["value"] is None:
        if cell["obs_status"] != "n_insuficiente":  # there are data, and a warning says that they are few
            yield Finding(indicator.code, "no_data", EXPLANATION, None, values)
        return
    if indicator.measure == "milestone":
        if cell["value"] != cell["target"]:
            yield Finding(indicator.code, "deviation", EXPLANATION, None, values | {"stages": True})
        return
    reached = cell["percent_of_progress" if indicator.direction == "decrease" else "percent_of_target"]
    tolerance = _decimal(project.framework.tolerance if indicator.tolerance is None else indicator.tolerance)
    if reached is not None and abs(reached - 100) > tolerance:
        values |= {"percent": reached, "tolerance": tolerance}
        yield Finding(indicator.code, "deviation", EXPLANATION, None, values)


def change_out_of_band(indicator: Indicator, cell: Cell, before: Decimal | None) -> Iterator[Finding]:
    """A change against the quarter before, in percent of it, outside of the sheet's band; from zero there is none."""
    band = indicator.change_band
    if band is None or cell["value"] is None or not before:
        return
    change = rounded(100 * (cell["value"] - before) / abs(before), 1)
    if (band.min is not None and change < _decimal(band.min)) or (band.max is not None and change > _decimal(band.max)):
        values = {"value": cell["value"], "before": before, "change": change}
        values |= {name: _decimal(side) for name, side in (("min", band.min), ("max", band.max)) if side is not None}
        yield Finding(indicator.code, "change_out_of_band", EXPLANATION, None, values)


def accumulated_fell(indicator: Indicator, cell: Cell, before: Decimal | None) -> Iterator[Finding]:
    """Less in all than the newest closed quarter said: people merged, rows withdrawn, figures corrected."""
    now = in_all(indicator, cell)
    if now is not None and before is not None and now < before:
        yield Finding(indicator.code, "accumulated_fell", EXPLANATION, None, {"value": now, "before": before})


def in_all(indicator: Indicator, cell: Cell) -> Decimal | None:
    """What a total says of the whole project; ``None`` where quarters do not add up, and of what may well fall."""
    if cell["accumulated"] is not None:
        return _decimal(cell["accumulated"])
    counted = indicator.measure in {"count", "sum", "persons", "new_persons"}
    return cell["value"] if counted and indicator.span == "cumulative" else None


# ---------------------------------------------------------------- warnings
def unsure(project: Project, indicator: Indicator, cell: Cell) -> Iterator[Finding]:
    """Scores of too few: told beside the value, or in its place."""
    values = {"n": cell["n"], "rate": None if cell["response_rate"] is None else 100 * cell["response_rate"]}
    if cell["obs_status"] == "no_representativo":
        least = indicator.representative and 100 * _decimal(indicator.representative.min_rate)
        yield Finding(indicator.code, "not_representative", WARNING, None, values | {"min_rate": least})
    elif cell["obs_status"] == "n_insuficiente":
        yield Finding(indicator.code, "small_n", WARNING, None, values | {"minimum": project.framework.minimum_n})


# ---------------------------------------------------------------- cells
def is_total(cell: Cell) -> bool:
    """Whether a cell is the whole of its span."""
    return bool(cell["disaggregation"] == TOTAL)


def covers(cell: Cell) -> str:
    """The label of what a cell covers."""
    return str(cell["covers"])


def part(cell: Cell) -> str | None:
    """``sex=mujer``; ``None`` for the total."""
    return None if is_total(cell) else f"{cell['disaggregation']}={cell['category']}"


def counts_accounts(indicator: Indicator) -> bool:
    """Whether rows of evidence stand for accounts of people; those of figures that somebody typed do not."""
    return "CAST(NULL AS uuid) AS account_key" not in evidence_text(indicator.evidence)


def _ends(project: Project, label: str, period: Period) -> bool:
    """Whether a span ends with the quarter."""
    if period == Period.parse(project.periods.last):
        return True
    begins = project.framework.fiscal_year_starts
    return label not in {span.label for span in covering(period.next(), begins)}


def _exact(cell: Cell) -> Decimal | None:
    exact = cell["value"] if cell["value_exact"] is None else cell["value_exact"]
    return None if exact is None else _decimal(exact)


def _decimal(number: Any) -> Decimal:
    return number if isinstance(number, Decimal) else Decimal(str(number))


def _by(cells: Iterable[Cell], *names: str) -> dict[tuple[Any, ...], list[Cell]]:
    groups: dict[tuple[Any, ...], list[Cell]] = {}
    for cell in cells:
        groups.setdefault(tuple(cell[name] for name in names), []).append(cell)
    return groups
