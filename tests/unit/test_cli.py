"""The commands without a warehouse: what is wrong is told in one line with its mend, never as a trace.

What the commands say of computed figures is tested in ``tests/integration/test_commands.py``.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
from saying import Said, sayer

from trimestre import texts
from trimestre.backups import making, restoring
from trimestre.cli import backup, close
from trimestre.contracts import load_project
from trimestre.errors import ContractError, PermanentError
from trimestre.indicators import vintages

ROOT = Path(__file__).resolve().parents[2]
NOBODY = "postgresql+psycopg://nobody:s3cret@127.0.0.1:1/none"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of this project's contracts to break."""
    for folder in ("sources", "framework", "expectations"):
        shutil.copytree(ROOT / folder, tmp_path / "project" / folder)
    return tmp_path / "project"


@pytest.fixture
def say(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Said]:
    """Run a command in this process as its entry point does; an error that is not ours comes through as it is."""
    return sayer(monkeypatch, capsys, {"TRIMESTRE_PROJECT": project, "TRIMESTRE_HOME": tmp_path / "home"})


# -- check -----------------------------------------------------------------------------------------------------


def test_check_says_that_the_project_is_right(say: Callable[..., Said], project: Path) -> None:
    said = say("check")
    assert (said.code, said.err) == (0, "")
    counts = {name: len(list((project / name).glob("*.yaml"))) for name in ("sources", "expectations")}
    indicators = len(list((project / "framework" / "indicators").glob("*.yaml")))
    reviewed = load_project(project)
    assert " ".join(said.out.split()) == texts.CLI["checked"].format(
        sources=counts["sources"],
        indicators=indicators,
        suites=counts["expectations"],
        institutions=len(reviewed.institutions),
        states=32,
    )


def rename_key(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


BREAKS: dict[str, tuple[Callable[[Path], object], list[str]]] = {
    "an unknown key": (
        lambda root: rename_key(root / "sources/eventos.yaml", "timezone:", "zona:"),
        ["eventos.yaml", "zona", "clave que no existe", "Quítela o corrija su nombre"],
    ),
    "broken YAML": (
        lambda root: (root / "sources/eventos.yaml").write_text("kind: tabular\nname: 'x\n"),
        ["eventos.yaml", "línea ", "no es YAML", "Revise ahí la sangría y las comillas"],
    ),
    "a wrong value": (
        lambda root: rename_key(root / "framework/framework.yaml", "America/Mexico_City", "Mexico"),
        ["framework.yaml", "timezone", "«Mexico»", "America/Mexico_City", "Corrija el valor"],
    ),
    "a reference to nothing": (
        lambda root: rename_key(root / "framework/indicators/L2-07.yaml", "line: L2", "line: L3"),
        ["L2-07", "line", "«L3»", "L1, L2", "Corrija la clave"],
    ),
    "an evidence that does not exist": (
        lambda root: rename_key(
            root / "framework/indicators/L2-07.yaml", "evidence: attendances", "evidence: asistencias"
        ),
        ["L2-07", "evidence", "«asistencias»", "attendances", "Corrija el YAML del indicador"],
    ),
    "a suite that is missing": (
        lambda root: (root / "expectations/enrolment.yaml").unlink(),
        ["expectations", "enrolment", "Agregue los archivos"],
    ),
    "a file that is missing": (
        lambda root: (root / "framework/identity.yaml").unlink(),
        ["identity.yaml: no se encontró el archivo", "Agréguelo"],
    ),
    "no project at all": (
        lambda root: shutil.rmtree(root / "framework"),
        ["proyecto", "framework/", "TRIMESTRE_PROJECT"],
    ),
}


@pytest.mark.parametrize("what", BREAKS)
def test_check_tells_file_key_value_and_mend(say: Callable[..., Said], project: Path, what: str) -> None:
    spoil, expected = BREAKS[what]
    spoil(project)
    said = say("check")
    assert (said.code, said.out) == (1, "")
    assert [part for part in expected if part not in said.err] == [], said.err


def test_the_program_itself_ends_with_1_and_no_trace(project: Path) -> None:
    BREAKS["an unknown key"][0](project)
    run = subprocess.run(
        [sys.executable, "-m", "trimestre.cli", "check"],
        env={**os.environ, "TRIMESTRE_PROJECT": str(project)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 1
    assert run.stdout == ""
    assert run.stderr.startswith("eventos.yaml: zona:")
    assert len(run.stderr.splitlines()) == 1


# -- what needs a warehouse, without one -----------------------------------------------------------------------

NEEDS_A_WAREHOUSE = [
    ("migrate",),
    ("ingest", "eventos"),
    ("night",),
    ("compute", "2020-Q2"),
    ("values", "2020-Q2"),
    ("values", "2020-Q2", "--json"),
    ("evidence", "L2-01", "2020-Q2"),
    ("batches",),
]


@pytest.mark.parametrize("words", NEEDS_A_WAREHOUSE, ids=" ".join)
def test_without_a_warehouse_it_is_told_how_to_set_one(say: Callable[..., Said], words: tuple[str, ...]) -> None:
    said = say(*words)
    assert (said.code, said.out) == (1, "")
    assert "TRIMESTRE_WAREHOUSE_URL" in said.err
    assert "make demo" in said.err


@pytest.mark.parametrize("words", NEEDS_A_WAREHOUSE, ids=" ".join)
def test_an_unreachable_warehouse_is_told_without_its_password(
    say: Callable[..., Said], monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    monkeypatch.setenv("TRIMESTRE_WAREHOUSE_URL", NOBODY)
    said = say(*words)
    assert said.code == 1
    assert "almacén: no se encontró una conexión" in said.err
    assert "s3cret" not in said.out + said.err


@pytest.mark.parametrize("url", ["mysql://u:s3cret@h/d", "s3cret", "sqlite:///x.db"])
def test_another_database_is_refused(say: Callable[..., Said], monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("TRIMESTRE_WAREHOUSE_URL", url)
    said = say("values", "2020-Q2")
    assert said.code == 1
    assert said.err.startswith("almacén: se encontró")
    assert "s3cret" not in said.err


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("ingest", "moodle"), ["«moodle»", "moodle_pnud", "Revise el nombre"]),
        (("compute", "2020-2"), ["«2020-2»", "2020-Q2", "Corríjalo"]),
        (("compute", "2031-Q1"), ["2031-Q1", "2020-Q1", "2020-Q4", "periods.yaml"]),
    ],
    ids=lambda value: " ".join(value),
)
def test_an_unknown_name_is_told_with_those_that_exist(
    say: Callable[..., Said], monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], expected: list[str]
) -> None:
    monkeypatch.setenv("TRIMESTRE_WAREHOUSE_URL", NOBODY)
    said = say(*words)
    assert (said.code, said.out) == (1, "")
    assert [part for part in expected if part not in said.err] == [], said.err


def test_a_broken_source_is_told_when_it_is_ingested(
    say: Callable[..., Said], project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRIMESTRE_WAREHOUSE_URL", NOBODY)
    BREAKS["an unknown key"][0](project)
    said = say("ingest", "eventos")
    assert said.code == 1
    assert "eventos.yaml: zona" in said.err


def test_every_command_has_its_help_in_spanish(say: Callable[..., Said]) -> None:
    said = say("--help")
    assert said.code == 0
    named = "check, ingest, night, compute, values, evidence, batches, demo, migrate, marts, dictionary"
    for name in named.split(", "):
        assert name in said.out
    assert "Levanta todo en esta máquina" in said.out


def test_a_path_that_can_not_be_written_is_told_in_one_line(say: Callable[..., Said], project: Path) -> None:
    (project / "docs").write_text("no folder")
    said = say("dictionary")
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith(f"{project / 'docs'}")
    assert "se esperaba una ruta que se pueda leer o escribir" in said.err


def test_an_edited_report_is_brought_to_one_version(say: Callable[..., Said]) -> None:
    said = say("report-update", "a.docx", "2020-Q2", "--to", "b.docx", "--vintage", 1, "--preliminary")
    assert (said.code, "--vintage y --preliminary" in said.err) == (1, True)


def test_an_approved_version_has_its_documents_although_figures_can_not_be_computed(
    say: Callable[..., Said], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An indicator that can't be read stopped them, without a word of it."""
    done: list[str] = []

    def stopped(_: object) -> None:
        raise ContractError("L2-01: se encontró x, se esperaba y.")

    decided = vintages.Decided(3, "2020-Q2", "vintage", 1, 9)
    monkeypatch.setattr(vintages, "decide_candidate", lambda *_, **__: decided)
    monkeypatch.setattr(close, "plant", lambda **_: nullcontext(SimpleNamespace(engine=None, project=None)))
    monkeypatch.setattr(close, "write_after_close", lambda *_: done.append("documents"))
    monkeypatch.setattr(close, "catch_up", stopped)
    assert say("close", "approve", 3).code == 1
    assert done == ["documents"]


def test_a_project_that_can_not_be_read_is_saved_all_the_same(
    say: Callable[..., Said], project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While somebody's slip stood in a YAML there was no backup, night after night."""
    (project / "framework" / "periods.yaml").write_text("nothing: of this\n")
    asked: dict[str, object] = {}

    def make(*_: object, **given: object) -> object:
        asked.update(given)
        raise PermanentError("so far it came")

    monkeypatch.setattr(making, "make", make)
    monkeypatch.setenv("TRIMESTRE_WAREHOUSE_URL", NOBODY)
    said = say("backup", tmp_path / "backups")
    assert (asked["zone"], asked["elsewhere"]) == ("UTC", ())
    assert "se respalda como está" in said.err
    assert "periods.yaml" in said.err


def test_after_a_restore_of_such_a_project_it_is_told_what_was_not_done(
    say: Callable[..., Said], project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever was erased since the backup is there again, and the error of a YAML said nothing of it."""
    (project / "framework" / "periods.yaml").write_text("nothing: of this\n")
    told = SimpleNamespace(taken_at=datetime(2020, 7, 1, tzinfo=UTC), zone="UTC")
    monkeypatch.setattr(restoring, "plan", lambda *_, **__: SimpleNamespace(manifest=told))
    monkeypatch.setattr(restoring, "restore", lambda *_, **__: None)
    monkeypatch.setattr(backup, "_say_restored", lambda *_: None)
    (tmp_path / "manifest.json").touch()
    said = say("restore", tmp_path, "--into", NOBODY)
    assert said.code == 1
    assert "Lo que se suprimió después del 01/07/2020 00:00 volvió con el respaldo" in said.out
    assert "Todo quedó en su lugar" in said.err
    assert "periods.yaml" in said.err
