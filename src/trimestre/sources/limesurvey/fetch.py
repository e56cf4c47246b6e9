"""From LimeSurvey to the landing: questionnaire, responses and participants of a survey.

Data flow per survey: properties, questions, options, summary -> ``structure``; ranges of response ids ->
``responses``; pages of participants -> ``participants``. Ids are given when a response begins, so that each night
reads all of them.
"""

import json
from typing import Any

from trimestre.contracts.sources import LimeSurveySource
from trimestre.contracts.surveys import Survey
from trimestre.errors import PermanentError
from trimestre.sources.answers import as_list, parsed, text
from trimestre.sources.base import AnswerWriter, Landing
from trimestre.sources.limesurvey.calls import (
    EXPORT,
    FIELDMAP,
    NO_PARTICIPANTS,
    PARTICIPANTS,
    PROPERTIES,
    QUESTION,
    QUESTIONS,
    SUMMARY,
    UNTRANSLATED,
    Remote,
    StatusError,
    drop,
    number,
    result_list,
    survey_number,
)
from trimestre.sources.limesurvey.structure import has_options
from trimestre.texts import PLATFORM

_PROPERTY_NAMES = [
    "active", "anonymized", "datestamp", "language", "additional_languages", "attributedescriptions", "startdate",
    "expires",
]  # fmt: skip
"""All the others stay where they are: among them are mail addresses and the password of a mailbox."""

_PARTICIPANTS_PER_CALL = 1_000


class SurveyFetch:
    """The fetch of one survey."""

    def __init__(self, contract: LimeSurveySource, remote: Remote, survey: Survey) -> None:
        self._contract, self._remote, self._survey = contract, remote, survey
        self._sid = survey_number(survey)

    def run(self, landing: Landing) -> None:
        """Land the structure of the survey, all its responses, complete or not, and its participants."""
        name = self._survey.survey
        with landing.open_answers("structure", name) as structure:
            properties = self._structure(structure)
            summary = self._summary(structure)
            with landing.open_answers("responses", name) as responses:
                for _ in range(2):  # whoever answers meanwhile shifts the pages of an export: look a second time
                    found = self._sweep(responses, properties.get("language"), summary)
                    summary = self._summary(structure)
                    if len(found) == number(summary.get("full_responses")):
                        break
        if "token_count" in summary:  # only a survey with participants has these counts
            with landing.open_answers("participants", name) as participants:
                self._participants(participants, properties)

    def _structure(self, writer: AnswerWriter) -> dict[str, Any]:
        """Land the questionnaire; the properties of the survey."""
        remote, sid = self._remote, self._sid
        properties = remote.call(PROPERTIES, lambda client: client.get_survey_properties(sid, _PROPERTY_NAMES))
        if not isinstance(properties, dict) or properties.get("active") != "Y":
            raise self._inactive()
        remote.land(writer, PROPERTIES, {"survey_id": sid, "properties": _PROPERTY_NAMES})
        base = properties.get("language")
        qids = [number(one.get("qid")) or 0 for one in self._questions(writer, base) if has_options(one)]
        remote.call(FIELDMAP, lambda client: client.get_fieldmap(sid))
        remote.land(writer, FIELDMAP, {"survey_id": sid})
        for qid in qids:
            self._options(writer, qid, base)
        for language in (text(properties.get("additional_languages")) or "").split():
            if language != base:
                self._translation(writer, qids, language)
        return properties

    def _questions(self, writer: AnswerWriter, language: Any) -> list[Any]:
        questions = self._remote.call(QUESTIONS, lambda client: client.list_questions(self._sid, None, language))
        self._remote.land(writer, QUESTIONS, {"survey_id": self._sid, "language": language})
        return as_list(questions)

    def _options(self, writer: AnswerWriter, qid: int, language: Any) -> None:
        self._remote.call(QUESTION, lambda client: client.get_question_properties(qid, language=language))
        self._remote.land(writer, QUESTION, {"question_id": qid, "language": language})

    def _translation(self, writer: AnswerWriter, qids: list[int], language: str) -> None:
        """Land the texts of another language; what is not translated is left out."""
        try:
            self._questions(writer, language)
        except StatusError as error:
            if error.status not in UNTRANSLATED:
                raise
            return
        for qid in qids:
            try:
                self._options(writer, qid, language)
            except StatusError as error:
                if error.status not in UNTRANSLATED:
                    raise

    def _summary(self, writer: AnswerWriter) -> dict[str, Any]:
        summary: Any = self._remote.call(SUMMARY, lambda client: client.get_summary(self._sid))
        if not isinstance(summary, dict):  # an inactive survey has a list without anything
            raise self._inactive()
        self._remote.land(writer, SUMMARY, {"survey_id": self._sid})
        return summary

    def _inactive(self) -> PermanentError:
        return PermanentError(PLATFORM["inactive"].format(source=self._contract.source, survey=self._survey.survey))

    def _sweep(self, writer: AnswerWriter, language: Any, summary: dict[str, Any]) -> set[str]:
        """All responses in ranges of ids, from 1 on; the ids found.

        One call for everything is quadratic on the server. The highest id can't be asked for: once a range is empty
        or as many were found as the summary counts, the ids beyond it are asked for, and the next range begins there.
        """
        found: set[str] = set()
        first = 1
        while True:
            last = first + self._contract.range_size - 1
            exported = self._remote.export(self._sid, language, first, last)
            if exported is None:
                return found
            rows, body = exported
            parameters = {"survey_id": self._sid, "language": language, "from": first, "to": last}
            form = {"document_type": "json", "completion": "all", "heading": "code", "response": "short"}
            writer.write(EXPORT, parameters | form, 200, body)
            # Less those found before: a server or cache that does not heed the range gives the same ones for ever.
            new = {identifier for row in rows if (identifier := text(row.get("id")))} - found
            found |= new
            first = last + 1
            if not new or len(found) >= (number(summary.get("full_responses")) or 0):
                beyond = self._remote.export(self._sid, language, first, None, ["id"])
                ids = [n for row in beyond[0] if (n := number(row.get("id"))) and n >= first] if beyond else []
                if not ids:
                    return found
                first = min(ids)

    def _participants(self, writer: AnswerWriter, properties: dict[str, Any]) -> None:
        """Page by page; ``start`` is the lowest id wanted, not an offset, and the end is a status."""
        attributes = self._attributes(properties)
        start, seen = 0, set[int]()
        while True:
            asked = {"start": start, "limit": _PARTICIPANTS_PER_CALL, "attributes": attributes}
            try:
                page = self._remote.participants(self._sid, asked)
            except StatusError as error:
                if error.status in NO_PARTICIPANTS:
                    return
                raise
            if not isinstance(page, list):
                raise self._remote.strange(PARTICIPANTS)
            body = self._remote.body
            data = parsed(body)
            if drop(result_list(data), self._contract.drop):
                body = json.dumps(data, separators=(",", ":"))
            writer.write(PARTICIPANTS, {"survey_id": self._sid} | asked, 200, body)
            tids = {tid for person in page if isinstance(person, dict) and (tid := number(person.get("tid")))}
            if not tids - seen:
                return
            seen |= tids
            start = max(tids) + 1

    def _attributes(self, properties: dict[str, Any]) -> list[str]:
        """The attributes to ask of a participant: those of the contract that the survey has, and what became of it."""
        described = parsed(properties.get("attributedescriptions"))
        wanted = (self._contract.institution_attribute, self._contract.organisation_type_attribute)
        has = [name for name in wanted if name and (not isinstance(described, dict) or name in described)]
        return [*has, "completed", "sent", "emailstatus"]
