"""Moodle by its web services (REST): people, accesses and activity completion of the editions of a source.

Data flow per edition: calls -> landed ``structure``, ``people``, ``completion`` (fetch) -> records -> account,
account_identity, enrolment, module_completion, certificate (rows). What a service account may not see a Moodle leaves
out without a word: hence the checks against what must be there.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import partial

from trimestre.contracts import Project
from trimestre.contracts import framework as contracts
from trimestre.contracts.sources import MoodleSource
from trimestre.errors import PermanentError
from trimestre.sources.answers import by_scope, chunked
from trimestre.sources.base import Connection, Delivery, LandedFile, Landing, RecordChunk
from trimestre.sources.moodle.calls import MoodleRefusal
from trimestre.sources.moodle.check import check_site
from trimestre.sources.moodle.fetch import fetch_editions
from trimestre.sources.moodle.rows import (
    asked_of,
    completion_records,
    completion_rows,
    people_records,
    people_rows,
    read_people,
)
from trimestre.sources.moodle.structure import read_courses

__all__ = ["MoodleConnector", "MoodleRefusal"]


class MoodleConnector:
    """The connector of a Moodle site."""

    parser_version = "moodle-1"

    def __init__(self, contract: MoodleSource, project: Project, connection: Connection) -> None:
        self.contract = contract
        self.connection = connection
        self._editions: dict[str, list[contracts.Delivery]] = defaultdict(list)
        for _, edition, delivery in project.deliveries(contract.source):
            self._editions[edition.edition].append(delivery)

    def fetch(self, landing: Landing) -> None:
        """Land every edition: its structure, its people and the completion of each of them."""
        fetch_editions(self.contract, self.connection, self._editions, landing)

    def deliveries(self, files: Sequence[LandedFile]) -> list[Delivery]:
        """Per edition: people are complete with both active lists, completion with the answer about each student."""
        found: list[Delivery] = []
        for scope, by_dataset in by_scope(files).items():
            if "people" not in by_dataset:
                continue
            courses, _ = read_people(by_dataset["people"])
            wanted = len(self._editions.get(scope, []))
            complete = len(courses) == wanted > 0 and all(people.consistent for people in courses.values())
            found.append(Delivery("people", scope, complete))
            if "completion" in by_dataset:
                students = {(course, student) for course, people in courses.items() for student in people.students()}
                asked = asked_of(by_dataset["completion"])
                found.append(Delivery("completion", scope, complete and students <= asked))
        return found

    def chunks(self, files: Sequence[LandedFile]) -> Iterator[RecordChunk]:
        """Records of people and of completion; the structure only says what the activities stand for."""
        for scope, by_dataset in by_scope(files).items():
            if not {"people", "completion"} & by_dataset.keys():
                continue
            for needed in ("structure", "people"):
                if needed not in by_dataset:
                    raise PermanentError(
                        f"{self.contract.source}: landed files of {scope}: found no {needed}, expected it beside the "
                        "others of the batch. Give all landed files of the batch."
                    )
            deliveries = self._editions.get(scope, [])
            courses = read_courses(self.contract.source, by_dataset["structure"], deliveries)
            people, suspended = read_people(by_dataset["people"])
            records = people_records(self.contract, courses, people, suspended)
            yield from chunked(by_dataset["people"], records, partial(people_rows, self.contract))
            if "completion" in by_dataset:
                file = by_dataset["completion"]
                yield from chunked(file, completion_records(file, courses, people), completion_rows)

    def check(self) -> list[str]:
        """What the service account lacks, in Spanish sentences; none = all that is needed was seen.

        :class:`TransientError` if the site can't be reached.
        """
        return check_site(self.contract, self.connection, self._editions)
