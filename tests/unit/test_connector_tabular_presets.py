"""Presets and wide modules: what a source need not write, and what still comes out of the files of a platform."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from fakes import landed
from recorded import FIXTURES
from test_connector_tabular import read

from trimestre.contracts import load_source, presets
from trimestre.contracts.sources import TabularSource
from trimestre.errors import ContractError, PermanentError
from trimestre.sources.tabular import TabularConnector

MODULES = {"M1": ["Módulo 1"], "M2": ["Módulo 2"], "M3": ["Módulo 3"], "certificate": ["Certificado"]}
MOODLE = FIXTURES / "moodle"


def source(**dataset: Any) -> TabularSource:
    return TabularSource.model_validate(
        {
            "source": "prueba",
            "name": "Prueba",
            "kind": "tabular",
            "folder": "prueba",
            "delivers": "snapshot per file scope",
            "datasets": [{"dataset": "lista", "files": "*.csv", "scope": "NEISP-2020-1"} | dataset],
        }
    )


def moodle(**dataset: Any) -> TabularSource:
    return source(**{"extends": "moodle_activity_completion", "modules": MODULES} | dataset)


# -- Moodle's activity completion ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    ["activity_completion.csv", "activity_completion_identity.csv", "activity_completion_identity_excelcsv.csv"],
)
def test_activity_completion_of_moodle_as_it_is_downloaded(tmp_path: Path, name: str) -> None:
    (chunk,) = read(moodle(), landed(tmp_path, (MOODLE / name).read_bytes(), name))
    frames = chunk.rows(range(13))
    assert len(chunk.records) == len(frames["enrolment"]) == 13
    assert not chunk.unreadable
    done = frames["module_completion"]
    # Overridden by a teacher = completed; a failed pass grade is not; what was un-ticked has no date.
    assert Counter(zip(done["module"], done["state"], done["completed_at"].notna(), strict=True)) == {
        ("M1", "completed", True): 8,
        ("M1", "not_completed", False): 5,
        ("M2", "completed", True): 8,
        ("M2", "not_completed", False): 5,
        ("M3", "completed", True): 6,
        ("M3", "failed", True): 2,
        ("M3", "not_completed", False): 5,
    }
    certificates = frames["certificate"]
    assert Counter(zip(certificates["state"], certificates["obtained_at"].notna(), strict=True)) == {
        ("obtained", True): 6,
        ("not_obtained", False): 7,
    }
    assert done["completed_at"].iloc[0] == "2020-04-18T20:49:40+00:00"
    assert set(frames["enrolment"]["edition"]) == {"NEISP-2020-1"}
    people = frames["account_identity"]
    assert people["full_name"].iloc[0] == "Leticia Argüello Cuauhtémoc"
    assert people["employee_id"].notna().sum() == 2
    # Two learners share an address: only their user names tell them apart.
    assert people["account_ref"].nunique() == (13 if "identity" in name else 12)
    if "identity" in name:
        assert Counter(frames["account"]["sex"].fillna("")) == {"mujer": 5, "hombre": 7, "": 1}


def test_both_downloads_of_moodle_give_the_same_rows(tmp_path: Path) -> None:
    frames = []
    for name in ("activity_completion_identity.csv", "activity_completion_identity_excelcsv.csv"):
        (chunk,) = read(moodle(), landed(tmp_path, (MOODLE / name).read_bytes(), name))
        frames.append(chunk.rows(range(13)))
    assert frames[0].keys() == frames[1].keys()
    assert all(frames[0][entity].equals(frames[1][entity]) for entity in frames[0])


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("Finalizado", "completed"),
        ("Finalizado (alcanzó calificación de aprobado)", "completed"),
        ("Finalizado (ha alcanzado la califiación de aprobado)", "completed"),
        ("Finalizado (no obtuvo calificación de aprobado)", "failed"),
        ("Finalizado (no ha alcanzado la calificación de aprobado)", "failed"),
        ("Completado (configurado por María Núñez)", "completed"),
        ("No completado (configurado por María Núñez)", "not_completed"),
        ("No finalizado", "not_completed"),
        ("Not completed (set by Dora Docente)", "not_completed"),
        ("Abandonado", "Abandonado"),
    ],
)
def test_states_of_moodle_in_spanish(tmp_path: Path, text: str, state: str) -> None:
    content = f',Dirección de correo,Módulo 1,\nAna,a@b.example,"{text}",2020-04-18 15:49:40\n'
    (chunk,) = read(moodle(modules={"M1": ["Módulo 1"]}), landed(tmp_path, content.encode()))
    (row,) = chunk.rows([0])["module_completion"].to_dict("records")
    assert row["state"] == state
    assert isinstance(row["completed_at"], str) == (state in ("completed", "failed"))


def test_a_renamed_activity_stops_the_file(tmp_path: Path) -> None:
    renamed = moodle(modules={**MODULES, "M4": ["Módulo 4"]})
    with pytest.raises(PermanentError, match="faltan las columnas Módulo 4"):
        read(renamed, landed(tmp_path, (MOODLE / "activity_completion.csv").read_bytes()))


def test_a_module_that_nobody_can_see_gives_no_row(tmp_path: Path) -> None:
    content = ",Email address,Módulo 1,\nAna,a@b.example,,\n"
    (chunk,) = read(moodle(modules={"M1": ["Módulo 1"]}), landed(tmp_path, content.encode()))
    assert "module_completion" not in chunk.rows([0])


# -- presets in general ----------------------------------------------------------------------------------------


PRESET = """
about: Una prueba
format: {type: csv, separator: ";"}
columns:
  folio: {headings: [Folio]}
  nombre: {headings: [Nombre], required: false, values: {S*: otra, Sí: "1"}}
rows:
  - entity: attendance
    fields: {local_id: folio, event: {value: "{scope}"}}
"""


@pytest.fixture
def preset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(presets, "FOLDER", tmp_path)
    path = tmp_path / "lista.yaml"
    path.write_text(PRESET, encoding="utf-8")
    return path


def test_the_dataset_wins_over_its_preset(preset: Path) -> None:
    (dataset,) = source(
        extends="lista",
        format={"encoding": "cp1252"},
        columns={
            "folio": {"more_headings": ["No."]},
            "nombre": {"values": {"Si": "2", "Sí": "3"}},
            "correo": {"headings": ["Correo"]},
        },
    ).datasets
    assert dataset.format.model_dump(include={"separator", "encoding"}) == {"separator": ";", "encoding": "cp1252"}
    assert dataset.columns["folio"].headings == ("Folio", "No.")
    assert list(dataset.columns["nombre"].values.items()) == [("Si", "2"), ("Sí", "3"), ("S*", "otra")]
    assert not dataset.columns["nombre"].required
    assert list(dataset.columns) == ["folio", "nombre", "correo"]
    assert dataset.rows[0].model_dump()["fields"]["event"] == {"value": "NEISP-2020-1"}


def test_rows_of_a_preset_are_replaced_only_if_others_are_given(preset: Path) -> None:
    rows = [{"entity": "account_identity", "fields": {"local_id": "folio", "full_name": "nombre"}}]
    assert [row.entity for row in source(extends="lista", rows=rows).datasets[0].rows] == ["account_identity"]
    assert [row.entity for row in source(extends="lista").datasets[0].rows] == ["attendance"]


def test_another_preset_re_reads_the_files(preset: Path) -> None:
    before = source(extends="lista").model_dump()
    preset.write_text(PRESET.replace("S*: otra", "N*: otra"), encoding="utf-8")
    assert source(extends="lista").model_dump() != before


def test_another_order_of_patterns_re_reads_the_files() -> None:
    columns = {"folio": {"headings": ["Folio"], "values": {"a*": "1", "*b": "2"}}}
    rows = [{"entity": "attendance", "fields": {"local_id": "folio", "event": {"value": "E"}}}]
    turned = {"folio": {"headings": ["Folio"], "values": {"*b": "2", "a*": "1"}}}
    from trimestre.contracts.base import digest

    one, two = (digest(source(columns=chosen, rows=rows).model_dump()) for chosen in (columns, turned))
    assert one != two


def test_an_unknown_preset_is_answered_with_those_there_are(tmp_path: Path) -> None:
    path = tmp_path / "prueba.yaml"
    path.write_text(
        "source: prueba\nname: P\nkind: tabular\nfolder: p\ndelivers: additions\n"
        "datasets:\n  - {dataset: lista, extends: mudel, files: '*.csv', scope: S1}\n",
        encoding="utf-8",
    )
    with pytest.raises(
        ContractError, match=r"dataset lista: extends: se encontró «mudel», se esperaba una de: .*moodle_activ"
    ):
        load_source(path)


def test_every_preset_says_what_it_is_for_and_can_be_used(tmp_path: Path) -> None:
    assert "moodle_activity_completion" in presets.preset_names()
    for name in presets.preset_names():
        assert presets.preset_about(name)
        given: dict[str, Any] = {"extends": name}
        if "wide" in presets.read_mapping(presets.FOLDER / f"{name}.yaml"):
            given["modules"] = {code: MODULES[code] for code in ("M1", "M2")}
        TabularConnector(source(**given), tmp_path)


# -- wide modules ----------------------------------------------------------------------------------------------


WIDE = {
    "columns": {"folio": {"headings": ["Folio"]}},
    "rows": [],
    "wide": [
        {
            "columns": {"m_{name}": {"headings": ["{heading}", "Nota de {heading}"], "type": "number"}},
            "rows": [
                {
                    "entity": "module_completion",
                    "fields": {
                        "local_id": "folio",
                        "edition": {"value": "{scope}"},
                        "module": {"value": "{code}"},
                        "state": "m_{name}",
                    },
                }
            ],
        }
    ],
}


def test_wide_modules_become_ordinary_columns_and_rows() -> None:
    (dataset,) = source(**WIDE, modules={"M1": ["Uno", "Primero"], "M-2": ["Dos"]}).datasets
    assert dataset.columns["m_m1"].headings == ("Uno", "Primero", "Nota de Uno", "Nota de Primero")
    assert [row.model_dump()["fields"] for row in dataset.rows] == [
        {"local_id": "folio", "edition": {"value": "NEISP-2020-1"}, "module": {"value": "M1"}, "state": "m_m1"},
        {"local_id": "folio", "edition": {"value": "NEISP-2020-1"}, "module": {"value": "M-2"}, "state": "m_m_2"},
    ]


def test_a_column_of_one_module_can_be_corrected() -> None:
    columns = {**WIDE["columns"], "m_m1": {"required": False, "more_headings": ["Un"]}}  # type: ignore[dict-item]
    (dataset,) = source(**{**WIDE, "columns": columns}, modules={"M1": ["Uno"], "M2": ["Dos"]}).datasets
    assert dataset.columns["m_m1"].headings == ("Uno", "Nota de Uno", "Un")
    assert (dataset.columns["m_m1"].required, dataset.columns["m_m2"].required) == (False, True)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"modules": ["M1"]}, "modules: se encontró"),
        ({"modules": {"M1": "Uno"}}, "modules: se encontró"),
        ({"modules": None}, "modules: no se encontró nada"),
        ({"modules": {"M1": ["Uno"], "m1": ["Dos"]}}, "la columna m_m1 dos veces"),
        ({"wide": [{**WIDE["wide"][0], "only": ["M1"]}]}, "se encontró M2, de lo que «wide» no dice nada"),  # type: ignore[dict-item,index]
        ({"wide": [{"rows": []}]}, r"wide\.0: columns: no se encontró nada"),
        ({"wide": []}, "sin «wide»"),
    ],
)
def test_modules_that_can_not_be_expanded_are_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ContractError, match=message) as error:
        source(**{**WIDE, "modules": {"M1": ["Uno"], "M2": ["Dos"]}, **change})
    assert str(error.value).startswith("prueba.yaml: dataset lista")
