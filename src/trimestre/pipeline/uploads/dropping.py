"""Files that somebody brings for the drop folder of a tabular source: looked into first, then put there.

What a look tells are headings, counts and positions, nobody's data: it is stored with the upload and shown.

Data flow: received file + source and dataset -> its own reader -> look -> taken -> drop folder -> next night.
"""

import filecmp
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from trimestre.contracts import Project
from trimestre.contracts.common_rules import find_rule
from trimestre.contracts.sources import TabularDataset, TabularSource
from trimestre.errors import ContractError, PermanentError, TransientError
from trimestre.pipeline.uploads.upload_checks import CSV, XLSX, Content, UploadRefused, content_of, shown
from trimestre.pipeline.uploads.uploading import Received
from trimestre.sources.preview import Counted, Preview, preview
from trimestre.sources.registry import folder_of
from trimestre.sources.tabular.check import check_folder
from trimestre.sources.tabular.drop import DropFolder, FolderRefusal, LocalFolder, ignored
from trimestre.sources.tabular.fetch import datasets_of
from trimestre.texts import CAPTURE_REFUSALS
from trimestre.warehouse.database import transaction
from trimestre.warehouse.decisions import is_personal

if TYPE_CHECKING:
    from trimestre.pipeline.plant import Plant

_FORMATS: Mapping[str, tuple[Content, ...]] = {"auto": (XLSX, CSV), "xlsx": (XLSX,), "csv": (CSV,)}

Look = dict[str, Any]
"""What a file brings, as JSON: ``source``, ``dataset``, whether it ``replaces`` one of its name and how that one was
``seen``, others of the dataset ``beside`` it, ``datasets`` with their counts, and the keys of every upload's preview
(``changes``, ``unchanged``, ``problems``, ``warnings``)."""


def tabular_sources(project: Project) -> list[TabularSource]:
    """The sources that read files, by code."""
    return [source for _, source in sorted(project.sources.items()) if isinstance(source, TabularSource)]


def look_into(plant: "Plant", source: str, dataset: str, file: Received) -> Look:
    """What a file would bring to a source; :class:`UploadRefused` with everything that is wrong with it.

    A file that several datasets of the source read is looked into as each of them: that is how the night reads it.
    """
    contract, chosen = _chosen(plant.project, source, dataset)
    reading = datasets_of(contract, file.name)
    if chosen not in reading:
        raise UploadRefused(
            CAPTURE_REFUSALS["pattern"].format(name=shown(file.name), wanted=chosen.files, dataset=chosen.dataset)
        )
    for one in reading:
        content_of(file.path, file.name, _FORMATS[one.format.type])
    # The room of a received file holds nothing else: to the reader it is a drop folder.
    findings = check_folder(contract, LocalFolder(contract.source, file.path.parent)).findings
    if findings:
        raise UploadRefused("\n".join(dict.fromkeys(findings)))
    try:
        found = [preview(plant.project, contract, file.path, dataset=one.dataset, rows=0) for one in reading]
    except PermanentError as error:
        raise UploadRefused(str(error)) from None
    there = _names(plant, contract)
    with transaction(plant.engine) as connection:
        known = {one.dataset: _delivered(connection, contract, one) for one in reading}
    return {
        "source": contract.source,
        "dataset": chosen.dataset,
        "replaces": file.name in there,
        "seen": _seen(_folder(plant, contract), file.name),
        "beside": [
            name
            for name in there
            if name != file.name and chosen in datasets_of(contract, name) and not (ignored(name) or is_personal(name))
        ],
        "datasets": [_told(plant.project, one, known[one.dataset], contract.floor_percent) for one in found],
        "changes": [],
        "unchanged": 0,
        "problems": [],
        "warnings": [],
    }


def put(plant: "Plant", look: Look, name: str, path: Path) -> str:
    """Put a file into the drop folder that it was looked into for, in the place of one with its name; returns the
    folder as shown. :class:`UploadRefused` when another file has come to that place since."""
    folder = _folder(plant, _source(plant.project, look["source"]))
    if _seen(folder, name) != look.get("seen"):
        if _holds(folder, name, path):  # a take that was cut off had put it there
            return folder.shown
        raise UploadRefused(CAPTURE_REFUSALS["file_moved"].format(name=shown(name), folder=folder.shown))
    with _explained(folder):
        folder.put(name, path)
    return folder.shown


def _seen(folder: DropFolder, name: str) -> list[Any] | None:
    """How a file stands in a folder, as JSON keeps it; ``None`` = there is none of that name."""
    with _explained(folder):
        found = folder.look(name)
    return None if found is None else [found.size, list(found.marks), found.changed]


def _holds(folder: DropFolder, name: str, path: Path) -> bool:
    """Whether the file of a name in a folder is byte for byte this one."""
    with _explained(folder), tempfile.TemporaryDirectory(prefix="trimestre-") as room:
        copy = Path(room) / name
        try:
            folder.copy(name, copy)
        except OSError:
            return False
        return filecmp.cmp(copy, path, shallow=False)


@contextmanager
def _explained(folder: DropFolder) -> Iterator[None]:
    """What a folder refuses, in the words of the page."""
    try:
        yield
    except FolderRefusal as error:
        raise UploadRefused(CAPTURE_REFUSALS[f"folder_{error.reason}"].format(folder=folder.shown)) from None
    except TransientError:
        raise UploadRefused(CAPTURE_REFUSALS["folder_unreachable"].format(folder=folder.shown)) from None


def _source(project: Project, source: str) -> TabularSource:
    contracts = {contract.source: contract for contract in tabular_sources(project)}
    if source not in contracts:
        raise UploadRefused(CAPTURE_REFUSALS["source"].format(found=shown(source), known=", ".join(contracts)))
    return contracts[source]


def _chosen(project: Project, source: str, dataset: str) -> tuple[TabularSource, TabularDataset]:
    contract = _source(project, source)
    for one in contract.datasets:
        if one.dataset == dataset:
            return contract, one
    known = ", ".join(one.dataset for one in contract.datasets)
    raise UploadRefused(CAPTURE_REFUSALS["dataset"].format(found=shown(dataset), known=known))


def _folder(plant: "Plant", contract: TabularSource) -> DropFolder:
    connection = plant.connection_of(contract.connection) if contract.connection else None
    try:
        return folder_of(contract, plant.drop, connection)
    except ContractError:
        raise UploadRefused(CAPTURE_REFUSALS["connection"].format(name=contract.connection)) from None


def _names(plant: "Plant", contract: TabularSource) -> list[str]:
    """Names in the drop folder; one that is not there yet is made when the first file is put into it."""
    folder = _folder(plant, contract)
    with _explained(folder):
        try:
            return folder.names()
        except FolderRefusal as error:
            if error.reason == "missing":
                return []
            raise


def _delivered(connection: sa.Connection, contract: TabularSource, dataset: TabularDataset) -> int | None:
    """Records that the last merged delivery of the same scope had; ``None`` = there was none."""
    found: int | None = connection.execute(
        sa.text(
            "SELECT d.records FROM ops.scope_delivery AS d INNER JOIN ops.batch AS b USING (batch_id)"
            " WHERE b.source = :source AND b.state = 'merged' AND d.dataset = :dataset AND d.scope = :scope"
            " ORDER BY d.batch_id DESC LIMIT 1"
        ),
        {"source": contract.source, "dataset": dataset.dataset, "scope": dataset.scope},
    ).scalar()
    return found


def _told(project: Project, found: Preview, known: int | None, floor_percent: int) -> dict[str, Any]:
    return {
        "dataset": found.dataset,
        "type": found.type,
        "encoding": found.encoding,
        "separator": found.separator,
        "header_row": found.header_row,
        "headings": [[_heading(heading), column] for heading, column in found.headings],
        "missing": list(found.missing),
        "unknown": [_heading(heading) for heading in found.unknown],
        "records": found.parsed,
        "known": known,
        "too_few": known is not None and found.parsed * 100 < known * floor_percent,
        "blank": found.blank,
        "repeated": _counted(found.repeated),
        "unreadable": {code: _counted(counted) for code, counted in found.unreadable.items()},
        "entities": {entity: [rows.count, rows.out_of_scope] for entity, rows in found.entities.items()},
        "hints": [
            {"entity": entity, "rule": rule, "what": _what(project, entity, rule), **_counted(counted)}
            for (entity, rule), counted in found.hints.items()
        ],
    }


def _heading(text: str) -> str:
    """A heading as it may be kept: in a file without a header the first row of data stands in its place."""
    return CAPTURE_REFUSALS["hidden"] if is_personal(text) else text


def _counted(counted: Counted) -> dict[str, Any]:
    return {"count": counted.count, "positions": list(counted.positions)}


def _what(project: Project, entity: str, rule: str) -> str | None:
    """What a rule asks, in Spanish; ``None`` for one that has left its suite."""
    found = find_rule(project.suites, entity, rule)
    return found.what if found else None
