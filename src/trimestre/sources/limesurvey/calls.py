"""Calls to one LimeSurvey by RemoteControl 2: what is asked for, and what its refusals mean.

Data flow: method -> citric -> data, or an error of the house; the exact text of the last answer is kept to be landed.
LimeSurvey answers nearly every failure with HTTP 200 and a ``status`` in the result.
"""

import json
import re
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from citric import Client
from citric.exceptions import (
    InvalidJSONResponseError,
    LimeSurveyApiError,
    LimeSurveyStatusError,
    ResponseMismatchError,
    RPCInterfaceNotEnabledError,
)

from trimestre.contracts.sources import LimeSurveySource
from trimestre.contracts.surveys import Survey
from trimestre.errors import PermanentError, TransientError
from trimestre.sources.answers import as_list, read_json
from trimestre.sources.base import AnswerWriter, Connection
from trimestre.sources.http import HttpSession, check_status, patiently, site_address
from trimestre.texts import LIMESURVEY_MENDS, PLATFORM

SURVEYS = "list_surveys"
PROPERTIES = "get_survey_properties"
QUESTIONS = "list_questions"
QUESTION = "get_question_properties"
FIELDMAP = "get_fieldmap"
SUMMARY = "get_summary"
EXPORT = "export_responses"
PARTICIPANTS = "list_participants"

UNTRANSLATED = ("Error: Invalid language", "Error: Invalid questionid")
"""What LimeSurvey says of a survey or a question that has no text in a language."""
NO_SURVEYS = "No surveys found"
NO_PARTICIPANTS = ("No survey participants found.", "No Tokens found", "Error: No survey participants table")
_LOCKOUT_SECONDS = 600.0
EXPIRED = "Invalid session key"
_NO_ROWS = "No Data, could not get max id."

T = TypeVar("T")


class StatusError(PermanentError):
    """LimeSurvey answered with a status instead of data; ``status`` is its text."""

    def __init__(self, message: str, status: str) -> None:
        super().__init__(message)
        self.status = status


class LockedOut(TransientError):
    """LimeSurvey refuses every login from this server for some minutes, after bad ones."""


class _Session(HttpSession):
    """The HTTP session under citric; keeps the last answer, whose exact text is what lands."""

    content = b""

    def request(self, *args: Any, **kwargs: Any) -> Any:
        """As :meth:`HttpSession.request`; anything but a 2xx status raises."""
        response = super().request(*args, **kwargs)
        check_status(self.label, response)
        self.content = response.content
        return response


class Remote:
    """The calls to one LimeSurvey: a session key taken, renewed once if it expires, and released."""

    def __init__(self, contract: LimeSurveySource, connection: Connection) -> None:
        self.label = contract.source
        self._drop = contract.drop
        address = site_address(contract.source, connection.host)
        if not address.lower().endswith("/remotecontrol"):
            address += "/admin/remotecontrol"
        self._address = address
        self._connection = connection
        self._session = _Session(contract.source, timeout=contract.timeout)
        self._client: Client | None = None
        self._may_renew = True

    def __enter__(self) -> "Remote":
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
        except StatusError as error:
            # Once and never in a loop: bad logins lock out this server's address, people at their browsers included.
            if error.status != EXPIRED or not self._may_renew:
                raise
        self._may_renew = False
        self._client = self._login()
        return self._guarded(method, ask, self._client)

    def export(
        self, sid: int, language: Any, first: int, last: int | None, fields: list[str] | None = None
    ) -> tuple[list[dict[str, Any]], str] | None:
        """Rows and text of one export, without what is to be dropped; null if the survey has no response at all."""
        asked = {"language": language, "from_response_id": first, "to_response_id": last, "fields": fields}
        try:
            content = self.call(EXPORT, lambda client: client.export_responses(sid, completion_status="all", **asked))
        except StatusError as error:
            if error.status == _NO_ROWS:
                return None
            raise
        try:
            body = content.decode("utf-8")
            data = read_json(body)
            rows = [unwrapped(row) for row in data["responses"]]
        except (ValueError, KeyError, TypeError):
            raise self.strange(EXPORT) from None
        # The export is base64 inside the answer: stored as decoded, since what is to be dropped hides in it.
        if drop(rows, self._drop):
            body = json.dumps(data, separators=(",", ":"))
        return [row for row in rows if isinstance(row, dict)], body

    def participants(self, sid: int, asked: dict[str, Any]) -> Any:
        """One page of participants; a status tells the end (:data:`NO_PARTICIPANTS`)."""
        return self.call(PARTICIPANTS, lambda client: client.list_participants(sid, **asked))

    def strange(self, method: str) -> TransientError:
        """The error for an answer of another shape: a proxy's page, a cut body."""
        return TransientError(PLATFORM["strange_limesurvey"].format(label=self.label, method=method))

    def _login(self) -> Client:
        def ask(_: None) -> Client:
            return Client(
                self._address,
                self._connection.login,
                self._connection.password,
                requests_session=self._session,
                auth_plugin=self._connection.extra.get("auth_plugin") or "Authdb",
            )

        return self._guarded("get_session_key", ask, None)

    def _guarded(self, method: str, ask: Callable[[Any], T], client: Client | None) -> T:
        return patiently(lambda: self._guarded_once(method, ask, client))

    def _guarded_once(self, method: str, ask: Callable[[Any], T], client: Client | None) -> T:
        what = f"{self.label}: {method}"
        try:
            return ask(client)
        except LimeSurveyStatusError as error:
            raise _status_error(what, str(error)) from None
        except LimeSurveyApiError:
            # Its text is PHP's or the database's and may hold values.
            raise PermanentError(PLATFORM["error_of_limesurvey"].format(what=what)) from None
        except RPCInterfaceNotEnabledError:
            raise PermanentError(PLATFORM["no_json_rpc"].format(what=what)) from None
        except InvalidJSONResponseError:
            if "<methodResponse>" in self.body:
                raise PermanentError(PLATFORM["xml_rpc"].format(what=what)) from None
            raise self.strange(method) from None
        except (ResponseMismatchError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise self.strange(method) from None


def _status_error(what: str, status: str) -> PermanentError | TransientError:
    if status.startswith("You have exceeded the number of maximum login attempts"):
        return LockedOut(
            PLATFORM["locked_out"].format(what=what),
            retry_after=_LOCKOUT_SECONDS,
        )
    mend = LIMESURVEY_MENDS.get(status, LIMESURVEY_MENDS[""])
    return StatusError(PLATFORM["status_of_limesurvey"].format(what=what, found=named(status), mend=mend), status)


def named(status: str) -> str:
    """A status fit to be shown: only known texts are passed on, since another may hold a participant's name."""
    known = {*LIMESURVEY_MENDS, *NO_PARTICIPANTS, NO_SURVEYS, _NO_ROWS} - {""}
    return PLATFORM["known_status" if status in known else "unknown_status"].format(status=status)


def survey_number(survey: Survey) -> int:
    """LimeSurvey's number of a survey."""
    if not survey.survey_id.isdecimal():
        raise PermanentError(PLATFORM["number_of_survey"].format(survey=survey.survey, found=survey.survey_id))
    return int(survey.survey_id)


def drop(things: Sequence[Any], names: Sequence[str]) -> bool:
    """Remove the fields to be dropped, of a participant's names too; whether there was one."""
    dropped = False
    for thing in things:
        for level in (thing, thing.get("participant_info") if isinstance(thing, dict) else None):
            for name in names:
                if isinstance(level, dict) and name in level:
                    del level[name]
                    dropped = True
    return dropped


def unwrapped(row: Any) -> Any:
    """A row of an export. LimeSurvey up to 4.3.18 wraps each in an object with one key."""
    if isinstance(row, dict) and len(row) == 1 and isinstance(inner := next(iter(row.values())), dict):
        return inner
    return row


def number(value: Any) -> int | None:
    """A whole number, which older PHP sends as text."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    # No number of LimeSurvey is longer, and Python refuses to read one of thousands of digits.
    return int(value) if isinstance(value, str) and re.fullmatch(r"[0-9]{1,18}", value) else None


def result_list(data: Any) -> list[Any]:
    """The list in an answer; of anything else an empty one."""
    return as_list(data.get("result") if isinstance(data, dict) else None)
