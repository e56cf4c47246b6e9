"""A Moodle site that answers as the recorded 4.5 does: HTTP 200 and an exception in the body included.

Serves the read functions the pipeline needs and the errors around them. What a service account may see is
decided by ``capabilities``; taking one away has the (often silent) effect observed on the real site.
"""

import hashlib
import json
from typing import Any, Literal
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

from trimestre.simulators.model import MoodleEnrolment
from trimestre.simulators.moodle_feedback import build_feedbacks
from trimestre.simulators.moodle_functions import (
    ALL_CAPABILITIES,
    MoodleError,
    MoodleFunctions,
    invalid_parameter,
    missing_record,
    no_access,
)
from trimestre.simulators.moodle_shapes import SITE_NAME
from trimestre.simulators.server import Request, Response, Simulator
from trimestre.simulators.world import World

#: Things that are wrong with the whole site (facts, section 8).
Trouble = Literal[
    "maintenance", "maintenance_cli", "database_down", "web_services_off", "service_disabled", "account_suspended"
]
#: Functions that exist on a Moodle without being in this service.
_OUTSIDE_THE_SERVICE = frozenset(
    {"core_course_create_courses", "core_user_get_users", "gradereport_user_get_grade_items"}
)


class MoodleSimulator(Simulator):
    """The Moodle of a world; ``requests`` keeps what was asked (function and parameters, never the token)."""

    def __init__(
        self,
        world: World,
        port: int = 0,
        *,
        capabilities: frozenset[str] | set[str] = ALL_CAPABILITIES,
        hidden_user_fields: frozenset[str] | set[str] = frozenset(),
    ) -> None:
        super().__init__(port)
        self.world = world
        self.capabilities = set(capabilities)
        self.hidden_user_fields = set(hidden_user_fields)
        self.feedbacks = build_feedbacks(world.moodle)
        self.token = hashlib.sha256(f"{world.seed}:moodle".encode()).hexdigest()[:32]
        self.trouble: Trouble | None = None
        self.requests: list[tuple[str, dict[str, str]]] = []
        self._access_key: Literal["valid", "expired", "deleted"] = "valid"
        self._taken_out: list[MoodleEnrolment] = []

    def expire_token(self) -> None:
        """The next call says accessexception and deletes the token, later ones say invalidtoken."""
        self._access_key = "expired"

    def shift(self) -> None:
        """Take the first student out of all courses, or put them back: everybody after them moves by one."""
        with self.world.lock:
            site = self.world.moodle
            if self._taken_out:
                site.enrolments += self._taken_out
                self._taken_out = []
                return
            first = min(enrolment.user_id for enrolment in site.enrolments if enrolment.role == "student")
            self._taken_out = [enrolment for enrolment in site.enrolments if enrolment.user_id == first]
            site.enrolments = [enrolment for enrolment in site.enrolments if enrolment.user_id != first]

    # -- the way of a request --------------------------------------------------------------------------------

    def answer(self, request: Request) -> Response:
        """Answer one call of the REST protocol."""
        if request.path != "/webservice/rest/server.php":
            return Response(b"<!doctype html><title>404 Not Found</title>", "text/html; charset=UTF-8", 404)
        with self.world.lock:
            if broken := self._broken_site():
                return broken
            values = dict(parse_qsl(request.query, keep_blank_values=True))
            values |= dict(parse_qsl(request.body.decode(), keep_blank_values=True))
            as_json = values.pop("moodlewsrestformat", "") == "json"
            try:
                result = self._call(values)
            except MoodleError as error:
                result = error.body
                if not as_json:
                    return Response(_xml_error(error.body), "application/xml; charset=utf-8")
        if not as_json:
            xml = f'<?xml version="1.0" encoding="UTF-8" ?>\n<RESPONSE>\n{_xml(result)}</RESPONSE>\n'
            return Response(xml.encode(), "application/xml; charset=utf-8")
        # PHP escapes slashes; a reader that compares texts would notice.
        return Response(json.dumps(result, separators=(",", ":")).replace("/", "\\/").encode())

    def _broken_site(self) -> Response | None:
        if self.trouble == "maintenance_cli":
            page = f"<!DOCTYPE html>\n<title>{SITE_NAME} under maintenance</title>"
            return Response(
                page.encode(), "text/html; charset=utf-8", 503, "Moodle under maintenance", {"Retry-After": "300"}
            )
        if self.trouble == "web_services_off":
            return Response(b"", "text/html; charset=UTF-8", 403)
        return None

    def _call(self, values: dict[str, str]) -> Any:
        token, function = values.pop("wstoken", ""), values.pop("wsfunction", "")
        self.requests.append((function, dict(values)))
        self._refuse_in_trouble()
        self._check_token(token)
        if not function:
            raise invalid_parameter()
        if "webservice/rest:use" not in self.capabilities or function in _OUTSIDE_THE_SERVICE:
            raise no_access()
        functions = MoodleFunctions(self.world, self.capabilities, self.hidden_user_fields, self.feedbacks).by_name
        if function not in functions:
            raise missing_record("external_functions")
        return functions[function](values)

    def _refuse_in_trouble(self) -> None:
        if self.trouble == "maintenance":
            raise MoodleError("sitemaintenance", "The site is undergoing maintenance and is currently not available")
        if self.trouble == "database_down":
            message = (
                "<p>Error: Database connection failed</p>\n"
                "<p>It is possible that the database is overloaded or otherwise not running properly.</p>\n"
                "<p>The site administrator should also check that the database details have been correctly "
                "specified in config.php</p>"
            )
            raise MoodleError("dbconnectionfailed", message, "dml_connection_exception")
        if self.trouble == "service_disabled":
            raise no_access()
        if self.trouble == "account_suspended":
            message = "Refused web service access for suspended username: svc_pipeline"
            raise MoodleError("wsaccessusersuspended", message)

    def _check_token(self, token: str) -> None:
        if token != self.token or self._access_key == "deleted":
            raise MoodleError("invalidtoken", "Invalid token - token not found")
        if self._access_key == "expired":
            self._access_key = "deleted"
            raise no_access()


def _xml(value: Any) -> str:
    """The XML of an answer, which comes whenever ``moodlewsrestformat=json`` was forgotten."""
    if isinstance(value, dict):
        keys = "".join(f'<KEY name="{escape(name)}">{_xml(inner)}</KEY>\n' for name, inner in value.items())
        return f"<SINGLE>\n{keys}</SINGLE>\n"
    if isinstance(value, list):
        return f"<MULTIPLE>\n{''.join(_xml(inner) for inner in value)}</MULTIPLE>\n"
    if value is None:
        return '<VALUE null="null"/>'
    return f"<VALUE>{escape(str(int(value) if isinstance(value, bool) else value))}</VALUE>\n"


def _xml_error(error: dict[str, str]) -> bytes:
    return (
        f'<?xml version="1.0" encoding="UTF-8" ?>\n<EXCEPTION class="{escape(error["exception"])}">\n'
        f"<ERRORCODE>{error['errorcode']}</ERRORCODE>\n<MESSAGE>{escape(error['message'])}</MESSAGE>\n</EXCEPTION>"
    ).encode()
