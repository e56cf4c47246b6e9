"""From the drop folder to the landing: every settled file that belongs to a dataset.

Data flow: drop folder -> settled files -> copy -> without the dropped columns -> landing.
"""

import fnmatch
import logging
import shutil
import tempfile
import time
import unicodedata
from collections.abc import Sequence
from pathlib import Path

from trimestre.contracts.sources import TabularDataset, TabularSource
from trimestre.errors import PermanentError
from trimestre.sources.base import Landing
from trimestre.sources.tabular.csv_files import write_csv
from trimestre.sources.tabular.reading import read_table
from trimestre.sources.tabular.xlsx_files import write_xlsx

log = logging.getLogger(__name__)

SETTLE_SECONDS = 2.0
"""A file younger than this may still be written: it is looked at again after as long."""


def fetch_folder(contract: TabularSource, folder: Path, landing: Landing) -> None:
    """Land every settled file of the folder that belongs to a dataset; the landing knows which ones are not new."""
    with tempfile.TemporaryDirectory(prefix="trimestre-") as workroom:
        for number, (path, look) in enumerate(_settled(_candidates(contract, folder))):
            # The copy is what is landed: nobody writes into it while it is read.
            copy = Path(workroom) / str(number) / path.name
            copy.parent.mkdir()
            try:
                shutil.copyfile(path, copy)
            except OSError as error:
                log.warning("%s: found no way to read it (%s); left for the next night.", path.name, error.strerror)
                continue
            if _look(path) != look:
                log.warning("%s: found it changing while it was copied; left for the next night.", path.name)
                continue
            for dataset in _datasets_of(contract, path.name):
                landing.store_file(dataset.dataset, dataset.scope, _without_dropped(contract, dataset, copy))


def _candidates(contract: TabularSource, folder: Path) -> list[Path]:
    source = contract.source
    try:
        paths = sorted(path for path in folder.iterdir() if path.is_file())
    except FileNotFoundError:
        raise PermanentError(
            f"source {source}: found no folder {folder.name!r} in the drop folder, expected one. "
            "Create it and put the files there."
        ) from None
    except OSError as error:
        raise PermanentError(
            f"source {source}: found a folder {folder.name!r} that can't be listed ({error.strerror}), "
            "expected a readable one. Give the user of Airflow the right to read it."
        ) from None
    chosen = []
    for path in paths:
        if path.name.startswith(("~$", ".")) or path.name.casefold().endswith((".part", ".tmp")):
            continue
        if _datasets_of(contract, path.name):
            chosen.append(path)
        else:
            log.warning("source %s: found file %s of no dataset; it is not read.", source, path.name)
    return chosen


def _datasets_of(contract: TabularSource, name: str) -> list[TabularDataset]:
    """Datasets whose pattern the name matches, whatever its case and however its accents are encoded."""
    plain = unicodedata.normalize("NFC", name).casefold()
    return [
        dataset
        for dataset in contract.datasets
        if fnmatch.fnmatchcase(plain, unicodedata.normalize("NFC", dataset.files).casefold())
    ]


def _settled(paths: Sequence[Path]) -> list[tuple[Path, tuple[int, int]]]:
    """Those that nobody seems to be writing, with size and time of the look."""
    looks = {path: _look(path) for path in paths}
    now = time.time_ns()
    if any(look and now - look[1] < SETTLE_SECONDS * 1e9 for look in looks.values()):
        time.sleep(SETTLE_SECONDS)
    settled = []
    for path, look in looks.items():
        if look is not None and look == _look(path):
            settled.append((path, look))
        else:
            log.warning("%s: found it still changing; left for the next night.", path.name)
    return settled


def _look(path: Path) -> tuple[int, int] | None:
    """Size and time of change, or null when the file is gone."""
    try:
        seen = path.stat()
    except OSError:
        return None
    return seen.st_size, seen.st_mtime_ns


def _without_dropped(contract: TabularSource, dataset: TabularDataset, path: Path) -> Path:
    """The file itself, or a copy without the columns that must not be landed: same name, same bytes every time."""
    if not contract.drop:
        return path
    target = path.parent / dataset.dataset / path.name
    target.parent.mkdir()
    table = read_table(contract, dataset, lambda: path.open("rb"), path.name)
    if dataset.format.type == "csv":
        write_csv(dataset, table.header, table.above, table.body, target)
    else:
        table.close()  # as text; it is the values that are copied
        write_xlsx(dataset, table.header, len(table.above) - 1, path, target)
    return target
