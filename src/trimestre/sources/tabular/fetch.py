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
from trimestre.errors import NO_ROOM
from trimestre.sources.base import Landing, LeftOut
from trimestre.sources.tabular.csv_files import write_csv
from trimestre.sources.tabular.drop import DropFolder, LocalFolder, Look, ignored
from trimestre.sources.tabular.reading import read_table
from trimestre.sources.tabular.xlsx_files import write_xlsx
from trimestre.texts import FOLDER

log = logging.getLogger(__name__)

SETTLE_SECONDS = 2.0
"""A file younger than this may still be written: it is looked at again after as long."""


def fetch_folder(contract: TabularSource, folder: Path | DropFolder, landing: Landing) -> None:
    """Land every settled file of the folder that belongs to a dataset; the landing knows which ones are not new.

    One that is left for the next night is told to the landing: what it tells has not vanished.
    """
    drop = LocalFolder(contract.source, folder) if isinstance(folder, Path) else folder
    names, strangers = candidates(contract, drop)

    def leave_out(name: str, reason: LeftOut) -> None:
        for dataset in datasets_of(contract, name):
            landing.leave_out(dataset.dataset, dataset.scope, visible(name), reason)

    for name in drop.outside:
        if not ignored(name):
            leave_out(name, "unreadable")
    misnamed = {visible(name): name for name in strangers if datasets_of(contract, name)}
    for shown, name in misnamed.items():
        log.warning(FOLDER["signs"].format(name=shown))
        leave_out(name, "unreadable")
    for shown in sorted({visible(name) for name in strangers} - misnamed.keys()):
        log.warning(FOLDER["stranger"].format(source=contract.source, name=shown))
    with tempfile.TemporaryDirectory(prefix="trimestre-") as workroom:
        settled = _settled(drop, names)
        for name in names:
            if name not in settled:
                leave_out(name, "changing")
        for number, (name, look) in enumerate(settled.items()):
            # The copy is what is landed: nobody writes into it while it is read.
            copy = Path(workroom) / str(number) / name
            copy.parent.mkdir()
            try:
                drop.copy(name, copy)
            except OSError as error:
                if error.errno in NO_ROOM:  # the file is well: left out, all that it tells would seem to have vanished
                    raise
                why = error.strerror or type(error).__name__
                log.warning(FOLDER["unreadable"].format(name=name, why=why))
                leave_out(name, "unreadable")
                continue
            if drop.look(name) != look or look.size not in (None, copy.stat().st_size):
                log.warning(FOLDER["changed"].format(name=name))
                leave_out(name, "changing")
                continue
            for dataset in datasets_of(contract, name):
                landing.store_file(dataset.dataset, dataset.scope, _without_dropped(contract, dataset, copy))
            # A folder of years is not to lie on this machine twice.
            shutil.rmtree(copy.parent)


def candidates(contract: TabularSource, drop: DropFolder) -> tuple[list[str], list[str]]:
    """Names of the files that belong to a dataset, and of those that belong to none; unfinished ones are neither."""
    names = [name for name in drop.names() if not ignored(name)]
    # A name of signs that nobody sees would break the lines of a log, or stand for another on the page.
    known = {name: name == visible(name) and bool(datasets_of(contract, name)) for name in names}
    return [name for name in names if known[name]], [name for name in names if not known[name]]


def visible(name: str) -> str:
    """A name as it may stand in a log: signs that are not seen, or are of no encoding, are replaced."""
    return "".join(sign if unicodedata.category(sign)[0] != "C" else "\N{REPLACEMENT CHARACTER}" for sign in name)


def datasets_of(contract: TabularSource, name: str) -> list[TabularDataset]:
    """Datasets whose pattern the name matches, whatever its case and however its accents are encoded."""
    plain = unicodedata.normalize("NFC", name).casefold()
    return [
        dataset
        for dataset in contract.datasets
        if fnmatch.fnmatchcase(plain, unicodedata.normalize("NFC", dataset.files).casefold())
    ]


def _settled(drop: DropFolder, names: Sequence[str]) -> dict[str, Look]:
    """Those that nobody seems to be writing, with their look."""
    looks = {name: drop.look(name) for name in names}
    now = time.time_ns()
    # What another clock says of a file's age is not believed: the file is looked at twice.
    if any(look and (look.changed is None or now - look.changed < SETTLE_SECONDS * 1e9) for look in looks.values()):
        time.sleep(SETTLE_SECONDS)
    settled = {}
    for name, look in looks.items():
        if look is not None and look == drop.look(name):
            settled[name] = look
        else:
            log.warning(FOLDER["changing"].format(name=name))
    return settled


def _without_dropped(contract: TabularSource, dataset: TabularDataset, path: Path) -> Path:
    """The file itself, or a copy without the columns that must not be landed: same name, same bytes every time."""
    if not contract.drop:
        return path
    target = path.parent / dataset.dataset / path.name
    target.parent.mkdir()
    table = read_table(contract, dataset, lambda: path.open("rb"), path.name)
    if table.header.layout.type == "csv":
        write_csv(dataset, table.header, table.above, table.body, target)
    else:
        table.close()  # as text; it is the values that are copied
        write_xlsx(dataset, table.header, len(table.above) - 1, path, target)
    return target
