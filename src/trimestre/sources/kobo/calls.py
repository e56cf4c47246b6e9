"""Calls to one KoboToolbox by its API v2: what is asked for, and what its refusals mean.

Data flow: path and parameters -> GET -> data with the text to be landed, or an error of the house.
Facts: documentation of the API as of the releases of 2026; ``docs/fuentes/kobotoolbox.md`` names the traps.
"""

import json
import re
from collections.abc import Collection
from typing import Any, NamedTuple

import requests
from requests.auth import AuthBase

from trimestre.contracts.sources import KoboSource
from trimestre.contracts.surveys import Survey
from trimestre.errors import PermanentError, TransientError
from trimestre.sources.base import AnswerWriter, Connection
from trimestre.sources.http import HttpSession, check_status, patiently, site_address
from trimestre.texts import PLATFORM

ASSET = "asset"
VERSION = "version"
DATA = "data"

ASSET_FIELDS = frozenset(
    {
        "uid", "name", "asset_type", "content", "version_id", "deployed_version_id", "version_count", "has_deployment",
        "deployment_status", "deployment__submission_count", "deployment__encrypted", "date_deployed", "date_modified",
    }
)  # fmt: skip
"""What lands of an asset: the rest holds the user names of everybody with whom the project is shared."""

_UID = re.compile(r"^[A-Za-z0-9_-]{1,80}$")
_SORT = '{"_id":1}'
_NOT_DEPLOYED = "has not been deployed"


class Refused(PermanentError):
    """Kobo refused a call; ``reason`` says why in Spanish, for the self-test."""

    def __init__(self, message: str, status: int, reason: str) -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason


class Answer(NamedTuple):
    """An answer: what to ask again with, its data, and the text that lands."""

    method: str
    parameters: dict[str, Any]
    status: int
    data: dict[str, Any]
    body: str

    def land(self, writer: AnswerWriter) -> None:
        """Store the answer."""
        writer.write(self.method, self.parameters, self.status, self.body)


class _Token(AuthBase):
    """Adds the token. As ``auth`` and not as a header of the session, which a ~/.netrc would replace."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Token {self._token}"
        return request


class Remote:
    """The calls to one KoboToolbox server."""

    def __init__(self, contract: KoboSource, connection: Connection) -> None:
        self.label = contract.source
        self._drop = frozenset(contract.drop)
        self._address = re.sub(r"/api/v2$", "", site_address(contract.source, connection.host))
        self._session = HttpSession(contract.source, timeout=contract.timeout)
        self._session.auth = _Token(_token(contract.source, connection.password))

    def __enter__(self) -> "Remote":
        return self

    def __exit__(self, *exc: object) -> None:
        self._session.close()

    def project_count(self) -> int:
        """How many projects the account sees: the smallest call that needs the token."""
        what = PLATFORM["projects"].format(source=self.label)
        data, _ = self._get(what, "/api/v2/assets/", {"format": "json", "q": "asset_type:survey", "limit": 1})
        if not isinstance(count := data.get("count"), int):
            raise self._strange(what)
        return count

    def asset(self, survey: Survey) -> Answer:
        """A project with the latest draft of its form, reduced to :data:`ASSET_FIELDS`."""
        uid = survey_uid(survey)
        data, _ = self._get(self._about(survey), f"/api/v2/assets/{uid}/", {"format": "json"})
        kept = {name: value for name, value in data.items() if name in ASSET_FIELDS}
        return Answer(ASSET, {"uid": uid, "fields": sorted(ASSET_FIELDS)}, 200, kept, _dumped(kept))

    def version(self, survey: Survey, version: str) -> Answer | None:
        """One version of a form; null when the server does not show it, and its questions must be guessed."""
        uid = survey_uid(survey)
        if not _UID.match(version):  # forms of before 2017 carry a date there
            return None
        try:
            data, body = self._get(self._about(survey), f"/api/v2/assets/{uid}/versions/{version}/", {"format": "json"})
        except Refused as error:
            if error.status == 401:
                raise
            return None
        return Answer(VERSION, {"uid": uid, "version": version}, 200, data, body)

    def page(self, survey: Survey, start: int, limit: int) -> Answer:
        """Submissions from the zero-based place ``start`` on in the order of ``_id``, without what is to be dropped.

        ``start`` and ``limit`` alone move the window: ``page``, ``page_size`` and ``offset`` give the first one again.
        """
        uid = survey_uid(survey)
        asked = {"format": "json", "sort": _SORT, "start": start, "limit": limit}
        data, body = self._get(self._about(survey), f"/api/v2/assets/{uid}/data/", asked)
        count, results = data.get("count"), data.get("results")
        if not isinstance(count, int) or isinstance(count, bool) or not isinstance(results, list):
            raise self._strange(self._about(survey))
        if self._drop and dropped(results, self._drop):
            body = _dumped(data)
        return Answer(DATA, {"uid": uid} | asked, 200, data, body)

    def _about(self, survey: Survey) -> str:
        return PLATFORM["survey"].format(source=self.label, survey=survey.survey)

    def _get(self, what: str, path: str, parameters: dict[str, Any]) -> tuple[dict[str, Any], str]:
        return patiently(lambda: self._get_once(what, path, parameters))

    def _get_once(self, what: str, path: str, parameters: dict[str, Any]) -> tuple[dict[str, Any], str]:
        response = self._session.get(self._address + path, params=parameters)
        self._refuse(what, response)
        check_status(self.label, response)
        try:
            body = response.content.decode("utf-8")
            data = json.loads(body)
        except (ValueError, RecursionError):
            raise self._strange(what) from None
        if not isinstance(data, dict):
            raise self._strange(what)
        return data, body

    def _refuse(self, what: str, response: requests.Response) -> None:
        status = response.status_code
        if status == 401:
            raise Refused(
                PLATFORM["token"].format(what=what),
                status,
                "la clave (token) no es válida. Cópiela de nuevo de Configuración de la cuenta > Seguridad",
            )
        if status == 403:
            raise Refused(
                PLATFORM["submissions_forbidden"].format(what=what),
                status,
                "la cuenta puede ver el proyecto, pero no sus envíos. Pida el permiso «Ver envíos»",
            )
        if status == 404:
            # Kobo does not reveal which: both look the same to one who may not see the project.
            raise Refused(
                PLATFORM["no_project"].format(what=what),
                status,
                "no existe o la cuenta no tiene permiso de verlo (KoboToolbox no distingue). Revise survey_id, la "
                "dirección del servidor y que el proyecto esté compartido con la cuenta",
            )
        if status == 400 and _NOT_DEPLOYED in response.text:
            raise not_deployed(what)
        if status == 400:
            # The answer names the parameter in words of the server; it may repeat what was sent.
            raise Refused(
                PLATFORM["query"].format(what=what),
                status,
                "el servidor no entiende la consulta; su versión puede ser muy antigua o muy nueva",
            )

    def _strange(self, what: str) -> TransientError:
        return TransientError(PLATFORM["strange_kobo"].format(what=what))


def not_deployed(what: str) -> Refused:
    """The error for a form that is still a draft."""
    return Refused(
        PLATFORM["not_deployed"].format(what=what),
        400,
        "el formulario no se ha implementado (sigue en borrador). Impleméntelo o retire la encuesta de "
        "framework/surveys",
    )


def check_readable(what: str, asset: Answer) -> None:
    """Raise when a project has no submissions that can be read: it was never deployed, or they are encrypted."""
    if asset.data.get("has_deployment") is False:
        raise not_deployed(what)
    if asset.data.get("deployment__encrypted") is True:
        raise Refused(
            PLATFORM["encrypted"].format(what=what),
            400,
            "sus envíos están cifrados y no se pueden leer. Quite la clave pública del formulario e "
            "impleméntelo de nuevo; los envíos ya cifrados no se podrán leer",
        )


def survey_uid(survey: Survey) -> str:
    """Kobo's uid of a survey."""
    if not _UID.match(survey.survey_id):
        raise PermanentError(PLATFORM["uid"].format(survey=survey.survey, found=survey.survey_id))
    return survey.survey_id


def dropped(value: Any, names: Collection[str]) -> bool:
    """Remove every field with one of these names, whole path or last part of it, at any depth; whether one was."""
    found = False
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            for key in [key for key in one if key in names or key.rsplit("/", 1)[-1] in names]:
                del one[key]
                found = True
            waiting.extend(one.values())
        elif isinstance(one, list):
            waiting.extend(one)
    return found


def _token(label: str, password: str) -> str:
    token = re.sub(r"^Token\s+", "", password.strip(), flags=re.IGNORECASE)
    if not re.match(r"^[!-~]+$", token):
        raise PermanentError(PLATFORM["no_token"].format(label=label))
    return token


def _dumped(data: Any) -> str:
    return json.dumps(data, separators=(",", ":"))
