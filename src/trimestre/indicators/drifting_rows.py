"""Rows that drift: what of an official line came, went or changed since its vintage, why, and what each reason makes.

The values after each reason are worked out one after another, from the published value to today's: sums and rates from
the differences of what they are made of, persons and latest values by counting anew with the rows moved so far. Persons
that were separated or united although none of their rows moved come last.

Data flow: results.evidence + placed rows -> sql/drift/{compared,company,reasoned} -> temporary table ``reasoned`` ->
sums, persons or latest values -> steps; rows -> temporary table ``drifted_row``.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from trimestre.contracts.indicators import Indicator
from trimestre.indicators.cells import SHARES
from trimestre.indicators.evidence import Pins, pins_at
from trimestre.indicators.status import rounded
from trimestre.warehouse.entities import ENTITIES, IDENTITY_SOURCE
from trimestre.warehouse.sqlfiles import ROOT, statement

REASONS = ("late_row", "correction", "withdrawal", "vanished", "other", "split", "merge")
"""Why a row moved, in the order in which the values after each are worked out."""

AT_MOST = 10_000
"""Rows told of one vintage and indicator; ``results.drift.rows`` counts all."""

Step = tuple[str, Decimal | None]
"""Reason, and the value at published precision once its rows, too, are as they are today."""

_SAID = (
    "value", "hit", "excluded", "period", "sex", "institution", "state", "organisation_type", "course", "edition",
    "event", "survey", "module",
)  # fmt: skip
_MADE_OF = dict.fromkeys(SHARES, ("hit",)) | dict.fromkeys(("sum", "mean", "latest", "milestone"), ("value",))
_PERSONS, _LATEST = ("persons", "new_persons"), ("latest", "milestone")


@dataclass(frozen=True)
class Compared:
    """How an official line moved."""

    steps: list[Step] = field(default_factory=list)
    rows: Mapping[str, int] = field(default_factory=dict)
    """Reason -> rows that came, went or changed."""


def compare_rows(
    connection: sa.Connection,
    indicator: Indicator,
    candidate: Mapping[str, Any],
    published: Mapping[str, Any],
    rows: Mapping[str, Any],
    table: str,
    pins: Pins,
    *,
    moved: bool,
) -> Compared:
    """Compare the rows behind a published total with those of today.

    ``indicator`` as it was defined then, ``published`` its total, ``rows`` its line of ``results.evidence_set``,
    ``table`` its placed rows at ``pins``; ``moved`` says whether the value is another one today.
    """
    line = _Line(connection, indicator, candidate, published, rows, table, pins)
    if not line.find_moved() and not moved:
        return Compared()
    line.find_reasons()
    return Compared(list(line.steps()), line.tell_rows())


class _Line:
    """The official line of an indicator in a vintage, and the temporary tables about it."""

    def __init__(
        self,
        connection: sa.Connection,
        indicator: Indicator,
        candidate: Mapping[str, Any],
        published: Mapping[str, Any],
        rows: Mapping[str, Any],
        table: str,
        pins: Pins,
    ) -> None:
        self._connection = connection
        self._indicator = indicator
        self._published = published
        self._table = table
        then = pins_at(connection, candidate["pins"])
        self._parameters: dict[str, Any] = {
            "candidate_id": candidate["candidate_id"],
            "indicator": indicator.code,
            "set_id": rows["set_id"],
            "last": rows["last_period"],
            "then_at": then.instants[IDENTITY_SOURCE],
            "now_at": pins.instants[IDENTITY_SOURCE],
            "pinned_sources": list(then.instants),
            "pinned_instants": list(then.instants.values()),
            "moved_on": max(pins.instants.values()) > max(then.instants.values()),
            "reasons": list(REASONS),
            "steps": len(REASONS),
            "reached_from": rows["first_period"] if indicator.measure == "new_persons" else "",
            "at_most": AT_MOST,
            "latest": indicator.measure in _LATEST,
            **self._windows(rows),
        }
        self._compared = statement("drift/compared", placed=table, **_tokens(indicator))
        self._groups: Any = None

    def find_moved(self) -> int:
        """Find the rows that moved; their number."""
        return self._make("moved", f"SELECT m.* FROM ({self._compared}) AS m WHERE m.moved")

    def find_reasons(self) -> None:
        """Find why each row moved; for distinct persons also the rows of those separated or united since."""
        self._make("company", statement("drift/company"))
        vanished = _vanished(self._indicator.evidence)
        self._make("reasoned", statement("drift/reasoned", placed=self._table, vanished=vanished))
        if self._indicator.measure in _PERSONS + _LATEST:
            self._make("counted", statement("drift/counted", compared=self._compared))
        if self._indicator.measure in _PERSONS:
            self._groups = self._run(statement("drift/regrouped")).one()
            if len(set(self._groups)) > 1:
                self._run(f"INSERT INTO reasoned {statement('drift/regrouped_rows', compared=self._compared)}")

    def steps(self) -> Iterator[Step]:
        """The values after each reason, in their order; reasons of no row are left out."""
        measure = self._indicator.measure
        values = self._persons if measure in _PERSONS else self._latest if measure in _LATEST else self._sums
        for reason, exact in values():
            yield reason, None if exact is None else rounded(exact, self._indicator.decimals)

    def tell_rows(self) -> dict[str, int]:
        """Keep the rows to be told; how many there are of each reason."""
        self._run(statement("drift/rows"))
        return {row.reason: row.rows for row in self._run(statement("drift/sums"))}

    def _windows(self, rows: Mapping[str, Any]) -> dict[str, str]:
        """The first quarter whose rows count, as published and today: of a latest value the latest that has any."""
        if self._indicator.measure == "new_persons":  # whoever was reached before is no longer new
            return {"first_before": "", "first_after": ""}
        if self._indicator.span != "latest":
            return {"first_before": rows["first_period"], "first_after": rows["first_period"]}
        newest = "SELECT coalesce(max(e.period), '') FROM {} AS e WHERE e.excluded IS NULL AND e.period <= :last"
        asked = {"last": rows["last_period"], "set_id": rows["set_id"]}
        before = f"{newest.format('results.evidence')} AND e.set_id = :set_id"
        return {
            "first_before": self._connection.execute(sa.text(before), asked).scalar_one(),
            "first_after": self._connection.execute(sa.text(newest.format(self._table)), asked).scalar_one(),
        }

    def _sums(self) -> Iterator[tuple[str, Decimal | None]]:
        moved = {row.reason: row for row in self._run(statement("drift/sums"))}
        cell = self._published
        measure = self._indicator.measure
        value, above, below = (cell[name] or Decimal(0) for name in ("value_exact", "numerator", "denominator"))
        for reason in REASONS:
            if reason not in moved:
                continue
            row = moved[reason]
            if measure in ("count", "sum"):
                value += row.n if measure == "count" else row.total
                yield reason, value
                continue
            mean = measure == "mean"
            above, below = above + (row.total if mean else row.hits), below + (row.n if mean else row.hits_known)
            yield reason, ((above if mean else 100 * above) / below if below else None)

    def _persons(self) -> Iterator[tuple[str, Decimal | None]]:
        touched = {row.step: row.persons for row in self._run(statement("drift/persons"))}
        value = Decimal(self._published["value_exact"] or 0)
        for step in self._moved_steps():
            value += touched.get(step, 0) - touched.get(step - 1, 0)
            yield REASONS[step - 1], value
        groups = self._groups
        if groups.separated != groups.linked_then:
            value += groups.separated - groups.linked_then
            yield "split", value
        if groups.linked_now != groups.separated:
            value += groups.linked_now - groups.separated
            yield "merge", value

    def _latest(self) -> Iterator[tuple[str, Decimal | None]]:
        values = {row.step: row.value for row in self._run(statement("drift/latest"))}
        for step in self._moved_steps():
            yield REASONS[step - 1], values.get(step)

    def _moved_steps(self) -> Sequence[int]:
        rows = self._run("SELECT DISTINCT c.step FROM counted AS c WHERE c.step IS NOT NULL ORDER BY c.step")
        return list(rows.scalars())

    def _make(self, table: str, text: str) -> int:
        self._run(f"DROP TABLE IF EXISTS pg_temp.{table}")
        made = self._run(f"CREATE TEMPORARY TABLE {table} ON COMMIT DROP AS {text}").rowcount
        self._run(f"ANALYZE {table}")
        return made

    def _run(self, text: str) -> sa.CursorResult[Any]:
        bound = sa.text(text)
        return self._connection.execute(bound, {name: self._parameters[name] for name in bound.compile().params})


def _tokens(indicator: Indicator) -> dict[str, str]:
    """What of a row the value and its cells are made of, and what is told of it before and after."""
    names = [*_MADE_OF.get(indicator.measure, ()), *(name for names in indicator.breakdowns() for name in names)]
    typed = "(b.account_key IS NULL AND b.hit IS DISTINCT FROM a.hit)"
    differs = [typed, *(f"b.{name} IS DISTINCT FROM a.{name}" for name in dict.fromkeys(names))]
    said = {side: ", ".join(f"'{name}', {side}.{name}" for name in _SAID) for side in "ba"}
    return {
        "differs": " OR ".join(differs),
        "before": f"jsonb_strip_nulls(jsonb_build_object({said['b']}))",
        "after": f"jsonb_strip_nulls(jsonb_build_object({said['a']}))",
    }


def _vanished(evidence: str) -> str:
    """Where rows stood that their sources no longer deliver, of everything that an evidence reads."""
    files = [evidence]
    tables: set[str] = set()
    for name in files:
        text = (ROOT / "evidence" / f"{name}.sql").read_text(encoding="utf-8")
        files += [f"_{shared}" for shared in re.findall(r"\bshared\.([a-z_]+)", text) if f"_{shared}" not in files]
        tables.update(ENTITIES[found].table for found in re.findall(r"\basof\.([a-z_]+)", text) if found in ENTITIES)
    return " UNION ".join(
        f"SELECT v.landed_file_id, v.position FROM {table} AS v"
        " WHERE v.valid_to = 'infinity' AND v.vanished_at IS NOT NULL"
        for table in sorted(tables)
    )
