"""Placing: which quarter each row of evidence counts in, once earlier quarters are closed.

Each thing counts in exactly one quarter per indicator. Without closed quarters that is its natural one, by event or by
edition. What a vintage counted stays in its quarter; what comes late for a closed quarter enters the next open one
(«resultado extemporáneo»). A *base* is every vintage in force, whatever its quarter, as seen from the quarter that is
computed: its natural rows count in it although it may be closed (so a restatement takes in what came late for it),
those that another quarter published stay there. Only the official line is placed; reconciliation lines keep the
natural quarters.

Of persons sex, institution, state and type of organisation are those of the first counted row of the line, so that
cells add to the total in every span.

Data flow: sql/evidence -> sql/compute/attributed (natural quarters) -> sql/compute/linked (persons)
-> sql/compute/placed (base) -> temporary table -> sql/compute/seen (a closed quarter) -> sql/compute/frozen (persons).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import sqlalchemy as sa

from trimestre.contracts import Project
from trimestre.contracts.base import digest
from trimestre.contracts.indicators import Indicator
from trimestre.indicators.evidence import Pins, evidence_text, execute
from trimestre.periods import Period
from trimestre.warehouse.sqlfiles import statement

PERSONS = ("persons", "new_persons")
"""Measures that count people."""


@dataclass(frozen=True)
class Closed:
    """A closed quarter of one indicator."""

    period: str
    candidate_id: int
    set_id: int | None
    """Its evidence; ``None`` where the method was another one then: what is late can't be told."""
    inherited: bool
    """Whether its figures are of before Trimestre."""


@dataclass(frozen=True)
class Base:
    """What was officially said, as seen from a quarter."""

    vintages: Mapping[str, int]
    """Closed quarter -> candidate_id of its vintage in force; later quarters and the own one are among them."""
    quarter: str
    """The quarter that is computed."""
    lines: Mapping[tuple[str, str], tuple[Closed, ...]] = field(default_factory=dict, compare=False)
    """Indicator and method -> its closed quarters, in order."""

    def closed(self, indicator: Indicator) -> tuple[Closed, ...]:
        """The closed quarters of an indicator; one of another method, with no set, is closed all the same."""
        return self.lines.get((indicator.code, indicator.method_digest()), ())

    def inherited_until(self, indicator: Indicator) -> str:
        """The last quarter with figures of before; empty without any."""
        return max((closed.period for closed in self.closed(indicator) if closed.inherited), default="")


def vintages_in_force(connection: sa.Connection) -> dict[str, int]:
    """Closed quarter -> candidate_id of its vintage in force: that of the greatest number."""
    rows = connection.execute(
        sa.text(
            "SELECT DISTINCT ON (c.period) c.period, c.candidate_id FROM results.candidate AS c"
            " WHERE c.state = 'vintage' ORDER BY c.period, c.vintage DESC"
        )
    )
    return {row.period: row.candidate_id for row in rows}


def current_base(connection: sa.Connection, project: Project, period: Period) -> Base:
    """The vintages in force, as seen from ``period``."""
    return base_of(connection, project, vintages_in_force(connection), period)


def base_of(connection: sa.Connection, project: Project, vintages: Mapping[str, int], period: Period) -> Base:
    """The base that is made of these vintages, as it is for the definitions of ``project`` and seen from ``period``."""
    rows = connection.execute(
        sa.text(
            "SELECT c.period, c.candidate_id, FALSE AS inherited, s.indicator, s.set_id, s.method"
            " FROM results.candidate AS c INNER JOIN results.evidence_set AS s USING (candidate_id)"
            " WHERE c.candidate_id = ANY(:ids) AND s.official AND c.kind <> 'inherited'"
            # No rows stand behind figures of before.
            " UNION ALL SELECT DISTINCT c.period, c.candidate_id, TRUE, v.indicator, CAST(NULL AS bigint), ''"
            " FROM results.candidate AS c INNER JOIN results.candidate_value AS v USING (candidate_id)"
            " WHERE c.candidate_id = ANY(:ids) AND v.official AND v.covers = c.period AND c.kind = 'inherited'"
            " ORDER BY period"
        ),
        {"ids": list(vintages.values())},
    ).all()
    lines: dict[tuple[str, str], tuple[Closed, ...]] = {}
    for indicator in project.indicators:
        method = indicator.method_digest()
        lines[indicator.code, method] = tuple(
            Closed(
                row.period,
                row.candidate_id,
                row.set_id if row.method == method else None,
                row.inherited,
            )
            for row in rows
            if row.indicator == indicator.code
        )
    return Base(dict(vintages), str(period), lines)


@dataclass(frozen=True)
class Rows:
    """The rows of one line of an indicator: how they are read, and the table that they may be kept in."""

    table: str
    """Name of the temporary table; lines with the same evidence, parameters and closed quarters have the same."""
    text: str
    """The SELECT behind it."""
    parameters: dict[str, Any]
    """What it asks beside pins, zone and the indicator's own."""
    key: str
    """Digest of the text and of all that it asks beside pins and zone."""
    unseen: str
    """Name of the table behind, before a closed quarter or first reach changes its rows."""


def rows_of(
    indicator: Indicator,
    pins: Pins,
    base: Base,
    attribution: str,
    evidence: str | None = None,
    attributed: str | None = None,
    *,
    linked: bool = True,
) -> Rows:
    """The placed rows of one line; those of an ``evidence`` in place of its own stay in their natural quarters.

    ``attributed`` is the table of its attributed rows, where there is one already; not ``linked`` = without persons.
    """
    closed = base.closed(indicator) if attribution == indicator.attribution and evidence is None else ()
    told = [item for item in closed if item.set_id is not None]
    parameters = {
        "attribution": attribution,
        "base_sets": [item.set_id for item in told],
        "base_periods": [item.period for item in told],
        "closed": [item.period for item in told],
        # Also one that was closed while the indicator was not in force takes nothing in any more.
        "opens": [next_open(item.period, set(base.vintages)) for item in told],
        "inherited_until": base.inherited_until(indicator) if closed else "",
    }
    evidence = evidence or indicator.evidence
    text = evidence_text(evidence)
    named = set(sa.text(text).compile().params)
    own = {**indicator.parameters, "indicator": indicator.code}
    asked = {name: value for name, value in own.items() if name in named}
    known: dict[str, Any] = {"evidence": evidence, "asked": asked, **parameters}
    whole = statement(
        "compute/placed",
        published=statement(
            "compute/published" if told else "compute/nothing_published",
            attributed=f"SELECT * FROM {attributed}" if attributed else linked_text(text, linked=linked),
        ),
    )
    table = f"placed_{digest({**known, 'pins': pins.parameters()})[:16]}"
    return Rows(table, whole, parameters, digest({**known, "text": whole}), table)


def linked_text(evidence: str, *, linked: bool = True) -> str:
    """The statement of the attributed rows that the text of an evidence gives, with their persons."""
    return statement(
        "compute/linked" if linked else "compute/not_linked",
        attributed=statement("compute/attributed", evidence=evidence),
    )


def placed(
    connection: sa.Connection,
    project: Project,
    indicator: Indicator,
    pins: Pins,
    base: Base,
    attribution: str,
    attributed: str | None = None,
) -> str:
    """The temporary table (or view of one) with the placed rows of one line of an indicator, made once a transaction.

    Indicators with the same evidence, parameters and closed quarters share it, and so do the quarters that nothing
    came late for. Columns: those of ``evidence.COLUMNS``, and course, by_open_link, person_key, thing, period,
    natural_period, late.
    """
    rows = rows_of(indicator, pins, base, attribution, attributed=attributed)
    table = rows.table
    if not is_there(connection, table):
        made = f"CREATE TEMPORARY TABLE {table} ON COMMIT DROP AS {rows.text}"
        execute(connection, project, indicator, pins, made, rows.parameters)
        connection.execute(sa.text(f"ANALYZE {table}"))
    if base.quarter in rows.parameters["closed"]:
        table = _seen(connection, table, base.quarter)
    if indicator.measure in PERSONS:
        table = _frozen(connection, table)
    return f"pg_temp.{table}"


def placed_or_read(
    connection: sa.Connection,
    project: Project,
    indicator: Indicator,
    pins: Pins,
    base: Base,
    attribution: str,
    *,
    evidence: str | None = None,
    attributed: str | None = None,
    late: bool = False,
    linked: bool = True,
) -> Rows:
    """The same for a statement that reads them: ``text`` goes behind FROM; no table is made where one look is enough.

    Rows that are looked at once only would cost more to keep than they save. ``late`` = :func:`late_for` is asked, too;
    not ``linked`` = nobody asks for their persons.
    """
    rows = rows_of(indicator, pins, base, attribution, evidence, attributed)
    closed = rows.parameters["closed"]
    several = indicator.measure in (*PERSONS, "latest", "milestone") or base.quarter in closed or (late and closed)
    if evidence is None and (several or is_there(connection, rows.table)):
        table = placed(connection, project, indicator, pins, base, attribution, attributed)
        return replace(rows, table=table.removeprefix("pg_temp."), text=table, parameters={})
    if not linked and not rows.parameters["base_sets"]:  # what was published is known by its person
        rows = replace(rows, text=rows_of(indicator, pins, base, attribution, evidence, attributed, linked=False).text)
    return replace(rows, text=f"({rows.text})")


def late_for(connection: sa.Connection, rows: Rows) -> dict[str, int]:
    """Closed quarter -> how many rows came late for it and count in another; without a table no quarter is closed."""
    if not is_there(connection, rows.unseen):
        return {}
    asked = f"SELECT natural_period, count(*) FROM pg_temp.{rows.unseen} WHERE moved GROUP BY natural_period"
    return {row[0]: row[1] for row in connection.execute(sa.text(asked))}


def gather(
    connection: sa.Connection,
    project: Project,
    indicator: Indicator,
    *,
    period: Period,
    pins: Pins,
    base: Base,
    attribution: str,
) -> None:
    """Fill the temporary table ``evidence`` (made anew) with the rows behind a quarter's value of one line.

    Columns as :func:`placed`; what is excluded of these quarters is among them, rows of other quarters are not.
    """
    table = placed(connection, project, indicator, pins, base, attribution)
    first, last = (str(period) if indicator.span == "period" else ""), str(period)
    if indicator.span == "latest":
        counted = f"SELECT max(e.period) FROM {table} AS e WHERE e.excluded IS NULL AND e.period <= :last"
        first = last = connection.execute(sa.text(counted), {"last": last}).scalar() or last
    connection.execute(sa.text("DROP TABLE IF EXISTS pg_temp.evidence"))
    connection.execute(
        sa.text(
            "CREATE TEMPORARY TABLE evidence ON COMMIT DROP AS"
            f" SELECT e.* FROM {table} AS e WHERE e.period >= :first AND e.period <= :last"
        ),
        {"first": first, "last": last},
    )
    connection.execute(sa.text("ANALYZE pg_temp.evidence"))


def next_open(label: str, closed: set[str]) -> str:
    """The first quarter from ``label`` on that is not closed."""
    period = Period.parse(label)
    while str(period) in closed:
        period = period.next()
    return str(period)


def _seen(connection: sa.Connection, table: str, quarter: str) -> str:
    """The rows as a closed quarter sees them: the table itself, unless something came late for it."""
    late = f"SELECT EXISTS (SELECT 1 FROM pg_temp.{table} WHERE moved AND natural_period = :quarter)"
    if not connection.execute(sa.text(late), {"quarter": quarter}).scalar_one():
        return table
    view = f"{table}_{quarter.replace('-', '_').lower()}"
    if not is_there(connection, view):
        # A view takes no parameters; the label of a quarter is digits, a dash and a Q.
        text = statement("compute/seen", placed=f"pg_temp.{table}").replace(":quarter", f"'{Period.parse(quarter)}'")
        connection.execute(sa.text(f"CREATE TEMPORARY VIEW {view} AS {text}"))
    return view


def _frozen(connection: sa.Connection, table: str) -> str:
    """The rows with each person as it was when first reached: the table itself, where nobody ever was another."""
    first = f"{table}_first"
    if not is_there(connection, first):
        text = statement("compute/first_reach", placed=f"pg_temp.{table}")
        connection.execute(sa.text(f"CREATE TEMPORARY TABLE {first} ON COMMIT DROP AS {text}"))
        connection.execute(sa.text(f"ANALYZE {first}"))
    if not connection.execute(sa.text(f"SELECT EXISTS (SELECT 1 FROM pg_temp.{first})")).scalar_one():
        return table
    view = f"{table}_frozen"
    if not is_there(connection, view):
        text = statement("compute/frozen", placed=f"pg_temp.{table}", first_reach=f"pg_temp.{first}")
        connection.execute(sa.text(f"CREATE TEMPORARY VIEW {view} AS {text}"))
    return view


def is_there(connection: sa.Connection, name: str) -> bool:
    """Whether a temporary table or view is there already."""
    found = connection.execute(sa.text("SELECT to_regclass(:name)"), {"name": f"pg_temp.{name}"}).scalar()
    return found is not None
