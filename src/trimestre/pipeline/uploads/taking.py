"""A workbook that was previewed is taken: what it changes is applied, all or nothing, with who and when.

Data flow: upload that waits + rows -> preview again -> tables, decisions, YAML, file of the drop folder -> taken.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from trimestre import texts
from trimestre.errors import ContractError, TrimestreError
from trimestre.pipeline.plant import Plant
from trimestre.pipeline.uploads import uploading
from trimestre.reports.workbooks import book_of, preview, read
from trimestre.reports.workbooks.model import Taking
from trimestre.warehouse.database import lock_warehouse, transaction

Undo = Callable[[], None]


@dataclass(frozen=True)
class Taken:
    """What became of a workbook."""

    lines: tuple[str, ...]
    """What was done, in Spanish."""
    changed: int
    """How many records."""


def take_upload(plant: Plant, uploads: Path, upload_id: int, *, who: str, now: datetime) -> Taken:
    """Apply what the workbook of an upload changes and mark it as taken, in one transaction.

    :class:`ContractError`, and nothing done, when something in it is wrong, when the upload was decided already, or
    when it would change something else than its preview said.
    """
    with _reversible() as reversals, transaction(plant.engine) as connection:
        at = lock_warehouse(connection)
        upload = uploading.hold(connection, upload_id)
        sheet = read(upload["kind"], uploading.file_of(uploads, upload), plant.project)
        done = _apply(Taking(connection, plant, sheet, upload_id, who, now, at, reversals), upload["preview"] or {})
        uploading.decide(connection, upload_id, uploading.TAKEN, who=who, now=at, done=done.lines)
    uploading.forget(uploads, upload, uploading.TAKEN)
    return done


def _apply(taking: Taking, shown: Mapping[str, Any]) -> Taken:
    """Do what a sheet changes, as long as it is what was ``shown``."""
    kind = taking.sheet.kind
    found = preview(kind, taking.connection, taking.plant.project, taking.sheet, taking.who)
    if found.problems:
        raise ContractError("\n".join([texts.WORKBOOK_REFUSALS["problems"], *found.problems]))
    if not found.edits:
        return Taken((texts.WORKBOOK_SAID["nothing_changes"],), 0)
    if not _same(found.as_dict()["changes"], shown.get("changes", [])):
        raise ContractError(texts.WORKBOOK_REFUSALS["moved"])
    return Taken(tuple(book_of(kind).apply(taking, found.edits)), len(found.edits))


@contextmanager
def _reversible() -> Iterator[list[Undo]]:
    """What was done to files is undone when the transaction fails."""
    reversals: list[Undo] = []
    try:
        yield reversals
    except BaseException:
        for undo in reversed(reversals):
            with suppress(OSError, TrimestreError):
                undo()
        raise


def _same(one: Any, other: Any) -> bool:
    """Whether two lists of changes say the same, as JSON keeps them."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
