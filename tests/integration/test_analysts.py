"""The analysts' guide on the case: every query and every example runs with an analyst's log-in and tells the figures.

One certificate is missing on the first night and there on the second, so that the quarter has two versions.
"""

import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pyarrow.parquet as pq
import pytest
import sqlalchemy as sa
from nights import PROJECT, Installation
from the_case import case_project

from trimestre import cli
from trimestre.pipeline import night
from trimestre.pipeline.marts.refreshing import refresh
from trimestre.reports.exporting import marts
from trimestre.simulators.case_moodle import CERTIFICATE
from trimestre.sources.base import Connection
from trimestre.warehouse.database import connect
from trimestre.warehouse.logins import Login, make_login, remove_login
from trimestre.warehouse.tables import metadata

GUIDE = (PROJECT / "docs" / "analistas.md").read_text(encoding="utf-8")
QUERIES = {
    found[1]: found[2]
    for found in re.finditer(r"^```sql\n-- ([a-z_0-9]+)\n(.*?)^```$", GUIDE, re.DOTALL | re.MULTILINE)
}
EXAMPLES = re.findall(r"^```python\n(.*?)^```$", GUIDE, re.DOTALL | re.MULTILINE)
NEISP, UIF = "NEISP-2020-1", "EISP-UIF-2020"
NOW = datetime(2020, 7, 10, tzinfo=UTC)
NONE_IN_THE_CASE = {
    "retenidos_por_regla", "versiones_oficiales", "diferencia_contra_lo_publicado", "muestras_de_verificacion",
    "revisiones_de_metas",
}  # fmt: skip
Row = dict[str, Any]


@dataclass(frozen=True)
class Analyst:
    """An analyst's log-in on the case after two versions of its quarter."""

    here: Installation
    login: Login
    engine: sa.Engine

    def ask(self, query: str) -> list[Row]:
        """A query of the guide, as it stands there."""
        with self.engine.connect() as connection:
            return [dict(row._mapping) for row in connection.exec_driver_sql(QUERIES[query].replace("%", "%%"))]


def nights(here: Installation) -> None:
    """Two nights of the case with their figures and marts; a certificate comes with the second."""
    connections = {
        "moodle_pnud": Connection(here.moodle.url, password=here.moodle.token),
        "encuestas": Connection(here.limesurvey.endpoint, here.limesurvey.username, here.limesurvey.password),
    }
    plant = night.Plant(
        here.engine, case_project(), here.folder / "landing", here.folder / "drop", b"k" * 32, connections.get
    )
    completions = here.world.moodle.completions
    late = next(key for key, done in completions.items() if key[0] == CERTIFICATE and done.state == 1)
    certificate = completions.pop(late)
    for more in (None, certificate):
        if more:
            completions[late] = more
        for source in plant.source_codes() if more is None else ("moodle_pnud",):
            night.ingest(plant, source, NOW)
        night.compute_quarters(plant, night.pending_quarters(plant.engine, plant.project))
        refresh(plant.engine, plant.project)


@pytest.fixture(scope="module")
def analyst(install: Callable[..., AbstractContextManager[Installation]]) -> Iterator[Analyst]:
    with install() as here:
        nights(here)
        with here.engine.begin() as connection:
            until = datetime.now(UTC) + timedelta(days=1)
            login = make_login(connection, "guide_of_analysts", until=until, zone="America/Mexico_City")
        engine = sa.create_engine(login.url("postgresql+psycopg"))
        yield Analyst(here, login, engine)
        engine.dispose()
        with here.engine.begin() as connection:
            remove_login(connection, login.name)


# -- the queries -------------------------------------------------------------------------------------------


def test_every_query_of_the_guide_has_a_name_and_is_found() -> None:
    assert GUIDE.count("```sql") == len(QUERIES) > 20


@pytest.mark.parametrize("query", QUERIES)
def test_a_query_of_the_guide_runs_as_it_stands(analyst: Analyst, query: str) -> None:
    rows = analyst.ask(query)
    assert bool(rows) == (query not in NONE_IN_THE_CASE)


@pytest.mark.parametrize("query", QUERIES)
def test_a_query_of_the_guide_reads_the_marts_only(query: str) -> None:
    assert set(re.findall(r"\b(?:FROM|JOIN)\s+([a-z]+)\.", QUERIES[query])) == {"marts"}


def test_every_mart_is_in_the_guide() -> None:
    named = re.findall(r"^\| `([a-z_]+)` \| ", GUIDE.split("| Tabla de `marts` |")[1].split("##")[0], re.MULTILINE)
    assert sorted(named) == sorted(marts(metadata))


def test_unique_persons_are_not_the_sum_of_certificates(analyst: Analyst) -> None:
    by_quarter = {row["trimestre"]: row for row in analyst.ask("unicas_por_trimestre")}
    assert by_quarter["2020-Q2"] == {
        "trimestre": "2020-Q2", "certificados": 405, "personas": 400, "personas_nuevas": 400,
        "personas_acumuladas": 400,
    }  # fmt: skip
    assert [(row["anio_fiscal"], row["personas"]) for row in analyst.ask("unicas_por_anio_fiscal")] == [("FY2020", 400)]
    by_sex = [(row["sexo"], row["personas"]) for row in analyst.ask("unicas_vida_del_proyecto_por_sexo")]
    assert by_sex == [("hombre", 152), ("mujer", 248), ("total", 400)]


@pytest.mark.parametrize("query", ["unicas_por_entidad", "unicas_por_institucion"])
def test_breakdowns_of_unique_persons_add_up_to_all_of_them(analyst: Analyst, query: str) -> None:
    assert sum(row["personas"] for row in analyst.ask(query)) == 400


def test_people_drop_out_where_the_report_says(analyst: Analyst) -> None:
    found: dict[str, list[int]] = {}
    for row in analyst.ask("abandono_por_edicion"):
        found.setdefault(row["edicion"], []).append(row["personas"])
    assert found[NEISP] == [468, 429, 387, 382, 380, 377]
    assert found[UIF] == [41, 36, 30, 28, 28, 28]
    lost = [row["se_quedaron"] for row in analyst.ask("abandono_por_edicion") if row["edicion"] == NEISP]
    assert lost == [None, 39, 42, 5, 2, 3]


def test_five_finished_twice_and_count_once_under_each_rule(analyst: Analyst) -> None:
    rows = analyst.ask("concluyeron_dos_veces")
    assert (len(rows), len({row["persona"] for row in rows})) == (10, 5)
    assert sum(row["es_la_primera_por_edicion"] for row in rows) == 5
    assert sum(row["es_la_primera_por_fecha"] for row in rows) == 5
    assert {row["trimestre_por_edicion"] for row in rows} == {"2020-Q2"}


def test_certificates_by_event_are_reconciled_with_those_by_edition(analyst: Analyst) -> None:
    rows = [tuple(row.values()) for row in analyst.ask("conciliacion_fecha_y_edicion")]
    assert [row for row in rows if row[0] == UIF] == [
        (UIF, "2020-Q2", "2020-Q2", 21),
        (UIF, "2020-Q2", "2020-Q3", 7),
    ]
    assert sum(row[3] for row in rows if row[1] == "2020-Q2") == 405
    figures = {row["trimestre"]: row for row in analyst.ask("conciliacion_en_el_indicador")}
    by_event = {period: sum(row[3] for row in rows if row[2] == period) for period in figures}
    assert {period: row["por_fecha"] for period, row in figures.items()} == by_event
    assert figures["2020-Q2"]["por_edicion"] == 405


def test_what_changed_since_a_version_and_what_was_loaded_meanwhile(analyst: Analyst) -> None:
    changed = {
        (row["indicador"], row["regla"], row["desagregacion"], row["categoria"]): row
        for row in analyst.ask("que_cambio_desde_la_version")
    }
    total = changed["L2-02", "edition", "total", "total"]
    assert (total["valor_enviado"], total["valor_hoy"], total["diferencia"]) == (404, 405, 1)
    assert changed["L2-01", "edition", "total", "total"]["diferencia"] == 1
    assert not total["cambio_la_definicion"]
    assert not [cell for cell in changed if cell[0] in {"L2-05", "L2-07", "L2-08"}], "nothing moved there"
    loaded = analyst.ask("que_se_cargo_desde_la_version")
    assert {(row["version"], row["fuente"]) for row in loaded} == {(2, "moodle_pnud")}
    assert {row["entidad"]: row["nuevas"] + row["cambiadas"] for row in loaded}["certificate"] == 1


def test_a_value_is_still_there_as_it_was_known(analyst: Analyst) -> None:
    rows = analyst.ask("valor_en_cada_version")
    assert [(row["version"], row["valor"], row["es_la_vigente"]) for row in rows] == [(1, 404, False), (2, 405, True)]
    assert rows[0]["con_lo_cargado_hasta"] < rows[1]["con_lo_cargado_hasta"]


def test_a_bridge_adds_up(analyst: Analyst) -> None:
    for row in analyst.ask("puente_entre_trimestres"):
        if row["nota"] is None and row["valor_anterior"] is not None:
            assert row["valor_anterior"] + row["entra"] + row["corregido"] == row["valor"]


def test_rates_and_means_come_with_their_n(analyst: Analyst) -> None:
    rates = [(row["respondieron"], row["podian_responder"], row["tasa"]) for row in analyst.ask("tasa_de_respuesta")]
    assert (22, 89, Decimal("24.7")) in rates
    with analyst.here.engine.connect() as connection:
        satisfaction = connection.execute(
            sa.text("SELECT value, n FROM marts.indicator_value WHERE indicator = 'L2-09' AND period = '2020-Q2'"
                    " AND is_current AND official AND disaggregation = 'total'")
        ).one()  # fmt: skip
    means = {
        row["redaccion"]: row
        for row in analyst.ask("promedio_por_redaccion")
        if (row["encuesta"], row["pregunta"]) == ("salida-neisp", "P01")
    }
    whole = means.pop("todas")
    assert (whole["promedio"], whole["n"]) == tuple(satisfaction)
    assert {row["idioma"] for row in means.values()} == {"en", "es-MX"}
    assert sum(row["n"] for row in means.values()) == whole["n"] == 60


def test_attendees_are_counted_also_when_none_took_a_course(analyst: Analyst) -> None:
    (row,) = analyst.ask("asistentes_que_tomaron_un_curso")
    assert row["asistieron"] == 89
    assert 0 <= row["se_certificaron_despues"] <= row["ingresaron_despues"] <= 89


def test_what_is_left_out_is_told_with_its_effect(analyst: Analyst) -> None:
    rows = analyst.ask("excluidos_y_su_efecto")
    assert all(row["motivo"] and row["registros"] > 0 for row in rows)
    with analyst.here.engine.connect() as connection:
        told = {
            row.indicator: row.excluded
            for row in connection.execute(
                sa.text("SELECT indicator, excluded FROM marts.indicator_value WHERE period = '2020-Q2'"
                        " AND is_current AND official AND disaggregation = 'total' AND excluded > 0")
            )
        }  # fmt: skip
    found: dict[str, int] = {}
    for row in rows:
        found[row["indicador"]] = found.get(row["indicador"], 0) + row["registros"]
    assert found == told


def test_each_indicator_has_its_status_target_and_explanation(analyst: Analyst) -> None:
    rows = {row["indicador"]: row for row in analyst.ask("estado_meta_y_explicacion")}
    assert len(rows) == 12
    persons = rows["L2-01"]
    assert (persons["valor"], persons["meta_vigente"], persons["estado"]) == (400, 350, "Meta alcanzada")
    assert persons["obs_status"] == "preliminar"
    assert rows["L2-02"]["por_ciento_de_la_meta"] == Decimal("96.4")
    assert all(row["explicacion"] for row in rows.values())


# -- the examples and the exports --------------------------------------------------------------------------


@pytest.fixture
def say(analyst: Analyst, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., None]:
    """Run a command in this process with the analyst's log-in, in an empty folder."""
    for name in list(os.environ):
        if name.startswith("TRIMESTRE_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("TRIMESTRE_PROJECT", str(PROJECT))
    monkeypatch.setenv("TRIMESTRE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TRIMESTRE_WAREHOUSE_URL", analyst.login.url("postgresql+psycopg"))
    monkeypatch.chdir(tmp_path)

    def run(*words: str) -> None:
        monkeypatch.setattr(sys, "argv", ["trimestre", *words])
        with pytest.raises(SystemExit) as stopped:
            cli.main()
        assert not stopped.value.code

    return run


def test_the_example_with_pandas_runs(
    analyst: Analyst, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TRIMESTRE_URL", analyst.login.url("postgresql+psycopg"))
    found: dict[str, Any] = {}
    exec(EXAMPLES[0], found)  # noqa: S102
    assert found["personas"].to_dict() == {"hombre": 152, "mujer": 248}
    assert "mujer" in capsys.readouterr().out
    found["engine"].dispose()


def rows_of(analyst: Analyst) -> dict[str, int]:
    with analyst.engine.connect() as connection:
        return {
            name: connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
            for name, table in marts(metadata).items()
        }


def test_an_analyst_exports_every_mart_as_parquet(
    analyst: Analyst, say: Callable[..., None], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    say("export", "--to", "parquet", "salida")
    read = {path.stem: pq.read_table(path) for path in (tmp_path / "salida").iterdir()}
    assert {name: table.num_rows for name, table in read.items()} == rows_of(analyst)
    assert not (tmp_path / "home").exists(), "reading needs no key"
    capsys.readouterr()
    exec(EXAMPLES[1], {})  # noqa: S102
    assert "248" in capsys.readouterr().out
    values = read["indicator_value"].to_pandas()
    values = values[(values.period == "2020-Q2") & values.is_current]
    women = values[(values.indicator == "L2-07") & (values.category == "mujer")]
    assert women.obs_status.unique().tolist() == ["n. d."]
    assert women.value.isna().all(), "n. d. became a number"


def test_an_analyst_exports_every_mart_as_csv_and_as_a_workbook(
    analyst: Analyst, say: Callable[..., None], tmp_path: Path
) -> None:
    expected = rows_of(analyst)
    say("export", "--to", "csv", "salida")
    for name, count in expected.items():
        read = pd.read_csv(tmp_path / "salida" / f"{name}.csv", dtype=str, keep_default_na=False)
        assert len(read) == count, name
    say("export", "--to", "xlsx", "salida")
    book = openpyxl.load_workbook(tmp_path / "salida" / "marts.xlsx", read_only=True)
    assert book.sheetnames == ["Diccionario", *sorted(expected)]
    assert {name: book[name].max_row - 1 for name in expected} == expected
    book.close()


def test_the_log_in_reads_every_mart_and_writes_none(analyst: Analyst) -> None:
    engine = connect(analyst.login.url("postgresql+psycopg"))
    with engine.connect() as connection:
        for name in marts(metadata):
            connection.exec_driver_sql(f"SELECT * FROM marts.{name} LIMIT 1")
    for name in marts(metadata):
        with engine.connect() as connection, pytest.raises(sa.exc.DBAPIError, match=r"read-only|permission denied"):
            connection.exec_driver_sql(f"DELETE FROM marts.{name}")
    engine.dispose()
