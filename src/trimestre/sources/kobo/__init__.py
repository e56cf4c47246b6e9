"""KoboToolbox by its API v2: forms and submissions of the surveys of a source.

Data flow per survey: calls -> landed ``structure``, ``responses`` (fetch) -> records -> question, question_option
(structure), account, response, answer (rows).
"""

from collections.abc import Iterator, Sequence
from functools import partial

from trimestre.contracts import Project
from trimestre.contracts.sources import KoboSource
from trimestre.errors import PermanentError
from trimestre.sources.answers import by_scope, chunked
from trimestre.sources.base import Connection, Delivery, LandedFile, Landing, RecordChunk
from trimestre.sources.kobo.calls import Remote
from trimestre.sources.kobo.check import check_site
from trimestre.sources.kobo.fetch import SurveyFetch
from trimestre.sources.kobo.rows import Sweep, response_records, response_rows
from trimestre.sources.kobo.structure import read_structure, structure_records
from trimestre.texts import PLATFORM

__all__ = ["KoboConnector"]


class KoboConnector:
    """The connector of a KoboToolbox server."""

    parser_version = "kobo-3"

    def __init__(self, contract: KoboSource, project: Project, connection: Connection) -> None:
        self.contract = contract
        self.connection = connection
        self.surveys = {survey.survey: survey for survey in project.surveys_of(contract.source)}

    def fetch(self, landing: Landing) -> None:
        """Land every survey: its form in the versions that were answered, and all its submissions."""
        with Remote(self.contract, self.connection) as remote:
            for survey in self.surveys.values():
                SurveyFetch(self.contract, remote, survey).run(landing)

    def deliveries(self, files: Sequence[LandedFile]) -> list[Delivery]:
        """Per survey: complete when as many arrived as the server counted throughout, and that was not none."""
        found: list[Delivery] = []
        for scope, by_dataset in by_scope(files).items():
            if scope in self.surveys and "structure" in by_dataset:
                questionnaire = read_structure(self.surveys[scope], by_dataset["structure"], self.contract.language)
                found.append(Delivery("structure", scope, questionnaire.complete))
            if "responses" in by_dataset:
                found.append(Delivery("responses", scope, Sweep(by_dataset["responses"]).complete))
        return found

    def chunks(self, files: Sequence[LandedFile]) -> Iterator[RecordChunk]:
        """Records of the form and of the submissions of each survey."""
        for scope, by_dataset in by_scope(files).items():
            if scope not in self.surveys or "structure" not in by_dataset:
                raise PermanentError(PLATFORM["no_structure"].format(source=self.contract.source, scope=scope))
            survey = self.surveys[scope]
            questionnaire = read_structure(survey, by_dataset["structure"], self.contract.language)
            yield from chunked(by_dataset["structure"], structure_records(questionnaire), lambda rows: rows)
            if "responses" in by_dataset:
                file = by_dataset["responses"]
                rows_of = partial(response_rows, self.contract, survey)
                yield from chunked(file, response_records(questionnaire, file), rows_of)

    def check(self) -> list[str]:
        """What the account lacks, in Spanish sentences; none = all that is needed was seen.

        :class:`TransientError` if the server can't be reached.
        """
        return check_site(self.contract, self.connection, self.surveys.values())
