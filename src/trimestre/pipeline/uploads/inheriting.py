"""Importing figures of before Trimestre: the workbook is landed as any file is, and stands behind every value.

Its batch is neither staged nor merged (``merged_at`` stays empty): no night, replay or pin knows of it.

Data flow: workbook -> Legacy (all or nothing) -> landed file -> pending candidates of kind ``inherited``.
"""

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from trimestre import texts
from trimestre.contracts import Project
from trimestre.contracts.base import digest
from trimestre.indicators.inherited.inheriting import Landed, Proposed, check_inheritable, propose
from trimestre.indicators.inherited.legacy import Legacy, differing_targets, read_legacy
from trimestre.pipeline.landing import land
from trimestre.pipeline.uploads.upload_checks import check_workbook
from trimestre.sources.base import Landing
from trimestre.warehouse.database import lock_warehouse, transaction
from trimestre.warehouse.decisions import plain_reason
from trimestre.warehouse.entities import LEGACY_SOURCE

_READER = "1"
"""Version of what is read of a workbook."""


@dataclass(frozen=True)
class Imported:
    """What an import gave."""

    batch_id: int
    proposed: tuple[Proposed, ...]
    legacy: Legacy
    differing: tuple[str, ...]
    """Targets and baselines of the workbook that the YAML does not have, as lines to paste."""


class _Workbook:
    """The workbook as the landing takes it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def fetch(self, landing: Landing) -> None:
        """Land the file as it is."""
        landing.store_file("valores", "", self._path)


def import_legacy(
    engine: sa.Engine, project: Project, path: Path, *, landing: Path, reason: str, prepared_by: str
) -> Imported:
    """Read a workbook, land it and write a candidate for each of its quarters, all or none.

    :class:`ContractError` with a line for every cell that is wrong, without a reason, or where the quarters are not
    before all that Trimestre published itself; :class:`UploadRefused` for a file that was made to do harm.
    """
    reason = plain_reason(texts.REFUSALS["legacy"], reason)
    with suppress(OSError):  # a file that can't be opened is told by who reads it
        check_workbook(path)
    legacy = read_legacy(path, project)
    with transaction(engine) as connection:
        check_inheritable(connection, legacy)
    batch_id = land(engine, _Workbook(path), LEGACY_SOURCE, landing=landing, fingerprint=digest(_READER))
    with transaction(engine) as connection:
        lock_warehouse(connection)
        check_inheritable(connection, legacy)
        landed = _landed(connection, batch_id)
        proposed = propose(connection, project, legacy, landed, reason=reason, prepared_by=prepared_by)
    return Imported(batch_id, tuple(proposed), legacy, tuple(differing_targets(project, legacy)))


def _landed(connection: sa.Connection, batch_id: int) -> Landed:
    """The landed workbook; its batch has come as far as it ever does."""
    row = connection.execute(
        sa.text(
            "UPDATE ops.batch AS b SET state = 'merged', message = :message FROM ops.landed_file AS f"
            " WHERE b.batch_id = :batch_id AND f.batch_id = b.batch_id RETURNING f.landed_file_id, b.landed_at"
        ),
        {"batch_id": batch_id, "message": texts.LEGACY_CLI["message"]},
    ).one()
    return Landed(batch_id, row.landed_file_id, row.landed_at)
