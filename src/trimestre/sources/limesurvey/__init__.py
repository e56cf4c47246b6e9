"""LimeSurvey by RemoteControl 2: questionnaires, responses and invited participants of the surveys of a source.

Data flow per survey: calls -> landed ``structure``, ``responses``, ``participants`` (fetch) -> records -> question,
question_option (structure, questions), account, account_identity, invitation, response, answer (rows).
"""

from collections.abc import Iterator, Sequence
from functools import partial
from zoneinfo import ZoneInfo

from trimestre.contracts import Project
from trimestre.contracts.sources import LimeSurveySource
from trimestre.errors import PermanentError
from trimestre.sources.answers import by_scope, chunked
from trimestre.sources.base import Connection, Delivery, LandedFile, Landing, RecordChunk
from trimestre.sources.limesurvey.calls import Remote
from trimestre.sources.limesurvey.check import check_site
from trimestre.sources.limesurvey.fetch import SurveyFetch
from trimestre.sources.limesurvey.questions import Questions
from trimestre.sources.limesurvey.rows import (
    participant_places,
    participant_records,
    participant_rows,
    response_places,
    response_records,
    response_rows,
)
from trimestre.sources.limesurvey.structure import read_structure
from trimestre.texts import PLATFORM

__all__ = ["LimeSurveyConnector"]


class LimeSurveyConnector:
    """The connector of a LimeSurvey site."""

    parser_version = "limesurvey-3"

    def __init__(self, contract: LimeSurveySource, project: Project, connection: Connection) -> None:
        self.contract = contract
        self.connection = connection
        self.surveys = {survey.survey: survey for survey in project.surveys_of(contract.source)}
        self._zone = ZoneInfo(contract.timezone)

    def fetch(self, landing: Landing) -> None:
        """Land every survey: its structure, all its responses, complete or not, and its participants."""
        with Remote(self.contract, self.connection) as remote:
            for survey in self.surveys.values():
                SurveyFetch(self.contract, remote, survey).run(landing)

    def deliveries(self, files: Sequence[LandedFile]) -> list[Delivery]:
        """Per survey: complete when as many arrived as the survey counted, and that was not none."""
        found: list[Delivery] = []
        for scope, by_dataset in by_scope(files).items():
            if "structure" not in by_dataset:
                continue
            structure = read_structure(by_dataset["structure"])
            found.append(Delivery("structure", scope, structure.complete))
            for dataset, places_of, name in (
                ("responses", response_places, "full_responses"),
                ("participants", participant_places, "token_count"),
            ):
                if dataset in by_dataset:
                    count = len(places_of(by_dataset[dataset]))
                    found.append(Delivery(dataset, scope, 0 < count == structure.count(name)))
        return found

    def chunks(self, files: Sequence[LandedFile]) -> Iterator[RecordChunk]:
        """Records of the questionnaire, of the responses and of the participants of each survey."""
        for scope, by_dataset in by_scope(files).items():
            if scope not in self.surveys or "structure" not in by_dataset:
                raise PermanentError(PLATFORM["no_structure"].format(source=self.contract.source, scope=scope))
            survey = self.surveys[scope]
            structure = read_structure(by_dataset["structure"])
            yield from chunked(by_dataset["structure"], Questions(survey, structure).records(), lambda rows: rows)
            if "responses" in by_dataset:
                file = by_dataset["responses"]
                rows_of = partial(response_rows, self._zone)
                invited = "participants" in by_dataset
                yield from chunked(file, response_records(survey, structure, file, invited=invited), rows_of)
            if "participants" in by_dataset:
                file = by_dataset["participants"]
                rows_of = partial(participant_rows, self.contract, self._zone)
                yield from chunked(file, participant_records(survey, file), rows_of)

    def check(self) -> list[str]:
        """What the account lacks, in Spanish sentences; none = all that is needed was seen.

        :class:`TransientError` if the site can't be reached.
        """
        return check_site(self.contract, self.connection, self.surveys.values())
