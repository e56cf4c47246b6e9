"""A page is read from one state of the warehouse: a quarter that is computed or closed meanwhile does not mix in."""

import pytest
import sqlalchemy as sa
from fastapi.routing import APIRoute

from trimestre.warehouse.database import one_state, transaction

QUARTER = "trimestre=2020-Q2"
PATHS = {
    "/": f"/?{QUARTER}",
    "/grafica/{kind}/{code}.svg": f"/grafica/tendencia/L2-01.svg?{QUARTER}",
    "/indicador/{code}": f"/indicador/L2-01?{QUARTER}",
    "/indicador/{code}/registros": f"/indicador/L2-01/registros?{QUARTER}",
    "/indicador/{code}/registros.csv": f"/indicador/L2-01/registros.csv?{QUARTER}",
    "/calidad": "/calidad",
    "/calidad/lote/{number}": "/calidad/lote/1",
    "/calidad/retenidos": "/calidad/retenidos",
    "/calidad/personas": "/calidad/personas",
    "/cierre": "/cierre",
    "/cierre/comparar": f"/cierre/comparar?{QUARTER}",
    "/documentos": "/documentos",
    "/documentos/{period}/{version}/todo.zip": "/documentos/2020-Q2/v1/todo.zip",
    "/documentos/{period}/{version}/{file}": "/documentos/2020-Q2/v1/none",
    "/capturar/libro/{name}.xlsx": f"/capturar/libro/bitacora.xlsx?{QUARTER}",
}
SINGLE = {"/capturar", "/capturar/{number}", "/capturar/verificacion/{number}"}
"""Views of uploads: each thing that they tell is read by a statement of its own."""


@pytest.fixture
def begun(closed_demo):
    """The first statement of every transaction."""
    first: list[str] = []
    engine = closed_demo.plant.engine

    def begin(connection: sa.Connection) -> None:
        connection.info["fresh"] = True

    def execute(connection, cursor, statement, parameters, context, executemany) -> None:
        if connection.info.pop("fresh", False):
            first.append(statement)

    sa.event.listen(engine, "begin", begin)
    sa.event.listen(engine, "before_cursor_execute", execute)
    yield first
    sa.event.remove(engine, "begin", begin)
    sa.event.remove(engine, "before_cursor_execute", execute)


def test_every_view_reads_one_state(ask, begun) -> None:
    op = ask("op")
    known = {route.path for route in op.app.routes if isinstance(route, APIRoute) and "GET" in route.methods}
    assert known == set(PATHS) | SINGLE  # a new view has its line here
    for route, path in PATHS.items():
        begun.clear()
        assert op.get(path).status_code in {200, 404}, path
        assert begun, route
        assert all("REPEATABLE READ" in statement for statement in begun), (route, begun)


def test_what_is_committed_meanwhile_is_not_seen(closed_demo) -> None:
    engine = closed_demo.plant.engine
    count = sa.text("SELECT count(*) FROM ops.batch")
    with one_state(engine) as connection:
        before = connection.execute(count).scalar_one()
        with transaction(engine) as other:
            other.execute(sa.text("INSERT INTO ops.batch (source, state, started_at) VALUES ('x', 'landing', now())"))
        assert connection.execute(count).scalar_one() == before
    with one_state(engine) as connection:
        assert connection.execute(count).scalar_one() == before + 1
