"""Calls to the web services of one Moodle site (REST): what is asked for, and what its refusals mean.

Data flow: function and parameters -> POST -> Answer, or an error of the house. A Moodle answers nearly everything with
HTTP 200; its exceptions are told apart by ``errorcode``, since class and message differ by version.
"""

import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeGuard, TypeVar

from trimestre.contracts.sources import MoodleSource
from trimestre.errors import PermanentError, TransientError
from trimestre.sources.answers import as_list, read_json
from trimestre.sources.base import Connection
from trimestre.sources.http import HttpSession, check_status, patiently, site_address
from trimestre.texts import MOODLE_MENDS, PLATFORM

SITE = "core_webservice_get_site_info"
COURSES = "core_course_get_courses_by_field"
CONTENTS = "core_course_get_contents"
ENROLLED = "core_enrol_get_enrolled_users"
USERS = "core_user_get_users_by_field"
STATUSES = "core_completion_get_activities_completion_status"
FUNCTIONS = (SITE, COURSES, CONTENTS, ENROLLED, USERS, STATUSES)
FEEDBACKS = "mod_feedback_get_feedbacks_by_courses"
ITEMS = "mod_feedback_get_items"
RESPONSES = "mod_feedback_get_responses_analysis"
FEEDBACK_FUNCTIONS = (FEEDBACKS, ITEMS, RESPONSES)
"""Called only where a survey names the source."""

_MAINTENANCE_SECONDS = 300.0
"""What Moodle itself asks to wait when its maintenance is switched on at the command line."""
_PASSING = {
    "sitemaintenance": _MAINTENANCE_SECONDS,
    "upgraderunning": _MAINTENANCE_SECONDS,
    "dbconnectionfailed": None,
    "dmlreadexception": None,
    "dmlwriteexception": None,
}
"""Exceptions that pass -> seconds to wait; null = a moment."""

T = TypeVar("T")
S = TypeVar("S")


class MoodleRefusal(PermanentError):
    """Moodle answered with an exception; ``errorcode`` says which (its class and message differ by version)."""

    def __init__(self, message: str, errorcode: str) -> None:
        super().__init__(message)
        self.errorcode = errorcode


@dataclass(frozen=True)
class Answer:
    """One answer: its exact text, and what it parses to."""

    status: int
    body: str
    data: Any


class Site:
    """The calls to one Moodle site."""

    def __init__(self, contract: MoodleSource, connection: Connection) -> None:
        self._label = contract.source
        base = site_address(contract.source, connection.host).removesuffix("/webservice/rest/server.php")
        self._address = f"{base}/webservice/rest/server.php"
        self._token = connection.password
        self._session = HttpSession(contract.source, timeout=contract.timeout, parallel=contract.parallel)

    def __enter__(self) -> "Site":
        return self

    def __exit__(self, *exc: object) -> None:
        self._session.close()

    def call(self, function: str, parameters: dict[str, str]) -> Answer:
        """One answer; raises for everything that is not data, whatever its HTTP status, once it has not passed."""
        return patiently(lambda: self._call(function, parameters))

    def _call(self, function: str, parameters: dict[str, str]) -> Answer:
        form = {"wstoken": self._token, "wsfunction": function, "moodlewsrestformat": "json", **parameters}
        # POST: with GET the token would be in the site's access log.
        response = self._session.post(self._address, data=form)
        what = f"{self._label}: {function}"
        if response.status_code == 403 and not response.content:
            raise PermanentError(PLATFORM["no_services"].format(what=what))
        check_status(what, response)
        try:
            body = response.content.decode("utf-8")
            data = read_json(body)
        except ValueError:
            raise self.strange(function, PLATFORM["json"]) from None
        # The log-in page of the web services leaves `exception` out.
        if isinstance(data, dict) and ("exception" in data or {"error", "errorcode"} <= data.keys()):
            raise _refusal(what, str(data.get("errorcode")))
        return Answer(response.status_code, body, data)

    def strange(self, function: str, expected: str) -> TransientError:
        """The error for an answer of another shape: a proxy's page, a cut body, a site in trouble."""
        return TransientError(
            PLATFORM["strange_moodle"].format(label=self._label, function=function, expected=expected)
        )


def _refusal(what: str, errorcode: str) -> PermanentError | TransientError:
    code = errorcode if re.fullmatch(r"[A-Za-z0-9_/]{1,60}", errorcode) else PLATFORM["unknown_exception"]
    if code in _PASSING:
        return TransientError(
            PLATFORM["out_of_service"].format(what=what, code=code),
            retry_after=_PASSING[code],
        )
    mend = MOODLE_MENDS.get(code, MOODLE_MENDS[""])
    return MoodleRefusal(PLATFORM["exception"].format(what=what, code=code, mend=mend), code)


def in_order(ask: Callable[[S], T], things: Iterable[S], parallel: int) -> Iterator[T]:
    """Answers in the order of the things, ``parallel`` asked at a time; a failure stops the rest."""
    with ThreadPoolExecutor(parallel, thread_name_prefix="moodle") as pool:
        pending: deque[Future[T]] = deque()
        try:
            for thing in things:
                pending.append(pool.submit(ask, thing))
                if len(pending) >= parallel * 4:  # so that answers do not pile up behind a slow one
                    yield pending.popleft().result()
            while pending:
                yield pending.popleft().result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def as_options(options: dict[str, Any]) -> dict[str, str]:
    """Options as Moodle takes them: ``options[n][name]`` and ``options[n][value]``."""
    return {
        key: str(value) for n, (name, given) in enumerate(options.items())
        for key, value in ((f"options[{n}][name]", name), (f"options[{n}][value]", given))
    }  # fmt: skip


def option(parameters: dict[str, str], wanted: str) -> str | None:
    """The value of an option among parameters made by :func:`as_options`."""
    for key, name in parameters.items():
        if key.endswith("[name]") and name == wanted:
            return parameters.get(key.removesuffix("[name]") + "[value]")
    return None


def is_id(value: Any) -> TypeGuard[int]:
    """Whether a value is an id: a whole number, and no boolean."""
    return isinstance(value, int) and not isinstance(value, bool)


def has_id(thing: Any) -> bool:
    """Whether something is an object of Moodle with an id of its own."""
    return isinstance(thing, dict) and is_id(thing.get("id"))


def statuses_of(data: Any) -> Any:
    """What an answer about completion holds as its list; null when it is no such answer."""
    return data.get("statuses") if isinstance(data, dict) else None


def custom_fields(user: dict[str, Any]) -> dict[str, Any]:
    """Custom profile fields by shortname; one without value is not in the answer."""
    fields = as_list(user.get("customfields"))
    return {str(f.get("shortname")): f.get("value") for f in fields if isinstance(f, dict)}
