"""Refreshing the tables for analysts: filled at the current pins, only what differs is written, readers never wait.

The rows behind the figures are the very statements of the indicators (sql/evidence, sql/compute/attributed and placed),
worked out once a transaction; the tables of ``marts`` are made of them and of each other, in the order of ``GROUPS``.
Marts of facts know the natural quarters, those of figures the quarters in which things count once some are closed.

Data flow: pins -> attributed and placed evidence (temporary tables) -> sql/marts/<table>.sql -> ``differing`` -> marts.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from trimestre.contracts import Project
from trimestre.contracts.base import digest
from trimestre.contracts.indicators import Indicator
from trimestre.indicators.cells import SHARES
from trimestre.indicators.computing import definitions_digest
from trimestre.indicators.evidence import COLUMNS, Pins, check_definition, current_pins, evidence_text, run
from trimestre.indicators.placing import current_base, placed_or_read
from trimestre.pipeline.differing import bring
from trimestre.reports.texts import MART_REASONS, MART_SENTENCES
from trimestre.warehouse.database import transaction, whole_tables
from trimestre.warehouse.sqlfiles import ROOT, read, statement
from trimestre.warehouse.tables import metadata

GROUPS = {
    "facts": (
        "enrolment", "enrolment_module", "certificate", "attendance", "answer", "person", "survey", "event", "edition",
        "unmatched_institution",
    ),
    "figures": (
        "exclusion", "indicator_evidence", "vintage", "indicator_value", "span_value", "indicator_target", "target",
        "target_revision", "quarter_bridge", "change", "drift", "verification",
    ),
    "batches": ("batch", "rule_result", "retained"),
}  # fmt: skip
"""What is looked at together, in the order of filling: later ones read earlier ones."""

_NEEDED = (
    ("certificates", "edition"), ("certificates", "event"), ("module_completions", "edition"),
    ("enrolments_entered", "edition"), ("attendances", "event"), ("responses", "edition"), ("survey_reach", "edition"),
)  # fmt: skip
"""Evidence and rule whose attributed rows the statements of ``facts`` read, as ``<evidence>_by_<rule>``."""

_ATTRIBUTED = (
    "evidence_key", "account_key", "source", "edition", "event", "survey", "module", "at", "value", "hit", "excluded",
    "sex", "institution", "state", "organisation_type", "course", "person_key", "period", "late", "landed_file_id",
    "position",
)  # fmt: skip
"""Columns of attributed rows that the statements of ``facts`` read; the key of a row only tells responses apart."""

_BEHIND = (*COLUMNS, "course", "person_key", "period", "natural_period", "late")
"""Columns of placed rows that stand behind a figure."""

_NOTHING_BEHIND = (
    f"SELECT indicator, attribution_rule AS attribution, reason_text AS method, {', '.join(_BEHIND)}"
    " FROM marts.indicator_evidence WHERE FALSE"
)
"""Without any indicator there are the columns, too."""

_LOCK = 7_074_230_148  # refreshes wait for each other, and neither for merges nor merges for them


@dataclass(frozen=True)
class Refreshed:
    """What a refresh did."""

    tables: tuple[str, ...]
    """Tables of which rows were written or deleted."""
    rows: int
    """Rows written plus rows deleted."""


def refresh(engine: sa.Engine, project: Project) -> Refreshed:
    """Bring the tables of ``marts`` to what is merged and computed now, all or none."""
    changed: dict[str, int] = {}
    with transaction(engine) as connection:
        lock_marts(connection)
        moved = list(_moved_groups(connection, project))
        if moved:
            whole_tables(connection)
            # Whole rows of the greatest mart are compared by a hash of them.
            connection.execute(sa.text("SELECT set_config('work_mem', '128MB', TRUE)"))
            pins = current_pins(connection)
            filling = _Filling(connection, project, pins)
            for group, mark in moved:
                filling.prepare(group)
                for name in GROUPS[group]:
                    changed[name] = filling.fill(name)
                _remember(connection, group, mark)
    written = tuple(name for name, rows in changed.items() if rows)
    return Refreshed(written, sum(changed.values()))


def lock_marts(connection: sa.Connection) -> None:
    """Hold the tables for analysts until commit: no refresh writes them meanwhile."""
    connection.execute(sa.text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})


def behind(connection: sa.Connection, project: Project) -> list[str]:
    """The groups of tables that a refresh would look at: something of theirs was merged or computed since."""
    return [group for group, _ in _moved_groups(connection, project)]


def _moved_groups(connection: sa.Connection, project: Project) -> Iterator[tuple[str, str]]:
    """The groups to refresh, each with its new mark; what is made of facts moves with them."""
    if connection.execute(sa.text("SELECT NOT EXISTS (SELECT 1 FROM ops.batch WHERE merged_at IS NOT NULL)")).scalar():
        return
    rows = connection.execute(sa.text("SELECT setting, value FROM ops.setting"))
    known = {row.setting: row.value for row in rows}
    contract = digest(
        {
            "definitions": definitions_digest(project),
            "statements": {path.stem: read(f"marts/{path.stem}") for path in sorted((ROOT / "marts").glob("*.sql"))},
            "texts": [MART_SENTENCES, MART_REASONS],
            "quarters": [str(period) for period in project.periods.all()],
        }
    )
    facts_moved = False
    for group in GROUPS:
        mark = f"{connection.execute(sa.text(read(f'marts/_mark_{group}'))).scalar_one()} {contract}"
        if known.get(f"marts_{group}") != mark or (group == "figures" and facts_moved):
            facts_moved = facts_moved or group == "facts"
            yield group, mark


def _remember(connection: sa.Connection, group: str, mark: str) -> None:
    connection.execute(
        sa.text(
            "INSERT INTO ops.setting (setting, value) VALUES (:setting, :value)"
            " ON CONFLICT (setting) DO UPDATE SET value = excluded.value"
        ),
        {"setting": f"marts_{group}", "value": mark},
    )


def _in_force(project: Project) -> list[Indicator]:
    return [indicator for indicator in project.indicators if indicator.state == "vigente"]


def _behind(indicator: Indicator, rows: str) -> str:
    """The rows of an indicator with what it is; codes and digests have no quotes."""
    return (
        f"SELECT '{indicator.code}' AS indicator, '{indicator.attribution}' AS attribution,"
        f" '{indicator.method_digest()}' AS method, {', '.join(_BEHIND)} FROM {rows} AS e"
    )


def _apart(text: str, parameters: Mapping[str, Any], mark: str) -> tuple[str, dict[str, Any]]:
    """A text with these of its parameters under names of their own, so that it stands beside others; and they."""
    names = "|".join(map(re.escape, parameters))
    renamed = re.sub(rf"(?<![:\w]):({names})\b", rf":\1_{mark}", text)
    return renamed, {f"{name}_{mark}": value for name, value in parameters.items()}


def _attributed_text(evidence: str, *, whole: bool = False) -> str:
    """The attributed rows of an evidence, with what the marts of facts need of them, or whole."""
    text = read("marts/_responses") if evidence == "responses" else evidence_text(evidence)
    names = _ATTRIBUTED if evidence == "responses" else _ATTRIBUTED[1:]
    return f"SELECT {'*' if whole else ', '.join(names)} FROM ({statement('compute/attributed', evidence=text)}) AS a"


class _Filling:
    """One refresh: the temporary tables that statements share, and the difference of each table."""

    def __init__(self, connection: sa.Connection, project: Project, pins: Pins) -> None:
        self._connection = connection
        self._project = project
        self._parameters: dict[str, Any] = {
            **pins.parameters(),
            "zone": project.framework.timezone,
            "periods": [str(period) for period in project.periods.all()],
            "texts": json.dumps(MART_SENTENCES, ensure_ascii=False),
            "reasons": json.dumps(MART_REASONS, ensure_ascii=False),
            "methods": json.dumps({indicator.code: indicator.method_digest() for indicator in _in_force(project)}),
        }
        self._pins = pins
        self._attributed_tables: set[str] = set()
        self._tokens = {"behind": f"({_NOTHING_BEHIND})"}
        self._make("quarters", read("marts/_quarters"))

    def prepare(self, group: str) -> None:
        """Make the temporary tables that the statements of a group read."""
        if group == "facts":
            for name in ("people", "accounts", "modules"):
                self._make(name, read(f"marts/_{name}"))
            for evidence, rule in _NEEDED:
                self._attributed(evidence, rule)
        if group == "figures":
            for name in ("targets", "versions", "vintages", "methods", "explained"):
                self._make(name, read(f"marts/_{name}"))
            self._placed()

    def fill(self, name: str) -> int:
        """Bring one table to what its statement gives; the number of rows written and deleted."""
        table = metadata.tables[f"marts.{name}"]
        columns = ", ".join(table.columns.keys())
        rows = f"SELECT {columns} FROM ({statement(f'marts/{name}', **self._tokens)}) AS f"
        return bring(self._run, table, rows)

    def _attributed(self, evidence: str, rule: str) -> None:
        """Make the temporary table with the attributed rows of an evidence under a rule.

        It is whole where a figure counts them, too.
        """
        table = f"{evidence}_by_{rule}"
        if evidence == "survey_reach":  # marts look at those that a delivered invitation went to
            text = _attributed_text(evidence)
            self._make(table, f"{text} LIMIT 0", attribution=rule, survey="")
            for survey in self._project.surveys:
                if survey.reached_by == "invitation":
                    self._run(f"INSERT INTO {table} {text}", attribution=rule, survey=survey.survey)
            return
        whole = any(
            indicator.evidence == evidence and rule in (indicator.attribution, *indicator.reconciliation)
            for indicator in _in_force(self._project)
        )
        self._make(table, _attributed_text(evidence, whole=whole), attribution=rule)
        if whole:
            self._attributed_tables.add(table)

    def _placed(self) -> None:
        """What every indicator in force leaves out, on each of its lines, and the rows behind its official one.

        Rows are where today's open quarters have them: no closed quarter takes in what came late for it.
        """
        base = replace(current_base(self._connection, self._project, self._project.periods.all()[0]), quarter="")
        columns = ", ".join(
            f"{column.name} {column.type.compile(dialect=self._connection.dialect)}"
            for column in metadata.tables["marts.exclusion"].columns
            if column.name != "reason_text"
        )
        self._run(f"CREATE TEMPORARY TABLE left_out ({columns}) ON COMMIT DROP")
        behind = []
        for number, indicator in enumerate(_in_force(self._project)):
            check_definition(indicator)
            for rule in (indicator.attribution, *indicator.reconciliation):
                table = f"{indicator.evidence}_by_{rule}"
                attributed = table if table in self._attributed_tables else None
                rows = placed_or_read(
                    self._connection, self._project, indicator, self._pins, base, rule, attributed=attributed
                )
                own = {**indicator.parameters, "indicator": indicator.code, **rows.parameters}
                self._left_out_of(indicator, rule, rows.text, own)
                if rule == indicator.attribution:
                    text, parameters = _apart(_behind(indicator, rows.text), own, str(number))
                    behind.append(text)
                    self._parameters |= parameters
        if behind:
            self._tokens = {"behind": f"({' UNION ALL '.join(behind)})"}

    def _left_out_of(self, indicator: Indicator, rule: str, rows: str, own: Mapping[str, Any]) -> None:
        self._run(
            "INSERT INTO left_out (indicator, period, attribution_rule, source, reason, official, rows, value,"
            f" value_if_counted) {statement('marts/_excluded', rows=rows)}",
            **{
                **own,
                "attribution": rule,
                "official": rule == indicator.attribution,
                "cumulative": indicator.span == "cumulative",
                "measure": indicator.measure,
                "shares": indicator.measure in SHARES,
                "has_total": indicator.total,
                "decimals": indicator.decimals,
            },
        )

    def _make(self, table: str, text: str, **parameters: Any) -> None:
        self._run(f"CREATE TEMPORARY TABLE {table} ON COMMIT DROP AS {text}", **parameters)
        self._run(f"ANALYZE {table}")

    def _run(self, text: str, **parameters: Any) -> sa.CursorResult[Any]:
        return run(self._connection, text, self._parameters | parameters)
