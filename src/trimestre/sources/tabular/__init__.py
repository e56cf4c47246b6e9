"""CSV and XLSX files that people put into a drop folder.

Data flow: drop folder -> fetch (copy once settled, without dropped columns) -> landing -> batches of cells -> header
found by its headings (reading) -> records -> rows. A file is read as a stream: what is in memory is one chunk, and the
shared strings of a workbook.
"""

import logging
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from trimestre.contracts.events import Event
from trimestre.contracts.sources import TabularDataset, TabularSource
from trimestre.contracts.surveys import Survey
from trimestre.errors import PermanentError
from trimestre.sources.base import Delivery, LandedFile, Landing, Part, RecordChunk
from trimestre.sources.tabular.contract import check_dataset
from trimestre.sources.tabular.drop import DropFolder
from trimestre.sources.tabular.fetch import fetch_folder
from trimestre.sources.tabular.header import headings_at
from trimestre.sources.tabular.reading import open_landed, read_table
from trimestre.sources.tabular.records import chunk_of
from trimestre.sources.tabular.rows import Seen
from trimestre.sources.tabular.surveys import survey_readers
from trimestre.texts import FOLDER

__all__ = ["TabularConnector"]

log = logging.getLogger(__name__)


class TabularConnector:
    """The connector of one tabular source: ``folder`` is the drop folder of this source."""

    parser_version = "tabular-6"

    def __init__(
        self,
        contract: TabularSource,
        folder: Path | DropFolder,
        surveys: Sequence[Survey] | None = None,
        events: Sequence[Event] = (),
    ) -> None:
        """``surveys`` are the project's of this source; without them all free text stays out of the warehouse.
        ``events`` are the project's: their days tell days from months in files about them.

        :class:`ContractError` where the contract asks for fields, formats or an encoding that don't exist, or for a
        survey that is not among them; :class:`PermanentError` where one of these hangs on a question that is not asked.
        """
        self._contract = contract
        self._folder = folder
        self._datasets = {dataset.dataset: dataset for dataset in contract.datasets}
        about = {dataset.event for dataset in contract.datasets}
        self._held_on = {event.event: event.held_on for event in events if event.event in about}
        # Another day of an event may mean other dates in the same file.
        days = [f"{event}={self._held_on[event]}" for event in sorted(self._held_on)]
        self.parser_version = " ".join([TabularConnector.parser_version, *days])
        for dataset in contract.datasets:
            check_dataset(contract, dataset)
        self._surveys = survey_readers(contract.datasets, surveys, contract.source)

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
        a file whose header is its first line and whose cells hold no line breaks, position 1 is line 2. What stands
        outside of the dataset's section is no record, and counts for nothing.

        Of a survey, the header itself is a record at position 0: that of the last file.
        """
        for part in self.parts(files):
            yield from part.chunks()

    def parts(self, files: Sequence[LandedFile]) -> list[Part]:
        """Each file is one; which of them tells the questions of a survey is known from all."""
        telling = {file.dataset: file.landed_file_id for file in files if self._tells_questions(file.dataset)}
        return [
            Part((file,), partial(self._file_chunks, file, telling.get(file.dataset) == file.landed_file_id))
            for file in files
        ]

    def _file_chunks(self, file: LandedFile, tells_questions: bool) -> Iterator[RecordChunk]:
        dataset = self._datasets.get(file.dataset)
        if dataset is None:
            raise PermanentError(
                FOLDER["dataset"].format(
                    name=file.original_name,
                    found=file.dataset,
                    known=", ".join(self._datasets),
                    source=self._contract.source,
                )
            )
        yield from self._chunks_of(dataset, file, tells_questions)

    def _tells_questions(self, dataset: str) -> bool:
        """Whether a dataset says what its survey asks: of several datasets of one survey the first does."""
        readers = self._surveys.values()
        first = {reader.dataset.survey: reader.dataset.dataset for reader in reversed(readers)}
        return dataset in first.values()

    def _chunks_of(self, dataset: TabularDataset, file: LandedFile, tells_questions: bool) -> Iterator[RecordChunk]:
        held_on = self._held_on.get(dataset.event) if dataset.event else None
        table = read_table(self._contract, dataset, lambda: open_landed(file.path), file.original_name, held_on)
        if table.header.unknown:
            log.warning(FOLDER["headings"].format(name=file.original_name, headings=", ".join(table.header.unknown)))
        survey = self._surveys.get(dataset.dataset)
        if survey is not None and tells_questions:
            headings = headings_at(dataset, table.above, len(table.above) - dataset.format.header_rows)
            yield survey.header_chunk(table.header, headings, file)
        ordinal, seen = 1, Seen()
        for batch in table.body:
            if batch.rows:
                yield chunk_of(self._contract, dataset, table.header, file, batch, ordinal, survey, seen)
                ordinal += len(batch.rows)
