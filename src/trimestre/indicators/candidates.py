"""Candidates: the figures of a quarter as they are proposed, with the rows and definitions behind them.

Written in one transaction under the warehouse lock: what is proposed is what was known at one instant, merges wait.
What arrives later never blocks a close: the candidate pins the batches that it knew.

Data flow: pins + base + definitions -> draft (cells, placed rows, hash) -> findings -> results.candidate,
candidate_value, evidence_set, evidence; restricted.contract.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert as pg_insert

from trimestre.contracts import Project
from trimestre.contracts.base import digest
from trimestre.errors import ContractError
from trimestre.indicators.coherence import check
from trimestre.indicators.coherence_rules import ERROR, EXPLANATION
from trimestre.indicators.definitions import definition_findings
from trimestre.indicators.drafting import Draft, draft, frozen
from trimestre.indicators.evidence import Pins, current_pins
from trimestre.indicators.explaining import explanations
from trimestre.indicators.placing import current_base
from trimestre.indicators.project_status import propose, status_of
from trimestre.indicators.vintages import vintage_in_force
from trimestre.periods import Period
from trimestre.texts import REFUSALS
from trimestre.warehouse.database import lock_warehouse, transaction, whole_tables
from trimestre.warehouse.decisions import plain_reason
from trimestre.warehouse.entities import IDENTITY_SOURCE
from trimestre.warehouse.sqlfiles import statement
from trimestre.warehouse.tables.restricted import contract
from trimestre.warehouse.tables.results import candidate, candidate_value, evidence_set, evidence_set_id

Finding = Mapping[str, Any]
"""indicator, check, severity (error, explanation, warning), category, values."""

_DAY = "%d/%m/%Y"
_INSTANT = f"{_DAY} %H:%M %Z"


@dataclass(frozen=True)
class Prepared:
    """What preparing a quarter gave."""

    candidate_id: int
    hash: str
    findings: tuple[Finding, ...]
    """What the checks found: what was explained, and warnings."""


class NotReady(ContractError):
    """Figures of a quarter can't be proposed: something is wrong, or a deviation is not explained."""

    def __init__(self, period: Period, errors: Sequence[Finding], unexplained: Sequence[Finding]) -> None:
        self.findings = (*errors, *unexplained)
        """What stands in the way."""
        parts = {name: items for name, items in (("errors", errors), ("unexplained", unexplained)) if items}
        found = REFUSALS["and"].join(REFUSALS[name].format(codes=_listed(items)) for name, items in parts.items())
        mends = ". ".join(REFUSALS[f"mend_{name}"].format(period=period) for name in parts)
        super().__init__(REFUSALS["not_ready"].format(period=period, found=found, mends=mends))


def prepare(
    engine: sa.Engine,
    project: Project,
    period: Period,
    *,
    prepared_by: str,
    now: datetime,
    reason: str | None = None,
    force: bool = False,
    received_until: datetime | None = None,
) -> Prepared:
    """Write a candidate of a quarter; an older pending one becomes void. One transaction under the warehouse lock.

    ``now``: an instant; ``force`` goes before the quarter's limits, for a ``reason``. A quarter with a vintage is
    restated, which needs a reason, too. ``received_until``: only what was merged up to this instant counts.
    :class:`NotReady` when a check found an error or a deviation without an explanation; :class:`ContractError` before
    the limits, without a reason, for a quarter out of the project, with a source whose YAML is wrong, or where an
    earlier quarter was published with rows that came after ``received_until``.
    """
    _check_project(project, period)
    waited = waiting_for(project, period, now)
    if waited and not force:
        today = f"{now.astimezone(project.framework.zone):{_DAY}}"
        raise ContractError(REFUSALS["too_early"].format(period=period, today=today, limits=", ".join(waited)))
    with transaction(engine) as connection:
        lock_warehouse(connection)
        whole_tables(connection)
        kind, why = _kind_and_reason(connection, period, reason, forced=bool(waited))
        pins = pins_until(connection, received_until) if received_until else current_pins(connection)
        _check_known(connection, period, pins)
        made = draft(connection, project, period, pins, current_base(connection, project, period))
        findings, explanations = _judged(connection, project, made)
        number = write_candidate(
            connection,
            period=str(period),
            kind=kind,
            hash=made.hash,
            pins=dict(pins.batches),
            base=dict(made.base.vintages),
            known_at=max(pins.instants.values()),
            definitions=made.definitions,
            contract=_keep_contract(connection, project.root),
            forced=bool(waited),
            reason=why,
            findings=findings,
            explanations=explanations,
            project_status=propose(project, made.values).as_dict() | status_of(connection, period),
            prepared_by=prepared_by,
            values=made.values,
        )
        _freeze(connection, number, made)
    return Prepared(number, made.hash, tuple(findings))


def waiting_for(project: Project, period: Period, now: datetime) -> list[str]:
    """The limits of a quarter that are not past at an instant, each with its day; empty = it may be closed."""
    today = now.astimezone(project.framework.zone).date()
    last_days = [
        ("quarter_end", "", period.next().first_day() - timedelta(days=1)),
        ("reception_end", "", project.periods.received_until(period)),
        *(
            ("edition_end", edition.edition, edition.last_day)
            for course in project.courses
            for edition in course.editions
            if Period.of(edition.opens_on) == period
        ),
    ]
    return [
        REFUSALS[what].format(edition=edition, day=f"{day:{_DAY}}") for what, edition, day in last_days if today <= day
    ]


def pins_until(connection: sa.Connection, instant: datetime) -> Pins:
    """Pins at what was merged up to an instant; identity at the newest merge of any source by then."""
    rows = connection.execute(
        sa.text(
            "SELECT DISTINCT ON (source) source, batch_id, merged_at FROM ops.batch"
            " WHERE merged_at <= :instant ORDER BY source, merged_at DESC"
        ),
        {"instant": instant},
    ).all()
    if not rows:
        raise ContractError(REFUSALS["no_batch_until"].format(instant=f"{instant:{_INSTANT}}"))
    newest = max(rows, key=lambda row: row.merged_at)
    return Pins(
        {row.source: row.batch_id for row in rows} | {IDENTITY_SOURCE: newest.batch_id},
        {row.source: row.merged_at for row in rows} | {IDENTITY_SOURCE: newest.merged_at},
    )


def write_candidate(connection: sa.Connection, values: Iterable[Mapping[str, Any]], **said: Any) -> int:
    """Write a candidate with its cells as the pending one of its quarter and return its number.

    ``values``: cells with the columns of ``results.candidate_value`` beside candidate and quarter; ``said``: the
    columns of ``results.candidate`` that a preparer gives. The pending candidate before it becomes void.
    """
    connection.execute(
        sa.update(candidate)
        .where(candidate.c.period == said["period"], candidate.c.state == "pending")
        .values(state="void")
    )
    number: int = connection.execute(
        sa.insert(candidate)
        .values(**said, state="pending", report_state="borrador", prepared_at=sa.func.clock_timestamp())
        .returning(candidate.c.candidate_id)
    ).scalar_one()
    own = {"candidate_id": number, "period": said["period"]}
    names = [column.name for column in candidate_value.columns if column.name not in own]
    rows = [{name: value[name] for name in names} | own for value in values]
    if rows:
        connection.execute(sa.insert(candidate_value), rows)
    return number


def _check_project(project: Project, period: Period) -> None:
    project.expect_quarter(period)
    if project.broken_sources:
        problems = "\n".join(project.broken_sources.values())
        raise ContractError(REFUSALS["wrong_yaml"].format(period=period, problems=problems))


def _kind_and_reason(
    connection: sa.Connection, period: Period, reason: str | None, *, forced: bool
) -> tuple[str, str | None]:
    """Close or restatement, and the reason as it may be stored; :class:`ContractError` where one is needed."""
    published = vintage_in_force(connection, period)
    if published is not None and published["kind"] == "inherited":
        raise ContractError(REFUSALS["inherited_in_force"].format(period=period))
    what = "restatement" if published is not None else "close_forced" if forced else "close"
    needed = forced or published is not None or (reason or "").strip()
    why = plain_reason(REFUSALS[what].format(period=period), reason or "") if needed else None
    return "close" if published is None else "restatement", why


def _check_known(connection: sa.Connection, period: Period, pins: Pins) -> None:
    """What an earlier quarter published is to be known here, too: missing, it would be taken off as an adjustment."""
    newest = max(pins.instants.values())
    later = connection.execute(
        sa.text(
            "SELECT c.period, c.known_at FROM (SELECT DISTINCT ON (v.period) v.* FROM results.candidate AS v"
            " WHERE v.state = 'vintage' ORDER BY v.period, v.vintage DESC) AS c"
            " WHERE c.period < :period AND c.kind <> 'inherited' AND c.known_at > :newest"
            " ORDER BY c.known_at DESC LIMIT 1"
        ),
        {"period": str(period), "newest": newest},
    ).one_or_none()
    if later is not None:
        until = {"newest": f"{newest:{_INSTANT}}", "later": later.period, "until": f"{later.known_at:{_INSTANT}}"}
        raise ContractError(REFUSALS["known_less"].format(period=period, **until))


def _judged(
    connection: sa.Connection, project: Project, made: Draft
) -> tuple[list[dict[str, Any]], dict[str, dict[str, str]]]:
    """What the checks found, and the explanations in force; :class:`NotReady` when somebody has to do something."""
    found = [
        *definition_findings(connection, project, made.period),
        *(item.as_dict() for item in check(connection, project, made.period, made.values, made.pins, made.base)),
    ]
    explained = explanations(connection, made.period)
    errors = [item for item in found if item["severity"] == ERROR]
    unexplained = [item for item in found if item["severity"] == EXPLANATION and item["indicator"] not in explained]
    if errors or unexplained:
        raise NotReady(made.period, errors, unexplained)
    return found, explained


def _listed(findings: Sequence[Finding]) -> str:
    return ", ".join(dict.fromkeys(item["indicator"] or REFUSALS["every_indicator"] for item in findings))


def _keep_contract(connection: sa.Connection, root: Path) -> str:
    """Keep every YAML file of the project, once for each state of them; their digest."""
    files = {
        path.relative_to(root).as_posix(): path.read_text(encoding="utf-8")
        for folder in ("framework", "sources", "expectations")
        for path in sorted((root / folder).rglob("*.yaml"))
    }
    known = digest(files)
    connection.execute(pg_insert(contract).values(digest=known, files=files).on_conflict_do_nothing())
    return known


def _freeze(connection: sa.Connection, number: int, made: Draft) -> None:
    """Keep the rows behind the lines of a draft: a set for each table of placed rows."""
    last = str(made.period)
    sets: dict[str, int] = {}
    for line in made.lines:
        if line.table not in sets:
            sets[line.table] = connection.execute(sa.select(evidence_set_id.next_value())).scalar_one()
            text = statement("vintages/freeze", frozen=frozen(line.table))
            connection.execute(sa.text(text), {"set_id": sets[line.table], "last": last})
    rows = [
        {
            "candidate_id": number,
            "indicator": line.indicator.code,
            "official": line.official,
            "attribution": line.attribution,
            "set_id": sets[line.table],
            "first_period": last if line.indicator.span == "period" else "",
            "last_period": last,
            "definition_version": line.indicator.version,
            "method": line.indicator.method_digest(),
        }
        for line in made.lines
    ]
    if rows:
        connection.execute(sa.insert(evidence_set), rows)
    connection.execute(sa.text("ANALYZE results.evidence"))
