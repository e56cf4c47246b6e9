"""The page asked with bad intent: by address, by query, as any role; none of it is an error of the server."""

import re
from urllib.parse import quote

import pytest
from fastapi.routing import APIRoute
from starlette.datastructures import QueryParams

from trimestre.web.visitors import Role

LOWEST = {
    "/": Role.VIEWER,
    "/grafica/{kind}/{code}.svg": Role.VIEWER,
    "/indicador/{code}": Role.VIEWER,
    "/indicador/{code}/registros": Role.OP,
    "/indicador/{code}/registros.csv": Role.OP,
    "/calidad": Role.VIEWER,
    "/calidad/lote/{number}": Role.VIEWER,
    "/calidad/retenidos": Role.OP,
    "/calidad/personas": Role.OP,
    "/cierre": Role.VIEWER,
    "/cierre/comparar": Role.VIEWER,
    "/documentos": Role.VIEWER,
    "/documentos/{period}/{version}/todo.zip": Role.VIEWER,
    "/documentos/{period}/{version}/{file}": Role.VIEWER,
    "/capturar": Role.OP,
    "/capturar/verificacion/{number}": Role.OP,
    "/capturar/libro/{name}.xlsx": Role.OP,
    "/capturar/{number}": Role.OP,
}
"""Address -> the lowest role that may read it. The assessment of data quality among the documents is an operator's:
``test_documents_view.py``."""

SAMPLES = {
    "kind": "tendencia", "code": "L2-01", "number": "1", "period": "2020-Q2", "version": "v1", "file": "x.docx",
    "name": "bitacora",
}  # fmt: skip
HOSTILE = [
    "' OR 1=1; DROP TABLE ops.batch; --", '"><script>alert(1)</script>', "../../../etc/passwd", "%00", "\u0000x",
    "{{7*7}}", "${x}", ":batch_id", "%s", "9" * 400, "\u202e", "-1", "1e9", "²", "\U0001f600", "x" * 5_000,
]  # fmt: skip
KEYS = [
    "trimestre", "version", "pagina", "idioma", "mostrar", "desagregacion", "categoria", "motivo", "contraparte",
    "a", "b", "escritos", "next",
]  # fmt: skip


@pytest.fixture
def looked_up(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The keys of queries that views ask for; one that goes through a whole query asks for all of them."""
    found: set[str] = set()

    def noting(name: str):
        real = getattr(QueryParams, name)

        def noted(self: QueryParams, *given: str):
            found.update(given[:1] or KEYS)
            return real(self, *given)

        return noted

    for name in ("get", "getlist", "__getitem__", "__contains__", "__iter__", "keys", "values", "items", "multi_items"):
        monkeypatch.setattr(QueryParams, name, noting(name))
    return found


def filled(path: str, **values: str) -> str:
    return re.sub(r"{(\w+)}", lambda part: {**SAMPLES, **values}[part[1]], path)


def reads(app) -> list[str]:
    return [route.path for route in app.routes if isinstance(route, APIRoute) and "GET" in route.methods]


def test_every_address_is_read_by_its_roles_and_by_nobody_below(ask) -> None:
    assert set(reads(ask("op").app)) == set(LOWEST), "an address without a decision on who may read it"
    for role in Role:
        asking = ask(role.name.lower())
        for path, lowest in LOWEST.items():
            allowed = asking.get(filled(path)).status_code != 403
            assert allowed == (role >= lowest), (role.name, path)


def test_the_keys_that_a_view_looks_up_are_noticed(ask, looked_up: set[str]) -> None:
    ask("op").get("/indicador/L2-01/registros?trimestre=2020-Q2")
    assert {"trimestre", "version", "pagina", "mostrar", "desagregacion", "categoria", "motivo"} <= looked_up


@pytest.mark.parametrize("path", LOWEST)
def test_what_stands_in_a_query_is_a_value_and_nothing_else(
    path: str, ask, caplog: pytest.LogCaptureFixture, looked_up: set[str]
) -> None:
    """Of the keys that the view does not look up, one: it answers the others as it answers none."""
    op = ask("op")
    op.get(filled(path), params={"trimestre": "2020-Q2"})
    tried = [(number, key) for number, key in enumerate(KEYS) if key in looked_up | {"trimestre", "next"}]
    for number, key in tried:
        for evil in (HOSTILE[number % len(HOSTILE)], HOSTILE[(number * 5 + 1) % len(HOSTILE)]):
            answer = op.get(filled(path), params={"trimestre": "2020-Q2", key: evil}, headers={"accept": "text/html"})
            assert answer.status_code in {200, 404, 409, 422}, (path, key, evil)
            assert "<script>alert" not in answer.text
            assert "root:" not in answer.text
    for _, key in tried:  # no text at all, and the same key twice
        assert op.get(f"{filled(path)}?{key}=%ED%A0%80%FF&{key}=1").status_code in {200, 404, 409, 422}, (path, key)
    assert "error de SQL" not in caplog.text


@pytest.mark.parametrize("path", [path for path in LOWEST if "{" in path])
def test_what_stands_in_an_address_is_a_value_and_nothing_else(
    path: str, ask, caplog: pytest.LogCaptureFixture
) -> None:
    op = ask("op")
    for name in re.findall(r"{(\w+)}", path):
        for evil in [*HOSTILE, "\ud800"]:
            there = filled(path, **{name: quote(evil, safe="", errors="surrogatepass")})
            answer = op.get(there, headers={"accept": "text/html"})
            assert answer.status_code in {200, 404, 422}, (path, name, evil)
            assert "<script>alert" not in answer.text
            assert "root:" not in answer.text
    assert "error de SQL" not in caplog.text


def test_forms_take_no_statement_for_a_choice(ask, caplog: pytest.LogCaptureFixture) -> None:
    op = ask("op")
    for evil in HOSTILE:
        sent = {"idioma": "es", "trimestre": "2020-Q2", "version": "v1", "destino": "x|y", "dato": "a|b|c"}
        for key in sent:
            for path in ("/documentos", "/capturar/archivo", "/capturar/verificacion"):
                if path == "/documentos" and key not in {"idioma", "trimestre", "version"}:
                    continue
                answer = op.post(path, data={**sent, key: evil})
                assert answer.status_code in {200, 404, 409, 422}, (path, key, evil)
                assert "<script>alert" not in answer.text
    assert "error de SQL" not in caplog.text


def test_a_browser_keeps_nothing_of_what_it_was_shown_and_guesses_nothing(ask) -> None:
    for path in LOWEST:
        headers = ask("op").get(filled(path)).headers
        assert headers["cache-control"] == "no-store", path
        assert headers["x-content-type-options"] == "nosniff", path
        policy = headers["content-security-policy"]
        assert "frame-ancestors 'self'" in policy
        assert "script-src" not in policy  # default-src 'none': there is none at all
        assert "unsafe" not in policy
