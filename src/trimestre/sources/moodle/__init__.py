"""Moodle by its web services (REST): people, accesses and activity completion of the editions of a source, and the
feedback activities that are surveys.

Data flow per edition: calls -> landed ``structure``, ``people``, ``completion`` (fetch) -> records -> account,
account_identity, enrolment, module_completion, certificate (rows). Per survey: calls -> landed ``feedback_structure``,
``feedback_responses`` (feedback) -> records -> question, question_option, account, response, answer (feedback_rows).
What a service account may not see a Moodle leaves out without a word: hence the checks against what must be there.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import partial

from trimestre.contracts import Project
from trimestre.contracts import courses as contracts
from trimestre.contracts.sources import MoodleSource
from trimestre.contracts.surveys import Survey
from trimestre.errors import PermanentError
from trimestre.sources.answers import by_scope, chunked
from trimestre.sources.base import Connection, Delivery, LandedFile, Landing, RecordChunk
from trimestre.sources.moodle.calls import MoodleRefusal, Site
from trimestre.sources.moodle.check import check_site
from trimestre.sources.moodle.feedback import fetch_feedbacks
from trimestre.sources.moodle.feedback_rows import (
    Attempts,
    read_feedback,
    response_records,
    response_rows,
    structure_records,
)
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
from trimestre.texts import PLATFORM

__all__ = ["MoodleConnector", "MoodleRefusal"]


class MoodleConnector:
    """The connector of a Moodle site."""

    parser_version = "moodle-4"

    def __init__(self, contract: MoodleSource, project: Project, connection: Connection) -> None:
        self.contract = contract
        self.connection = connection
        self._surveys = {survey.survey: survey for survey in project.surveys_of(contract.source)}
        self._editions: dict[str, list[contracts.Delivery]] = defaultdict(list)
        for _, edition, delivery in project.deliveries(contract.source):
            self._editions[edition.edition].append(delivery)

    def fetch(self, landing: Landing) -> None:
        """Land every edition (its structure, its people and the completion of each of them), then every survey."""
        with Site(self.contract, self.connection) as site:
            courses = fetch_editions(self.contract, site, self._editions, landing)
            fetch_feedbacks(self.contract, site, self._surveys.values(), courses, landing)

    def deliveries(self, files: Sequence[LandedFile]) -> list[Delivery]:
        """Per edition: people are complete with both active lists, completion with the answer about each student.

        Per survey: its questions if there are any, its responses when as many came as the site counts.
        """
        found: list[Delivery] = []
        for scope, by_dataset in by_scope(files).items():
            if "feedback_structure" in by_dataset:
                feedback = read_feedback(self._survey(scope), by_dataset["feedback_structure"])
                found.append(Delivery("feedback_structure", scope, bool(feedback.items)))
            if "feedback_responses" in by_dataset:
                complete = Attempts(by_dataset["feedback_responses"]).complete
                found.append(Delivery("feedback_responses", scope, complete))
            if "people" not in by_dataset:
                continue
            courses, _ = read_people(by_dataset["people"])
            wanted = len(self._editions.get(scope, []))
            complete = len(courses) == wanted > 0 and all(people.consistent for people in courses.values())
            found.append(Delivery("people", scope, complete))
            if "completion" in by_dataset:
                students = {
                    (course, student)
                    for course, people in courses.items()
                    for student in people.students(self.contract)
                }
                asked = asked_of(by_dataset["completion"])
                found.append(Delivery("completion", scope, complete and students <= asked))
        return found

    def chunks(self, files: Sequence[LandedFile]) -> Iterator[RecordChunk]:
        """Records of people and of completion (the structure only says what the activities stand for), of surveys."""
        for scope, by_dataset in by_scope(files).items():
            if {"people", "completion"} & by_dataset.keys():
                yield from self._edition_chunks(scope, by_dataset)
            if {"feedback_structure", "feedback_responses"} & by_dataset.keys():
                yield from self._survey_chunks(scope, by_dataset)

    def _edition_chunks(self, scope: str, by_dataset: dict[str, LandedFile]) -> Iterator[RecordChunk]:
        self._need(scope, by_dataset, "structure", "people")
        deliveries = self._editions.get(scope, [])
        courses = read_courses(self.contract.source, by_dataset["structure"], deliveries)
        people, suspended = read_people(by_dataset["people"])
        records = people_records(self.contract, courses, people, suspended)
        yield from chunked(by_dataset["people"], records, partial(people_rows, self.contract))
        if "completion" in by_dataset:
            file = by_dataset["completion"]
            yield from chunked(file, completion_records(self.contract, file, courses, people), completion_rows)

    def _survey_chunks(self, scope: str, by_dataset: dict[str, LandedFile]) -> Iterator[RecordChunk]:
        self._need(scope, by_dataset, "feedback_structure")
        survey = self._survey(scope)
        file = by_dataset["feedback_structure"]
        feedback = read_feedback(survey, file)
        yield from chunked(file, structure_records(feedback), lambda rows: rows)
        if "feedback_responses" in by_dataset:
            file = by_dataset["feedback_responses"]
            yield from chunked(file, response_records(feedback, file), partial(response_rows, survey))

    def _need(self, scope: str, by_dataset: dict[str, LandedFile], *datasets: str) -> None:
        for dataset in datasets:
            if dataset not in by_dataset:
                raise PermanentError(
                    PLATFORM["no_dataset"].format(source=self.contract.source, scope=scope, dataset=dataset)
                )

    def _survey(self, scope: str) -> Survey:
        if scope not in self._surveys:
            raise PermanentError(PLATFORM["no_survey"].format(source=self.contract.source, scope=scope))
        return self._surveys[scope]

    def check(self) -> list[str]:
        """What the service account lacks, in Spanish sentences; none = all that is needed was seen.

        :class:`TransientError` if the site can't be reached.
        """
        return check_site(self.contract, self.connection, self._editions, self._surveys.values())
