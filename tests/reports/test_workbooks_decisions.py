"""Targets from a workbook stand in the YAML with their letter, corrections enter without anybody reading them here."""

import shutil
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import openpyxl
import pytest
import sqlalchemy as sa
from workbook_desk import NOW, Desk, data_sheet, edit, type_in

from trimestre.contracts import load_project
from trimestre.errors import ContractError, TrimestreError
from trimestre.pipeline.uploads import target_files
from trimestre.reports.workbooks import preview, read
from trimestre.warehouse.database import transaction

if TYPE_CHECKING:
    from conftest import DemoPlant

LETTER = {
    "effective_from": "2020-Q3", "letter": "Oficio 17/2020", "approved_on": "15/07/2020", "approved_by": "Coordinación",
}  # fmt: skip
NEW_YEAR = {"indicator": "L2-01", "what": "Meta", "covers": "2020-Q3"}
SECRET = "2020-06-20T12:00:00-05:00"


@pytest.fixture
def desk(closed_demo: "DemoPlant", tmp_path: Path) -> Desk:
    """The closed demo with a project of its own, whose files may be written."""
    root = tmp_path / "project"
    here = closed_demo.plant.project.root
    for part in ("framework", "sources", "expectations"):
        shutil.copytree(here / part, root / part)
    plant = replace(closed_demo.plant, project=load_project(root))
    return Desk(plant, tmp_path)


def test_a_target_is_written_into_the_yaml_with_its_letter_and_everything_else_stays(desk: Desk) -> None:
    root = desk.plant.project.root
    path = root / "framework" / "indicators" / "L2-01.yaml"
    path.write_text(path.read_text() + "# nota de una persona\n")
    before = path.read_text()
    book = type_in(desk.out("metas"), "metas", NEW_YEAR, new="1,500", **LETTER)
    found = desk.look("metas", book)
    assert [(change["place"], change["before"]) for change in found.changes] == [("L2-01 · 2020-Q3", "n. d.")]
    assert "Oficio 17/2020" in found.changes[0]["after"]
    desk.take("metas", book)
    text = path.read_text()
    gone = [line for line in before.splitlines() if line not in text.splitlines()]
    assert gone == ["targets: {2020-Q2: 350}", "updated_on: 2020-04-01"]
    indicator = load_project(root).indicator("L2-01")
    assert (indicator.targets["2020-Q3"], indicator.targets["2020-Q2"]) == (1500, 350)
    (revision,) = indicator.revisions
    assert (revision.old, revision.new, revision.letter) == (None, 1500, "Oficio 17/2020")
    with transaction(desk.plant.engine) as connection:
        decided = connection.execute(
            sa.text("SELECT subject, reason, decided_by FROM ops.decision WHERE kind = 'targets'")
        )
        (row,) = decided.all()
    assert (row.subject["indicator"], row.subject["new"], row.decided_by) == ("L2-01", "1,500", "especialista")
    assert desk.take("metas", book).changed == 0
    assert path.read_text() == text


def test_every_indicator_file_survives_being_rewritten(desk: Desk) -> None:
    """The lines that nobody changed are the same bytes, in every file of the project."""
    root = desk.plant.project.root
    for path in sorted((root / "framework" / "indicators").glob("*.yaml")):
        content = path.read_bytes()
        revised = target_files._revised(content, [], NOW.date())
        kept = [line for line in content.decode().splitlines() if not line.startswith("updated_on")]
        assert [line for line in revised.decode().splitlines() if not line.startswith("updated_on")] == kept, path.name


def test_a_closed_quarter_keeps_its_target_unless_it_is_restated(desk: Desk) -> None:
    place = {"indicator": "L2-01", "what": "Meta", "covers": "2020-Q2"}
    book = type_in(desk.out("metas"), "metas", place, new=300, **LETTER | {"effective_from": "2020-Q2"})
    assert any("2020-Q3" in line for line in desk.look("metas", book).problems)
    found = desk.look("metas", type_in(book, "metas", place, restates="Sí"))
    assert (found.problems, len(found.changes)) == ([], 1)


def test_a_share_typed_for_a_percentage_is_told(desk: Desk) -> None:
    place = {"indicator": "L2-03", "what": "Meta", "covers": "2020-Q3"}
    found = desk.look("metas", type_in(desk.out("metas"), "metas", place, **{**LETTER, "new": 0.85}))
    assert found.problems == []
    assert [line for line in found.warnings if "por ciento. Si quiso decir 85%" in line]


def test_a_target_without_its_letter_or_like_the_old_one_is_refused(desk: Desk) -> None:
    book = type_in(desk.out("metas"), "metas", NEW_YEAR, new=1500)
    assert len(desk.look("metas", book).problems) == 4
    same = type_in(desk.out("metas"), "metas", {"indicator": "L2-01", "what": "Línea"}, new=0, **LETTER)
    assert any("otro valor que el vigente" in line for line in desk.look("metas", same).problems)


def test_a_target_that_the_project_does_not_take_changes_no_file(desk: Desk) -> None:
    """Stage 9 of a milestone with 6 stages; and another indicator of the same workbook, which would be right."""
    root = desk.plant.project.root
    before = {path: path.read_bytes() for path in (root / "framework" / "indicators").glob("*.yaml")}
    book = type_in(desk.out("metas"), "metas", NEW_YEAR, new=1500, **LETTER)
    type_in(book, "metas", NEW_YEAR | {"indicator": "L2-10"}, new=9, **LETTER)
    (problem,) = desk.look("metas", book).problems
    assert "de 0 a 5" in problem
    with pytest.raises(ContractError):
        desk.take("metas", book)
    revised = [
        target_files.Revised(code, "target", "2020-Q3", "total", "total", None, Decimal(new), "2020-Q3", "Oficio",
                             NOW.date(), "Coordinación")
        for code, new in (("L2-01", 1500), ("L2-10", 9))
    ]  # fmt: skip
    with pytest.raises(ContractError, match=r"L2-10\.yaml"):
        target_files.write_targets(root, revised, NOW.date())
    assert {path: path.read_bytes() for path in before} == before
    assert sorted(before) == sorted((root / "framework" / "indicators").iterdir())
    with transaction(desk.plant.engine) as connection:
        assert connection.scalar(sa.text("SELECT count(*) FROM ops.decision WHERE kind = 'targets'")) == 0


def test_a_folder_that_cant_be_written_is_told_and_nothing_changes(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    book = type_in(desk.out("metas"), "metas", NEW_YEAR, new=1500, **LETTER)
    type_in(book, "metas", NEW_YEAR | {"indicator": "L2-02"}, new=10, **LETTER)
    folder = desk.plant.project.root / "framework" / "indicators"
    before = {path: path.read_bytes() for path in folder.glob("*.yaml")}
    real, calls = target_files._replace, []

    def refuse(path: Path, content: bytes) -> None:
        calls.append(path)
        if len(calls) == 2:
            raise OSError(30, "Read-only file system")
        real(path, content)

    monkeypatch.setattr(target_files, "_replace", refuse)
    with pytest.raises(ContractError, match="Pida permiso"):
        desk.take("metas", book)
    assert {path: path.read_bytes() for path in folder.glob("*.yaml")} == before


def retained(desk: Desk) -> tuple[int, str]:
    """A retained row of the demo's platform, made by a workbook of typed values without a number."""
    from trimestre.pipeline.night import ingest
    from trimestre.sources.tabular.drop import LocalFolder

    assert isinstance(desk.plant.drop, Path)
    folder = LocalFolder("datos_capturados", desk.plant.drop / "datos_capturados")
    (name,) = folder.names()
    path = desk.folder / name
    folder.copy(name, path)

    def wrong(book: openpyxl.Workbook) -> None:
        book["Captura"].append(["L1-02", "2020-Q3", None, None, "tres", "15/07/2020", "Convenios", None])

    folder.put(name, edit(path, wrong))
    ingest(desk.plant, "datos_capturados", NOW.replace(month=12))
    with transaction(desk.plant.engine) as connection:
        row = connection.execute(sa.text("SELECT retained_id, rule FROM quarantine.row WHERE state = 'open'")).one()
    return int(row.retained_id), str(row.rule)


def test_a_correction_enters_and_its_value_is_shown_nowhere(desk: Desk) -> None:
    number, rule = retained(desk)
    later = replace(desk.plant)
    path = desk.out("correcciones")
    assert rule in str(data_sheet(openpyxl.load_workbook(path), "correcciones")["D3"].value)
    said = "Valor capturado (value)"
    type_in(path, "correcciones", {"number": number}, field=said, value="3", reason="Cotejo con los convenios.")
    sheet = read("correcciones", path, desk.plant.project)
    with transaction(desk.plant.engine) as connection:
        shown = preview("correcciones", connection, desk.plant.project, sheet, "especialista").as_dict()
    assert shown["problems"] == []
    assert [said in change["place"] for change in shown["changes"]] == [True]
    assert "3" not in str([change["after"] for change in shown["changes"]])
    done = desk.take("correcciones", path)
    assert f"El registro {number} entró" in done.lines[0]
    with transaction(later.engine) as connection:
        value = connection.scalar(
            sa.text(
                "SELECT value FROM warehouse.reported_value WHERE indicator = 'L1-02' AND period = '2020-Q3'"
                " AND valid_to = 'infinity'"
            )
        )
        assert value == 3
        stored = connection.execute(sa.text("SELECT CAST(preview AS text) AS preview, state FROM ops.upload")).all()
    assert [row.state for row in stored] == ["taken"]
    assert desk.look("correcciones", path).changes == []


def test_the_hour_of_a_corrected_instant_arrives_although_excel_made_a_date_of_it(desk: Desk) -> None:
    """Excel turns a typed «15/07/2020 14:30» into a date with its time; without the hour it is another instant."""
    number, _ = retained(desk)
    found = {}
    for typed in (datetime(2020, 7, 15, 14, 30), datetime(2020, 7, 15), "15/07/2020 14:30"):  # noqa: DTZ001
        path = desk.out("correcciones")
        type_in(path, "correcciones", {"number": number}, field="value", value=typed, reason="Cotejo.")
        (row,) = (row for row in read("correcciones", path, desk.plant.project).rows if row.values["value"])
        found[typed] = row.values["value"]
    assert list(found.values()) == ["15/07/2020 14:30", "15/07/2020", "15/07/2020 14:30"]


def test_one_wrong_correction_keeps_all_of_them_out_and_tells_no_value(desk: Desk) -> None:
    number, _ = retained(desk)
    path = desk.out("correcciones")
    type_in(path, "correcciones", {"number": number}, field="value", value="3", reason="Cotejo.")
    type_in(path, "correcciones", None, number=number + 1000, field="value", value="ana@correo.mx", reason="Cotejo.")
    problems = desk.look("correcciones", path).problems
    assert len(problems) == 1
    assert "ana@correo.mx" not in problems[0]
    with pytest.raises(TrimestreError):
        desk.take("correcciones", path)
    with transaction(desk.plant.engine) as connection:
        assert (
            connection.scalar(sa.text("SELECT state FROM quarantine.row WHERE retained_id = :n"), {"n": number})
            == "open"
        )
