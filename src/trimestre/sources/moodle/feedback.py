"""From the site to the landing: the questions and the responses of a feedback activity that is a survey.

Data flow per survey: feedbacks of the edition's courses -> the one meant -> its items -> ``feedback_structure``; pages
of responses -> ``feedback_responses``.

Named and anonymous responses come in two lists. A list that fits into one page comes back whole on every page, so that
responses are told apart by their ids, and what is complete by the two totals.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from trimestre.contracts.sources import MoodleSource
from trimestre.contracts.surveys import Survey
from trimestre.errors import PermanentError
from trimestre.sources.answers import as_list
from trimestre.sources.base import AnswerWriter, Landing
from trimestre.sources.moodle.calls import FEEDBACKS, ITEMS, RESPONSES, Answer, Site, has_id, is_id
from trimestre.sources.moodle.fetch import drop_from
from trimestre.sources.moodle.structure import tidy
from trimestre.texts import PLATFORM

LISTS = {"attempts": ("totalattempts", "n"), "anonattempts": ("totalanonattempts", "a")}
"""The lists of an answer about responses, the named and the anonymous ones -> where it tells how many there are in all,
and what the identifiers of such responses begin with."""


def fetch_feedbacks(
    contract: MoodleSource,
    site: Site,
    surveys: Iterable[Survey],
    courses: Mapping[str, Sequence[int]],
    landing: Landing,
) -> None:
    """Land every survey; ``courses`` are the course ids of the editions that the site delivers."""
    for survey in surveys:
        course_ids = courses_of(contract.source, survey, courses)
        with (
            landing.open_answers("feedback_structure", survey.survey) as structure,
            landing.open_answers("feedback_responses", survey.survey) as responses,
        ):
            feedback_id = _structure(contract.source, site, structure, survey, course_ids)
            if not _sweep(contract, site, responses, feedback_id):
                # Somebody answered between two pages: look a second time; if it is no better, nothing vanishes.
                _sweep(contract, site, responses, feedback_id)


def courses_of(source: str, survey: Survey, courses: Mapping[str, Sequence[int]]) -> Sequence[int]:
    """The courses in which a survey's feedback may be."""
    found = courses.get(survey.edition or "", ())
    if not found:
        raise PermanentError(
            PLATFORM["survey_edition"].format(source=source, survey=survey.survey, edition=survey.edition)
        )
    return found


def feedbacks_asked(course_ids: Iterable[int]) -> dict[str, str]:
    """The parameters that ask for the feedbacks of some courses."""
    return {f"courseids[{n}]": str(course_id) for n, course_id in enumerate(course_ids)}


def feedback_of(source: str, data: Any, survey: Survey) -> int:
    """The id of the one feedback that is the survey: by the cmid of the activity or its name.

    Without mod/feedback:view the list is empty, and nothing else tells it.
    """
    listed = [f for f in as_list(data.get("feedbacks") if isinstance(data, dict) else None) if has_id(f)]
    wanted = survey.survey_id
    found = [f for f in listed if str(f.get("coursemodule")) == wanted or tidy(f.get("name")) == tidy(wanted)]
    if len(found) != 1:
        raise PermanentError(
            PLATFORM["feedback"].format(
                source=source, survey=survey.survey, wanted=wanted, listed=len(listed), found=len(found)
            )
        )
    return int(found[0]["id"])


def _structure(source: str, site: Site, writer: AnswerWriter, survey: Survey, course_ids: Sequence[int]) -> int:
    parameters = feedbacks_asked(course_ids)
    answer = site.call(FEEDBACKS, parameters)
    feedback_id = feedback_of(source, answer.data, survey)
    writer.write(FEEDBACKS, parameters, answer.status, answer.body)
    parameters = {"feedbackid": str(feedback_id)}
    answer = site.call(ITEMS, parameters)
    if not items_of(answer.data):
        raise PermanentError(PLATFORM["empty_feedback"].format(source=source, survey=survey.survey))
    writer.write(ITEMS, parameters, answer.status, answer.body)
    return feedback_id


def _sweep(contract: MoodleSource, site: Site, writer: AnswerWriter, feedback_id: int) -> bool:
    """Land all pages of responses; whether as many came as the site counts. A page with nobody new is the last."""
    found: set[str] = set()
    page = 0
    while True:
        parameters = {"feedbackid": str(feedback_id), "page": str(page), "perpage": str(contract.page_size)}
        answer = site.call(RESPONSES, parameters)
        if not isinstance(answer.data, dict) or not all(isinstance(answer.data.get(name), list) for name in LISTS):
            raise site.strange(RESPONSES, PLATFORM["responses"])
        _land(contract, writer, parameters, answer)
        new = set(responses_of(answer.data)) - found
        found |= new
        total = total_of(answer.data)
        if not new or len(found) == total:
            return len(found) == total
        page += 1


def _land(contract: MoodleSource, writer: AnswerWriter, parameters: dict[str, str], answer: Answer) -> None:
    body = answer.body
    if drop_from([attempt for name in LISTS for attempt in answer.data[name]], contract):
        body = json.dumps(answer.data, separators=(",", ":"))
    writer.write(RESPONSES, parameters, answer.status, body)


def items_of(data: Any) -> list[Any]:
    """The questions of an answer about items."""
    return as_list(data.get("items") if isinstance(data, dict) else None)


def responses_of(data: Any) -> dict[str, tuple[str, dict[str, Any]]]:
    """Response id -> JSON pointer and object, of all that have an id."""
    return {
        f"{LISTS[name][1]}{attempt['id']}": (pointer, attempt)
        for name, pointer, attempt in _listed(data)
        if has_id(attempt)
    }


def nameless_of(data: Any) -> dict[str, Any]:
    """JSON pointer -> what is no response with an id."""
    return {pointer: attempt for _, pointer, attempt in _listed(data) if not has_id(attempt)}


def _listed(data: Any) -> Iterator[tuple[str, str, Any]]:
    for name in LISTS:
        for index, attempt in enumerate(as_list(data.get(name) if isinstance(data, dict) else None)):
            yield name, f"/{name}/{index}", attempt


def total_of(data: Any) -> int | None:
    """How many responses the site counts, named and anonymous; null if it does not tell."""
    totals = [total for name, _ in LISTS.values() if isinstance(data, dict) and is_id(total := data.get(name))]
    return sum(totals) if len(totals) == len(LISTS) else None
