"""`source new --sample`: questions and columns that a person need not type, and nothing of what people answered."""

from pathlib import Path
from typing import Any

import openpyxl
import pytest
import yaml
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st
from recorded import FIXTURES
from test_source_commands import wanted
from the_case import case_project

from trimestre.contracts import load_source
from trimestre.contracts.presets import preset_names
from trimestre.contracts.questions import Question
from trimestre.contracts.sources import TabularDataset, TabularSource
from trimestre.errors import PermanentError
from trimestre.sources.guessing import guess
from trimestre.sources.preview import preview
from trimestre.sources.tabular import TabularConnector
from trimestre.sources.templates import QUESTIONS
from trimestre.sources.wizard import preset_asks, written

FILES = FIXTURES / "tabular"
SAMPLES = [
    ("google_forms", "google_formulario_es.csv"),
    ("google_forms", "google_form_en.csv"),
    ("microsoft_forms", "microsoft_forms_es.csv"),
    ("kobo_csv", "kobo_ambos.csv"),
    ("limesurvey_export", "limesurvey_codigos.csv"),
    ("limesurvey_export", "limesurvey_codigo_y_texto.csv"),
    ("limesurvey_export", "limesurvey_textos.csv"),
    ("limesurvey_export", "limesurvey_textos.xlsx"),
    ("surveymonkey", "surveymonkey_expandido.csv"),
    ("surveymonkey", "surveymonkey_condensado.csv"),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "sources").mkdir()
    return tmp_path


def made(folder: Path, sample: Path, preset: str = "", **changes: Any) -> tuple[TabularSource, str]:
    """The source written from a sample, and its text."""
    path = folder / "sources" / "nueva.yaml"
    path.unlink(missing_ok=True)
    asked = wanted("tabular", preset=preset, sample=sample, scope="SALIDA", **changes)
    contract = load_source(written(asked, folder))
    assert isinstance(contract, TabularSource)
    return contract, path.read_text(encoding="utf-8")


def by_heading(dataset: TabularDataset) -> dict[str, Question]:
    return {(question.headings or (question.question,))[0]: question for question in dataset.questions}


# -- questions ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("preset", "name"), SAMPLES)
def test_the_file_that_was_the_sample_is_read_with_what_came_of_it(folder: Path, preset: str, name: str) -> None:
    contract, _ = made(folder, FILES / name, preset)
    found = preview(case_project(), contract, FILES / name)
    assert found.parsed > 0
    assert found.unreadable == {}
    assert found.questions == len(contract.datasets[0].questions) > 2
    assert {one for one in found.unknown if not one.startswith(("_", "meta/")) and one != "end"} == set()


def form(folder: Path, *columns: tuple[str, list[str]], separator: str = ";") -> Path:
    """A Google sheet of twelve people with these further columns."""
    lines = [["Marca temporal", *(heading for heading, _ in columns)]]
    for number in range(12):
        lines.append([f"27/05/2026 10:{number:02}:00", *(cells[number % len(cells)] for _, cells in columns)])
    path = folder / "muestra.csv"
    path.write_text("\n".join(separator.join(line) for line in lines), encoding="utf-8")
    return path


def test_types_and_options_are_proposed_in_their_order(folder: Path) -> None:
    path = form(
        folder,
        ("¿Está de acuerdo?", ["Sí", "No", "Sí", "No sé"]),
        ("¿Qué usó?", ["Videos, Foros", "Foros", "Videos, Lecturas", "Lecturas"]),
        ("¿Le sirvió?", ["Sí, mucho", "Sí, algo", "No"]),
        ("¿Cuántas horas?", ["1", "2.5", "12"]),
        ("¿Qué día?", ["27/05/2026", "1/06/2026"]),
        ("Opine", [f"Una opinión {number}" for number in range(12)]),
        ("Otra pregunta", [""]),
    )
    contract, text = made(folder, path, "google_forms")
    (dataset,) = contract.datasets
    assert (dataset.survey, dataset.scope) == ("SALIDA", "SALIDA")
    assert [question.question for question in dataset.questions] == [f"P{number:02}" for number in range(1, 8)]
    found = by_heading(dataset)
    types = ["choice", "choices", "choice", "number", "date", "text", "text"]
    assert [question.type for question in dataset.questions] == types
    assert [(option.code, option.label) for option in found["¿Está de acuerdo?"].options] == [
        ("1", "Sí"), ("2", "No"), ("3", "No sé"),
    ]  # fmt: skip
    assert [option.label for option in found["¿Qué usó?"].options] == ["Videos", "Foros", "Lecturas"]
    assert [option.label for option in found["¿Le sirvió?"].options] == ["Sí, mucho", "Sí, algo", "No"]
    assert found["¿Qué día?"].formats == ("%d/%m/%Y",)
    assert "score" not in text
    assert "Una opinión" not in text


def test_nobody_stands_in_the_proposal(folder: Path) -> None:
    """Few people answer a pilot, and a name, an e-mail or a remark is soon there twice."""
    path = form(
        folder,
        ("Nombre completo", ["Ana Pérez", "Luis Ruiz"]),
        ("¿Quién fue su jefa?", ["Eva Mora", "Rosa Gil"]),
        ("Contacto", ["ana@correo.example", "luis@correo.example"]),
        ("Clave", ["PELA800101MDFRPN09", "RUIL800101HDFRPN09"]),
        ("Llámeme al", ["55 1234 5678", "5512345678"]),
        ("Número de empleado", ["70123", "70124"]),
        ("Sede", ["Norte"] * 11 + ["en casa de Rita"]),
        ("Alias", ["uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve", "diez", "once", "doce"]),
    )
    contract, text = made(folder, path, "google_forms")
    kinds = {heading: question.type for heading, question in by_heading(contract.datasets[0]).items()}
    assert kinds == dict.fromkeys(kinds, "text") | {"Sede": "choice"}
    for secret in ("Ana", "Luis", "Eva", "Rosa", "correo.example", "PELA", "RUIL", "1234", "7012", "Rita", "doce"):
        assert secret not in text
    assert "una sola vez y no se muestran: 1" in text


def test_columns_of_one_question_become_one(folder: Path) -> None:
    (dataset,) = made(folder, FILES / "limesurvey_codigos.csv", "limesurvey_export")[0].datasets
    asked = {question.question: question for question in dataset.questions}
    assert list(asked) == [f"P{number:02}" for number in range(1, 11)]
    assert [row.code for row in asked["P02"].rows] == ["SQ001", "SQ002", "SQ003"]
    assert (asked["P03"].type, asked["P03"].other) == ("choices", True)
    assert [option.code for option in asked["P03"].options] == ["SQ001", "SQ002", "SQ003", "SQ004"]
    assert (asked["P10"].type, asked["P10"].other) == ("choice", True)
    assert [option.code for option in asked["P06"].options] == ["F", "M"]  # as the connector of the platform has them
    (kobo,) = made(folder, FILES / "kobo_ambos.csv", "kobo_csv")[0].datasets
    assert [question.question for question in kobo.questions] == ["sexo", "satisfaccion", "temas", "comentarios"]


def test_groups_of_a_form_are_no_grids(folder: Path) -> None:
    """sexo and edad of one group would be answers to one question."""
    names = ["datos/sexo", "datos/edad", "datos/temas", "datos/temas/etica", "datos/temas/riesgos"]
    rows = [["m", "34", "etica", "1", "0"], ["h", "35", "etica riesgos", "1", "1"]] * 6
    lines = [["_id", "_submission_time", *names]]
    lines += [[str(number), "2026-05-27T10:00:00", *row] for number, row in enumerate(rows, start=1)]
    path = folder / "kobo.csv"
    path.write_text("\n".join(",".join(line) for line in lines))
    (dataset,) = made(folder, path, "kobo_csv")[0].datasets
    assert [(one.question, one.type) for one in dataset.questions] == [
        ("sexo", "choice"), ("edad", "number"), ("temas", "choices"),
    ]  # fmt: skip


def test_headings_that_stand_twice_are_told_apart(folder: Path) -> None:
    path = form(folder, ("Comentarios", ["a b c"]), ("Comentarios", ["d e f"]), ("Sede", ["Norte", "Sur"]))
    contract, _ = made(folder, path, "google_forms")
    assert [question.occurrence for question in contract.datasets[0].questions] == [1, 2, None]
    assert preview(case_project(), contract, path).questions == 3


@pytest.mark.parametrize("preset", [name for name in preset_names() if preset_asks(name)])
def test_without_a_sample_an_example_shows_how_questions_are_written(preset: str, folder: Path) -> None:
    path = written(wanted("tabular", preset=preset, scope="SALIDA"), folder)
    example = path.read_text(encoding="utf-8")
    assert QUESTIONS in example
    path.write_text(example.replace("    # ", "    "), encoding="utf-8")
    contract = load_source(path)
    assert isinstance(contract, TabularSource)
    assert [question.question for question in contract.datasets[0].questions] == ["P01"]
    TabularConnector(contract, folder)


@limits(deadline=None)
@given(st.lists(st.text(max_size=12), max_size=30), st.sampled_from(["", ", ", ";", " "]))
def test_an_option_is_what_at_least_two_people_chose(cells: list[str], separator: str) -> None:
    found = guess("Opinión", cells, separator)
    assert len(found.options) <= 10
    for option in found.options:
        assert sum(option.casefold() in " ".join(cell.split()).casefold() for cell in cells) > 1 or not option.isascii()
    assert bool(found.options) == (found.type in ("choice", "choices"))


# -- columns ------------------------------------------------------------------------------------------------------


def test_the_columns_of_a_list_are_those_of_its_sample(folder: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Lista de asistencia"])
    sheet.append([])
    sheet.append(["No.", "Nombre y apellidos", "Correo oficial", "Hora", "¿Asistió?", "Horas", "Horas"])
    for number in range(1, 7):
        sheet.append([number, f"Ana {number}", f"ana{number}@correo.example", "27/05/2020 10:00", "Sí", 2, 3])
    path = folder / "lista.xlsx"
    book.save(path)
    contract, text = made(folder, path, about="event")
    columns = contract.datasets[0].columns
    assert columns["nombre"].headings == ("Nombre y apellidos",)
    assert columns["correo"].headings == ("Correo oficial",)
    assert (columns["hora"].headings, columns["hora"].type) == (("Hora",), "instant")
    assert (columns["c_no"].type, columns["c_no"].required) == ("number", False)
    assert [columns[name].occurrence for name in ("horas", "horas_2")] == [1, 2]
    assert "la muestra no la trae" in text  # the institution
    assert "Ana" not in text
    assert "correo.example" not in text
    found = preview(case_project(), contract, path)
    assert (found.header_row, found.parsed, found.unknown) == (3, 6, [])
    assert found.entities["attendance"].count == 6


@pytest.mark.parametrize("about", ["edition", "event", "survey"])
@limits(deadline=None, max_examples=25)
@given(
    headings=st.lists(
        st.text(st.characters(exclude_categories=["C", "M", "Z"]), min_size=1, max_size=20), min_size=2, max_size=6
    )
)
def test_any_headings_give_a_valid_source(
    about: str, headings: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("any")
    (folder / "sources").mkdir()
    path = folder / "lista.csv"
    quoted = ['"' + heading.replace('"', '""') + '"' for heading in headings]
    path.write_text(",".join(quoted) + "\n" + ",".join("x" for _ in headings) + "\n", encoding="utf-8")
    contract, text = made(folder, path, about=about)
    given = {heading for column in contract.datasets[0].columns.values() for heading in column.headings}
    assert {" ".join(heading.split()) for heading in headings} <= given
    assert yaml.safe_load(text)["source"] == "nueva"


def test_what_is_no_table_is_no_sample(folder: Path) -> None:
    path = folder / "nota.csv"
    path.write_text("Una nota\n")
    with pytest.raises(PermanentError, match="no se encontró encabezado en las primeras"):
        made(folder, path)
    with pytest.raises(PermanentError, match="faltan las columnas"):
        made(folder, path, "google_forms")
    assert list((folder / "sources").iterdir()) == []
