"""Rechecking figures: worked out from all evidence once more, and compared with what nights made of what moved.

Lines that are kept from night to night (``keeping``) are to hold what all evidence gives. That is looked at once a day;
what differs is computed anew at once, and said, since it is a bug. The lines kept are then those worked out here.

Data flow: all evidence at the current pins -> values -> compared with results.indicator_value, span_value -> those that
differ, ops.kept_line.
"""

from dataclasses import dataclass

import sqlalchemy as sa

from trimestre.contracts import Project
from trimestre.contracts.base import digest
from trimestre.indicators.cells import CellSource
from trimestre.indicators.computing import definitions_digest, work_out
from trimestre.indicators.evidence import current_pins
from trimestre.indicators.keeping import Kept
from trimestre.indicators.placing import base_of, vintages_in_force
from trimestre.indicators.storing import Known, store, unmoved
from trimestre.warehouse.database import lock_warehouse, transaction, whole_tables

_SETTING = "figures_rechecked"


@dataclass(frozen=True)
class Rechecked:
    """What a recheck found."""

    quarters: tuple[str, ...]
    """Quarters looked at: computed, with nothing that moved since. None where nothing moved since the last recheck."""
    differed: tuple[str, ...]
    """Quarters whose stored figures were not those of all evidence; they are now."""


def recheck(engine: sa.Engine, project: Project) -> Rechecked:
    """Work every computed quarter out from all evidence; what differs is stored as its newest computation."""
    with transaction(engine) as connection:
        if connection.execute(sa.text("SELECT NOT EXISTS (SELECT 1 FROM results.computation)")).scalar_one():
            return Rechecked((), ())
        pins, vintages, definitions = (
            current_pins(connection),
            vintages_in_force(connection),
            definitions_digest(project),
        )
        known = Known(pins, vintages, definitions)
        mark = digest([sorted(pins.instants.items()), vintages, definitions])
        periods = [p for p in project.periods.all() if unmoved(connection, p, definitions, vintages)]
        if not periods or _checked(connection) == mark:
            return Rechecked((), ())
        whole_tables(connection)
        kept = Kept(connection, pins, anew=True)
        source = CellSource(connection, project, pins, kept)
        worked_out = {
            period: work_out(connection, project, period, pins, base_of(connection, project, vintages, period), source)
            for period in periods
        }
        lock_warehouse(connection)
        differed = [
            str(period) for period, values in worked_out.items() if store(connection, period, known, map(vars, values))
        ]
        kept.save(connection)
        connection.execute(
            sa.text(
                "INSERT INTO ops.setting (setting, value) VALUES (:setting, :value)"
                " ON CONFLICT (setting) DO UPDATE SET value = excluded.value"
            ),
            {"setting": _SETTING, "value": mark},
        )
    return Rechecked(tuple(map(str, periods)), tuple(differed))


def _checked(connection: sa.Connection) -> str | None:
    """What the last recheck looked at."""
    asked = sa.text("SELECT value FROM ops.setting WHERE setting = :setting")
    return connection.execute(asked, {"setting": _SETTING}).scalar()
