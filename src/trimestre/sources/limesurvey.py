"""LimeSurvey by RemoteControl 2: questionnaires, responses and invited participants of the surveys of a source.

Data flow per survey: calls -> landed ``structure``, ``responses``, ``participants`` -> records -> question,
question_option, account, account_identity, invitation, response, answer. LimeSurvey answers nearly every failure with
HTTP 200 and a ``status`` in the result; ids are given when a response begins, so that each night reads all of them.
"""

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from html.parser import HTMLParser
from typing import Any, NamedTuple, TypeVar
from zoneinfo import ZoneInfo

from citric import Client
from citric.exceptions import (
    InvalidJSONResponseError,
    LimeSurveyApiError,
    LimeSurveyStatusError,
    ResponseMismatchError,
    RPCInterfaceNotEnabledError,
)

from trimestre.contracts import Project
from trimestre.contracts.framework import ScoredQuestion, Survey
from trimestre.contracts.sources import LimeSurveySource
from trimestre.errors import PermanentError, TransientError
from trimestre.sources.answers import Record, Row, canonical, chunked, read_answers, text
from trimestre.sources.base import AnswerWriter, Connection, Delivery, LandedFile, Landing, RecordChunk
from trimestre.sources.http import HttpSession, check_status, site_address

PROPERTIES = "get_survey_properties"
QUESTIONS = "list_questions"
QUESTION = "get_question_properties"
FIELDMAP = "get_fieldmap"
SUMMARY = "get_summary"
EXPORT = "export_responses"
PARTICIPANTS = "list_participants"

_PROPERTY_NAMES = [
    "active", "anonymized", "datestamp", "language", "additional_languages", "attributedescriptions", "startdate",
    "expires",
]  # fmt: skip
"""All the others stay where they are: among them are mail addresses and the password of a mailbox."""

_WITH_OPTIONS = frozenset("L!OFHR1")
_FREE_TEXT = frozenset("TSUQ;|")
_SYSTEM_COLUMNS = frozenset(
    {"id", "submitdate", "lastpage", "startlanguage", "seed", "token", "startdate", "datestamp", "ipaddr", "refurl"}
)
_COLUMN = re.compile(r"^([^\[\]]+)((?:\[[^\[\]]*\])*)$")
_LOCAL_TIME = re.compile(r"^\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d)?$")
_PARTICIPANTS_PER_CALL = 1_000
_LOCKOUT_SECONDS = 600.0

_EXPIRED = "Invalid session key"
_NO_ROWS = "No Data, could not get max id."
_INACTIVE = "No Data, survey table does not exist."
_NO_PARTICIPANTS = ("No survey participants found.", "No Tokens found", "Error: No survey participants table")
_MENDS = {
    "Invalid user name or password": "Check login and password of the connection. Do not just try again: after a few "
    "bad logins LimeSurvey locks this server out.",
    "No permission": "Give the account permission on the survey: settings, content and responses (read, export), and "
    "participants (read) if it has any; or correct `survey_id`.",
    "Error: Invalid survey ID": "Correct `survey_id` of the survey.",
    "Invalid surveyid": "Correct `survey_id` of the survey.",
    "Language code not found for this survey.": "Ask the survey's administrator which language is its base language.",
}

T = TypeVar("T")


class _StatusError(PermanentError):
    """LimeSurvey answered with a status instead of data; ``status`` is its text."""

    def __init__(self, message: str, status: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass
class _Structure:
    """What the landed structure of a survey says."""

    questions: list[tuple[str, Any]] = field(default_factory=list)
    """Positions and objects of questions and sub-questions, in the order of the answer."""
    properties: list[tuple[int, Any]] = field(default_factory=list)
    """Ordinals and answers of get_question_properties."""
    order: dict[int, int] = field(default_factory=dict)
    """Question id -> 1-based place in the questionnaire."""
    types: dict[str, str] = field(default_factory=dict)
    """Question code -> type letter."""
    sub_codes: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """Question code -> codes of its sub-questions."""
    summaries: list[dict[str, Any]] = field(default_factory=list)

    def parents(self) -> dict[int | None, dict[str, Any]]:
        """Question id -> question, without the sub-questions."""
        return {_number(question.get("qid")): question for _, question in self.questions if _is_parent(question)}

    def count(self, name: str) -> int | None:
        """A count of the last summary; null if there is none."""
        return _number(self.summaries[-1].get(name)) if self.summaries else None


class LimeSurveyConnector:
    """The connector of a LimeSurvey site."""

    parser_version = "limesurvey-1"

    def __init__(self, contract: LimeSurveySource, project: Project, connection: Connection) -> None:
        self.contract = contract
        self.connection = connection
        self.surveys = {survey.survey: survey for survey in project.surveys_of(contract.source)}
        self._zone = ZoneInfo(contract.timezone)

    # -- network -------------------------------------------------------------------------------------------------

    def fetch(self, landing: Landing) -> None:
        """Land every survey: its structure, all its responses, complete or not, and its participants."""
        with _Remote(self.contract, self.connection) as remote:
            for survey in self.surveys.values():
                self._fetch_survey(remote, landing, survey)

    def _fetch_survey(self, remote: "_Remote", landing: Landing, survey: Survey) -> None:
        sid = self._survey_id(survey)
        with landing.open_answers("structure", survey.survey) as structure:
            properties = self._fetch_structure(remote, structure, survey, sid)
            summary = self._fetch_summary(remote, structure, survey, sid)
            with landing.open_answers("responses", survey.survey) as responses:
                for _ in range(2):  # whoever answers meanwhile shifts the pages of an export: look a second time
                    found = self._sweep(remote, responses, sid, properties.get("language"), summary)
                    summary = self._fetch_summary(remote, structure, survey, sid)
                    if len(found) == _number(summary.get("full_responses")):
                        break
        if "token_count" in summary:  # only a survey with participants has these counts
            with landing.open_answers("participants", survey.survey) as participants:
                self._fetch_participants(remote, participants, sid, properties)

    def _fetch_structure(self, remote: "_Remote", writer: AnswerWriter, survey: Survey, sid: int) -> dict[str, Any]:
        properties = remote.call(PROPERTIES, lambda client: client.get_survey_properties(sid, _PROPERTY_NAMES))
        if not isinstance(properties, dict) or properties.get("active") != "Y":
            raise self._inactive(survey)
        remote.land(writer, PROPERTIES, {"survey_id": sid, "properties": _PROPERTY_NAMES})
        language = properties.get("language")
        questions = remote.call(QUESTIONS, lambda client: client.list_questions(sid, None, language))
        remote.land(writer, QUESTIONS, {"survey_id": sid, "language": language})
        remote.call(FIELDMAP, lambda client: client.get_fieldmap(sid))
        remote.land(writer, FIELDMAP, {"survey_id": sid})
        for question in questions if isinstance(questions, list) else []:
            if _is_parent(question) and question.get("type") in _WITH_OPTIONS:
                self._fetch_options(remote, writer, _number(question.get("qid")) or 0, language)
        return properties

    def _fetch_options(self, remote: "_Remote", writer: AnswerWriter, qid: int, language: Any) -> None:
        remote.call(QUESTION, lambda client: client.get_question_properties(qid, language=language))
        remote.land(writer, QUESTION, {"question_id": qid, "language": language})

    def _fetch_summary(self, remote: "_Remote", writer: AnswerWriter, survey: Survey, sid: int) -> dict[str, Any]:
        summary: Any = remote.call(SUMMARY, lambda client: client.get_summary(sid))
        if not isinstance(summary, dict):  # an inactive survey has a list without anything
            raise self._inactive(survey)
        remote.land(writer, SUMMARY, {"survey_id": sid})
        return summary

    def _sweep(
        self, remote: "_Remote", writer: AnswerWriter, sid: int, language: Any, summary: dict[str, Any]
    ) -> set[str]:
        """All responses in ranges of ids, from 1 on; the ids found.

        One call for everything is quadratic on the server. The highest id can't be asked for: once a range is empty
        or as many were found as the summary counts, the ids beyond it are asked for, and the next range begins there.
        """
        found: set[str] = set()
        first = 1
        while True:
            last = first + self.contract.range_size - 1
            exported = self._export(remote, sid, language, first, last)
            if exported is None:
                return found
            rows, body = exported
            parameters = {"survey_id": sid, "language": language, "from": first, "to": last}
            status = {"document_type": "json", "completion": "all", "heading": "code", "response": "short"}
            writer.write(EXPORT, parameters | status, 200, body)
            new = {identifier for row in rows if (identifier := text(row.get("id")))}
            found |= new
            first = last + 1
            if not new or len(found) >= (_number(summary.get("full_responses")) or 0):
                beyond = self._export(remote, sid, language, first, None, ["id"])
                ids = [number for row in beyond[0] if (number := _number(row.get("id")))] if beyond else []
                if not ids:
                    return found
                first = max(first, min(ids))

    def _export(
        self, remote: "_Remote", sid: int, language: Any, first: int, last: int | None, fields: list[str] | None = None
    ) -> tuple[list[dict[str, Any]], str] | None:
        """Rows and text of one export, without what is to be dropped; null if the survey has no response at all."""
        try:
            content = remote.call(
                EXPORT,
                lambda client: client.export_responses(
                    sid,
                    language=language,
                    completion_status="all",
                    from_response_id=first,
                    to_response_id=last,
                    fields=fields,
                ),
            )
        except _StatusError as error:
            if error.status == _NO_ROWS:
                return None
            raise
        try:
            body = content.decode("utf-8")
            data = json.loads(body)
            rows = [_unwrapped(row) for row in data["responses"]]
        except (ValueError, KeyError, TypeError):
            raise remote.strange(EXPORT) from None
        # The export is base64 inside the answer: stored as decoded, since what is to be dropped hides in it.
        if _drop(rows, self.contract.drop):
            body = json.dumps(data, separators=(",", ":"))
        return [row for row in rows if isinstance(row, dict)], body

    def _fetch_participants(
        self, remote: "_Remote", writer: AnswerWriter, sid: int, properties: dict[str, Any]
    ) -> None:
        """Page by page; ``start`` is the lowest id wanted, not an offset, and the end is a status."""
        described = _parsed(properties.get("attributedescriptions"))
        wanted = [self.contract.institution_attribute, self.contract.organisation_type_attribute]
        attributes = [name for name in wanted if name and (not isinstance(described, dict) or name in described)]
        attributes += ["completed", "sent"]
        start, seen = 0, set[int]()
        while True:
            asked = {"start": start, "limit": _PARTICIPANTS_PER_CALL, "attributes": attributes}
            try:
                page = self._participants_page(remote, sid, asked)
            except _StatusError as error:
                if error.status in _NO_PARTICIPANTS:
                    return
                raise
            if not isinstance(page, list):
                raise remote.strange(PARTICIPANTS)
            data = _parsed(remote.body)
            if _drop(_result_list(data), self.contract.drop):
                writer.write(PARTICIPANTS, {"survey_id": sid} | asked, 200, json.dumps(data, separators=(",", ":")))
            else:
                remote.land(writer, PARTICIPANTS, {"survey_id": sid} | asked)
            tids = {tid for person in page if isinstance(person, dict) and (tid := _number(person.get("tid")))}
            if not tids - seen:
                return
            seen |= tids
            start = max(tids) + 1

    def _participants_page(self, remote: "_Remote", sid: int, asked: dict[str, Any]) -> Any:
        return remote.call(PARTICIPANTS, lambda client: client.list_participants(sid, **asked))

    def _survey_id(self, survey: Survey) -> int:
        if not survey.survey_id.isdecimal():
            raise PermanentError(
                f"survey {survey.survey}: survey_id: found {survey.survey_id!r}, expected LimeSurvey's number of the "
                "survey, such as 202001. Correct it."
            )
        return int(survey.survey_id)

    def _inactive(self, survey: Survey) -> PermanentError:
        return PermanentError(
            f"{self.contract.source}: survey {survey.survey}: found it inactive, expected it active: an inactive "
            "survey shows none of its responses, which are kept here. Activate it, or take it out of framework/surveys."
        )

    # -- landed files --------------------------------------------------------------------------------------------

    def deliveries(self, files: Sequence[LandedFile]) -> list[Delivery]:
        """Per survey: complete when as many arrived as the survey counted, and that was not none."""
        found: list[Delivery] = []
        for scope, by_dataset in _by_scope(files).items():
            if "structure" not in by_dataset:
                continue
            structure = _read_structure(by_dataset["structure"])
            asked = {_number(properties.get("qid")) for _, properties in structure.properties if properties}
            needed = {
                _number(question.get("qid"))
                for _, question in structure.questions
                if _is_parent(question) and question.get("type") in _WITH_OPTIONS
            }
            complete = bool(structure.questions) and bool(structure.order) and needed <= asked
            found.append(Delivery("structure", scope, complete))
            if "responses" in by_dataset:
                ids = _last_places(by_dataset["responses"])
                counted = len(ids) == structure.count("full_responses")
                found.append(Delivery("responses", scope, bool(ids) and counted))
            if "participants" in by_dataset:
                tids = {_number(person.get("tid")) for _, person in _read_participants(by_dataset["participants"])}
                tids.discard(None)
                counted = len(tids) == structure.count("token_count")
                found.append(Delivery("participants", scope, bool(tids) and counted))
        return found

    def chunks(self, files: Sequence[LandedFile]) -> Iterator[RecordChunk]:
        """Records of the questionnaire, of the responses and of the participants of each survey."""
        for scope, by_dataset in _by_scope(files).items():
            if scope not in self.surveys or "structure" not in by_dataset:
                raise PermanentError(
                    f"{self.contract.source}: landed files of {scope}: found no configured survey with its structure, "
                    "expected both. Give all landed files of the batch, and keep the survey in framework/surveys."
                )
            survey = self.surveys[scope]
            structure = _read_structure(by_dataset["structure"])
            yield from chunked(by_dataset["structure"], _structure_records(survey, structure), lambda rows: rows)
            if "responses" in by_dataset:
                file = by_dataset["responses"]
                yield from chunked(file, self._response_records(survey, structure, file), self._response_rows)
            if "participants" in by_dataset:
                file = by_dataset["participants"]
                yield from chunked(file, self._participant_records(survey, file), self._participant_rows)

    def _response_records(self, survey: Survey, structure: _Structure, file: LandedFile) -> Iterator[Record]:
        places = _last_places(file)
        known: dict[str, _Column] = {}
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
                yield Record(position, canonical(content), (survey, identifier, row, questions))

    def _response_rows(self, content: tuple[Survey, str, dict[str, Any], list["_Column"]]) -> Iterator[Row]:
        survey, identifier, row, questions = content
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
                "submitted_at": _local_instant(submitted, self._zone),
                "started_at": _local_instant(row.get("startdate"), self._zone),
                "language": text(row.get("startlanguage")),
                "sex": survey.sex_values.get(sex, sex) if sex else None,
            },
            reference,
        )
        for one in questions:
            answer = {"question": one.question, "sub_code": one.sub_code, "free_text": text(one.free)}
            yield Row("answer", {**key, **answer, "value": text(row[one.column])}, reference)

    def _participant_records(self, survey: Survey, file: LandedFile) -> Iterator[Record]:
        last = {_number(person.get("tid")): position for position, person in _read_participants(file)}
        for position, person in _read_participants(file):
            tid = _number(person.get("tid"))
            if tid is None:
                yield Record(position, canonical([survey.survey, person]), unreadable="participante_sin_tid")
            elif last[tid] == position:
                yield Record(position, canonical([survey.survey, person]), (survey, person))

    def _participant_rows(self, content: tuple[Survey, dict[str, Any]]) -> Iterator[Row]:
        survey, person = content
        token = text(person.get("token"))
        own = f"token:{token}" if token else f"tid:{text(person.get('tid'))}"
        reference = f"{survey.survey_id}:{own}"
        info = person.get("participant_info")
        info = info if isinstance(info, dict) else {}
        names = (text(info.get("firstname")), text(info.get("lastname")))
        attributes = {
            "institution": self.contract.institution_attribute,
            "organisation_type": self.contract.organisation_type_attribute,
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
                "sent_at": _moment(person.get("sent"), self._zone),
                "completed_at": _moment(person.get("completed"), self._zone),
            },
            reference,
        )

    # -- self-test -----------------------------------------------------------------------------------------------

    def check(self) -> list[str]:
        """What the account lacks, in Spanish sentences; none = all that is needed was seen.

        :class:`TransientError` if the site can't be reached.
        """
        problems: list[str] = []
        try:
            with _Remote(self.contract, self.connection) as remote:
                for survey in self.surveys.values():
                    problems += self._check_survey(remote, survey)
        except PermanentError as error:
            problems.append(
                f"El sitio no acepta la conexión ({_reason(error)}). Revise dirección, usuario y contraseña."
            )
        return problems

    def _check_survey(self, remote: "_Remote", survey: Survey) -> list[str]:
        where = f"Encuesta {survey.survey} ({survey.survey_id})"
        try:
            sid = self._survey_id(survey)
            properties = remote.call(
                PROPERTIES, lambda client: client.get_survey_properties(sid, ["active", "language"])
            )
            summary = remote.call(SUMMARY, lambda client: client.get_summary(sid))
            if properties.get("active") != "Y" or not isinstance(summary, dict):
                return [f"{where}: está inactiva. Actívela o retírela de framework/surveys."]
            self._export(remote, sid, properties.get("language"), 1, 1, ["id"])
            if "token_count" in summary:
                self._participants_page(remote, sid, {"start": 0, "limit": 1})
        except PermanentError as error:
            if isinstance(error, _StatusError) and error.status in _NO_PARTICIPANTS:
                return []
            return [f"{where}: fue rechazada ({_reason(error)}). Revise su número y los permisos de la cuenta."]
        return []


class _Session(HttpSession):
    """The HTTP session under citric; keeps the last answer, whose exact text is what lands."""

    content = b""

    def request(self, *args: Any, **kwargs: Any) -> Any:
        """As :meth:`HttpSession.request`; anything but a 2xx status raises."""
        response = super().request(*args, **kwargs)
        check_status(self.label, response)
        self.content = response.content
        return response


class _Remote:
    """The calls to one LimeSurvey: a session key taken, renewed once if it expires, and released."""

    def __init__(self, contract: LimeSurveySource, connection: Connection) -> None:
        self._label = contract.source
        address = site_address(contract.source, connection.host)
        if not address.lower().endswith("/remotecontrol"):
            address += "/admin/remotecontrol"
        self._address = address
        self._connection = connection
        self._session = _Session(contract.source, timeout=contract.timeout)
        self._client: Client | None = None
        self._may_renew = True

    def __enter__(self) -> "_Remote":
        try:
            self._client = self._login()
        except BaseException:
            self._session.close()
            raise
        return self

    def __exit__(self, *exc: object) -> None:
        try:
            if self._client is not None:
                self._client.close()
        except Exception:  # noqa: S110 - the key dies by itself; what was read must not be lost for it
            pass
        finally:
            self._session.close()

    @property
    def body(self) -> str:
        """Text of the last answer; LimeSurvey 3 puts a line break before it."""
        return self._session.content.decode("utf-8", "replace")

    def land(self, writer: AnswerWriter, method: str, parameters: dict[str, Any]) -> None:
        """Store the last answer exactly as it came."""
        writer.write(method, parameters, 200, self.body)

    def call(self, method: str, ask: Callable[[Client], T]) -> T:
        """Data of one call; raises for everything that is not data."""
        if self._client is None:
            raise RuntimeError("call() outside of the with block")
        try:
            return self._guarded(method, ask, self._client)
        except _StatusError as error:
            # Once and never in a loop: bad logins lock out this server's address, people at their browsers included.
            if error.status != _EXPIRED or not self._may_renew:
                raise
        self._may_renew = False
        self._client = self._login()
        return self._guarded(method, ask, self._client)

    def strange(self, method: str) -> TransientError:
        """The error for an answer of another shape: a proxy's page, a cut body."""
        return TransientError(
            f"{self._label}: {method}: found an answer of another form, expected JSON of RemoteControl. Try again "
            "later; if it stays so, check that the host of the connection is the address of the LimeSurvey itself."
        )

    def _login(self) -> Client:
        def ask(_: None) -> Client:
            return Client(
                self._address,
                self._connection.login,
                self._connection.password,
                requests_session=self._session,
                auth_plugin=self._connection.extra.get("auth_plugin", "Authdb"),
            )

        return self._guarded("get_session_key", ask, None)

    def _guarded(self, method: str, ask: Callable[[Any], T], client: Client | None) -> T:
        what = f"{self._label}: {method}"
        try:
            return ask(client)
        except LimeSurveyStatusError as error:
            raise _status_error(what, str(error)) from None
        except LimeSurveyApiError:
            # Its text is PHP's or the database's and may hold values.
            raise PermanentError(
                f"{what}: found an error of the server, expected data. Look it up in LimeSurvey's log; "
                "its version may be too old or too new for this call."
            ) from None
        except RPCInterfaceNotEnabledError:
            raise PermanentError(
                f"{what}: found an empty answer, expected JSON. "
                "Enable JSON-RPC in LimeSurvey (global settings, Interfaces)."
            ) from None
        except InvalidJSONResponseError:
            if "<methodResponse>" in self.body:
                raise PermanentError(
                    f"{what}: found XML-RPC, expected JSON-RPC. "
                    "Set the RPC interface of LimeSurvey to JSON-RPC (global settings, Interfaces)."
                ) from None
            raise self.strange(method) from None
        except (ResponseMismatchError, ValueError, KeyError, TypeError, AttributeError):
            raise self.strange(method) from None


def _status_error(what: str, status: str) -> PermanentError | TransientError:
    if status.startswith("You have exceeded the number of maximum login attempts"):
        return TransientError(
            f"{what}: found this server locked out after bad logins, expected a session key. Wait some minutes; "
            "if the password of the connection may be wrong, correct it before trying again.",
            retry_after=_LOCKOUT_SECONDS,
        )
    mend = _MENDS.get(status, "Check the survey and the permissions of the account.")
    if status == _INACTIVE:
        mend = "The survey is inactive: activate it, or take it out of framework/surveys."
    return _StatusError(f"{what}: found status {status[:120]!r}, expected data. {mend}", status)


def _reason(error: PermanentError) -> str:
    return error.status[:120] if isinstance(error, _StatusError) else "no respondió como un LimeSurvey"


# -- questionnaires ----------------------------------------------------------------------------------------------


def _read_structure(file: LandedFile) -> _Structure:
    structure = _Structure()
    for answer in read_answers(file.path):
        data = _parsed(answer["body"])
        result = data.get("result") if isinstance(data, dict) else None
        method, ordinal = answer["method"], answer["ordinal"]
        if method == QUESTIONS and isinstance(result, list):
            structure.questions = [(f"{ordinal}#/result/{n}", question) for n, question in enumerate(result)]
        elif method == QUESTION and isinstance(result, dict):
            structure.properties.append((ordinal, result))
        elif method == SUMMARY and isinstance(result, dict):
            structure.summaries.append(result)
        elif method == FIELDMAP and isinstance(result, dict):
            for one in result.values():
                qid = _number(one.get("qid")) if isinstance(one, dict) else None
                if qid is not None:
                    structure.order.setdefault(qid, len(structure.order) + 1)
                    structure.types[str(one.get("title"))] = str(one.get("type"))
    parents = structure.parents()
    for question in parents.values():
        structure.types[str(question.get("title"))] = str(question.get("type"))
    for _, question in structure.questions:
        if isinstance(question, dict) and (parent := parents.get(_number(question.get("parent_qid")))):
            structure.sub_codes[str(parent.get("title"))].add(str(question.get("title")))
    return structure


def _structure_records(survey: Survey, structure: _Structure) -> Iterator[Record]:
    """Each question, sub-question and option; the content of a record is its rows."""
    parents = structure.parents()
    listed: dict[str, set[str]] = defaultdict(set)
    options = list(_options(survey, structure, listed))
    for position, question in structure.questions:
        parent_qid = _number(question.get("parent_qid")) if isinstance(question, dict) else None
        parent = question if _is_parent(question) else parents.get(parent_qid)
        title = text(question.get("title")) if isinstance(question, dict) else None
        if parent is None or title is None:
            yield Record(position, canonical([survey.survey, question]), unreadable="pregunta_sin_codigo")
            continue
        code = text(parent.get("title")) or ""
        place = _number(question.get("question_order"))
        is_parent = parent is question
        values = {
            "survey": survey.survey,
            "question": code,
            # A sub-question's own type means nothing: what counts is that of its question.
            "sub_code": "" if is_parent else title,
            "type": text(parent.get("type")),
            "ordinal": text(structure.order.get(_number(question.get("qid")) or 0, place) if is_parent else place),
            "text": _plain(question.get("question")),
        }
        rows = [Row("question", values)]
        if is_parent:
            rows += _scores_without_option(survey, code, _scored(survey, structure, code), listed[code])
        yield Record(position, canonical(rows), rows)
    yield from options


def _options(survey: Survey, structure: _Structure, listed: dict[str, set[str]]) -> Iterator[Record]:
    """A record per answer option; notes in ``listed`` which codes a question has."""
    for ordinal, properties in structure.properties:
        code = text(properties.get("title"))
        if code is None:
            continue
        scored = _scored(survey, structure, code)
        for pointer, option_code, option in _listed_options(properties.get("answeroptions")):
            values = {
                "survey": survey.survey,
                "question": code,
                "code": option_code,
                "label": _plain(option.get("answer")),
                "score": _score(scored, option_code, option.get("assessment_value")),
                "ordinal": text(option.get("order")),
            }
            # The second scale of a dual scale may use the codes of the first again, which are the key here.
            doubled = "segunda_escala" if option_code in listed[code] else None
            listed[code].add(option_code)
            rows = [Row("question_option", values, out_of_scope=doubled)]
            yield Record(f"{ordinal}#/result/answeroptions/{pointer}", canonical(rows), rows)


def _listed_options(options: Any) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """JSON pointer, code and option; when there are none LimeSurvey gives a sentence instead."""
    for code, option in _items(options):
        if "answer" in option:
            yield _pointer(code), code, option
            continue
        for inner_code, inner in _items(option):  # dual scale: scale -> code -> option
            if "answer" in inner:
                yield f"{_pointer(code)}/{_pointer(inner_code)}", inner_code, inner


def _items(value: Any) -> list[tuple[str, dict[str, Any]]]:
    """Keys and objects; PHP writes a list when the keys happen to be 0, 1, 2, …"""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [(str(key), inner) for key, inner in pairs if isinstance(inner, dict)]


def _pointer(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")


def _scored(survey: Survey, structure: _Structure, code: str) -> ScoredQuestion | None:
    """The configured scoring of a question, or else of a sub-question, written without brackets (P02SQ001)."""
    names = [code, *(code + sub_code for sub_code in sorted(structure.sub_codes.get(code, ())))]
    by_name = {scored.question: scored for scored in survey.scored}
    return next((by_name[name] for name in names if name in by_name), None)


def _score(scored: ScoredQuestion | None, code: str, assessment_value: Any) -> str | None:
    if scored is None:
        return None
    if scored.scores:
        return f"{scored.scores[code]:g}" if code in scored.scores else None
    return text(assessment_value)


def _scores_without_option(survey: Survey, code: str, scored: ScoredQuestion | None, listed: set[str]) -> list[Row]:
    """Options that only the configuration knows: a yes/no or a five-point question lists none itself."""
    missing = [key for key in scored.scores if key not in listed] if scored else []
    return [
        Row(
            "question_option",
            {
                "survey": survey.survey,
                "question": code,
                "code": key,
                "label": key,
                "score": _score(scored, key, None),
                "ordinal": str(place),
            },
        )
        for place, key in enumerate(missing, start=len(listed) + 1)
    ]


class _Text(HTMLParser):
    """Collects the text of a piece of HTML."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self._silent += tag in ("script", "style")
        self.parts.append(" " if tag in ("br", "p", "div", "li", "td") else "")

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in ("script", "style") and self._silent > 0

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.parts.append(data)


def _plain(value: Any) -> str | None:
    """A text without its HTML, blanks collapsed."""
    raw = text(value)
    if raw is None:
        return None
    parser = _Text()
    parser.feed(raw)
    parser.close()
    return text(" ".join("".join(parser.parts).split()))


# -- responses and participants ------------------------------------------------------------------------------------


class _Column(NamedTuple):
    """What a column of an export is."""

    column: str
    question: str
    sub_code: str
    free: bool
    """Free text: kept out of the warehouse."""


def _column(name: str, structure: _Structure, survey: Survey) -> _Column:
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
    return _Column(name, question, sub_code, free)


def _read_responses(file: LandedFile) -> Iterator[tuple[str, Any]]:
    """Positions and rows of the last sweep; each sweep begins at id 1."""
    begin = 1
    for answer in read_answers(file.path):
        if answer["parameters"].get("from") == 1:
            begin = answer["ordinal"]
    for answer in read_answers(file.path):
        if answer["ordinal"] < begin:
            continue
        data = _parsed(answer["body"])
        rows = data.get("responses") if isinstance(data, dict) else None
        if not isinstance(rows, list):
            yield str(answer["ordinal"]), None
            continue
        for index, row in enumerate(rows):
            yield f"{answer['ordinal']}#/responses/{index}", _unwrapped(row)


def _last_places(file: LandedFile) -> dict[str, str]:
    """Response id -> position where it came last: of one that came twice the later state holds."""
    return {
        identifier: position
        for position, row in _read_responses(file)
        if isinstance(row, dict) and (identifier := text(row.get("id")))
    }


def _read_participants(file: LandedFile) -> Iterator[tuple[str, dict[str, Any]]]:
    for answer in read_answers(file.path):
        for index, person in enumerate(_result_list(_parsed(answer["body"]))):
            yield f"{answer['ordinal']}#/result/{index}", person if isinstance(person, dict) else {}


def _unwrapped(row: Any) -> Any:
    """LimeSurvey up to 4.3.18 wraps each row in an object with one key."""
    if isinstance(row, dict) and len(row) == 1 and isinstance(inner := next(iter(row.values())), dict):
        return inner
    return row


def _drop(things: Sequence[Any], names: Sequence[str]) -> bool:
    """Remove the fields to be dropped, of a participant's names too; whether there was one."""
    dropped = False
    for thing in things:
        for level in (thing, thing.get("participant_info") if isinstance(thing, dict) else None):
            for name in names:
                if isinstance(level, dict) and name in level:
                    del level[name]
                    dropped = True
    return dropped


def _local_instant(value: Any, zone: ZoneInfo) -> str | None:
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


def _moment(value: Any, zone: ZoneInfo) -> str | None:
    """A participant's ``sent`` or ``completed``: N is no, Y is yes without a date."""
    plain = text(value)
    return None if plain in ("N", "Y") else _local_instant(plain, zone)


def _is_parent(question: Any) -> bool:
    return isinstance(question, dict) and _number(question.get("parent_qid")) == 0


def _number(value: Any) -> int | None:
    """A whole number, which older PHP sends as text."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    return int(value) if isinstance(value, str) and value.isascii() and value.isdecimal() else None


def _result_list(data: Any) -> list[Any]:
    result = data.get("result") if isinstance(data, dict) else None
    return result if isinstance(result, list) else []


def _parsed(body: Any) -> Any:
    try:
        return json.loads(body) if isinstance(body, str) else None
    except ValueError:
        return None


def _by_scope(files: Sequence[LandedFile]) -> dict[str, dict[str, LandedFile]]:
    scopes: dict[str, dict[str, LandedFile]] = defaultdict(dict)
    for file in files:
        scopes[file.scope][file.dataset] = file
    return scopes
