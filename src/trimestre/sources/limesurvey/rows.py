"""From landed responses and participants to records and rows.

Data flow: landed ``responses`` + what each column is -> records -> account, response, answer; landed ``participants``
-> records -> account, account_identity, invitation.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from trimestre.contracts.framework import Survey
from trimestre.contracts.sources import LimeSurveySource
from trimestre.sources.answers import Record, Row, canonical, parsed, read_answers, text
from trimestre.sources.base import LandedFile
from trimestre.sources.limesurvey.calls import number, result_list, unwrapped
from trimestre.sources.limesurvey.structure import Structure

_FREE_TEXT = frozenset("TSUQ;|")
_SYSTEM_COLUMNS = frozenset(
    {"id", "submitdate", "lastpage", "startlanguage", "seed", "token", "startdate", "datestamp", "ipaddr", "refurl"}
)
_COLUMN = re.compile(r"^([^\[\]]+)((?:\[[^\[\]]*\])*)$")
_LOCAL_TIME = re.compile(r"^\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d)?$")


class Column(NamedTuple):
    """What a column of an export is."""

    column: str
    question: str
    sub_code: str
    free: bool
    """Free text: kept out of the warehouse."""


class SurveyResponse(NamedTuple):
    """What the rows of one response are made of."""

    survey: Survey
    identifier: str
    row: dict[str, Any]
    questions: list[Column]


def _column(name: str, structure: Structure, survey: Survey) -> Column:
    match = _COLUMN.match(name)
    question, brackets = (match[1], match[2]) if match else (name, "")
    # Two pairs of brackets (dual scale) become one code, as arrays write theirs: Y1_X1.
    sub_code = "_".join(brackets[1:-1].split("][")) if brackets else ""
    free = (
        structure.types.get(question, "T") in _FREE_TEXT
        or sub_code == "other"
        or sub_code.endswith("comment")
        or question in survey.free_text
        or question + sub_code in survey.free_text
    )
    return Column(name, question, sub_code, free)


def _read_responses(file: LandedFile) -> Iterator[tuple[str, Any]]:
    """Positions and rows of the last sweep; each sweep begins at id 1."""
    begin = 1
    for answer in read_answers(file.path):
        if answer["parameters"].get("from") == 1:
            begin = answer["ordinal"]
    for answer in read_answers(file.path):
        if answer["ordinal"] < begin:
            continue
        data = parsed(answer["body"])
        rows = data.get("responses") if isinstance(data, dict) else None
        if not isinstance(rows, list):
            yield str(answer["ordinal"]), None
            continue
        for index, row in enumerate(rows):
            yield f"{answer['ordinal']}#/responses/{index}", unwrapped(row)


def response_places(file: LandedFile) -> dict[str, str]:
    """Response id -> position where it came last: of one that came twice the later state holds."""
    return {
        identifier: position
        for position, row in _read_responses(file)
        if isinstance(row, dict) and (identifier := text(row.get("id")))
    }


def response_records(survey: Survey, structure: Structure, file: LandedFile) -> Iterator[Record]:
    """A record per response, where it came last."""
    places = response_places(file)
    known: dict[str, Column] = {}
    for position, row in _read_responses(file):
        if not isinstance(row, dict) or "id" not in row:
            yield Record(position, canonical([survey.survey, row]), unreadable="respuesta_sin_id")
            continue
        identifier = text(row["id"])
        if identifier is None:
            # LimeSurvey 3 gives one row of empty texts where there is none.
            yield Record(position, b"")
        elif places[identifier] == position:
            for column in row.keys() - known.keys() - _SYSTEM_COLUMNS:
                known[column] = _column(column, structure, survey)
            questions = [known[column] for column in row if column in known]
            # Not of the response, but its rows depend on it: the record must change when it does.
            free = [question.column for question in questions if question.free]
            content = {"survey": survey.survey, "row": row, "free": free}
            yield Record(position, canonical(content), SurveyResponse(survey, identifier, row, questions))


def response_rows(zone: ZoneInfo, response: SurveyResponse) -> Iterator[Row]:
    """The response, its answers and, unless it was invited, its account."""
    survey, identifier, row, questions = response
    token = text(row.get("token"))
    reference = f"{survey.survey_id}:token:{token}" if token else f"{survey.survey_id}:response:{identifier}"
    if token is None:  # an invited participant has an account of its own already
        yield Row("account", {"kind": "respondent"}, reference)
    submitted = text(row.get("submitdate"))
    sex = text(row.get(survey.sex_question)) if survey.sex_question else None
    key: dict[str, str | None] = {"survey": survey.survey, "response_id": identifier}
    yield Row(
        "response",
        {
            **key,
            "complete": text(submitted is not None),
            "submitted_at": local_instant(submitted, zone),
            "started_at": local_instant(row.get("startdate"), zone),
            "language": text(row.get("startlanguage")),
            "sex": survey.sex_values.get(sex, sex) if sex else None,
        },
        reference,
    )
    for one in questions:
        answer = {"question": one.question, "sub_code": one.sub_code, "free_text": text(one.free)}
        yield Row("answer", {**key, **answer, "value": text(row[one.column])}, reference)


def _read_participants(file: LandedFile) -> Iterator[tuple[str, dict[str, Any]]]:
    for answer in read_answers(file.path):
        for index, person in enumerate(result_list(parsed(answer["body"]))):
            yield f"{answer['ordinal']}#/result/{index}", person if isinstance(person, dict) else {}


def participant_places(file: LandedFile) -> dict[int, str]:
    """Participant id -> position where it came last."""
    return {
        tid: position for position, person in _read_participants(file) if (tid := number(person.get("tid"))) is not None
    }


def participant_records(survey: Survey, file: LandedFile) -> Iterator[Record]:
    """A record per participant, where it came last."""
    places = participant_places(file)
    for position, person in _read_participants(file):
        tid = number(person.get("tid"))
        if tid is None:
            yield Record(position, canonical([survey.survey, person]), unreadable="participante_sin_tid")
        elif places[tid] == position:
            yield Record(position, canonical([survey.survey, person]), (survey, person))


def participant_rows(
    contract: LimeSurveySource, zone: ZoneInfo, content: tuple[Survey, dict[str, Any]]
) -> Iterator[Row]:
    """Account, identity and invitation of one participant."""
    survey, person = content
    token = text(person.get("token"))
    own = f"token:{token}" if token else f"tid:{text(person.get('tid'))}"
    reference = f"{survey.survey_id}:{own}"
    info = person.get("participant_info")
    info = info if isinstance(info, dict) else {}
    names = (text(info.get("firstname")), text(info.get("lastname")))
    attributes = {
        "institution": contract.institution_attribute,
        "organisation_type": contract.organisation_type_attribute,
    }
    about = {column: text(person.get(name)) for column, name in attributes.items() if name}
    yield Row("account", {"kind": "invitee", **about}, reference)
    yield Row(
        "account_identity",
        {
            "local_id": reference,
            "full_name": " ".join(filter(None, names)) or None,
            "email": text(info.get("email")),
        },
        reference,
    )
    yield Row(
        "invitation",
        {
            "target_kind": "survey",
            "target": survey.survey,
            "sent_at": moment(person.get("sent"), zone),
            "completed_at": moment(person.get("completed"), zone),
        },
        reference,
    )


def local_instant(value: Any, zone: ZoneInfo) -> str | None:
    """A local time without zone as ISO instant with its offset; 1980-01-01 stands for a date that is not kept."""
    plain = text(value)
    if plain is None or plain.startswith(("1980-01-01", "0000-00-00")):
        return None
    if not _LOCAL_TIME.match(plain):
        return plain
    try:
        return datetime.fromisoformat(plain).replace(tzinfo=zone).isoformat()
    except ValueError:
        return plain


def moment(value: Any, zone: ZoneInfo) -> str | None:
    """A participant's ``sent`` or ``completed``: N is no, Y is yes without a date."""
    plain = text(value)
    return None if plain in ("N", "Y") else local_instant(plain, zone)
