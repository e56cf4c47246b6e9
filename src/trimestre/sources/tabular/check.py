"""The self-test of a drop folder: reachable, which files would be taken, and whether their headings are found.

Data flow: drop folder -> names -> the top of each file that belongs to a dataset -> findings in Spanish; nothing is
landed, and no cell below a header is kept.
"""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from trimestre.contracts.sources import TabularDataset, TabularSource
from trimestre.errors import PermanentError
from trimestre.sources.tabular.contract import Batch
from trimestre.sources.tabular.drop import DropFolder, FolderRefusal
from trimestre.sources.tabular.fetch import candidates, datasets_of
from trimestre.sources.tabular.header import find_header
from trimestre.sources.tabular.reading import read_table

_REFUSALS = {
    "missing": "no existe, o está vacía en un almacén de objetos. Créela o corrija folder, y ponga ahí los archivos",
    "forbidden": "no se puede leer con esta cuenta. Revise usuario y contraseña de la conexión y sus permisos",
    "package": "falta instalar el paquete que lee ese tipo de dirección",
    "options": "la dirección o las opciones de la conexión no son válidas. Revise folder y la conexión",
}


@dataclass(frozen=True)
class FolderCheck:
    """What would be taken, and what is in the way."""

    taken: dict[str, list[str]]
    """Dataset -> names of the files that would be read as it."""
    findings: list[str]
    notes: list[str]
    """What is worth knowing and in nobody's way, such as an optional column that a file lacks."""


def check_folder(contract: TabularSource, drop: DropFolder) -> FolderCheck:
    """Look at every file's header. :class:`TransientError` if the folder can't be reached."""
    taken: dict[str, list[str]] = {dataset.dataset: [] for dataset in contract.datasets}
    found = FolderCheck(taken, [], [])
    try:
        names, strangers = candidates(contract, drop)
        for name in names:
            for dataset in datasets_of(contract, name):
                taken[dataset.dataset].append(name)
            found.findings.extend(_about_file(contract, drop, name, found.notes))
    except FolderRefusal as error:
        # The message of a missing package says how to install it.
        more = f": {error}" if error.reason == "package" else "."
        return FolderCheck({}, [f"Carpeta {drop.shown}: {_REFUSALS[error.reason]}{more}"], [])
    for name in strangers:
        found.findings.append(
            f"{name}: no corresponde a ningún conjunto y no se leerá. Revise su nombre, o files en "
            f"sources/{contract.source}.yaml."
        )
    if not names:
        found.findings.append(
            f"Carpeta {drop.shown}: ningún archivo corresponde a los conjuntos de la fuente "
            f"({', '.join(dataset.files for dataset in contract.datasets)}). Ponga ahí los archivos."
        )
    return found


def _about_file(contract: TabularSource, drop: DropFolder, name: str, notes: list[str]) -> Iterator[str]:
    """What is wrong with one file, which is fetched once and read here."""
    with tempfile.TemporaryDirectory(prefix="trimestre-") as workroom:
        copy = Path(workroom) / name
        try:
            drop.copy(name, copy)
        except OSError as error:
            yield f"{name}: no se puede abrir ({error.strerror or type(error).__name__}). Revise sus permisos."
            return
        for dataset in datasets_of(contract, name):
            yield from _about_table(contract, dataset, copy, notes)


def _about_table(contract: TabularSource, dataset: TabularDataset, path: Path, notes: list[str]) -> Iterator[str]:
    name = path.name
    try:
        table = read_table(contract, dataset, lambda: path.open("rb"), name)
        table.close()
    except PermanentError as error:
        missing = _missing(contract, dataset, path)
        yield f"{name}: no se puede leer como {dataset.dataset}" + (
            f"; faltan las columnas: {', '.join(missing)}. Expórtelo de nuevo con ellas, o agregue sus encabezados en "
            f"sources/{contract.source}.yaml."
            if missing
            else f". {error}"
        )
    else:
        for code, column in dataset.columns.items():
            lacking = code not in table.header.columns and code not in dataset.may_lack
            if lacking and not _dropped(contract, column.headings):
                notes.append(f"{name}: sin la columna opcional {code}.")
        if table.header.unknown:
            notes.append(f"{name}: columnas que no se usan: {', '.join(table.header.unknown)}.")


def _missing(contract: TabularSource, dataset: TabularDataset, path: Path) -> list[str]:
    """Required columns that a file lacks; none = it is something else that makes it unreadable."""
    columns = {code: column.model_copy(update={"required": False}) for code, column in dataset.columns.items()}
    try:
        lenient = dataset.model_copy(update={"columns": columns})
        table = read_table(contract, lenient, lambda: path.open("rb"), path.name)
        rows = [*table.above, *next(table.body, Batch([])).rows]
        table.close()
    except PermanentError:
        return []
    return find_header(dataset, rows).missing


def _dropped(contract: TabularSource, headings: tuple[str, ...]) -> bool:
    gone = {heading.casefold() for heading in contract.drop}
    return any(heading.casefold() in gone for heading in headings)
