"""CSV and XLSX files that people put into a drop folder.

Data flow: drop folder -> fetch (copy once settled, without dropped columns) -> landing -> batches of cells -> header
found by its headings (reading) -> records -> rows. A file is read as a stream: what is in memory is one chunk, and the
shared strings of a workbook.
"""

import logging
from collections.abc import Iterator, Sequence
from pathlib import Path

from trimestre.contracts.sources import TabularDataset, TabularSource
from trimestre.errors import PermanentError
from trimestre.sources.base import Delivery, LandedFile, Landing, RecordChunk
from trimestre.sources.tabular.contract import check_dataset
from trimestre.sources.tabular.fetch import fetch_folder
from trimestre.sources.tabular.reading import open_landed, read_table
from trimestre.sources.tabular.rows import chunk_of

__all__ = ["TabularConnector"]

log = logging.getLogger(__name__)


class TabularConnector:
    """The connector of one tabular source: ``folder`` is the drop folder of this source."""

    parser_version = "tabular-1"

    def __init__(self, contract: TabularSource, folder: Path) -> None:
        """:class:`ContractError` where the contract asks for fields, formats or an encoding that don't exist."""
        self._contract = contract
        self._folder = folder
        self._datasets = {dataset.dataset: dataset for dataset in contract.datasets}
        for dataset in contract.datasets:
            check_dataset(contract, dataset)

    def fetch(self, landing: Landing) -> None:
        """Land every settled file of the folder that belongs to a dataset."""
        fetch_folder(self._contract, self._folder, landing)

    def deliveries(self, files: Sequence[LandedFile]) -> list[Delivery]:
        """One per dataset and scope: two files of one scope in one batch are one snapshot together."""
        complete = self._contract.delivers == "snapshot per file scope"
        scopes = dict.fromkeys((file.dataset, file.scope) for file in files)
        return [Delivery(dataset, scope, complete) for dataset, scope in scopes]

    def chunks(self, files: Sequence[LandedFile]) -> Iterator[RecordChunk]:
        """The records of the files in order.

        A record is one row below the header; its position counts these rows from 1, blank ones included, so that in
        a file whose header is its first line and whose cells hold no line breaks, position 1 is line 2.
        """
        for file in files:
            dataset = self._datasets.get(file.dataset)
            if dataset is None:
                raise PermanentError(
                    f"landed file {file.original_name}: found dataset {file.dataset!r}, expected one of: "
                    f"{', '.join(self._datasets)}. Put the dataset back into sources/{self._contract.source}.yaml."
                )
            yield from self._chunks_of(dataset, file)

    def _chunks_of(self, dataset: TabularDataset, file: LandedFile) -> Iterator[RecordChunk]:
        table = read_table(self._contract, dataset, lambda: open_landed(file.path), file.original_name)
        if table.header.unknown:
            log.warning("%s: found headings of no column: %s.", file.original_name, ", ".join(table.header.unknown))
        ordinal = 1
        for batch in table.body:
            if batch.rows:
                yield chunk_of(self._contract, dataset, table.header, file, batch, ordinal)
                ordinal += len(batch.rows)
