"""Filling the tables of ``marts`` from the evidence at given pins, all rows or those of some people.

The rows behind the figures are the very statements of the indicators (sql/evidence, sql/compute/attributed and placed),
worked out once a transaction; the tables of ``marts`` are made of them and of each other.

Data flow: pins -> attributed and placed evidence (temporary tables) -> sql/marts/<table>.sql -> ``differing`` -> marts.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from trimestre.contracts import Project
from trimestre.contracts.indicators import Indicator
from trimestre.indicators.cells import SHARES
from trimestre.indicators.evidence import COLUMNS, Pins, check_definition, evidence_text, run
from trimestre.indicators.placing import current_base, linked_text, placed_or_read
from trimestre.pipeline.marts.differing import bring
from trimestre.texts import MART_REASONS, MART_SENTENCES
from trimestre.warehouse.sqlfiles import read, statement
from trimestre.warehouse.tables import metadata

NEEDED = (
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


def in_force(project: Project) -> list[Indicator]:
    """The indicators that are computed."""
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


def attributed_text(evidence: str, *, whole: bool = False) -> str:
    """The attributed rows of an evidence, with what the marts of facts need of them, or whole."""
    text = read("marts/_responses") if evidence == "responses" else evidence_text(evidence)
    names = _ATTRIBUTED if evidence == "responses" else _ATTRIBUTED[1:]
    return f"SELECT {'*' if whole else ', '.join(names)} FROM ({linked_text(text)}) AS a"


def marts_rows(table: sa.Table, text: str) -> str:
    """The rows of a statement in the columns of its table."""
    return f"SELECT {', '.join(table.columns.keys())} FROM ({text}) AS f"


class Filling:
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
            "methods": json.dumps({indicator.code: indicator.method_digest() for indicator in in_force(project)}),
        }
        self._pins = pins
        self._attributed_tables: set[str] = set()
        first = project.periods.all()[0]
        self._base = replace(current_base(connection, project, first), quarter="")
        self._make("quarters", read("marts/_quarters"))

    def prepare(self, group: str) -> None:
        """Make the temporary tables that the statements of a group read."""
        if group == "facts":
            for name in ("people", "accounts", "modules"):
                self._make(name, read(f"marts/_{name}"))
            for evidence, rule in NEEDED:
                self._attributed(evidence, rule)
        if group == "figures":
            for name in ("targets", "versions", "vintages", "methods", "explained"):
                self._make(name, read(f"marts/_{name}"))

    def fill(self, name: str) -> int:
        """Bring one table to what its statement gives; the number of rows written and deleted."""
        if name == "indicator_evidence":
            return self.fill_behind(in_force(self._project))
        if name == "exclusion":
            self._leave_out()
        table = metadata.tables[f"marts.{name}"]
        return bring(self._run, table, marts_rows(table, statement(f"marts/{name}")))

    def fill_behind(self, indicators: Sequence[Indicator], scope: str = "") -> int:
        """Bring the rows behind the official figures of these indicators, where the rows of others are out of scope."""
        asked: dict[str, Any] = {}
        behind = [f"({_NOTHING_BEHIND})"]
        for number, indicator in enumerate(indicators):
            check_definition(indicator)
            rows, own = self._placed(indicator, indicator.attribution)
            text, parameters = _apart(_behind(indicator, rows), own, str(number))
            behind.append(text)
            asked |= parameters
        table = metadata.tables["marts.indicator_evidence"]
        text = statement("marts/indicator_evidence", behind=f"({' UNION ALL '.join(behind)})")

        def run_asked(text: str) -> sa.CursorResult[Any]:
            return self._run(text, **asked)

        return bring(run_asked, table, marts_rows(table, text), scope)

    def _attributed(self, evidence: str, rule: str) -> None:
        """Make the temporary table with the attributed rows of an evidence under a rule.

        It is whole where a figure counts them, too.
        """
        table = f"{evidence}_by_{rule}"
        if evidence == "survey_reach":  # marts look at those invited, and at those present at an event
            text = attributed_text(evidence)
            self._make(table, f"{text} LIMIT 0", attribution=rule, survey="")
            for survey in self._project.surveys:
                if survey.reached_by in ("invitation", "attendance"):
                    self._run(f"INSERT INTO {table} {text}", attribution=rule, survey=survey.survey)
            return
        whole = any(
            indicator.evidence == evidence and rule in (indicator.attribution, *indicator.reconciliation)
            for indicator in in_force(self._project)
        )
        self._make(table, attributed_text(evidence, whole=whole), attribution=rule)
        if whole:
            self._attributed_tables.add(table)

    def _placed(self, indicator: Indicator, rule: str) -> tuple[str, dict[str, Any]]:
        """The placed rows of a line, to stand behind FROM, and what they ask beside pins and zone.

        Rows are where today's open quarters have them: no closed quarter takes in what came late for it.
        """
        table = f"{indicator.evidence}_by_{rule}"
        attributed = table if table in self._attributed_tables else None
        rows = placed_or_read(
            self._connection, self._project, indicator, self._pins, self._base, rule, attributed=attributed
        )
        return rows.text, {**indicator.parameters, "indicator": indicator.code, **rows.parameters}

    def _leave_out(self) -> None:
        """What every indicator in force leaves out, on each of its lines; the rows of the official one are in marts."""
        columns = ", ".join(
            f"{column.name} {column.type.compile(dialect=self._connection.dialect)}"
            for column in metadata.tables["marts.exclusion"].columns
            if column.name != "reason_text"
        )
        self._run(f"CREATE TEMPORARY TABLE left_out ({columns}) ON COMMIT DROP")
        for indicator in in_force(self._project):
            official = "(SELECT i.* FROM marts.indicator_evidence AS i WHERE i.indicator = :indicator)"
            self._left_out_of(indicator, indicator.attribution, official, {"indicator": indicator.code})
            for rule in indicator.reconciliation:
                self._left_out_of(indicator, rule, *self._placed(indicator, rule))

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
