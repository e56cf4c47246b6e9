"""The frame of the page: nobody without a login, what every answer carries, and how it says no."""

import re
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from fastapi import APIRouter, FastAPI, HTTPException
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient

from trimestre.errors import ContractError, TransientError
from trimestre.texts.page import NOT_MIGRATED, PAGE, PAGE_ERRORS
from trimestre.warehouse.database import SqlRefused, connect
from trimestre.web.app import create_app
from trimestre.web.visitors import Role, Visitor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import DemoPlant

HTML = {"accept": "text/html,*/*"}


def test_a_stranger_sees_nothing_but_the_style_sheet(ask) -> None:
    stranger = ask(None)
    routes = [route for route in stranger.app.routes if isinstance(route, APIRoute)]
    assert len(routes) > 5
    for route in routes:
        for method in route.methods:
            answer = stranger.request(method, re.sub(r"\{[^}]*\}", "1", route.path))
            assert answer.status_code == 401, f"{method} {route.path}"
    refused = stranger.get("/", headers=HTML)
    assert (refused.status_code, PAGE_ERRORS[401][1] in refused.text) == (401, True)
    assert stranger.get("/static/page.css").status_code == 200


def test_every_answer_forbids_what_is_not_ours(ask) -> None:
    viewer = ask("viewer")
    for path in ("/", "/no-hay", "/static/page.css", "/?trimestre=x"):
        answer = viewer.get(path, headers=HTML)
        assert "default-src 'none'" in answer.headers["content-security-policy"], path
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "<script" not in answer.text
        assert " style=" not in answer.text  # the policy would drop it


def test_the_frame_says_where_one_is_which_version_and_how_to_get_back(ask) -> None:
    text = ask("viewer", "ana").get("/", headers=HTML).text
    assert 'href="/?trimestre=2020-Q2" aria-current="page"' in text
    assert "versión oficial 1, aprobada el" in text
    assert "ilustrativo" in text
    assert PAGE["airflow"] in text
    assert "ana · lectura" in text
    assert "Capturar" not in text
    assert "Capturar" in ask("op").get("/").text


def test_refusals_are_spanish_pages_for_browsers_and_json_for_programs(ask) -> None:
    viewer = ask("viewer")
    page = viewer.get("/no-hay", headers=HTML)
    assert (page.status_code, PAGE_ERRORS[404][0] in page.text) == (404, True)
    assert viewer.get("/no-hay").json() == {"detail": PAGE_ERRORS[404][1]}
    wrong = viewer.get("/?trimestre=%3Cscript%3E", headers=HTML)
    assert wrong.status_code == 422
    assert "<script>" not in wrong.text
    assert viewer.get("/?trimestre=2031-Q1").status_code == 404
    assert viewer.get("/?trimestre=2020-Q2&version=9", headers=HTML).status_code == 404
    assert viewer.delete("/", headers=HTML).status_code == 405


def test_head_is_answered_as_get_without_a_body(ask) -> None:
    answer = ask("viewer").head("/", headers=HTML)
    assert (answer.status_code, answer.text) == (200, "")
    assert ask(None).head("/").status_code == 401


def test_what_another_site_sends_is_refused(ask) -> None:
    op = ask("op")
    for headers in (
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "https://elsewhere.example"},
        {"origin": "null"},
        {"cookie": "_token=x"},
        {"origin": "http://["},
        {"sec-fetch-site": ""},
    ):
        answer = op.post("/no-hay", headers=headers)
        assert (answer.status_code, answer.json()["detail"]) == (403, PAGE["foreign"]), headers
    for headers in ({"sec-fetch-site": "same-origin"}, {"origin": "http://testserver"}, {}):
        assert op.post("/no-hay", headers=headers).status_code == 404, headers


@pytest.fixture
def failing(tmp_path) -> TestClient:
    """An app whose plant can't be opened for the reason that a path names."""
    reasons = {
        "/ours": ContractError("framework.yaml: found 1, expected 2. Correct it."),
        "/later": TransientError("warehouse: found none"),
        "/bug": ValueError("value of Ana López"),
        "/sql": SqlRefused("warehouse: found the SQL error 22003 (learner)", "22003"),
        "/view": HTTPException(422, "Falta el trimestre."),
    }
    router = APIRouter()
    for path, reason in reasons.items():

        def fail(reason: Exception = reason) -> None:
            raise reason

        router.add_api_route(path, lambda fail=fail: fail(), response_model=None)
    return TestClient(_with(router, tmp_path), follow_redirects=False)


def _with(router: APIRouter, folder, opening=None, login=None, role: Role | None = Role.VIEWER) -> FastAPI:
    def identify() -> Visitor:
        if role is None:
            raise HTTPException(401, "Not authenticated")
        return Visitor("ana", role)

    app = create_app(opening, identify, uploads=folder, written=folder, prefix="", login=login)
    app.include_router(router)
    return app


def test_an_error_is_told_without_its_trace_and_without_anybodys_values(failing, caplog) -> None:
    ours = failing.get("/ours", headers=HTML)
    assert (ours.status_code, "found 1, expected 2" in ours.text) == (409, True)
    assert failing.get("/later", headers=HTML).status_code == 503
    assert "Falta el trimestre." in failing.get("/view", headers=HTML).text
    bug = failing.get("/bug", headers=HTML)
    assert (bug.status_code, PAGE_ERRORS[500][1] in bug.text) == (500, True)
    assert "default-src 'none'" in bug.headers["content-security-policy"]
    assert "ValueError" in caplog.text
    assert "Ana" not in bug.text + caplog.text
    sql = failing.get("/sql", headers=HTML)
    assert (sql.status_code, "SQL" in sql.text, "learner" in sql.text) == (500, False, False)
    assert "22003" in caplog.text  # who looks into it finds it there


def test_a_warehouse_that_is_busy_or_away_is_said_to_be_so(closed_demo: "DemoPlant", tmp_path) -> None:
    engine = sa.create_engine(closed_demo.plant.engine.url, pool_size=1, max_overflow=0, pool_timeout=0.1)

    @contextmanager
    def opening() -> "Iterator[object]":
        yield replace(closed_demo.plant, engine=engine)

    client = TestClient(_with(APIRouter(), tmp_path, opening))
    with engine.connect():
        busy = client.get("/", headers=HTML)
    assert (busy.status_code, PAGE_ERRORS[503][1] in busy.text) == (503, True)
    assert client.get("/", headers=HTML).status_code == 200
    engine.dispose()
    engine = sa.create_engine("postgresql+psycopg://nobody@127.0.0.1:1/none")
    away = client.get("/", headers=HTML)
    assert (away.status_code, PAGE_ERRORS[503][1] in away.text, "127.0.0.1" in away.text) == (503, True, False)


def test_a_number_that_no_database_holds_is_refused(ask) -> None:
    op = ask("op")
    for path in ("", "verificacion/"):
        assert op.get(f"/capturar/{path}{10**30}").status_code == 422
    assert op.post(f"/capturar/{10**30}/tomar").status_code == 422


def test_whom_nobody_knows_is_sent_to_the_login_and_a_program_is_told_so(tmp_path) -> None:
    app = _with(APIRouter(), tmp_path, login=lambda back: f"/auth/login?next={back}", role=None)
    client = TestClient(app, follow_redirects=False)
    sent = client.get("/?trimestre=2020-Q2", headers=HTML)
    assert (sent.status_code, sent.headers["location"]) == (
        303,
        "/auth/login?next=http://testserver/?trimestre=2020-Q2",
    )
    assert client.get("/").status_code == 401


def test_a_warehouse_that_nobody_prepared_is_said_so(closed_demo: "DemoPlant", database: str, tmp_path) -> None:
    engine: sa.Engine = connect(database)

    @contextmanager
    def opening() -> "Iterator[object]":
        yield replace(closed_demo.plant, engine=engine)

    client = TestClient(_with(APIRouter(), tmp_path, opening))
    answer = client.get("/", headers=HTML)
    engine.dispose()
    assert (answer.status_code, NOT_MIGRATED[0] in answer.text) == (503, True)
