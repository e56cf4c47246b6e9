"""Refreshing the tables for analysts: filled at the current pins, only what differs is written, readers never wait.

The rows behind the figures are the very statements of the indicators (sql/evidence, sql/compute/attributed and placed),
worked out once a transaction; the tables of ``marts`` are made of them and of each other, in the order of ``GROUPS``.
Marts of facts know the natural quarters, those of figures the quarters in which things count once some are closed.

Data flow: pins -> attributed and placed evidence (temporary tables) -> sql/marts/<table>.sql -> ``differing`` -> marts.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from trimestre.contracts import Project
from trimestre.contracts.base import digest
from trimestre.indicators.computing import definitions_digest
from trimestre.indicators.evidence import OF_PEOPLE, Pins, current_pins
from trimestre.indicators.keeping import MARTS_KNOWN
from trimestre.indicators.placing import vintages_in_force
from trimestre.indicators.touching import follows, touch
from trimestre.pipeline.marts.filling import Filling
from trimestre.pipeline.marts.following import Following
from trimestre.texts import MART_REASONS, MART_SENTENCES
from trimestre.warehouse.database import transaction, whole_tables
from trimestre.warehouse.sqlfiles import ROOT, read

GROUPS = {
    "facts": (
        "attendance", "enrolment", "enrolment_module", "certificate", "answer", "person", "survey", "event", "edition",
        "unmatched_institution",
    ),
    "figures": (
        "indicator_evidence", "exclusion", "vintage", "indicator_value", "span_value", "indicator_target", "target",
        "target_revision", "quarter_bridge", "change", "drift", "verification",
    ),
    "batches": ("batch", "rule_result", "retained"),
}  # fmt: skip
"""What is looked at together, in the order of filling: later ones read earlier ones."""

_LOCK = 7_074_230_148  # refreshes wait for each other, and neither for merges nor merges for them


@dataclass(frozen=True)
class Refreshed:
    """What a refresh did."""

    tables: tuple[str, ...]
    """Tables of which rows were written or deleted."""
    rows: int
    """Rows written plus rows deleted."""


def refresh(engine: sa.Engine, project: Project, *, full: bool = False) -> Refreshed:
    """Bring the tables of ``marts`` to what is merged and computed now, all or none.

    ``full`` looks at the rows of everybody, whatever moved; else at those of the people touched where that is enough.
    """
    changed: dict[str, int] = {}
    with transaction(engine) as connection:
        lock_marts(connection)
        contract = _contract(project)
        moved = list(_moved_groups(connection, contract, every=full))
        if moved:
            whole_tables(connection)
            pins = current_pins(connection)
            made_by = digest([contract, vintages_in_force(connection)])
            facts_or_figures = any(group != "batches" for group, _ in moved)
            filling = _filling(connection, project, pins, None if full or not facts_or_figures else made_by)
            for group, mark in moved:
                filling.prepare(group)
                for name in GROUPS[group]:
                    changed[name] = filling.fill(name)
                _remember(connection, f"marts_{group}", mark)
            if facts_or_figures:
                known = {source: at.isoformat() for source, at in pins.instants.items()}
                _remember(connection, MARTS_KNOWN, json.dumps({"made_by": made_by, "instants": known}))
    written = tuple(name for name, rows in changed.items() if rows)
    return Refreshed(written, sum(changed.values()))


def _filling(connection: sa.Connection, project: Project, pins: Pins, made_by: str | None) -> Filling:
    """Of the people touched since the marts were made in the same way; of everybody where more than people moved."""
    asked = sa.text("SELECT value FROM ops.setting WHERE setting = :setting")
    known = connection.execute(asked, {"setting": MARTS_KNOWN}).scalar()
    if known is not None and json.loads(known)["made_by"] == made_by:
        instants = json.loads(known)["instants"]
        old = Pins({}, {source: datetime.fromisoformat(at) for source, at in instants.items()})
        if follows(pins, old):
            touched = touch(connection, old, pins)
            if not touched.many and touched.tables <= {*OF_PEOPLE, "reported_value"}:
                return Following(connection, project, pins, touched)
    return Filling(connection, project, pins)


def lock_marts(connection: sa.Connection) -> None:
    """Hold the tables for analysts until commit: no refresh writes them meanwhile."""
    connection.execute(sa.text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})


def behind(connection: sa.Connection, project: Project) -> list[str]:
    """The groups of tables that a refresh would look at: something of theirs was merged or computed since."""
    return [group for group, _ in _moved_groups(connection, _contract(project), every=False)]


def _contract(project: Project) -> str:
    """Digest of everything but data that the marts are made by."""
    return digest(
        {
            "definitions": definitions_digest(project),
            "statements": {path.stem: read(f"marts/{path.stem}") for path in sorted((ROOT / "marts").glob("*.sql"))},
            "texts": [MART_SENTENCES, MART_REASONS],
            "quarters": [str(period) for period in project.periods.all()],
        }
    )


def _moved_groups(connection: sa.Connection, contract: str, *, every: bool) -> Iterator[tuple[str, str]]:
    """The groups to refresh, each with its new mark; what is made of facts moves with them."""
    if connection.execute(sa.text("SELECT NOT EXISTS (SELECT 1 FROM ops.batch WHERE merged_at IS NOT NULL)")).scalar():
        return
    rows = connection.execute(sa.text("SELECT setting, value FROM ops.setting"))
    known = {row.setting: row.value for row in rows}
    facts_moved = False
    for group in GROUPS:
        mark = f"{connection.execute(sa.text(read(f'marts/_mark_{group}'))).scalar_one()} {contract}"
        if every or known.get(f"marts_{group}") != mark or (group == "figures" and facts_moved):
            facts_moved = facts_moved or group == "facts"
            yield group, mark


def _remember(connection: sa.Connection, setting: str, value: str) -> None:
    connection.execute(
        sa.text(
            "INSERT INTO ops.setting (setting, value) VALUES (:setting, :value)"
            " ON CONFLICT (setting) DO UPDATE SET value = excluded.value"
        ),
        {"setting": setting, "value": value},
    )
