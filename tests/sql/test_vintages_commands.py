"""Closing at the command line: who prepares, who approves, and what each of them is told in Spanish."""

import contextlib
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from types import SimpleNamespace

import pytest
import sqlalchemy as sa
from closing_case import CERTIFICATES, PERSONS, Closing, one_more

from trimestre import cli, settings
from trimestre.cli import close as cli_close

Say = Callable[..., tuple[int, str]]


@pytest.fixture
def closing(warehouse: sa.Engine) -> Closing:
    return Closing(warehouse)


@pytest.fixture
def say(closing: Closing, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Say:
    """Run a command as a user; its exit code, and all that it said."""

    @contextlib.contextmanager
    def plant(*, lenient: bool) -> Iterator[SimpleNamespace]:
        yield SimpleNamespace(engine=closing.engine, project=closing.project)

    monkeypatch.setattr(cli_close, "plant", plant)
    monkeypatch.setattr(cli_close, "write_after_close", lambda *_: None)

    def run(who: str, *words: str) -> tuple[int, str]:
        monkeypatch.setattr(settings, "who", lambda: who)
        monkeypatch.setattr(sys, "argv", ["trimestre", "close", *words])
        code = 0
        try:
            cli.main()
        except SystemExit as stopped:
            code = int(stopped.code or 0)
        said = capsys.readouterr()
        return code, said.out + said.err

    return run


def test_a_quarter_is_closed_by_two_people(say: Say, closing: Closing) -> None:
    assert say("especialista", "list") == (0, "Aún no hay candidatas.\n")
    assert say("especialista", "show") == (0, "Aún no hay candidatas.\n")
    code, said = say("especialista", "prepare", "FY2020-Q3")
    assert (code, said.splitlines()[0][:60]) == (
        0,
        "Candidata 1 de 2020-Q2 (FY2020-Q3) preparada por especialista"[:60],
    )
    code, said = say("especialista", "approve", "1")
    assert (code, "que la preparó, se esperaba a otra persona" in said) == (1, True)
    code, said = say("coordinacion", "approve", "1", "--comment", "De acuerdo")
    assert (code, said[:54]) == (0, "2020-Q2: la candidata 1 es la versión oficial 1. Se re")
    code, said = say("coordinacion", "show")
    assert code == 0
    for line in (
        "Cierre de 2020-Q2 (FY2020-Q3) · candidata 1 · aprobada",
        "Versión oficial 1 · informe: Borrador",
        "Comentario: De acuerdo",
        "Indicadores de 2020-Q2",
    ):
        assert line in said
    assert "preliminar" not in said
    _, said = say("coordinacion", "list", "2020-Q2")
    assert "coordinacion" in said
    assert "Cierre" in said


def test_a_candidate_is_sent_back(say: Say, closing: Closing) -> None:
    closing.prepare()
    code, said = say("coordinacion", "return", "1", "--comment", "Falta la lista")
    assert (code, said.splitlines()[0]) == (0, "2020-Q2: la candidata 1 se devolvió; nada se publicó.")
    assert "Falta la lista" in say("especialista", "show", "1")[1]


def test_published_figures_are_restated_by_who_says_so_only(say: Say, closing: Closing) -> None:
    code, said = say("especialista", "prepare", "2020-Q2", "--restate", "--reason", "x")
    assert (code, "--restate: no se encontró versión oficial de 2020-Q2" in said) == (1, True)
    closing.close()
    closing.then(one_more)
    code, said = say("especialista", "prepare", "2020-Q2", "--reason", "x")
    assert (code, "ya tiene la versión oficial 1, no se esperaba ninguna. Para cambiar" in said) == (1, True)
    code, said = say("especialista", "prepare", "2020-Q2", "--restate")
    assert (code, "--restate: no se encontró --reason" in said) == (1, True)
    assert say("especialista", "prepare", "2020-Q2", "--restate", "--reason", "Archivo tardío")[0] == 0
    assert closing.states() == [("close", "vintage", 1), ("restatement", "pending", None)]
    assert "Motivo: Archivo tardío" in say("especialista", "show", "2")[1]
    code, said = say("coordinacion", "show", "2", "--summary")
    assert code == 0
    told = " ".join(said.split())
    assert "Rectificación de cifras publicadas de 2020-Q2" in told
    assert "X-1 x: 3 → 4" in told, "what differs from the official version"


def test_what_stands_in_the_way_is_told_in_spanish(say: Say, closing: Closing) -> None:
    closing.close()
    framework = closing.project.framework.model_copy(update={"tolerance": 10.0})
    closing.project = replace(closing.project, framework=framework)
    closing.define(
        CERTIFICATES.model_copy(update={"measure": "persons", "targets": {"2020-Q2": 9.0, "2020-Q3": 5.0}}), PERSONS
    )
    code, said = say("especialista", "prepare", "2020-Q3")
    assert code == 1
    told = " ".join(said.replace("│", " ").split())
    assert "No se preparó nada." in told
    assert "X-1: el método es otro que el de las cifras oficiales de 2020-Q2" in told
    assert "X-1: la meta de 2020-Q2 es 9, y 2020-Q2 se publicó con 2." in told


def test_a_day_up_to_which_data_count_includes_it(say: Say, closing: Closing) -> None:
    closing.then(one_more)
    day = closing.rows("SELECT min(merged_at) AT TIME ZONE 'America/Mexico_City' FROM ops.batch")[0][0]
    assert say("especialista", "prepare", "2020-Q2", "--received-until", f"{day:%Y-%m-%d}")[0] == 0
    assert closing.total(1) == 3


def test_a_report_goes_its_way_and_a_hash_is_checked(say: Say, closing: Closing) -> None:
    closing.close()
    code, said = say("especialista", "state", "2020-Q2", "enviada", "--comment", "Oficio 3")
    assert (code, said.splitlines()[0]) == (0, "2020-Q2, versión oficial 1: Enviada al donante.")
    assert say("especialista", "verify", "1")[0] == 0
    with closing.engine.begin() as connection:
        connection.execute(sa.text("UPDATE results.candidate_value SET n = n + 1"))
    code, said = say("especialista", "verify", "1")
    assert (code, "NO da la huella" in said) == (1, True)
