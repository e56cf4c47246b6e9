"""`trimestre check` says what a sheet lacks, and stops at a definition that stands against what was published."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from three_quarters import NOW, Learner, Staged, ThreeQuarters

from trimestre.cli import check as cli_check
from trimestre.contracts import load_project
from trimestre.errors import ContractError
from trimestre.pipeline import night

ROOT = Path(__file__).resolve().parents[2]
Q1, Q2 = "2020-Q1", "2020-Q2"
Check = Callable[[Path], list[str]]


@pytest.fixture
def check(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Check:
    """The lines that the command says of a project."""

    def run(project: Path, url: str = "") -> list[str]:
        monkeypatch.setenv("TRIMESTRE_PROJECT", str(project))
        monkeypatch.setenv("TRIMESTRE_HOME", str(tmp_path / "home"))
        monkeypatch.setenv("TRIMESTRE_WAREHOUSE_URL", url)
        cli_check.check()
        return capsys.readouterr().out.splitlines()

    return run


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A copy of the project's own files."""
    for folder in ("framework", "sources", "expectations"):
        shutil.copytree(ROOT / folder, tmp_path / "copy" / folder)
    return tmp_path / "copy"


def edit(root: Path, file: str, **changes: Any) -> None:
    path = root / "framework" / file
    content = yaml.safe_load(path.read_text(encoding="utf-8")) | changes
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")


def test_a_whole_project_gives_no_warning(check: Check, root: Path) -> None:
    (line,) = check(root)
    assert line.startswith("Proyecto correcto: ")


def test_what_a_sheet_lacks_is_told_and_stops_nothing(check: Check, root: Path) -> None:
    edit(root, "indicators/L2-02.yaml", rationale=None, responsible="")
    edit(root, "framework.yaml", approvers=[])
    approvers, gaps, right = check(root)
    assert approvers.startswith("Aviso: framework.yaml: nadie puede aprobar un trimestre.")
    assert gaps == (
        "Aviso: L2-02: a la ficha de referencia (PIRS) le falta: justificación (rationale), responsable (responsible). "
        "Complete framework/indicators/."
    )
    assert right.startswith("Proyecto correcto: ")


def test_a_draft_may_ask_for_evidence_that_is_not_there_yet_and_one_in_force_may_not(check: Check, root: Path) -> None:
    edit(root, "indicators/L2-02.yaml", state="borrador", evidence="not_written_yet")
    draft, _ = check(root)
    assert draft.startswith(
        "Aviso: L2-02 está en borrador y no se calcula: indicador L2-02: evidence: se encontró «not_wri"
    )
    edit(root, "indicators/L2-02.yaml", state="vigente", evidence="certificates", measure="sum")
    with pytest.raises(
        ContractError, match="indicador L2-02: measure: se encontró «sum», se esperaba una que no necesite value"
    ):
        check(root)


def test_every_wrong_file_is_named_in_one_run(check: Check, root: Path) -> None:
    edit(root, "indicators/L2-01.yaml", measure="cuenta")
    edit(root, "indicators/L2-02.yaml", line="L9")
    edit(root, "indicators/L2-03.yaml", measure="sum")
    (root / "sources" / "eventos.yaml").write_text("kind: tabular\n")
    with pytest.raises(ContractError) as raised:
        check(root)
    said = str(raised.value)
    assert all(name in said for name in ("L2-01.yaml: measure", "L2-02.yaml: line", "eventos.yaml: ", "L2-03: measure"))


# -- while an indicator is wrong -------------------------------------------------------------------------------------


def test_while_an_indicator_is_wrong_data_come_in_and_figures_stay_as_they_are(staged: Staged) -> None:
    """Nobody's night is lost for a slip in one YAML, and no table shows figures without that indicator."""
    project = staged(close_first)
    night.refresh_marts(project.plant)
    path = project.plant.project.root / "framework" / "indicators" / "CERT.yaml"
    right, shown = path.read_text(encoding="utf-8"), "SELECT * FROM marts.indicator_value ORDER BY 1, 2, 3, 4, 5, 6, 7"
    before = project.rows(shown)
    path.write_text(right.replace("measure: count", "measure: cuenta"), encoding="utf-8")
    project.plant = replace(project.plant, project=load_project(path.parents[2], lenient_sources=True))
    with pytest.raises(ContractError, match=r"CERT\.yaml: measure"):
        project.night(Learner("Luis", "E1", "2020-02-21 10:00", sex="hombre"))  # its definition does not come in
    assert night.ingest(project.plant, "avance", NOW) is not None
    for wants_figures in (project.compute, lambda: night.refresh_marts(project.plant), lambda: project.close(Q2)):
        with pytest.raises(ContractError, match=r"CERT\.yaml: measure: se encontró «cuenta»"):
            wants_figures()
    assert project.rows("SELECT count(*) AS n FROM warehouse.certificate WHERE valid_to = 'infinity'") == [{"n": 2}]
    assert project.rows(shown) == before
    path.write_text(right, encoding="utf-8")
    project.plant = replace(project.plant, project=load_project(path.parents[2], lenient_sources=True))
    project.night()
    assert project.value("CERT", Q2) == 1, "what came late meanwhile"


# -- beside what was published -------------------------------------------------------------------------------------


def close_first(project: ThreeQuarters) -> None:
    project.night(Learner("Ana", "E1", "2020-02-20 10:00"))
    project.close(Q1)


@pytest.fixture
def closed(staged: Staged) -> ThreeQuarters:
    """The first quarter closed."""
    return staged(close_first)


def url_of(project: ThreeQuarters) -> str:
    return project.engine.url.render_as_string(hide_password=False)


def test_another_method_without_another_version_stops_the_check(check: Any, closed: ThreeQuarters) -> None:
    closed.define("CERT", measure="persons")
    with pytest.raises(ContractError, match="CERT: el método es otro que el de las cifras oficiales de 2020-Q1"):
        check(closed.plant.project.root, url_of(closed))
    changes = [{"version": 2, "changed_on": "2020-05-01", "change": {"es": "x", "en": "x"}, "changed_by": "x"}]
    closed.define("CERT", version=2, changes=changes)
    assert check(closed.plant.project.root, url_of(closed))[-1].startswith("Proyecto correcto: ")


def test_a_target_of_a_closed_quarter_changes_by_a_revision_for_its_restatement(
    check: Any, closed: ThreeQuarters
) -> None:
    targets = {Q1: 5, Q2: 3, "2020-Q3": 1}
    closed.define("CERT", targets=targets)
    with pytest.raises(ContractError, match="CERT: la meta de 2020-Q1 es 5, y 2020-Q1 se publicó con 3"):
        check(closed.plant.project.root, url_of(closed))
    revision = {"what": "target", "period": Q1, "old": 3, "new": 5, "effective_from": Q1, "letter": "Oficio 7",
                "approved_on": "2020-05-01", "approved_by": "Donante"}  # fmt: skip
    closed.define("CERT", revisions=[revision])
    lines = check(closed.plant.project.root, url_of(closed))
    assert any("Vale sólo al rectificar 2020-Q1" in line for line in lines)
    assert lines[-1].startswith("Proyecto correcto: ")
