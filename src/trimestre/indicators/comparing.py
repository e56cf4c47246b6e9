"""Comparing: two sets of figures of a quarter side by side, and what an edited YAML would move.

A side is a candidate (approved or not) or the newest computation, with the definitions that it was told by. A rehearsal
works out what is stored once more, with the same data and today's YAML: whatever differs comes from the YAML.

Data flow: results.candidate_value | indicator_value + span_value -> sides -> cells and definitions that differ.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from trimestre.contracts import Project
from trimestre.contracts.base import stored
from trimestre.contracts.indicators import TOTAL, Indicator
from trimestre.errors import ContractError
from trimestre.indicators.computing import work_out
from trimestre.indicators.definitions import definitions_of, project_from
from trimestre.indicators.evidence import current_pins, pins_at
from trimestre.indicators.placing import base_of, current_base
from trimestre.indicators.vintages import candidate_of, values_of, vintage_in_force, vintage_of
from trimestre.periods import Period
from trimestre.texts import REFUSALS
from trimestre.warehouse.database import whole_tables

PRELIMINARY, IN_FORCE = "preliminar", "vigente"
"""Names of sides beside numbers: the newest computation, and the vintage in force."""

Key = tuple[str, bool, str, str, str]
"""Indicator, whether its official line, what it covers, breakdown, category."""
Cell = Mapping[str, Any]

TOLD = (
    "value", "obs_status", "target", "status", "percent_of_target", "percent_of_progress", "numerator", "denominator",
    "n", "excluded", "response_rate", "late", "added", "adjustment", "accumulated",
)  # fmt: skip
"""What two cells are compared by: all that outputs tell of them."""

_CANDIDATE = re.compile(r"^(?:candidat[aeo]|c)[\s:]*(\d+)$")
_VINTAGE = re.compile(r"^v?(\d+)$")


@dataclass(frozen=True)
class Side:
    """Figures of a quarter, and what they were told by."""

    kind: str
    """vintage, candidate, preliminary, or rehearsed."""
    number: int | None
    """Of the vintage in its quarter, or of the candidate."""
    cells: Mapping[Key, Cell]
    definitions: Mapping[str, Any]
    """As ``definitions_of`` gives them."""


@dataclass(frozen=True)
class Pair:
    """A cell that differs; one that a side does not have is ``None`` there."""

    key: Key
    left: Cell | None
    right: Cell | None


@dataclass(frozen=True)
class Edit:
    """A key of the definitions that differs."""

    subject: str
    """Code of an indicator or a survey, or ``framework`` or ``periods``."""
    key: str
    """Key of its YAML; empty = one side does not have the subject."""
    left: Any
    right: Any


@dataclass(frozen=True)
class Comparison:
    """Two sides of a quarter."""

    period: str
    left: Side
    right: Side
    pairs: tuple[Pair, ...]
    """Cells that differ: by indicator, official lines first, the quarter before wider spans, totals first."""
    equal: int
    """Cells that do not."""
    edits: tuple[Edit, ...]
    methods: tuple[str, ...]
    """Indicators whose value is made another way."""


def compare(connection: sa.Connection, project: Project, period: Period, left: str, right: str) -> Comparison:
    """Compare two sides of a quarter, each named as :func:`side` reads it."""
    return side_by_side(period, *(side(connection, project, period, name) for name in (left, right)))


def side(connection: sa.Connection, project: Project, period: Period, name: str) -> Side:
    """A side by its name: ``v1``, ``vigente``, ``preliminar``, or ``candidata 7``.

    :class:`ContractError` for another name, or when the quarter has none of that name.
    """
    asked = name.strip().lower()
    if asked in (PRELIMINARY, "preliminary"):
        found = _newest(connection, period)
        if found is None:
            raise ContractError(REFUSALS["no_computation"].format(period=period))
        return Side("preliminary", None, _keyed(_computed(connection, found.computation_id)), definitions_of(project))
    if asked == IN_FORCE:
        return _candidate_side(connection, project, vintage_of(connection, period))
    if match := _VINTAGE.match(asked):
        return _candidate_side(connection, project, vintage_of(connection, period, int(match[1])))
    if match := _CANDIDATE.match(asked):
        candidate = candidate_of(connection, int(match[1]))
        if candidate["period"] != str(period):
            refused = REFUSALS["candidate_of_other"]
            raise ContractError(refused.format(number=match[1], found=candidate["period"], period=period))
        return _candidate_side(connection, project, candidate)
    raise ContractError(REFUSALS["side"].format(found=name))


def rehearse(connection: sa.Connection, project: Project, period: Period) -> Comparison:
    """What the definitions of ``project`` would move in what is stored of a quarter; nothing is stored.

    Left is the vintage in force, else the newest computation, else nothing; right is worked out with the same data (of
    today where nothing is stored), so that only definitions differ. Courses, surveys and events enter with the night
    that merges ``framework``, and are not rehearsed. :class:`ContractError` for a quarter that is not the project's.
    """
    project.expect_quarter(period)
    stored = vintage_in_force(connection, period)
    newest = None if stored else _newest(connection, period)
    whole_tables(connection)
    if stored is not None and stored["kind"] != "inherited":
        left = _candidate_side(connection, project, stored)
        pins = pins_at(connection, stored["pins"])
        base = base_of(connection, project, stored["base"], period)
    elif newest is not None:
        left = Side("preliminary", None, _keyed(_computed(connection, newest.computation_id)), {})
        pins = pins_at(connection, newest.pins)
        base = base_of(connection, project, newest.base, period)
    else:
        left = _candidate_side(connection, project, stored) if stored else Side("preliminary", None, {}, {})
        pins, base = current_pins(connection), current_base(connection, project, period)
    values = [vars(value) for value in work_out(connection, project, period, pins, base)]
    return side_by_side(period, left, Side("rehearsed", None, _keyed(values), definitions_of(project)))


def side_by_side(period: Period, left: Side, right: Side) -> Comparison:
    """What differs between two sides."""
    keys = sorted(left.cells.keys() | right.cells.keys(), key=lambda key: _order(key, str(period)))
    pairs = [Pair(key, left.cells.get(key), right.cells.get(key)) for key in keys]
    different = tuple(pair for pair in pairs if _told(pair.left) != _told(pair.right))
    methods = _indicators(left.definitions), _indicators(right.definitions)
    return Comparison(
        str(period),
        left,
        right,
        different,
        len(pairs) - len(different),
        tuple(_edits(left.definitions, right.definitions)) if left.definitions else (),
        tuple(
            code
            for code in sorted(methods[0].keys() & methods[1].keys())
            if methods[0][code].method_digest() != methods[1][code].method_digest()
        ),
    )


def _candidate_side(connection: sa.Connection, project: Project, candidate: Mapping[str, Any]) -> Side:
    """A candidate, its definitions with every key of today: what a release added since, nobody edited."""
    approved = candidate["vintage"] is not None
    return Side(
        "vintage" if approved else "candidate",
        candidate["vintage" if approved else "candidate_id"],
        _keyed(values_of(connection, candidate["candidate_id"])),
        definitions_of(project_from(candidate["definitions"], project)),
    )


def _newest(connection: sa.Connection, period: Period) -> sa.Row[Any] | None:
    return connection.execute(
        sa.text("SELECT computation_id, pins, base FROM results.computation WHERE period = :period AND current"),
        {"period": str(period)},
    ).one_or_none()


def _computed(connection: sa.Connection, computation_id: int) -> Iterator[Cell]:
    """The cells of a computation: those of the quarter, and of wider spans."""
    for text in (
        "SELECT v.*, v.period AS covers FROM results.indicator_value AS v WHERE v.computation_id = :id",
        "SELECT v.*, TRUE AS official FROM results.span_value AS v WHERE v.computation_id = :id",
    ):
        for row in connection.execute(sa.text(text), {"id": computation_id}):
            yield dict(row._mapping)


def _keyed(cells: Iterable[Cell]) -> dict[Key, Cell]:
    return {(c["indicator"], c["official"], c["covers"], c["disaggregation"], c["category"]): c for c in cells}


def _order(key: Key, period: str) -> tuple[Any, ...]:
    indicator, official, covers, disaggregation, category = key
    return indicator, not official, covers != period, covers, disaggregation != TOTAL, disaggregation, category


def _told(cell: Cell | None) -> tuple[Any, ...] | None:
    return None if cell is None else tuple(cell[name] for name in TOLD)


def _indicators(definitions: Mapping[str, Any]) -> dict[str, Indicator]:
    return {code: stored(Indicator, found) for code, found in definitions.get("indicators", {}).items()}


def _edits(left: Mapping[str, Any], right: Mapping[str, Any]) -> Iterator[Edit]:
    """What differs between definitions, key by key."""
    pairs = [("framework", left["framework"], right["framework"]), ("periods", left["periods"], right["periods"])]
    surveys = [{survey["survey"]: survey for survey in definitions["surveys"]} for definitions in (left, right)]
    for before, after in ((left["indicators"], right["indicators"]), surveys):
        pairs += [(code, before.get(code), after.get(code)) for code in sorted({*before, *after})]
    for subject, before, after in pairs:
        if before is None or after is None:
            yield Edit(subject, "", before and subject, after and subject)
            continue
        for key in dict.fromkeys([*before, *after]):
            if before.get(key) != after.get(key):
                yield Edit(subject, key, before.get(key), after.get(key))
