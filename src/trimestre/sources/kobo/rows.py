"""From landed submissions to records and rows.

Data flow: landed ``responses`` + the questionnaire -> records -> account, response, answer.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, tzinfo
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from trimestre.contracts.sources import KoboSource
from trimestre.contracts.surveys import Survey
from trimestre.sources.answers import Record, Row, as_list, canonical, parsed, read_answers, text
from trimestre.sources.base import LandedFile
from trimestre.sources.kobo.fetch import submission_id, versions_of
from trimestre.sources.kobo.structure import Meaning, Questionnaire

_SYSTEM = frozenset(
    {
        "_id", "_uuid", "_xform_id_string", "_bamboo_dataset_id", "_status", "_submitted_by", "_submission_time",
        "_attachments", "_geolocation", "_validation_status", "_supplementalDetails", "_tags", "_notes", "_deleted_at",
        "formhub/uuid",
    }
)  # fmt: skip
_SYSTEM_START = re.compile(r"^(meta/|_{1,2}version_(_\d+)?_?$)")
_TIME = re.compile(r"^\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?$")
_NOT_APPROVED = "validation_status_not_approved"
_DEEPEST = 20


class Leaf(NamedTuple):
    """One value of a submission."""

    path: str
    places: str
    """Places in the repeated groups it is in, from 1 on, such as 2 or 2.1; empty outside of them."""
    value: Any


class Answer(NamedTuple):
    """Fields of the entity of that name."""

    question: str | None
    sub_code: str
    value: str | None
    free_text: str | None


class Submission(NamedTuple):
    """What the rows of one submission are made of."""

    identifier: str
    content: dict[str, Any]
    leaves: list[tuple[Leaf, Meaning]]
    sex_code: str | None


class Sweep:
    """The last sweep of a landed file: each begins at start 0."""

    def __init__(self, file: LandedFile) -> None:
        self._file = file
        self._begin = 1
        for answer in read_answers(file.path):
            if answer["parameters"].get("start") == 0:
                self._begin = answer["ordinal"]
        self.counts: set[Any] = set()
        self.places: dict[str, list[str]] = defaultdict(list)
        """Submission id -> positions: pages that shift while being read bring one twice."""
        for answer, page in self._pages():
            self.counts.add(page.get("count") if isinstance(page, dict) else None)
            for position, submission in _results(answer["ordinal"], page):
                if identifier := submission_id(submission):
                    self.places[identifier].append(position)

    @property
    def complete(self) -> bool:
        """Whether the count stood still, was reached, and was not none."""
        return bool(self.places) and self.counts == {len(self.places)}

    def submissions(self) -> Iterator[tuple[str, Any]]:
        """Positions and submissions as they came."""
        for answer, page in self._pages():
            yield from _results(answer["ordinal"], page)

    def _pages(self) -> Iterator[tuple[dict[str, Any], Any]]:
        for answer in read_answers(self._file.path):
            if answer["ordinal"] >= self._begin:
                yield answer, parsed(answer["body"])


def response_records(questionnaire: Questionnaire, file: LandedFile) -> Iterator[Record]:
    """A record per submission; of one that came twice the later state holds and the earlier counts as repeated."""
    survey = questionnaire.survey
    sweep = Sweep(file)
    for position, submission in sweep.submissions():
        identifier = submission_id(submission)
        if identifier is None:
            yield Record(position, canonical([survey.survey, submission]), unreadable="objeto_sin_id")
            continue
        places = sweep.places[identifier]
        if position != places[-1]:
            continue
        version = next((one for one in versions_of(submission) if one in questionnaire.by_version), None)
        leaves = [(leaf, questionnaire.meaning(leaf.path, version)) for leaf in _leaves(submission)]
        # Not of the submission, but its rows depend on it: the record must change when it does.
        meanings = {leaf.path: meaning for leaf, meaning in leaves}
        record = canonical([survey.survey, _stable(submission), meanings, questionnaire.sex_code])
        for place in [position, *places[:-1]]:
            yield Record(place, record, Submission(identifier, submission, leaves, questionnaire.sex_code))


def response_rows(contract: KoboSource, survey: Survey, submission: Submission) -> Iterator[Row]:
    """The respondent, the response and its answers."""
    identifier, content, leaves, sex_code = submission
    reference = f"{survey.survey_id}:response:{identifier}"
    key: dict[str, str | None] = {"survey": survey.survey, "response_id": identifier}
    answers = list(_answers(leaves))
    excluded = "no_aprobada" if contract.not_approved == "excluded" and _status(content) == _NOT_APPROVED else None
    started = next((leaf.value for leaf, meaning in leaves if meaning.metadata == "start"), None)
    sex = next((one.value for one in answers if one.question == sex_code and not one.sub_code), None)
    yield Row("account", {"kind": "respondent"}, reference, excluded)
    yield Row(
        "response",
        {
            **key,
            "complete": "true",  # Kobo knows no submission that was begun and left
            "submitted_at": instant(content.get("_submission_time"), UTC),
            "started_at": instant(started, ZoneInfo(contract.timezone)),
            "language": None,
            "sex": survey.sex_values.get(sex, sex) if sex else None,
        },
        reference,
        excluded,
    )
    for one in answers:
        yield Row("answer", {**key, **one._asdict()}, reference, excluded)


def _answers(leaves: list[tuple[Leaf, Meaning]]) -> Iterator[Answer]:
    """All that was answered: an empty value is no answer.

    When two paths of one submission mean the same question, the one that the form has keeps its code, and the other
    is known by its whole path.
    """
    owners = {meaning.code: leaf.path for leaf, meaning in leaves if meaning.exact}
    for leaf, meaning in leaves:
        if meaning.metadata is not None:
            continue
        owns = owners.setdefault(meaning.code, leaf.path) == leaf.path
        code = text(meaning.code if owns else leaf.path)
        free = text(meaning.free or not owns)
        if meaning.multiple:
            for option in _chosen(leaf.value):
                yield Answer(code, ".".join(filter(None, (leaf.places, option))), "1", free)
        elif (value := text(leaf.value)) is not None:
            yield Answer(code, leaf.places, value, free)


def _chosen(value: Any) -> list[str]:
    """The options of a multiple choice, each once: their names joined by one blank, so that none may hold one."""
    parts = [text(one) or "" for one in value] if isinstance(value, list) else (text(value) or "").split()
    return list(dict.fromkeys(filter(None, parts)))


def _leaves(submission: dict[str, Any]) -> Iterator[Leaf]:
    """Every value with its whole path; groups and repeats are taken apart, what is Kobo's own left out."""
    for key, value in submission.items():
        if key not in _SYSTEM and not _SYSTEM_START.match(key):
            yield from _within(key, "", value, 1)


def _within(path: str, index: str, value: Any, depth: int) -> Iterator[Leaf]:
    if depth < _DEEPEST and isinstance(value, dict):
        for key, inner in value.items():
            # Within a repeat the keys tell the whole path again.
            yield from _within(key if key.startswith(f"{path}/") else f"{path}/{key}", index, inner, depth + 1)
    elif depth < _DEEPEST and isinstance(value, list) and any(isinstance(one, dict) for one in value):
        for place, one in enumerate(value, start=1):
            yield from _within(path, f"{index}.{place}" if index else str(place), one, depth + 1)
    else:
        yield Leaf(path, index, value)


def _stable(submission: dict[str, Any]) -> dict[str, Any]:
    """A submission without the addresses of its files: they change with the server's name and by themselves."""
    if "_attachments" not in submission:
        return submission
    files = [
        {key: value for key, value in one.items() if "url" not in key.lower()} if isinstance(one, dict) else one
        for one in as_list(submission["_attachments"])
    ]
    return {**submission, "_attachments": files}


def _status(content: dict[str, Any]) -> str | None:
    status = content.get("_validation_status")
    return text(status.get("uid")) if isinstance(status, dict) else None


def instant(value: Any, zone: tzinfo) -> str | None:
    """A time as ISO instant with its offset; one without is in ``zone``. What is no time stays as it came."""
    plain = text(value)
    if plain is None or not _TIME.match(plain):
        return plain
    try:
        moment = datetime.fromisoformat(plain)
    except ValueError:
        return plain
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).isoformat()


def _results(ordinal: int, page: Any) -> Iterator[tuple[str, Any]]:
    results = page.get("results") if isinstance(page, dict) else None
    for index, submission in enumerate(as_list(results)):
        yield f"{ordinal}#/results/{index}", submission
