"""A KoboToolbox of 2026 that answers its API v2 as documented: projects, versions of forms, submissions.

It has one small synthetic survey of its own, which is no part of the case. Nothing here was recorded from a server:
shapes and traps are those of the documentation (``docs/fuentes/kobotoolbox.md``).
"""

import hashlib
import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qsl, urlencode

from trimestre.simulators.kobo_form import form_content, made_up_answers
from trimestre.simulators.people import seeded
from trimestre.simulators.server import Request, Response, Simulator
from trimestre.simulators.world import World

DEFAULT_LIMIT, MAX_LIMIT = 100, 1000
_FIRST_DAY = datetime(2020, 5, 4, 15, 0)  # noqa: DTZ001 - the server writes UTC without a mark
_NOT_FOUND = {"detail": "Not found."}
_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "$gt": lambda value, wanted: value > wanted,
    "$gte": lambda value, wanted: value >= wanted,
    "$lt": lambda value, wanted: value < wanted,
    "$lte": lambda value, wanted: value <= wanted,
    "$in": lambda value, wanted: value in wanted,
}


class _Refusal(Exception):
    """A call is answered with an error: status and body."""

    def __init__(self, status: int, body: dict[str, Any]) -> None:
        super().__init__(status)
        self.status, self.body = status, body


@dataclass
class KoboVersion:
    """One version of a form."""

    uid: str
    content: dict[str, Any]
    modified: str
    deployed: bool


@dataclass
class KoboForm:
    """One project; ``viewable`` = it is shared with the account, ``readable`` = with its submissions.

    ``encrypted`` = its form has a public key, so that nobody reads them here.
    """

    uid: str
    name: str
    versions: list[KoboVersion] = field(default_factory=list)
    submissions: dict[int, dict[str, Any]] = field(default_factory=dict)
    viewable: bool = True
    readable: bool = True
    encrypted: bool = False

    @property
    def deployed(self) -> KoboVersion | None:
        """The version that people answer."""
        return next((version for version in reversed(self.versions) if version.deployed), None)


class KoboSimulator(Simulator):
    """A KoboToolbox with one project, ``form``; ``requests`` keeps path and parameters of every call.

    ``after_page`` is called after each page of submissions: whoever changes something there makes the pages shift.
    ``max_limit`` is what a server of one's own may set lower.
    """

    def __init__(self, world: World, port: int = 0) -> None:
        super().__init__(port)
        self.world = world
        self.token = hashlib.sha256(f"{world.seed}:kobo".encode()).hexdigest()[:40]
        self.requests: list[tuple[str, dict[str, str]]] = []
        self.after_page: Callable[[], None] = lambda: None
        self.max_limit = MAX_LIMIT
        self._rng = seeded(world.seed, "kobo")
        self._taken_out: dict[int, dict[str, Any]] = {}
        self._next_id, self._clock = 4_001, _FIRST_DAY
        self.form = KoboForm(self._uid("a"), "Encuesta de salida del taller")
        self.forms = {self.form.uid: self.form}
        self.deploy(form_content())
        for _ in range(24):
            self.submit()

    # -- what people do ----------------------------------------------------------------------------------------

    def deploy(self, content: dict[str, Any]) -> str:
        """Deploy a new version of the form and return its uid."""
        self.draft(content)
        self.form.versions[-1].deployed = True
        return self.form.versions[-1].uid

    def draft(self, content: dict[str, Any]) -> None:
        """Save a new version of the form without deploying it."""
        modified = self._tick().isoformat() + ".000000Z"
        self.form.versions.append(KoboVersion(self._uid("v"), content, modified, False))

    def submit(self, answers: dict[str, Any] | None = None, *, at: datetime | None = None) -> int:
        """One more submission, with made-up answers unless given; ``at`` = imported with an older date."""
        version = self.form.deployed
        if version is None:
            raise ValueError("the form is not deployed")
        number, self._next_id = self._next_id, self._next_id + 1
        moment = at or self._tick()
        instance = self._uuid()
        local = moment - timedelta(hours=5)
        given = made_up_answers(self._rng) if answers is None else answers
        self.form.submissions[number] = {
            "_id": number,
            "formhub/uuid": hashlib.sha256(self.form.uid.encode()).hexdigest()[:32],
            "start": (local - timedelta(minutes=7)).isoformat() + ".000-05:00",
            "end": local.isoformat() + ".000-05:00",
            **given,
            "__version__": version.uid,
            "meta/instanceID": f"uuid:{instance}",
            "meta/rootUuid": f"uuid:{instance}",
            "_xform_id_string": self.form.uid,
            "_uuid": instance,
            "_attachments": [],
            "_status": "submitted_via_web",
            "_geolocation": [None, None],
            "_submission_time": moment.isoformat(),
            "_validation_status": {},
            "_submitted_by": None,
        }
        return number

    def edit(self, number: int, changes: dict[str, Any]) -> None:
        """Change answers (null removes one): same ``_id``, new ``_uuid``, the old one deprecated, no new time."""
        with self.world.lock:
            submission = self.form.submissions[number]
            old, new = submission["_uuid"], self._uuid()
            submission.update(changes)
            for key in [key for key, value in changes.items() if value is None]:
                del submission[key]
            submission |= {"_uuid": new, "meta/instanceID": f"uuid:{new}", "meta/deprecatedID": f"uuid:{old}"}

    def delete(self, number: int) -> None:
        """Remove a submission for ever, without a trace."""
        with self.world.lock:
            del self.form.submissions[number]

    def judge(self, number: int, status: str) -> None:
        """Set the validation status: approved, not_approved or on_hold."""
        label = status.replace("_", " ").capitalize()
        self.form.submissions[number]["_validation_status"] = {
            "uid": f"validation_status_{status}", "label": label, "by_whom": "revision", "timestamp": 1_590_000_000,
        }  # fmt: skip

    def attach(self, number: int, path: str) -> None:
        """Give a submission an attached file; its addresses hold the server's."""
        uid = self._uid("att")
        address = f"{self.url}/api/v2/assets/{self.form.uid}/data/{number}/attachments/{uid}/"
        attachment = {"uid": uid, "mimetype": "image/jpeg", "filename": f"x/{uid}.jpg", "question_xpath": path}
        urls = {f"download{size}_url": address for size in ("", "_large", "_medium", "_small")}
        self.form.submissions[number]["_attachments"].append(attachment | urls | {"is_deleted": False})

    def shift(self) -> None:
        """Take the oldest submission out, or put it back: all pages after it move by one."""
        with self.world.lock:
            if self._taken_out:
                self.form.submissions = dict(sorted((self.form.submissions | self._taken_out).items()))
                self._taken_out = {}
                return
            oldest = min(self.form.submissions)
            self._taken_out = {oldest: self.form.submissions.pop(oldest)}

    # -- the way of a request ----------------------------------------------------------------------------------

    def _handler_class(self) -> type[BaseHTTPRequestHandler]:
        simulator, base = self, super()._handler_class()

        class Handler(base):  # type: ignore[misc, valid-type]
            """Hands the token over, which a request of the simulators doesn't carry."""

            def respond(self, request: Request) -> Response:
                return simulator.answer(request, self.headers.get("Authorization"))

        return Handler

    def answer(self, request: Request, authorization: str | None = None) -> Response:
        """Answer one GET."""
        parameters = dict(parse_qsl(request.query, keep_blank_values=True))
        try:
            with self.world.lock:
                self.requests.append((request.path, parameters))
                body = self._reply(request, parameters, authorization)
        except _Refusal as refusal:
            return Response(json.dumps(refusal.body).encode(), status=refusal.status)
        if request.path.endswith("/data/"):
            self.after_page()
        return Response(json.dumps(body, ensure_ascii=False).encode())

    def _reply(self, request: Request, parameters: dict[str, str], authorization: str | None) -> dict[str, Any]:
        if authorization is not None and authorization != f"Token {self.token}":
            raise _Refusal(401, {"detail": "Invalid token."})
        if request.method != "GET":
            raise _Refusal(405, {"detail": f'Method "{request.method}" not allowed.'})
        root, _, rest_of_path = request.path.partition("/api/v2/assets/")
        uid, *rest = rest_of_path.strip("/").split("/")
        if not root and request.path.endswith("/assets/") and authorization is not None:
            return self._projects(parameters)
        form = None if root else self.forms.get(uid)
        # Missing, private without a token, or not shared: the answer does not reveal which.
        if form is None or authorization is None or not form.viewable:
            raise _Refusal(404, _NOT_FOUND)
        match rest:
            case []:
                return _asset(form)
            case ["data"]:
                return self._page(form, request.path, parameters)
            case ["versions", version_uid]:
                return _version(form, version_uid)
        raise _Refusal(404, _NOT_FOUND)

    def _projects(self, parameters: dict[str, str]) -> dict[str, Any]:
        seen = [_asset(form) for form in self.forms.values() if form.viewable]
        limit = _whole(parameters, "limit", DEFAULT_LIMIT, 1)
        return {"count": len(seen), "next": None, "previous": None, "results": seen[:limit]}

    def _page(self, form: KoboForm, path: str, parameters: dict[str, str]) -> dict[str, Any]:
        if form.deployed is None:
            raise _Refusal(400, {"detail": "The specified asset has not been deployed"})
        if not form.readable:
            raise _Refusal(404, _NOT_FOUND)
        if "count" in parameters:
            raise _Refusal(400, {"detail": "The `count` parameter is not supported."})
        limit = min(_whole(parameters, "limit", DEFAULT_LIMIT, 1), self.max_limit)  # cut without a word
        start = _whole(parameters, "start", 0, 0)
        rows = [row for row in form.submissions.values() if _matches(row, _json(parameters, "query", {}))]
        descending = _json(parameters, "sort", {"_id": 1}).get("_id", 1) == -1
        rows.sort(key=lambda row: row["_id"], reverse=descending)
        fields = _json(parameters, "fields", None)
        shown = [{key: row[key] for key in row if not fields or key in fields} for row in rows[start : start + limit]]
        # The links know page and offset, the query of the rows does not: who pages with them reads the first again.
        page = _whole(parameters, "page", 1, 1)
        at = _whole(parameters, "offset", (page - 1) * limit if "page" in parameters else start, 0)

        def link(place: int) -> str:
            return f"{self.url}{path}?{urlencode(parameters | {'limit': limit, 'start': place})}"

        after = link(at + limit) if at + limit < len(rows) else None
        before = link(max(at - limit, 0)) if at > 0 else None
        return {"count": len(rows), "next": after, "previous": before, "results": shown}

    def _tick(self) -> datetime:
        self._clock += timedelta(minutes=self._rng.randint(20, 400))
        return self._clock

    def _uid(self, prefix: str) -> str:
        return prefix + "".join(self._rng.choices("ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789", k=21))

    def _uuid(self) -> str:
        return str(uuid.UUID(int=self._rng.getrandbits(128), version=4))


def _whole(parameters: dict[str, str], name: str, default: int, least: int) -> int:
    value = parameters.get(name)
    if value is None:
        return default
    if not value.isdecimal() or int(value) < least:
        raise _Refusal(400, {name: ["A valid integer is required."]})
    return int(value)


def _json(parameters: dict[str, str], name: str, default: Any) -> Any:
    try:
        return json.loads(parameters[name]) if name in parameters else default
    except ValueError:
        raise _Refusal(400, {name: ["Value must be valid JSON."]}) from None


def _matches(row: dict[str, Any], query: dict[str, Any]) -> bool:
    for key, wanted in query.items():
        for operator, value in wanted.items() if isinstance(wanted, dict) else [("$in", [wanted])]:
            if operator not in _OPERATORS:
                raise _Refusal(400, {"detail": f"Unsupported operator {operator}"})
            if key not in row or not _OPERATORS[operator](row[key], value):
                return False
    return True


def _asset(form: KoboForm) -> dict[str, Any]:
    latest, deployed = form.versions[-1], form.deployed
    return {
        "uid": form.uid, "name": form.name, "asset_type": "survey", "owner__username": "coordinacion",
        "permissions": [{"user": "/api/v2/users/lector/"}], "content": latest.content, "version_id": latest.uid,
        "date_modified": latest.modified, "version_count": len(form.versions),
        "deployed_version_id": deployed.uid if deployed else None, "has_deployment": deployed is not None,
        "deployment_status": "deployed" if deployed else "draft",
        "deployment__submission_count": len(form.submissions), "deployment__encrypted": form.encrypted,
    }  # fmt: skip


def _version(form: KoboForm, uid: str) -> dict[str, Any]:
    for version in form.versions:
        if version.uid == uid:
            dated = version.modified if version.deployed else None
            about = {"uid": uid, "date_deployed": dated, "date_modified": version.modified}
            return about | {"content": version.content}
    raise _Refusal(404, _NOT_FOUND)
