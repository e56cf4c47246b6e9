"""A LimeSurvey 3.28, 5.6 or 6.1 that answers RemoteControl 2 (JSON-RPC) as the recorded ones do.

Nearly everything comes with HTTP 200: errors are a ``status`` in the result, some an empty body.
"""

import hashlib
import inspect
import json
import time
from collections.abc import Callable
from typing import Any, Literal

from trimestre.simulators import limesurvey_shapes as shapes
from trimestre.simulators.model import Survey, SurveyQuestion
from trimestre.simulators.people import seeded
from trimestre.simulators.server import Request, Response, Simulator
from trimestre.simulators.world import World

_PATHS = ("/index.php/admin/remotecontrol", "/admin/remotecontrol")
_JSON = "text/javascript;charset=UTF-8"
_HTML = "text/html; charset=UTF-8"
_KEY_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_~-"
_NO_SURVEY = {"status": "Error: Invalid survey ID"}
_BAD_LOGIN = {"status": "Invalid user name or password"}
_LOCKED = {
    "status": "You have exceeded the number of maximum login attempts. Please wait 5 minutes before trying again."
}


class _HtmlPage(Exception):
    """PHP gave up: the answer is an error page with HTTP 500."""


class _ApiError(Exception):
    """The ``error`` member of the answer is set and ``result`` is null."""


class _PlainText(Exception):
    """The answer is a bare text."""


class _File(bytes):
    """Content of an export, sent as base64."""


class LimeSurveySimulator(Simulator):
    """The LimeSurvey of a world; ``requests`` keeps method and parameters without the session key.

    ``permissions`` of the account: ``surveys``, ``responses``, ``participants``. After
    ``max_login_attempts`` bad logins even the right password is refused for ``lockout_seconds``. ``version`` 5 answers
    as 6 does; 3 wraps each exported row, gives a row of nothing where there is none, and knows fewer properties.
    """

    def __init__(
        self,
        world: World,
        port: int = 0,
        *,
        permissions: frozenset[str] | set[str] = frozenset({"surveys", "responses", "participants"}),
        max_login_attempts: int = 6,
        lockout_seconds: float = 300.0,
        version: Literal[3, 5, 6] = 6,
    ) -> None:
        super().__init__(port)
        self.world = world
        self.old = version == 3
        self.permissions = set(permissions)
        self.username = "lector"
        self.password = hashlib.sha256(f"{world.seed}:limesurvey".encode()).hexdigest()[:20]
        self.rpc_enabled = True
        self.requests: list[tuple[str, list[Any]]] = []
        self._keys: set[str] = set()
        self._rng = seeded(world.seed, "limesurvey keys")
        self._max_login_attempts, self._lockout_seconds = max_login_attempts, lockout_seconds
        self._bad_logins, self._locked_until = 0, 0.0
        self._taken_out: list[tuple[Survey, int, dict[str, Any]]] = []
        self._methods: dict[str, Callable[..., Any]] = {
            "get_session_key": self._get_session_key,
            "release_session_key": self._release_session_key,
            "list_surveys": self._list_surveys,
            "get_survey_properties": self._get_survey_properties,
            "get_language_properties": self._get_language_properties,
            "list_groups": self._list_groups,
            "list_questions": self._list_questions,
            "get_question_properties": self._get_question_properties,
            "get_fieldmap": self._get_fieldmap,
            "get_summary": self._get_summary,
            "list_participants": self._list_participants,
            "get_response_ids": self._get_response_ids,
            "export_responses": self._export_responses,
        }

    @property
    def endpoint(self) -> str:
        """Address of RemoteControl, as a client is configured with it."""
        return f"{self.url}{_PATHS[0]}"

    def expire_keys(self) -> None:
        """Every session key given so far becomes invalid."""
        with self.world.lock:
            self._keys.clear()

    def unlock(self) -> None:
        """Forget the bad logins."""
        with self.world.lock:
            self._bad_logins, self._locked_until = 0, 0.0

    def shift(self) -> None:
        """Take the middle response out of each survey, or put it back."""
        with self.world.lock:
            if self._taken_out:
                for survey, place, row in self._taken_out:
                    survey.responses.insert(place, row)
                self._taken_out = []
                return
            for survey in self.world.surveys.values():
                if survey.responses:
                    place = len(survey.responses) // 2
                    self._taken_out.append((survey, place, survey.responses.pop(place)))

    def reactivate(self, sid: int) -> None:
        """Activate a survey again: its table is a new one, without what was answered before."""
        with self.world.lock:
            self.world.surveys[sid].responses.clear()
            self.world.set_survey_active(sid, True)

    # -- the way of a request --------------------------------------------------------------------------------

    def answer(self, request: Request) -> Response:
        """Answer one JSON-RPC call."""
        if request.path not in _PATHS:
            return Response(b"\n\n<!DOCTYPE html>\n<html><title>400: Bad Request</title></html>", _HTML, 400)
        is_json = "application/json" in request.content_type
        if request.method != "POST" or not self.rpc_enabled or not is_json:
            return Response(b"", _HTML)
        try:
            call = json.loads(request.body)
        except ValueError:
            return Response(b'{"id":null,"result":null,"error":"unable to decode malformed json"}', _JSON)
        try:
            with self.world.lock:
                body = self._reply(call)
        except _HtmlPage:
            return Response(b"\n\n<!DOCTYPE html>\n<html><title>500: Internal Server Error</title></html>", _HTML, 500)
        except _PlainText as text:
            return Response(str(text).encode(), _HTML)
        if not call.get("id"):  # the call has run all the same
            return Response(b"", _HTML)
        return Response(body, _JSON, headers={"Set-Cookie": "LS-SIMULADOR=1; path=/; HttpOnly"})

    def _reply(self, call: Any) -> bytes:
        if not isinstance(call, dict):
            raise _HtmlPage
        number = call.get("id")
        try:
            result = self._run(call.get("method"), call.get("params", []))
        except _ApiError as error:
            return shapes.php_json({"id": number, "result": None, "error": str(error)}).encode()
        if isinstance(result, _File):
            # The writer of CSV of LimeSurvey 3 lets a line break out before the answer.
            lead = b"\r\n" if self.old and not result.startswith(b"{") else b""
            return lead + shapes.as_file(number, result)
        return shapes.php_json({"id": number, "result": result, "error": None}).encode()

    def _run(self, name: Any, params: Any) -> Any:
        method = self._methods.get(name)
        if method is None:
            raise _HtmlPage
        arguments = list(params.values()) if isinstance(params, dict) else list(params or [])
        signature = inspect.signature(method)
        arguments = arguments[: len(signature.parameters)]  # PHP ignores what is too much
        try:
            signature.bind(*arguments)
        except TypeError as error:  # and dies of what is missing: ArgumentCountError
            raise _HtmlPage from error
        if name == "get_session_key":
            self.requests.append((name, []))
            return method(*arguments)
        self.requests.append((name, arguments[1:]))
        if name != "release_session_key" and arguments[0] not in self._keys:
            return {"status": "Invalid session key"}
        return method(*arguments)

    # -- session ---------------------------------------------------------------------------------------------

    def _get_session_key(self, username: str, password: str, plugin: str = "Authdb") -> Any:
        if time.monotonic() < self._locked_until:
            return _LOCKED
        if (username, password, plugin) != (self.username, self.password, "Authdb"):
            self._bad_logins += 1
            if self._bad_logins >= self._max_login_attempts:
                self._bad_logins, self._locked_until = 0, time.monotonic() + self._lockout_seconds
            return _BAD_LOGIN
        self._bad_logins = 0
        key = "".join(self._rng.choices(_KEY_ALPHABET, k=32))
        self._keys.add(key)
        return key

    def _release_session_key(self, key: str) -> str:
        self._keys.discard(key)
        return "OK"  # for any key whatever

    # -- surveys and questions -------------------------------------------------------------------------------

    def _survey(self, sid: Any) -> Survey | None:
        try:
            return self.world.surveys.get(int(sid))
        except (TypeError, ValueError):
            return None

    def _list_surveys(self, key: str, username: str | None = None) -> Any:
        if username not in (None, self.username):
            return {"status": "Invalid user"}
        if "surveys" not in self.permissions:
            return {"status": "No surveys found"}
        return [shapes.survey_brief(self.world.surveys[sid]) for sid in sorted(self.world.surveys)]

    def _get_survey_properties(self, key: str, sid: Any, settings: list[str] | None = None) -> Any:
        survey = self._survey(sid)
        if survey is None:
            return _NO_SURVEY
        return self._allowed(lambda: _chosen(shapes.survey_properties(survey), settings))

    def _get_language_properties(
        self, key: str, sid: Any, settings: list[str] | None = None, language: str | None = None
    ) -> Any:
        survey = self._survey(sid)
        if survey is None:
            return _NO_SURVEY
        texts = shapes.language_properties(survey, language or survey.languages[0])
        return self._allowed(lambda: _chosen(texts, settings))

    def _list_groups(self, key: str, sid: Any, language: str | None = None) -> Any:
        survey = self._survey(sid)
        if survey is None:
            return _NO_SURVEY
        language = language or survey.languages[0]
        if self.old:
            return self._allowed(lambda: shapes.groups_of_3(survey))
        if language not in survey.languages:
            return {"status": "Error: Invalid language"}
        return self._allowed(lambda: shapes.groups(survey, language))

    def _list_questions(self, key: str, sid: Any, gid: Any = None, language: str | None = None) -> Any:
        survey = self._survey(sid)
        if survey is None:
            return _NO_SURVEY
        wanted = language or survey.languages[0]
        if wanted not in survey.languages:
            return {"status": "Error: Invalid language"}
        listed = shapes.questions_of_3 if self.old else shapes.questions
        return self._allowed(lambda: listed(survey, wanted, int(gid) if gid else None))

    def _get_question_properties(
        self, key: str, qid: Any, settings: list[str] | None = None, language: str | None = None
    ) -> Any:
        found = self._question(qid)
        if found is None:
            return {"status": "Error: Invalid questionid"}
        survey, question = found
        wanted = language or survey.languages[0]
        if wanted not in survey.languages:
            return {"status": "Error: Invalid questionid"}
        properties = shapes.question_properties_of_3 if self.old else shapes.question_properties
        return self._allowed(lambda: _chosen(properties(survey, question, wanted), settings))

    def _question(self, qid: Any) -> tuple[Survey, SurveyQuestion] | None:
        for survey in self.world.surveys.values():
            for question in survey.questions:
                if str(question.qid) == str(qid):
                    return survey, question
        return None

    def _get_fieldmap(self, key: str, sid: Any, language: str | None = None) -> Any:
        survey = self._survey(sid)
        if survey is None:
            return _NO_SURVEY
        wanted = language or survey.languages[0]
        if wanted not in survey.languages:
            return {"status": "Error: Invalid language"}
        return self._allowed(lambda: shapes.fieldmap(survey, wanted))

    def _allowed(self, read: Callable[[], Any]) -> Any:
        return read() if "surveys" in self.permissions else {"status": "No permission"}

    # -- responses and participants --------------------------------------------------------------------------

    def _get_summary(self, key: str, sid: Any, stat: str = "all") -> Any:
        survey = self._survey(sid)
        if survey is None:
            return {"status": "Invalid surveyid"}
        if "surveys" not in self.permissions:
            return {"status": "No permission"}
        counts = shapes.summary(survey)
        if stat == "all" or not isinstance(counts, dict):
            return counts
        return counts.get(stat, {"status": "Invalid summary key"})

    def _list_participants(
        self,
        key: str,
        sid: Any,
        start: int = 0,
        limit: int = 10,
        unused: bool = False,
        attributes: list[str] | bool | None = False,
        conditions: dict[str, str] | list[Any] | None = None,
    ) -> Any:
        if attributes is True or isinstance(attributes, str):  # PHP: TypeError
            raise _HtmlPage
        survey = self._survey(sid)
        if survey is None:
            return _NO_SURVEY
        if "participants" not in self.permissions:
            return {"status": "No permission"}
        if not survey.has_participants:
            return {"status": "Error: No survey participants table"}
        wanted = conditions if isinstance(conditions, dict) else {}
        found = [
            person
            for person in survey.participants
            if person.tid >= start  # the lowest id wanted, not an offset
            and not (unused and person.completed != "N")
            and all(person.attributes.get(name) == value for name, value in wanted.items())
        ][:limit]
        if not found:
            return {"status": "No survey participants found."}
        return [shapes.participant(person, attributes or []) for person in found]

    def _get_response_ids(self, key: str, sid: Any, token: str) -> Any:
        survey = self._survey(sid)
        if survey is None:
            return _NO_SURVEY
        if not survey.has_participants:
            raise _ApiError(f'Table "lime_survey_{survey.sid}" does not have a column named "token".')
        return [row["id"] for row in survey.responses if row["token"] == token]

    def _export_responses(
        self,
        key: str,
        sid: Any,
        document_type: str,
        language: str | None = None,
        completion: str = "all",
        heading: str = "code",
        response_type: str = "short",
        first: int | None = None,
        last: int | None = None,
        fields: list[str] | None = None,
        options: Any = None,
    ) -> Any:
        survey = self._survey(sid)
        if survey is None or "responses" not in self.permissions:
            return {"status": "No permission"}
        if not survey.active:
            return {"status": "No Data, survey table does not exist."}
        if not survey.responses:
            return {"status": "No Data, could not get max id."}
        if language is not None and language not in survey.languages:
            return {"status": "Language code not found for this survey."}
        if isinstance(fields, str) or response_type == "long" or heading in ("full", "abbreviated"):
            # A text for fields is PHP's TypeError; long answers and full headings are not simulated: rather
            # an error than something that only looks like them. Any other value passes for code and short.
            raise _HtmlPage
        if document_type not in ("json", "csv"):
            raise _ApiError(f"Writer for {document_type} should implement IWriter")
        if fields == []:
            raise _PlainText("At least one column must be selected for export.")
        rows = [
            row
            for row in survey.responses
            if (first or 0) <= row["id"] <= (last or row["id"])
            and {"complete": row["submitdate"] is not None, "incomplete": row["submitdate"] is None}.get(
                completion, True
            )
        ]
        columns = shapes.export_columns(survey, fields)
        exported = shapes.export_rows(survey, rows, columns, participants="participants" in self.permissions)
        if self.old:
            exported = exported or [dict.fromkeys(columns, "")]
            return _File((shapes.export_json_of_3 if document_type == "json" else shapes.export_csv)(exported))
        return _File((shapes.export_json if document_type == "json" else shapes.export_csv)(exported))


def _chosen(properties: dict[str, Any], wanted: list[str] | None) -> Any:
    """The properties asked for; unknown names are dropped, only unknown ones give a status."""
    if not wanted:
        return properties
    chosen = {name: properties[name] for name in wanted if name in properties}
    return chosen or {"status": "No valid Data"}
