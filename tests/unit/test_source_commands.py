"""`trimestre source …`: what a specialist sees before a file or a platform is trusted, without showing who is in it."""

import re
import shutil
import tempfile
from pathlib import Path
from typing import Any, ClassVar

import fsspec
import openpyxl
import pytest
import yaml
from fsspec.implementations.memory import MemoryFileSystem
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st
from recorded import FIXTURES
from saying import Say, sayer
from the_case import case_project, new_world

from trimestre import texts
from trimestre.contracts import load_project, load_source
from trimestre.contracts.presets import preset_about, preset_names
from trimestre.contracts.sources import TabularSource
from trimestre.errors import ContractError, PermanentError, TransientError
from trimestre.simulators.files import write_drop_files
from trimestre.sources.masking import masked
from trimestre.sources.moodle import MoodleConnector
from trimestre.sources.preview import Preview, preview, source_of_preset
from trimestre.sources.tabular import TabularConnector
from trimestre.sources.wizard import Kind, NewSource, about_of, preset_wants_modules, written, yaml_of

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for folder in ("sources", "framework", "expectations"):
        shutil.copytree(ROOT / folder, tmp_path / "project" / folder)
    return tmp_path / "project"


@pytest.fixture
def say(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Say:
    here = {"PROJECT": project, "HOME": tmp_path / "home", "DROP": tmp_path / "drop"}
    return sayer(monkeypatch, capsys, {f"TRIMESTRE_{name}": path for name, path in here.items()}, "source")


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("case")
    write_drop_files(new_world(), path)
    return path


@pytest.fixture
def drop(case: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(case, tmp_path / "drop"))


# -- list ---------------------------------------------------------------------------------------------------------


def test_the_list_names_every_source_and_where_it_comes_from(say: Say) -> None:
    said = say("list")
    assert said.code == 0
    for source in case_project().sources.values():
        (line,) = [line for line in said.out.splitlines() if f"│ {source.source} " in line]
        place = source.folder if isinstance(source, TabularSource) else source.connection
        assert source.name in line
        assert place in line
        assert source.schedule in line


def test_the_list_shows_no_password_of_an_address(say: Say, project: Path) -> None:
    source = project / "sources" / "eventos.yaml"
    source.write_text(source.read_text().replace("folder: eventos", "folder: sftp://ana:s3cret@host/listas"))
    said = say("list")
    assert "sftp://host/listas" in said.out
    assert "s3cret" not in said.out + said.err


def test_a_name_in_square_brackets_is_shown_as_it_is(say: Say, project: Path) -> None:
    path = project / "sources" / "eventos.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(re.sub("(?m)^name: .*$", 'name: "Listas [copia] [/fin]"', text), encoding="utf-8")
    said = say("list")
    assert (said.code, "Listas [copia] [/fin]" in said.out) == (0, True)


def test_a_broken_source_is_listed_with_its_message(say: Say, project: Path) -> None:
    (project / "sources" / "rota.yaml").write_text("source: rota\nkind: nada\n")
    said = say("list")
    assert said.code == 1
    assert "eventos" in said.out
    assert texts.SOURCE_CLI["broken"] in said.out
    assert "rota.yaml: kind: se encontró «nada»" in said.err


# -- check --------------------------------------------------------------------------------------------------------


def test_a_folder_that_can_be_read_says_which_files_are_taken(say: Say, drop: Path) -> None:
    (drop / "plataforma_sfp" / "EISP-UIF-2021.csv.part").write_text("half")
    said = say("check", "plataforma_sfp")
    assert (said.code, said.err) == (0, "")
    assert said.out.splitlines() == [
        "avance: EISP-UIF-2020.csv",
        texts.SOURCE_CLI["right"].format(source="plataforma_sfp"),
    ]


def test_what_is_wrong_in_a_folder_is_said_without_data(say: Say, drop: Path) -> None:
    folder = drop / "plataforma_sfp"
    (folder / "avance de julio.csv").write_text("Folio\n1\n")
    (folder / "EISP-UIF-b.csv").write_text("Folio;Nombre;Correo\nS1;Ana Pérez;ana@correo.mx\n", encoding="cp1252")
    said = say("check", "plataforma_sfp")
    assert said.code == 1
    assert "avance de julio.csv: no corresponde a ningún conjunto" in said.out
    assert "EISP-UIF-b.csv: no se puede leer como avance; faltan las columnas: CURP, Sexo, Dependencia, " in said.out
    assert "Ana" not in said.out + said.err
    assert "ana@" not in said.out + said.err
    assert texts.SOURCE_CLI["wrong"].format(source="plataforma_sfp", count=2) in said.out


def test_a_file_that_is_no_table_says_what_it_is(say: Say, drop: Path) -> None:
    (drop / "plataforma_sfp" / "EISP-UIF-c.csv").write_text("<!DOCTYPE html><html><body>Acceso</body></html>")
    said = say("check", "plataforma_sfp")
    assert said.code == 1
    assert "EISP-UIF-c.csv: no se puede leer como avance. " in said.out
    assert "faltan" not in said.out


def test_an_optional_column_that_is_missing_is_no_finding(say: Say, drop: Path) -> None:
    path = drop / "eventos" / "lista_asistencia_2020-05-27.xlsx"
    book = openpyxl.load_workbook(path)
    sheet = book["Asistencia"]
    for row in sheet.iter_rows():
        for cell in row:
            if cell.value == "No.":
                cell.value = "Renglón"
    book.save(path)
    said = say("check", "eventos")
    assert said.code == 0
    assert f"{path.name}: sin la columna opcional numero." in said.out
    assert "columnas que no se usan: Renglón." in said.out


def test_a_folder_that_is_missing_or_empty_is_a_finding(say: Say, tmp_path: Path) -> None:
    said = say("check", "eventos")
    assert said.code == 1
    assert "Carpeta eventos: no existe" in said.out
    (tmp_path / "drop" / "eventos").mkdir(parents=True)
    said = say("check", "eventos")
    assert said.code == 1
    assert "ningún archivo corresponde a los conjuntos de la fuente (lista_asistencia_2020-05-27*.xlsx)" in said.out


class Unreachable(MemoryFileSystem):
    protocol = "lejos"
    cachable = False
    error: ClassVar[Exception] = ConnectionRefusedError("s3cret")

    def ls(self, path: str, detail: bool = True, **options: Any) -> Any:
        raise self.error


def test_a_folder_elsewhere_is_checked_too(say: Say, drop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fsspec.filesystem("memory").put(f"{drop}/", "/cubo/", recursive=True)
    monkeypatch.setenv("TRIMESTRE_DROP", "memory://cubo")
    assert say("check", "plataforma_sfp").out.startswith("avance: EISP-UIF-2020.csv\n")
    MemoryFileSystem.store.clear()
    fsspec.register_implementation("lejos", Unreachable, clobber=True)
    monkeypatch.setenv("TRIMESTRE_DROP", "lejos://u:s3cret@sitio/cubo")
    said = say("check", "plataforma_sfp")
    assert said.code == 2
    assert "no se encontró respuesta (ConnectionRefusedError)" in said.err
    assert "más tarde" in said.err
    monkeypatch.setattr(Unreachable, "error", PermissionError("s3cret"))
    refused = say("check", "plataforma_sfp")
    assert refused.code == 1
    assert "lejos://sitio/cubo/plataforma_sfp: no se puede leer con esta cuenta" in refused.out
    assert "s3cret" not in said.out + said.err + refused.out + refused.err


def test_a_platform_says_its_findings(say: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    missing = say("check", "moodle_pnud")
    assert missing.code == 1
    assert "AIRFLOW_CONN_MOODLE_PNUD" in missing.err
    monkeypatch.setenv("AIRFLOW_CONN_MOODLE_PNUD", '{"host": "https://moodle.example", "password": "t"}')
    monkeypatch.setattr(MoodleConnector, "check", lambda self: ["Falta la función [x].", "Otra cosa."])
    said = say("check", "moodle_pnud")
    assert said.code == 1
    assert said.out.splitlines()[:2] == ["• Falta la función [x].", "• Otra cosa."]
    monkeypatch.setattr(MoodleConnector, "check", lambda self: [])
    said = say("check", "moodle_pnud")
    assert (said.code, said.out.strip()) == (0, texts.SOURCE_CLI["right"].format(source="moodle_pnud"))

    def busy(self: MoodleConnector) -> list[str]:
        raise TransientError("moodle_pnud: found it busy, expected an answer. Try again later.")

    monkeypatch.setattr(MoodleConnector, "check", busy)
    said = say("check", "moodle_pnud")
    assert said.code == 2
    assert "found it busy" in said.err


# -- preview ------------------------------------------------------------------------------------------------------


def look(path: Path, source: str = "plataforma_sfp", **options: Any) -> Preview:
    project = case_project()
    contract = project.source(source)
    assert isinstance(contract, TabularSource)
    return preview(project, contract, path, **options)


def test_the_preview_counts_what_the_connector_reads(case: Path) -> None:
    found = look(case / "plataforma_sfp" / "EISP-UIF-2020.csv", rows=3)
    assert (found.type, found.encoding, found.separator, found.header_row) == ("csv", "cp1252", ";", 1)
    assert ("Correo electrónico", "correo") in found.headings
    assert (found.missing, found.unknown) == ([], [])
    assert (found.parsed, found.blank, found.repeated.count, found.unreadable) == (41, 0, 0, {})
    assert {entity: rows.count for entity, rows in found.entities.items()} == {
        "account": 41,
        "account_identity": 41,
        "enrolment": 41,
        "module_completion": 123,
        "certificate": 41,
    }
    assert all(len(rows.first) == 3 for rows in found.entities.values())
    assert found.hints == {}


def test_blank_and_repeated_records_are_told_apart_with_their_positions(case: Path) -> None:
    found = look(case / "eventos" / "lista_asistencia_2020-05-27.xlsx", "eventos")
    assert (found.type, found.header_row) == ("xlsx", 4)
    assert (found.parsed, found.blank, found.repeated.count) == (89, 4, 6)
    assert found.repeated.positions == ["94", "95", "96", "97", "98", "99"]


HEADER = (
    "Folio;Nombre;Correo;CURP;Sexo;Dependencia;Fecha de inscripción;Primer acceso;Módulo 1;Módulo 2;Módulo 3;Constancia"
)
CURP = "PELA800101MDFRPN09"


def sfp(tmp_path: Path, *lines: str) -> Path:
    path = tmp_path / "EISP-UIF-x.csv"
    path.write_text("\n".join([HEADER, *lines]), encoding="cp1252")
    return path


def test_values_that_the_rules_would_hold_back_are_counted_with_their_positions(tmp_path: Path) -> None:
    good = f"S1;Ana Pérez López;ana.perez@correo.mx;{CURP};Mujer;UIF;25/05/2020 10:00;;;;;"
    bad = f"S2;Eva Ruiz;eva@correo.mx;{CURP};Femenino;UIF;mayo;;31/02/2020 10:00;;;"
    found = look(sfp(tmp_path, good, bad, "S3;sin;celdas", good, bad.replace("S2", "S4")))
    assert (found.parsed, found.repeated.positions) == (3, ["4"])
    assert {code: counted.positions for code, counted in found.unreadable.items()} == {"numero_de_celdas": ["3"]}
    hints = {rule: counted for (_, rule), counted in found.hints.items()}
    assert hints.keys() == {"sexo_reconocido", "inscripcion_con_fecha_valida", "conclusion_con_fecha_valida"}
    assert all((counted.count, counted.positions, counted.values) == (2, ["2", "5"], []) for counted in hints.values())
    shown = look(tmp_path / "EISP-UIF-x.csv", show_values=True)
    assert shown.hints["account", "sexo_reconocido"].values == ["Femenino"]


def test_nobody_can_be_known_by_a_preview(tmp_path: Path, say: Say) -> None:
    path = sfp(tmp_path, f"ana.perez@correo.mx;Ana Pérez López;ana.perez@correo.mx;{CURP};Ana Pérez;{CURP};;;;;;")
    said = say("preview", str(path), "--source", "plataforma_sfp", "--show-values")
    assert said.code == 0
    assert said.err.strip() == texts.PREVIEW["only_terminal"]
    assert texts.PREVIEW["masked"] in " ".join(said.out.split())
    for secret in ("Pérez López", "perez@", "correo.mx", CURP):
        assert secret not in said.out
    assert "A. P. L." in said.out
    assert "ana…@…" in said.out


def test_the_person_at_the_terminal_sees_everything_and_is_told(
    tmp_path: Path, say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = sfp(tmp_path, f"S1;Ana Pérez López;ana.perez@correo.mx;{CURP};Mujer;UIF;25/05/2020 10:00;;;;;")
    monkeypatch.setattr("trimestre.cli.source._at_terminal", lambda: True)
    said = say("preview", str(path), "--source", "plataforma_sfp", "--show-values")
    assert "Ana Pérez López" in said.out
    assert texts.PREVIEW["shown"] in " ".join(said.out.split())
    assert "Ana Pérez López" not in say("preview", str(path), "--source", "plataforma_sfp").out


def survey_project(project: Path, **survey: Any) -> None:
    """A survey that comes as a Google sheet, and what the project says of it."""
    questions = [
        {"question": "P01", "headings": ["Sexo"], "type": "choice", "options": [{"code": "m", "label": "Mujer"}]},
        {"question": "P02", "headings": ["Comentarios"], "type": "text"},
    ]
    dataset = {"dataset": "taller", "extends": "google_forms", "files": "*", "survey": "taller", "questions": questions}
    source = {"source": "hoja", "name": "H", "kind": "tabular", "folder": "h", "delivers": "snapshot per file scope"}
    declared = {"survey": "taller", "name": "T", "source": "hoja", "survey_id": "h", "closes_on": "2026-12-31"}
    (project / "sources" / "hoja.yaml").write_text(yaml.safe_dump(source | {"datasets": [dataset]}))
    (project / "framework" / "surveys" / "taller.yaml").write_text(yaml.safe_dump(declared | survey))


ANSWERED = "Marca temporal,Sexo,Comentarios\n27/05/2026 10:01:22,Mujer,Bien\n27/05/2026 10:02:00,Mujer,\n"


def test_a_survey_is_previewed_as_the_project_reads_it(project: Path, say: Say, tmp_path: Path) -> None:
    survey_project(project, sex_question="P01", sex_values={"m": "mujer"})
    path = tmp_path / "r.csv"
    path.write_text(ANSWERED, encoding="utf-8")
    read = load_project(project)
    contract = read.source("hoja")
    assert isinstance(contract, TabularSource)
    found = preview(read, contract, path)
    assert (found.parsed, found.questions, found.blank, found.repeated.count) == (2, 2, 0, 0)
    response = found.entities["response"]
    assert {row[response.columns.index("sex")] for row in response.first} == {"mujer"}
    said = say("preview", str(path), "--source", "hoja")
    assert "Registros: 2 leídos, 0 en blanco" in said.out
    assert "preguntas: 2" in said.out
    assert "preguntas" not in say("preview", str(path), "--preset", "google_forms", "--scope", "taller").out


def test_a_survey_that_is_declared_nowhere_is_told_before_its_file_is_read(project: Path, say: Say) -> None:
    survey_project(project)
    (project / "framework" / "surveys" / "taller.yaml").unlink()
    said = say("preview", "r.csv", "--source", "hoja")
    assert said.code == 1
    assert "hoja.yaml: dataset taller: survey: se encontró «taller»" in said.err


PROGRESS = """\
,Email address,Módulo 1,,Módulo 2,,Módulo 3,,Certificado,
Ana Pérez,ana.perez@correo.mx,Completed,2020-04-18 15:49:40,Not completed,,Completed (set by Eva),,Not completed,
Eva Ruiz,eva.ruiz@correo.mx,Terminado,18/04/2020,,,,,Completed,2020-05-18 17:50:13
"""


def test_a_file_is_tried_with_a_preset_before_there_is_any_source(tmp_path: Path, say: Say) -> None:
    path = tmp_path / "avance.csv"
    path.write_text(PROGRESS, encoding="utf-8")
    words = ("preview", str(path), "--preset", "moodle_activity_completion")
    said = say(*words, "--scope", "NEISP-2020-1", "--module", "M1=Módulo 1", "--module", "certificate=Certificado")
    assert (said.code, said.err) == (0, "")
    assert texts.PREVIEW["no_heading"] in said.out
    assert texts.PREVIEW["unknown"].format(columns="Módulo 2, Módulo 3") in said.out
    assert "módulo concluido: filas: 2" in said.out
    assert "completed, failed o not_completed" in said.out
    assert texts.PREVIEW["at"].format(positions="2") in said.out
    proposed = say(*words, "--scope", "NEISP-2020-1")
    assert "módulo concluido: filas: 4" in proposed.out
    nothing = say(*words)
    assert nothing.code == 1
    assert "no se encontraron módulos" in nothing.err


@limits(deadline=None)
@given(st.text(max_size=60), st.sampled_from(["full_name", "email", "legal_id", "employee_id", "local_id", "value"]))
def test_any_text_is_masked(text: str, name: str) -> None:
    shown = masked("account_identity", name, f"{text} ana.perez@correo.mx {CURP}")
    assert "ana.perez@" not in shown
    assert CURP not in shown
    if name == "full_name":
        assert all(len(word) <= 3 for word in shown.split())


def test_long_answers_and_free_text_are_not_shown() -> None:
    assert masked("answer", "value", "A1") == "A1"
    assert "jefa" not in masked("answer", "value", "Mi jefa es muy estricta conmigo")
    assert "Ana" not in masked("answer", "value", "Ana", free_text=True)
    assert masked("reported_value", "value", "12345678901234567890123") == "12345678901234567890123"


def test_a_wrong_file_gives_the_message_of_the_connector(tmp_path: Path, say: Say) -> None:
    wrong = tmp_path / "EISP-UIF-y.csv"
    wrong.write_text("a;b\n1;2\n")
    said = say("preview", str(wrong), "--source", "plataforma_sfp")
    assert said.code == 1
    assert "faltan las columnas" in said.err
    gone = say("preview", str(tmp_path / "no.csv"), "--source", "plataforma_sfp")
    assert gone.code == 1
    assert "no.csv: no se encontró el archivo" in gone.err


def test_a_preview_needs_one_source_that_has_files(say: Say, case: Path) -> None:
    path = str(case / "plataforma_sfp" / "EISP-UIF-2020.csv")
    for words, message in {
        (): "no se encontró ninguno de --source y --preset",
        ("--source", "moodle_pnud"): "se esperaba tabular",
        ("--source", "nada"): "se encontró «nada»",
        ("--source", "plataforma_sfp", "--dataset", "otro"): "se esperaba uno de: avance",
        ("--preset", "nada"): "se esperaba una de",
        ("--preset", "nada", "--module", "M1"): "se esperaba una clave y un encabezado",
    }.items():
        said = say("preview", path, *words)
        assert said.code == 1
        assert message in said.err


# -- new ----------------------------------------------------------------------------------------------------------


def wanted(kind: Kind, **changes: Any) -> NewSource:
    base = {
        "kind": kind, "code": "nueva", "name": 'La «nueva»: "prueba" # 1', "connection": "nueva",
        "schedule": "15 2 * * 1", "timezone": "America/Tijuana",
    }  # fmt: skip
    files = {"folder": "nueva", "files": "lista*.csv", "scope": "NEISP-2020-1", "connection": ""}
    return NewSource(**(base | (files if kind == "tabular" else {}) | changes))


@pytest.mark.parametrize("kind", ["moodle", "limesurvey", "kobo", "tabular"])
def test_every_kind_is_written_as_the_contract_reads_it(kind: Kind, project: Path) -> None:
    asked = wanted(kind)
    contract = load_source(written(asked, project))
    assert (contract.source, contract.kind, contract.name) == ("nueva", kind, asked.name)
    assert (contract.schedule, contract.timezone) == (asked.schedule, asked.timezone)
    assert (contract.connection or "") == asked.connection
    assert load_project(project).source("nueva") == contract


def modules_for(preset: str) -> dict[str, list[str]]:
    return {"M1": ["Módulo 1: ¿qué es?"], "M2": ["Módulo 2", "Module 2"]} if preset_wants_modules(preset) else {}


@pytest.mark.parametrize("preset", preset_names())
def test_every_preset_is_written_as_the_contract_reads_it(preset: str, project: Path) -> None:
    asked = wanted("tabular", preset=preset, modules=modules_for(preset))
    contract = load_source(written(asked, project))
    assert isinstance(contract, TabularSource)
    (dataset,) = contract.datasets
    assert (dataset.extends, dataset.scope, dataset.files) == (preset, "NEISP-2020-1", "lista*.csv")
    TabularConnector(contract, project)
    (same,) = source_of_preset(preset, "NEISP-2020-1", modules_for(preset)).datasets
    assert same.columns == dataset.columns
    assert preset_about(preset)


@pytest.mark.parametrize("about", ["edition", "event", "survey"])
def test_a_list_without_a_preset_is_read_as_it_is_written(about: Any, project: Path, tmp_path: Path) -> None:
    contract = load_source(written(wanted("tabular", about=about, scope="C1"), project))
    assert isinstance(contract, TabularSource)
    columns = contract.datasets[0].columns.values()
    path = tmp_path / "lista.csv"
    row = ["25/05/2020 10:00" if column.type == "instant" else "x@y.mx" for column in columns]
    path.write_text("\n".join([",".join(column.headings[0] for column in columns), ",".join(row)]))
    found = preview(load_project(project, lenient_sources=True), contract, path)
    assert found.parsed == 1
    assert found.entities.keys() >= {"account", "account_identity"}
    assert {code for _, code in found.hints} <= {"edicion_conocida", "evento_conocido", "encuesta_conocida"}


@limits(deadline=None, max_examples=50)
@given(st.text(max_size=40), st.text(max_size=40))
def test_any_name_is_written_as_it_is_or_refused(name: str, files: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "sources").mkdir()
        try:
            path = written(wanted("tabular", name=name, files=files), Path(folder))
        except ContractError:
            assert not (Path(folder) / "sources" / "nueva.yaml").exists()
            return
        contract = load_source(path)
        assert isinstance(contract, TabularSource)
        assert (contract.name, contract.datasets[0].files) == (name, files)


@pytest.mark.parametrize("word", ["yes", "no", "null", "true", "on", "y", "007", "1e3", "~"])
def test_words_that_yaml_takes_for_something_else_stay_words(word: str, project: Path) -> None:
    assert load_source(written(wanted("kobo", name=word), project)).name == word


def test_nothing_is_overwritten_and_nothing_wrong_is_written(project: Path) -> None:
    before = (project / "sources" / "eventos.yaml").read_bytes()
    with pytest.raises(ContractError, match="ya existe"):
        written(wanted("kobo", code="eventos"), project)
    assert (project / "sources" / "eventos.yaml").read_bytes() == before
    for changes in (
        {"schedule": "cada noche"},
        {"timezone": "México"},
        {"code": "../fuera"},
        {"code": "Mayús"},
        {"code": "framework"},
        {"code": "decisions"},
        {"connection": "con espacio"},
    ):
        with pytest.raises(ContractError):
            written(wanted("kobo", **changes), project)
    assert {path.stem for path in (project / "sources").iterdir()} == set(case_project().sources)


def test_what_is_given_is_not_asked_and_the_next_steps_are_said(say: Say, project: Path, tmp_path: Path) -> None:
    said = say("new", "--kind", "moodle", "--code", "otro_moodle", "--scope", "NEISP-2020-1", "--yes")
    assert (said.code, said.err) == (0, "")
    assert "AIRFLOW_CONN_OTRO_MOODLE" in said.out
    assert "{source: otro_moodle, course: NOMBRE-CORTO" in said.out
    assert "trimestre source check otro_moodle" in said.out
    assert load_project(project).source("otro_moodle").timezone == "America/Mexico_City"
    words = "new --kind tabular --code lista --about event --scope NUEVO --files l*.csv --yes"
    said = say(*words.split())
    assert f"Ponga los archivos «l*.csv» en {tmp_path / 'drop' / 'lista'}." in said.out
    assert "Declare el evento NUEVO en framework/events/." in said.out
    said = say("new", "--kind", "tabular", "--code", "lista", "--scope", "NUEVO", "--yes")
    assert said.code == 1
    assert "ya existe" in said.err


def test_a_wrong_or_missing_option_is_told_and_nothing_is_written(say: Say, project: Path) -> None:
    for words, message in {
        ("--kind", "nada", "--yes"): "--kind: se encontró «nada», se esperaba una de: moodle",
        ("--kind", "kobo", "--yes"): "--code: no se encontró",
        ("--kind", "tabular", "--code", "a", "--preset", "nada", "--yes"): "--preset: se encontró «nada»",
        ("--kind", "tabular", "--code", "a", "--about", "x", "--yes"): "--about: se encontró «x»",
    }.items():
        said = say("new", *words)
        assert said.code == 1
        assert message in said.err
    assert not (project / "sources" / "a.yaml").exists()


def test_the_command_writes_what_the_sample_proposes_and_asks_for_a_review(say: Say, project: Path) -> None:
    words = "new --kind tabular --code hoja --preset google_forms --scope salida-taller --yes --sample"
    said = say(*words.split(), str(FIXTURES / "tabular" / "google_formulario_es.csv"))
    assert (said.code, said.err) == (0, "")
    assert "Revise en sources/hoja.yaml" in said.out
    declared = {"survey": "salida-taller", "name": "S", "source": "hoja", "survey_id": "h", "closes_on": "2026-12-31"}
    (project / "framework/surveys/taller.yaml").write_text(yaml.safe_dump(declared))
    contract = load_project(project).source("hoja")
    assert isinstance(contract, TabularSource)
    assert contract.datasets[0].questions[0].headings == ("¿Qué tan satisfecho(a) está con el taller?",)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("--kind kobo --code a", "--sample: se encontró con el tipo kobo"),
        ("--kind tabular --code a --preset zoom_participants --scope x", "--sample: se encontró con la plantilla"),
        ("--kind tabular --code a --scope x --about event", "--sample: no se encontró el archivo no.csv"),
    ],
)
def test_a_sample_that_can_not_help_is_refused(words: str, message: str, say: Say, project: Path) -> None:
    said = say("new", *words.split(), "--yes", "--sample", "no.csv")
    assert said.code == 1
    assert message in said.err
    assert not (project / "sources" / "a.yaml").exists()


def test_what_is_not_given_is_asked(say: Say, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    answers = iter(["tablas", "tabular", "lista_b", "Lista B", "s3://cubo/b", "", "0 5 * * *", "America/Cancun",
                    "ninguna", "event", "MAPEO-2020-05-27", "", "*.xlsx"])  # fmt: skip

    def prompt(text: str, default: str | None = None, **_: Any) -> str:
        asked.append(text)
        return next(answers) or default or ""

    monkeypatch.setattr("typer.prompt", prompt)
    said = say("new")
    assert said.code == 0
    assert next(answers, None) is None
    assert len(asked) == 13
    assert asked[0] == asked[1]  # the first answer was none of the choices
    assert all(name in said.out for name in preset_names())
    contract = load_project(project).source("lista_b")
    assert isinstance(contract, TabularSource)
    assert (contract.folder, contract.connection, contract.timezone) == ("s3://cubo/b", None, "America/Cancun")
    assert contract.datasets[0].scope == "MAPEO-2020-05-27"


@pytest.mark.parametrize("preset", [name for name in preset_names() if preset_wants_modules(name)])
def test_the_modules_of_an_edition_are_proposed(preset: str, say: Say, project: Path) -> None:
    said = say("new", "--kind", "tabular", "--code", "avance", "--preset", preset, "--scope", "NEISP-2020-1", "--yes")
    assert said.code == 0
    contract = load_project(project).source("avance")
    assert isinstance(contract, TabularSource)
    assert contract.datasets[0].modules["M1"] == ("Módulo 1",)
    assert about_of(preset) == "edition"


def test_a_written_file_is_short_and_explained(project: Path) -> None:
    for kind in ("moodle", "limesurvey", "kobo"):
        text = yaml_of(wanted(kind))
        assert len(text.splitlines()) <= 12
        assert re.search(r"# .*conexión de Airflow", text)
    with pytest.raises(PermanentError, match="no se puede escribir"):
        written(wanted("kobo"), project / "nowhere")
