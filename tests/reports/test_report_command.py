"""The documents of a quarter at the command line: which version, for whom, where, and what is said when it fails."""

import contextlib
import hashlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

from trimestre import cli
from trimestre.cli import report as cli_report
from trimestre.errors import ContractError
from trimestre.periods import Period
from trimestre.reports import documents
from trimestre.reports.naming import file_name
from trimestre.reports.quarter import Quarter
from trimestre.warehouse.database import transaction

if TYPE_CHECKING:
    from conftest import DemoPlant

Run = Callable[..., tuple[int, str]]
Q2 = Period(2020, 2)


@pytest.fixture
def run(closed_demo: "DemoPlant", monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command over the closed demo; its exit code, and all that it said."""

    @contextlib.contextmanager
    def plant(*, lenient: bool) -> Iterator[Any]:
        yield closed_demo.plant

    monkeypatch.setattr(cli_report, "plant", plant)

    def command(*words: object) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["trimestre", "report", *map(str, words)])
        code = 0
        try:
            cli.main()
        except SystemExit as stopped:
            code = int(stopped.code or 0)
        said = capsys.readouterr()
        return code, said.out + said.err

    return command


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> None:
    """Documents of one line each, which says what they were told."""
    for name in ("informe", "iati"):

        def write(quarter: Quarter, folder: Path, language: str = "es", *, name: str = name) -> list[Path]:
            path = folder / file_name(name, quarter, language, "txt")
            path.write_text(f"{quarter.version.kind} {quarter.version.vintage} {quarter.audience} {language}")
            return [path]

        module = ModuleType(f"line_{name}")
        module.write = write  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setattr(documents, "DOCUMENTS", {name: f"line_{name}" for name in ("informe", "iati")})


@pytest.mark.usefixtures("lines")
def test_a_command_writes_what_it_is_asked_for(run: Run, tmp_path: Path) -> None:
    assert run("2020-Q2", "--to", tmp_path / "a") == (
        0,
        f"{tmp_path}/a/informe-2020-Q2-v1.txt\n{tmp_path}/a/iati-2020-Q2-v1.txt\n",
    )
    told = {path.name: path.read_text() for path in (tmp_path / "a").iterdir()}
    assert told == {
        "informe-2020-Q2-v1.txt": "oficial 1 internal es",
        "iati-2020-Q2-v1.txt": "oficial 1 public es",
    }
    asked = ("FY2020-Q3", "--to", tmp_path / "b", "--only", "informe", "--language", "en", "--audience", "donor")
    assert run(*asked, "--preliminary") == (0, f"{tmp_path}/b/informe-2020-Q2-preliminar-en.txt\n")
    assert (tmp_path / "b/informe-2020-Q2-preliminar-en.txt").read_text() == "preliminar None donor en"


@pytest.mark.usefixtures("lines")
def test_what_can_not_be_written_is_said_in_spanish(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a file").write_text("")
    refused = {
        "se esperaba uno de: informe, iati": ("2020-Q2", "--to", tmp_path / "x", "--only", "informes"),
        "se esperaba una de: 1": ("2020-Q2", "--to", tmp_path / "x", "--vintage", 7),
        "se esperaba cuando más una": ("2020-Q2", "--to", tmp_path / "x", "--vintage", 1, "--preliminary"),
        "se esperaba uno como 2020-Q2": ("2020-T2", "--to", tmp_path / "x"),
        "se esperaba uno de 2020": ("2031-Q1", "--to", tmp_path / "x"),
        "no se puede escribir": ("2020-Q2", "--to", tmp_path / "a file"),
    }
    for why, words in refused.items():
        code, said = run(*words)
        assert (code, why in said) == (1, True), said
        assert "Traceback" not in said
    assert not (tmp_path / "x").exists()


def test_a_close_that_can_not_write_its_documents_stays_approved(
    closed_demo: "DemoPlant", monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def refuse(*_: object, **__: object) -> list[Path]:
        raise ContractError("plantilla: no se encontró, se esperaba una. Devuélvala.")

    monkeypatch.setenv("TRIMESTRE_HOME", str(tmp_path))
    monkeypatch.setattr(documents, "write_version", refuse)
    cli_report.write_after_close(closed_demo.plant, "2020-Q2", 1)
    said = capsys.readouterr().out
    assert "La versión quedó aprobada" in said
    assert "plantilla: no se encontró" in said
    assert "trimestre report 2020-Q2 --vintage 1" in said


def test_every_document_is_written_and_the_same_version_gives_the_same_bytes(
    closed_demo: "DemoPlant", tmp_path: Path
) -> None:
    plant = closed_demo.plant
    written: list[dict[str, str]] = []
    for folder in ("once", "again"):
        with transaction(plant.engine) as connection:
            files = documents.write_version(connection, plant.project, Q2, tmp_path / folder)
        assert [path for path in (tmp_path / folder).iterdir() if path not in files] == []
        written.append({path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files})
    assert written[0] == written[1]
    assert {documents.document_of(name) for name in written[0]} == set(documents.DOCUMENTS)
    assert all("2020-Q2-v1" in name for name in written[0])
