"""From landed responses and participants to records and rows.

Data flow: landed ``responses`` + what each column is -> records -> account, response, answer; landed ``participants``
-> records -> account, account_identity, invitation.
"""

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from trimestre.contracts.sources import LimeSurveySource
from trimestre.contracts.surveys import Survey
from trimestre.sources.answers import Record, Row, canonical, parsed, read_answers, text
from trimestre.sources.base import LandedFile
from trimestre.sources.limesurvey.calls import number, result_list, unwrapped
from trimestre.sources.limesurvey.structure import Column, Structure, column_of
from trimestre.sources.questionnaire import FREE_TYPES, FreeText, resolved

_SYSTEM_COLUMNS = frozenset(
    {"id", "submitdate", "lastpage", "startlanguage", "seed", "token", "startdate", "datestamp", "ipaddr", "refurl"}
)
_LOCAL_TIME = re.compile(r"^\d{4}-\d\d-\d\d([ T]\d\d:\d\d(:\d\d(\.\d{1,7})?)?)?$")
"""SQL Server writes fractions of a second; a list of participants may hold days alone."""
_DATELESS = frozenset({"N", "Y", "Q"})
"""What stands for a date of a participant: no; yes; told that the quota was full."""


class Answered(NamedTuple):
    """A column of an export that holds answers."""

    heading: str
    column: Column
    kept_out: bool
    """Free text that stays out of the warehouse."""


class Answers(NamedTuple):
    """What the columns of a row are, the same for all rows with these columns."""

    columns: list[Answered]
    sex_heading: str | None
    mark: str
    """Changes with anything of the above."""


class SurveyResponse(NamedTuple):
    """What the rows of one response are made of."""

    survey: Survey
    identifier: str
    row: dict[str, Any]
    answers: Answers
    has_account: bool
    """Whether its account comes with it, and not with the participants."""


class _Columns:
    """What the columns of a survey's exports are."""

    def __init__(self, survey: Survey, structure: Structure) -> None:
        self._structure, self._texts = structure, FreeText(survey, structure.parts)
        self._known: dict[tuple[str, ...], Answers] = {}
        asked = survey.sex_question
        self._sex = Column(*resolved(survey, "sex_question", asked, structure.parts)) if asked else None

    def answers(self, row: dict[str, Any]) -> Answers:
        """The columns of a row that hold answers: neither LimeSurvey's own nor texts that only display something."""
        headings = tuple(row)
        known = self._known.get(headings)
        if known is None:
            judged = (self._judge(heading) for heading in headings if heading not in _SYSTEM_COLUMNS)
            columns = list(filter(None, judged))
            sex = next((one.heading for one in columns if one.column == self._sex), None)
            mark = hashlib.sha256(canonical([columns, sex])).hexdigest()
            known = self._known[headings] = Answers(columns, sex, mark)
        return known

    def _judge(self, heading: str) -> Answered | None:
        column = column_of(heading)
        kind = self._structure.type(column)
        if kind == "note":
            return None
        free = kind in FREE_TYPES
        return Answered(heading, column, self._texts.kept_out(*column, free=free, extra=column.extra))


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


def response_places(file: LandedFile) -> dict[str, list[str]]:
    """Response id -> positions in their order: of one that came twice the later state holds."""
    places: dict[str, list[str]] = defaultdict(list)
    for position, row in _read_responses(file):
        if isinstance(row, dict) and (identifier := text(row.get("id"))):
            places[identifier].append(position)
    return places


def response_records(survey: Survey, structure: Structure, file: LandedFile, *, invited: bool) -> Iterator[Record]:
    """A record per response; of one that came twice the later state holds and the earlier counts as repeated.

    ``invited`` = participants were read: who has a token has an account with them. A list that was deleted after the
    survey leaves its tokens in the responses.
    """
    places = response_places(file)
    columns = _Columns(survey, structure)
    for position, row in _read_responses(file):
        if not isinstance(row, dict) or "id" not in row:
            yield Record(position, canonical([survey.survey, row]), unreadable="respuesta_sin_id")
            continue
        identifier = text(row["id"])
        if identifier is None:
            # LimeSurvey 3 gives one row of empty texts where there is none.
            yield Record(position, b"")
        elif places[identifier][-1] == position:
            answers = columns.answers(row)
            has_account = text(row.get("token")) is None or not invited
            # Not of the response, but its rows depend on it: the record must change when it does.
            record = canonical([survey.survey, row, answers.mark, has_account])
            content = SurveyResponse(survey, identifier, row, answers, has_account)
            for place in [position, *places[identifier][:-1]]:
                yield Record(place, record, content)


def response_rows(zone: ZoneInfo, response: SurveyResponse) -> Iterator[Row]:
    """The response, its answers and, unless it came with the participants, its account."""
    survey, identifier, row, answers, has_account = response
    token = text(row.get("token"))
    reference = f"{survey.survey_id}:token:{token}" if token else f"{survey.survey_id}:response:{identifier}"
    if has_account:
        yield Row("account", {"kind": "respondent"}, reference)
    submitted = text(row.get("submitdate"))
    sex = text(row.get(answers.sex_heading)) if answers.sex_heading else None
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
    for heading, column, kept_out in answers.columns:
        answer = {"question": column.question, "sub_code": column.part, "free_text": text(kept_out)}
        yield Row("answer", {**key, **answer, "value": text(row[heading])}, reference)


def _read_participants(file: LandedFile) -> Iterator[tuple[str, dict[str, Any]]]:
    for answer in read_answers(file.path):
        for index, person in enumerate(result_list(parsed(answer["body"]))):
            yield f"{answer['ordinal']}#/result/{index}", person if isinstance(person, dict) else {}


def participant_places(file: LandedFile) -> dict[int, list[str]]:
    """Participant id -> positions in their order."""
    places: dict[int, list[str]] = defaultdict(list)
    for position, person in _read_participants(file):
        if (tid := number(person.get("tid"))) is not None:
            places[tid].append(position)
    return places


def participant_records(survey: Survey, file: LandedFile) -> Iterator[Record]:
    """A record per participant; of one that came twice the later state holds and the earlier counts as repeated."""
    places = participant_places(file)
    for position, person in _read_participants(file):
        tid = number(person.get("tid"))
        record = canonical([survey.survey, person])
        if tid is None:
            yield Record(position, record, unreadable="participante_sin_tid")
        elif places[tid][-1] == position:
            for place in [position, *places[tid][:-1]]:
                yield Record(place, record, (survey, person))


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
            "delivered": text(delivered(person)),
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


def delivered(person: dict[str, Any]) -> bool:
    """Whether an invitation was sent (Y without a date in an imported list) and did not come back, or was answered."""
    if (text(person.get("completed")) or "N") != "N":
        return True
    bounced = (text(person.get("emailstatus")) or "").lower() == "bounced"
    return not bounced and (text(person.get("sent")) or "N") != "N"


def moment(value: Any, zone: ZoneInfo) -> str | None:
    """A participant's ``sent`` or ``completed``, where it is a date."""
    plain = text(value)
    return None if plain in _DATELESS else local_instant(plain, zone)
