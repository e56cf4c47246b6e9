"""Evidence: the rows behind a value, as known at the pins.

A *pin* is the last merged batch of a source; what was known is all that was merged up to it. The past is read by
subqueries with the pins as bound parameters (``asof.<table>`` in the SQL files).

Data flow: sql/evidence/<evidence>.sql at the pins -> rows (placed in quarters by ``placing``).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from trimestre.contracts import Project
from trimestre.contracts.base import digest
from trimestre.contracts.indicators import Indicator
from trimestre.errors import ContractError
from trimestre.texts import REFUSALS, YAML_EVIDENCE
from trimestre.warehouse.entities import IDENTITY_SOURCE
from trimestre.warehouse.sqlfiles import ROOT, read

COLUMNS = (
    "evidence_key", "account_key", "at", "at_estimated", "edition", "event", "survey", "module", "source", "value",
    "hit", "excluded", "sex", "institution", "state", "organisation_type", "batch_id", "landed_file_id", "position",
)  # fmt: skip
"""What every ``sql/evidence/*.sql`` returns, one row per thing counted."""

OF_ACCOUNTS = (
    "account", "enrolment", "module_completion", "certificate", "invitation", "response", "answer", "attendance",
    "attendance_interval", "person_link",
)  # fmt: skip
"""Tables of ``warehouse`` whose versions belong to an account."""

OF_PEOPLE = (*OF_ACCOUNTS, "person")
"""Tables of which a statement may read the versions of some people only."""

_SHARED = ("participation", "described")
"""Statements that most evidence reads, for every line and quarter, and that cost more than what comes after them; the
first reads the second."""

_WHOLE = re.compile(rf"\bFROM (?:warehouse\.({'|'.join(OF_PEOPLE)}) AS version|results\.(evidence) AS e)\b")


@dataclass(frozen=True)
class Pins:
    """What was known: source -> last merged batch, and its system time (a label)."""

    batches: dict[str, int]
    instants: dict[str, datetime] = field(compare=False)
    among: str = ""
    """Prefix of the temporary tables with the versions of the people looked at (``touching``); empty = everybody."""

    def parameters(self) -> dict[str, Any]:
        """The bound parameters of ``asof.<table>``."""
        sources = [source for source in self.instants if source != IDENTITY_SOURCE]
        return {
            "pin_sources": sources,
            "pin_instants": [self.instants[source] for source in sources],
            "identity_at": self.instants[IDENTITY_SOURCE],
            "among": self.among,
        }


def current_pins(connection: sa.Connection) -> Pins:
    """Pins at everything merged so far. Identity is pinned at the newest merge of any source."""
    rows = connection.execute(
        sa.text(
            "SELECT DISTINCT ON (source) source, batch_id, merged_at FROM ops.batch"
            " WHERE merged_at IS NOT NULL ORDER BY source, merged_at DESC"
        )
    ).all()
    if not rows:
        raise ContractError(REFUSALS["no_batch"])
    newest = max(rows, key=lambda row: row.merged_at)
    return Pins(
        {row.source: row.batch_id for row in rows} | {IDENTITY_SOURCE: newest.batch_id},
        {row.source: row.merged_at for row in rows} | {IDENTITY_SOURCE: newest.merged_at},
    )


def pins_at(connection: sa.Connection, batches: dict[str, int]) -> Pins:
    """The pins of an earlier computation, by its batches."""
    rows = connection.execute(
        sa.text("SELECT batch_id, merged_at FROM ops.batch WHERE batch_id = ANY(:ids) AND merged_at IS NOT NULL"),
        {"ids": list(batches.values())},
    )
    instants = {row.batch_id: row.merged_at for row in rows}
    return Pins(batches, {source: instants[batch_id] for source, batch_id in batches.items()})


def evidence_text(name: str, what: str = "evidence") -> str:
    """The statement of an evidence that ``what`` names; :class:`ContractError` with the known ones if there is none."""
    if not (ROOT / "evidence" / f"{name}.sql").is_file():
        known = ", ".join(sorted(path.stem for path in (ROOT / "evidence").glob("[a-z]*.sql")))
        raise ContractError(YAML_EVIDENCE["unknown"].format(what=what, found=name, known=known))
    return read(f"evidence/{name}")


def evidence_texts(indicator: Indicator) -> dict[str, str]:
    """The statements that an indicator's value comes from, by name; the error names the indicator and the key."""
    named = {"evidence": indicator.evidence}
    if indicator.representative:
        named["representative.denominator"] = indicator.representative.denominator
    return {
        name: evidence_text(name, YAML_EVIDENCE["key"].format(code=indicator.code, key=key))
        for key, name in named.items()
    }


def check_definition(indicator: Indicator) -> None:
    """Raise :class:`ContractError` when an indicator names unknown evidence or lacks one of its parameters."""
    given = {"pin_sources", "pin_instants", "identity_at", "indicator", "zone", *indicator.parameters}
    for name, text in evidence_texts(indicator).items():
        missing = sorted(set(sa.text(text).compile().params) - given)
        if missing:
            raise _lacking(indicator, name, missing)


def execute(
    connection: sa.Connection,
    project: Project,
    indicator: Indicator,
    pins: Pins,
    statement_text: str,
    more: dict[str, Any],
) -> sa.CursorResult[Any]:
    """Run a statement over evidence with those parameters it names; a missing one is a mistake in the YAML."""
    parameters = {
        **pins.parameters(),
        **indicator.parameters,
        "indicator": indicator.code,
        "zone": project.framework.timezone,
        **more,
    }
    missing = sorted(set(sa.text(statement_text).compile().params) - set(parameters))
    if missing:
        raise _lacking(indicator, indicator.evidence, missing)
    return run(connection, statement_text, parameters)


def _lacking(indicator: Indicator, evidence: str, missing: Sequence[str]) -> ContractError:
    named = {"code": indicator.code, "evidence": evidence, "missing": ", ".join(missing)}
    return ContractError(YAML_EVIDENCE["parameters"].format(**named))


def run(connection: sa.Connection, statement_text: str, parameters: dict[str, Any]) -> sa.CursorResult[Any]:
    """Run a statement with those parameters it names; what most evidence reads is worked out once a transaction.

    ``among``, where the pins have it, lets it read the history of these people in the place of everybody's.
    """
    for name in _SHARED:
        inlined = f"({read(f'evidence/_{name}')})"  # what sqlfiles makes of shared.<name>
        if inlined in statement_text:
            statement_text = statement_text.replace(inlined, _shared(connection, name, parameters))
    if among := parameters.get("among"):
        statement_text = _WHOLE.sub(lambda found: _some(found, among), statement_text)
    text = sa.text(statement_text)
    return connection.execute(text, {name: parameters[name] for name in text.compile().params})


def _some(found: re.Match[str], among: str) -> str:
    name, alias = (found[1], "version") if found[1] else (found[2], "e")
    return f"FROM pg_temp.{among}{name} AS {alias}"


def _shared(connection: sa.Connection, name: str, parameters: dict[str, Any]) -> str:
    """The temporary table with what a shared statement gives at the pins: made once a transaction."""
    pins = {name: parameters[name] for name in ("pin_sources", "pin_instants", "identity_at", "among")}
    table = f"{name}_{digest(pins)[:16]}"
    if connection.execute(sa.text("SELECT to_regclass(:name)"), {"name": f"pg_temp.{table}"}).scalar() is None:
        run(connection, f"CREATE TEMPORARY TABLE {table} ON COMMIT DROP AS {read(f'evidence/_{name}')}", pins)
        connection.execute(sa.text(f"ANALYZE {table}"))
    return f"pg_temp.{table}"
