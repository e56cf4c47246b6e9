"""Surveys from files: the answers, questions and people that come out of what each platform lets people download."""

import io
import re
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
import yaml
import zstandard
from fakes import FakeLanding, landed
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from recorded import FIXTURES
from test_connector_tabular import csv_bytes, xlsx_bytes

from trimestre.contracts.presets import preset_names
from trimestre.contracts.sources import TabularSource
from trimestre.contracts.surveys import Survey
from trimestre.errors import ContractError, PermanentError
from trimestre.sources.base import RecordChunk, RowFrames
from trimestre.sources.tabular import TabularConnector, fetch
from trimestre.sources.tabular.check import check_folder
from trimestre.sources.tabular.drop import LocalFolder

FILES = FIXTURES / "tabular"

SATISFACTION = [
    {"code": "A5", "label": "Muy satisfecho", "aliases": ["Very satisfied"], "score": 5},
    {"code": "A4", "label": "Satisfecho", "aliases": ["Satisfied"], "score": 4},
    {"code": "A3", "label": "Regular", "score": 3},
    {"code": "A2", "label": "Poco satisfecho", "score": 2},
]
AGREEMENT = [
    {"code": "si", "label": "De acuerdo", "aliases": ["Agree"]},
    {"code": "no", "label": "En desacuerdo", "aliases": ["Disagree"]},
]
SEX = [
    {"code": "m", "label": "Mujer", "aliases": ["Female"]},
    {"code": "h", "label": "Hombre", "aliases": ["Male"]},
    {"code": "ns", "label": "Prefiero no decirlo"},
]


def source(preset: str, questions: list[dict[str, Any]], **dataset: Any) -> TabularSource:
    return TabularSource.model_validate(
        {
            "source": "formularios",
            "name": "Formularios",
            "kind": "tabular",
            "folder": "formularios",
            "delivers": "snapshot per file scope",
            "datasets": [
                {"dataset": "taller", "extends": preset, "files": "*", "survey": "salida", "questions": questions}
                | dataset
            ],
        }
    )


def survey(**changes: Any) -> Survey:
    declared = {"survey": "salida", "name": "S", "source": "formularios", "survey_id": "1", "closes_on": "2026-12-31"}
    return Survey.model_validate(declared | changes)


def chunks_of(path: Path, contract: TabularSource, *names: str, **changes: Any) -> list[RecordChunk]:
    files = [
        landed(path, (FILES / name).read_bytes(), name, "taller", "salida", number)
        for number, name in enumerate(names, start=1)
    ]
    return list(TabularConnector(contract, path, [survey(**changes)]).chunks(files))


def rows_of(path: Path, contract: TabularSource, name: str, **changes: Any) -> RowFrames:
    """All rows of a file: those of its header and those of its records."""
    frames: dict[str, list[pd.DataFrame]] = {}
    for chunk in chunks_of(path, contract, name, **changes):
        assert not chunk.unreadable
        for entity, frame in chunk.rows(range(len(chunk.records))).items():
            frames.setdefault(entity, []).append(frame)
    return {entity: pd.concat(found, ignore_index=True) for entity, found in frames.items()}


def answered(frames: RowFrames, *, free: bool = False) -> list[tuple[int, str, str]]:
    """Record, question with part, value; of free text or of all else."""
    frame = frames["answer"]
    chosen = frame[(frame["free_text"] == "true") == free]
    codes = chosen["question"] + ("." + chosen["sub_code"]).where(chosen["sub_code"] != "", "")
    return list(zip(chosen["record"], codes, chosen["value"], strict=True))


# -- Google Forms ----------------------------------------------------------------------------------------------

GOOGLE = [
    {
        "question": "P01",
        "headings": ["¿Qué tan satisfecho(a) está con el taller?", "How satisfied are you with the workshop?"],
        "texts": {"en": "How satisfied are you?"},
        "type": "choice",
        "options": SATISFACTION,
    },
    {
        "question": "P02",
        "headings": ["¿Qué temas le interesan?", "Which topics interest you?"],
        "type": "choices",
        "other": True,
        "options": [
            {"code": "riesgos", "label": "Riesgos, controles y auditoría", "aliases": ["Risks, controls and audit"]},
            {"code": "etica", "label": "Ética pública", "labels": {"en": "Public ethics"}},
        ],
    },
    {
        "question": "P03",
        "headings": ["Indique su acuerdo", "Do you agree?"],
        "type": "choice",
        "rows": [
            {"code": "claro", "label": "El contenido fue claro", "aliases": ["The content was clear"]},
            {"code": "tiempo", "label": "El tiempo fue suficiente", "aliases": ["There was enough time"]},
        ],
        "options": AGREEMENT,
    },
    {"question": "P04", "headings": ["Sexo", "Sex"], "type": "choice", "options": SEX},
    {"question": "P05", "headings": ["Comentarios", "Comments"], "type": "text"},
]
SEX_OF = {"sex_question": "P04", "sex_values": {"m": "mujer", "h": "hombre", "ns": ""}}


def test_google_forms_in_spanish(tmp_path: Path) -> None:
    frames = rows_of(tmp_path, source("google_forms", GOOGLE), "google_formulario_es.csv", **SEX_OF)
    assert answered(frames) == [
        (0, "P01", "A5"),
        (0, "P02.riesgos", "Y"),  # its text holds the very comma that separates two options
        (0, "P02.etica", "Y"),
        (0, "P03.claro", "si"),
        (0, "P03.tiempo", "no"),
        (0, "P04", "m"),
        (1, "P01", "A4"),
        (1, "P02.etica", "Y"),
        (1, "P03.claro", "si"),
        (1, "P03.tiempo", "si"),
        (1, "P04", "h"),
        (2, "P01", "A2"),
        (2, "P02.etica", "Y"),
        (2, "P04", "ns"),
        (3, "P01", "A3"),
        (3, "P03.claro", "si"),
        (3, "P03.tiempo", "si"),
    ]
    assert answered(frames, free=True) == [
        (0, "P05", "Gracias a Luis por todo"),
        (2, "P02.other", "Cómo hablar con mi jefa"),
        (3, "P05", "Bien, en general"),
    ]
    responses = frames["response"]
    assert list(responses["submitted_at"]) == [
        "2026-05-27T16:01:22+00:00",
        "2026-05-27T16:01:22+00:00",
        "2026-05-29T00:30:00+00:00",
        "2026-05-29T00:31:00+00:00",
    ]
    assert list(responses["sex"].fillna("")) == ["mujer", "hombre", "", ""]
    assert set(responses["complete"]) == {"true"}
    # Who sends an e-mail is known by it, whoever sends none by the response alone.
    assert list(responses["account_ref"][:2]) == ["ana.lopez@ejemplo.example", "luis@ejemplo.example"]
    assert list(responses["account_ref"][2:]) == [f"salida/{code}" for code in responses["response_id"][2:]]
    assert responses["response_id"].nunique() == 4
    assert list(frames["account_identity"]["email"].str.lower()) == [
        "ana.lopez@ejemplo.example",
        "luis@ejemplo.example",
    ]
    assert list(frames["account"]["account_ref"]) == list(responses["account_ref"])
    assert set(frames["answer"]["account_ref"]) == set(responses["account_ref"])


def test_google_forms_in_english_gives_the_same_codes(tmp_path: Path) -> None:
    frames = rows_of(tmp_path, source("google_forms", GOOGLE), "google_form_en.csv", **SEX_OF)
    assert answered(frames)[:6] == [
        (0, "P01", "A5"),
        (0, "P02.riesgos", "Y"),
        (0, "P02.etica", "Y"),
        (0, "P03.claro", "si"),
        (0, "P03.tiempo", "no"),
        (0, "P04", "m"),
    ]
    assert list(frames["response"]["submitted_at"]) == ["2026-05-27T16:01:22+00:00", "2026-05-28T00:30:00+00:00"]
    asked = frames["question"].set_index(["question", "sub_code"])["text"]
    assert asked["P01", ""] == "How satisfied are you with the workshop?"
    assert asked["P03", ""] == "Do you agree?"


def test_the_header_is_a_record_that_says_how_the_questions_were_asked(tmp_path: Path) -> None:
    chunks = chunks_of(tmp_path, source("google_forms", GOOGLE), "google_formulario_es.csv")
    assert [list(chunk.positions) for chunk in chunks] == [["0"], ["1", "2", "3", "4"]]
    frames = chunks[0].rows([0])
    assert set(frames) == {"question", "question_option"}
    asked = frames["question"].set_index(["question", "sub_code"]).fillna("")
    assert list(asked.index) == [
        ("P01", ""), ("P02", ""), ("P02", "riesgos"), ("P02", "etica"), ("P02", "other"), ("P03", ""), ("P03", "claro"),
        ("P03", "tiempo"), ("P04", ""), ("P05", ""),
    ]  # fmt: skip
    assert list(asked["ordinal"]) == ["1", "2", "1", "2", "3", "3", "1", "2", "4", "5"]
    assert asked.loc[("P01", ""), "texts"] == (
        '{"en": "How satisfied are you?", "es": "¿Qué tan satisfecho(a) está con el taller?"}'
    )
    assert asked.loc[("P02", "etica"), "texts"] == '{"en": "Public ethics", "es": "Ética pública"}'
    assert asked.loc[("P05", ""), "free_text"] == "true"
    options = frames["question_option"]
    assert list(options[options["question"] == "P01"]["score"]) == ["5", "4", "3", "2"]
    assert "P02" not in set(options["question"])


def test_an_edited_wording_changes_the_record_of_the_header_and_nothing_else(tmp_path: Path) -> None:
    contract = source("google_forms", GOOGLE)
    before = chunks_of(tmp_path, contract, "google_formulario_es.csv")
    text = (FILES / "google_formulario_es.csv").read_text(encoding="utf-8")
    other = text.replace("¿Qué tan satisfecho(a) está", "¿QUÉ TAN  satisfecho(a) está")
    file = landed(tmp_path, other.encode(), "otro.csv", "taller", "salida", 7)
    after = list(TabularConnector(contract, tmp_path, [survey()]).chunks([file]))
    assert before[0].records != after[0].records
    assert before[1].records == after[1].records


def test_of_two_files_of_a_survey_the_last_one_tells_the_questions(tmp_path: Path) -> None:
    chunks = chunks_of(tmp_path, source("google_forms", GOOGLE), "google_formulario_es.csv", "google_form_en.csv")
    assert [(chunk.landed_file_id, chunk.positions[0]) for chunk in chunks] == [(1, "1"), (2, "0"), (2, "1")]


def test_an_edit_is_another_response_and_what_is_not_touched_stays_the_same(tmp_path: Path) -> None:
    contract = source("google_forms", GOOGLE)
    before = rows_of(tmp_path, contract, "google_formulario_es.csv")["response"]["response_id"]
    text = (FILES / "google_formulario_es.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    text[3] = text[3].replace("28/05/2026 18:30:00,,Poco satisfecho", "28/05/2026 18:40:00,,Satisfecho")
    turned = "".join([text[0], text[4], *text[1:4]])  # somebody sorted the sheet, too
    file = landed(tmp_path, turned.encode(), "otro.csv", "taller", "salida", 7)
    chunk = list(TabularConnector(contract, tmp_path, [survey()]).chunks([file]))[1]
    after = chunk.rows(range(4))["response"]["response_id"]
    assert list(after) == [before[3], before[0], before[1], after[3]]
    assert after[3] not in set(before)


def test_a_workbook_of_google_gives_what_its_csv_gives(tmp_path: Path) -> None:
    contract = source("google_forms", GOOGLE)
    expected = rows_of(tmp_path, contract, "google_formulario_es.csv")
    table = pd.read_csv(FILES / "google_formulario_es.csv", dtype=str)
    table["Marca temporal"] = pd.to_datetime(table["Marca temporal"], format="%d/%m/%Y %H:%M:%S")
    book = io.BytesIO()
    table.to_excel(book, index=False)
    file = landed(tmp_path, book.getvalue(), "r.xlsx", "taller", "salida", 8)
    header, body = TabularConnector(contract, tmp_path, [survey()]).chunks([file])
    found = body.rows(range(4))
    assert found["answer"].equals(expected["answer"])
    assert list(found["response"]["response_id"]) == list(expected["response"]["response_id"])
    assert header.positions == ["0"]


# -- Microsoft Forms -------------------------------------------------------------------------------------------

MICROSOFT = [
    {"question": "P1", "headings": ["¿Qué tan útil fue?"], "type": "number"},
    {
        "question": "P2",
        "headings": ["¿Qué materiales usó?"],
        "type": "choices",
        "other": True,
        "options": [{"code": "v", "label": "Videos"}, {"code": "l", "label": "Lecturas"}],
    },
    {
        "question": "P3",
        "type": "choice",
        "text": "Indique su acuerdo",
        "rows": [{"code": "a", "label": "El contenido fue claro"}, {"code": "b", "label": "El tiempo fue suficiente"}],
        "options": AGREEMENT,
    },
    {
        "question": "P4",
        "headings": ["Ordene los temas"],
        "type": "ranking",
        "options": [{"code": c, "label": t} for c, t in (("r", "Riesgos"), ("e", "Ética"), ("d", "Datos"))],
    },
    {"question": "P5", "headings": ["Acción2"], "type": "text"},
    {"question": "P6", "headings": ["Sexo"], "type": "choice", "options": SEX},
]


def test_microsoft_forms(tmp_path: Path) -> None:
    frames = rows_of(tmp_path, source("microsoft_forms", MICROSOFT), "microsoft_forms_es.csv")
    assert answered(frames) == [
        (0, "P1", "5"),
        (0, "P2.v", "Y"),
        (0, "P3.a", "si"),
        (0, "P3.b", "no"),
        (0, "P4.1", "e"),
        (0, "P6", "m"),
        (1, "P1", "4"),
        (1, "P2.v", "Y"),
        (1, "P2.l", "Y"),
        (1, "P3.a", "si"),
        (1, "P3.b", "si"),
        (1, "P4.1", "r"),
        (1, "P4.2", "e"),
        (1, "P4.3", "d"),
        (1, "P6", "h"),
    ]
    assert answered(frames, free=True) == [
        (0, "P5", "Aplicar"),
        (1, "P2.other", "Un libro de mi tío"),
        (1, "P5", "Compartir"),
    ]
    # «anonymous» is nobody: two anonymous responses are not one person.
    assert list(frames["response"]["account_ref"]) == ["salida/1", "rosa@ejemplo.example"]
    (person,) = frames["account_identity"].to_dict("records")
    assert person["full_name"] == "Rosa Méndez"
    assert list(frames["response"]["response_id"]) == ["1", "2"]
    assert frames["question"].set_index(["question", "sub_code"])["text"]["P3", ""] == "Indique su acuerdo"


def test_times_of_microsoft_forms_can_be_those_of_a_server(tmp_path: Path) -> None:
    for zone, hour in ((None, "16"), ("UTC", "10")):
        columns = {"fin": {"timezone": zone}}
        frames = rows_of(tmp_path, source("microsoft_forms", MICROSOFT, columns=columns), "microsoft_forms_es.csv")
        assert frames["response"]["submitted_at"][0] == f"2026-05-27T{hour}:05:00+00:00"


def test_a_workbook_of_microsoft_forms_with_english_headings(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(
        ["ID", "Start time", "Completion time", "Email", "Name", "Last modified time", "¿Qué tan\xa0útil fue?\n"]
    )
    moment = pd.Timestamp("2026-05-27 10:05:00").to_pydatetime()
    sheet.append([1, moment, moment, "anonymous", None, None, 5])
    content = io.BytesIO()
    book.save(content)
    file = landed(tmp_path, content.getvalue(), "f.xlsx", "taller", "salida")
    contract = source("microsoft_forms", MICROSOFT[:1])
    header, body = TabularConnector(contract, tmp_path, [survey()]).chunks([file])
    assert header.rows([0])["question"]["text"][0] == "¿Qué tan útil fue?"
    frames = body.rows([0])
    assert frames["answer"]["value"][0] == "5"
    assert frames["response"]["submitted_at"][0] == "2026-05-27T16:05:00+00:00"


# -- SurveyMonkey ----------------------------------------------------------------------------------------------

MONKEY = [
    {"question": "P1", "headings": ["¿Qué tan satisfecho está?"], "type": "choice", "options": SATISFACTION},
    {
        "question": "P2",
        "headings": ["¿Qué materiales usó?"],
        "type": "choices",
        "other": True,
        "options": [{"code": "v", "label": "Videos"}, {"code": "l", "label": "Lecturas, libros"}],
    },
    {
        "question": "P3",
        "headings": ["¿Está de acuerdo?"],
        "type": "choice",
        "rows": [{"code": "a", "label": "El contenido fue claro"}, {"code": "b", "label": "El tiempo fue suficiente"}],
        "options": AGREEMENT,
    },
    {
        "question": "P4",
        "headings": ["¿Dónde trabaja?"],
        "type": "choice",
        "other": True,
        "options": [{"code": "F", "label": "Federal"}],
    },
    {"question": "P5", "headings": ["Comentarios"], "type": "text"},
]


@pytest.mark.parametrize("name", ["surveymonkey_expandido.csv", "surveymonkey_condensado.csv"])
def test_surveymonkey_gives_the_same_expanded_and_condensed(tmp_path: Path, name: str) -> None:
    frames = rows_of(tmp_path, source("surveymonkey", MONKEY), name)
    assert answered(frames) == [
        (0, "P1", "A4"),
        (0, "P2.v", "Y"),
        (0, "P3.a", "si"),
        (0, "P3.b", "no"),
        (0, "P4", "F"),
        (1, "P1", "A5"),
        (1, "P2.v", "Y"),
        (1, "P2.l", "Y"),
        (1, "P3.a", "si"),
        (1, "P4", "other"),
    ]
    assert answered(frames, free=True) == [
        (0, "P5", "Muy bien"),
        (1, "P2.other", "Un blog"),
        (1, "P4.other", "Una universidad"),
    ]
    assert list(frames["response"]["account_ref"]) == ["ana@ejemplo.example", "salida/11000000002"]
    assert list(frames["response"]["submitted_at"]) == ["2026-05-27T16:05:00+00:00", "2026-05-29T00:31:00+00:00"]
    assert frames["account_identity"]["full_name"][0] == "Ana López"
    asked = frames["question"].set_index(["question", "sub_code"])["text"]
    assert asked["P1", ""] == "¿Qué tan satisfecho está?"
    assert asked["P4", ""] == "¿Dónde trabaja?"


@pytest.mark.parametrize(
    ("preset", "name"),
    [
        ("surveymonkey", "surveymonkey_expandido.csv"),
        ("surveymonkey", "surveymonkey_condensado.csv"),
        ("limesurvey_export", "limesurvey_codigo_y_texto.csv"),
        ("limesurvey_export", "limesurvey_textos.xlsx"),
        ("kobo_csv", "kobo_ambos.csv"),
    ],
)
def test_addresses_and_devices_are_dropped_before_landing_and_no_answer_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, preset: str, name: str
) -> None:
    monkeypatch.setattr(fetch, "SETTLE_SECONDS", 0.0)
    contract = source(preset, {"surveymonkey": MONKEY, "limesurvey_export": LIME, "kobo_csv": KOBO}[preset])
    expected = rows_of(tmp_path, contract, name)
    drop, landing = tmp_path / "drop", FakeLanding(tmp_path / "landing")
    drop.mkdir()
    landing.folder.mkdir()
    (drop / name).write_bytes((FILES / name).read_bytes())
    connector = TabularConnector(contract, drop, [survey()])
    connector.fetch(landing)
    (file,) = landing.files
    content = zstandard.ZstdDecompressor().decompressobj().decompress(file.path.read_bytes())
    if name.endswith(".xlsx"):
        content = str(list(openpyxl.load_workbook(io.BytesIO(content)).worksheets[0].values)).encode()
    assert b"10.0.0." not in content
    assert b"dev-1" not in content
    _, body = connector.chunks(landing.files)
    found = body.rows(range(len(body.records)))
    assert found["answer"].equals(expected["answer"])
    assert found["response"].equals(expected["response"])


def test_what_a_preset_drops_is_added_to_what_the_source_drops() -> None:
    dataset = {"dataset": "taller", "extends": "surveymonkey", "files": "*", "survey": "salida", "questions": MONKEY}
    data = source("surveymonkey", MONKEY).model_dump() | {"drop": ["Custom Data 1"], "datasets": [dataset]}
    assert {"IP Address", "Custom Data 1"} <= set(TabularSource.model_validate(data).drop)


def test_a_number_that_excel_has_rounded_is_no_response_id(tmp_path: Path) -> None:
    text = (FILES / "surveymonkey_condensado.csv").read_text(encoding="utf-8").replace("11000000001", "1.1E+10")
    file = landed(tmp_path, text.encode(), "s.csv", "taller", "salida")
    _, body = TabularConnector(source("surveymonkey", MONKEY), tmp_path, [survey()]).chunks([file])
    assert list(body.rows([0, 1])["response"]["response_id"].isna()) == [True, False]


# -- KoboToolbox -----------------------------------------------------------------------------------------------

KOBO = [
    {
        "question": "sexo",
        "type": "choice",
        "options": [{"code": "m", "label": "Mujer"}, {"code": "h", "label": "Hombre"}],
    },
    {"question": "satisfaccion", "headings": ["datos/satisfaccion"], "type": "number"},
    {"question": "temas", "type": "choices", "options": [{"code": "etica"}, {"code": "riesgos"}]},
    {"question": "comentarios", "type": "text"},
]


@pytest.mark.parametrize("left_out", [(), ("temas",), ("temas/etica", "temas/riesgos")])
def test_kobo_with_both_kinds_of_columns_or_one_of_them(tmp_path: Path, left_out: tuple[str, ...]) -> None:
    table = pd.read_csv(FILES / "kobo_ambos.csv", sep=";", dtype=str, keep_default_na=False).drop(
        columns=list(left_out)
    )
    content = table.to_csv(index=False, sep=";", quoting=1).encode()
    file = landed(tmp_path, content, "k.csv", "taller", "salida")
    declared = survey(scored=[{"question": "satisfaccion", "scores": {"5": 5, "3": 3}}], safe_text=["comentarios"])
    header, body = TabularConnector(source("kobo_csv", KOBO), tmp_path, [declared]).chunks([file])
    frames = body.rows(range(3))
    assert answered(frames) == [
        (0, "sexo", "m"),
        (0, "satisfaccion", "5"),
        (0, "temas.etica", "Y"),
        (0, "temas.riesgos", "Y"),
        (0, "comentarios", 'Dijo: "bien"; gracias'),
        (1, "sexo", "h"),
        (1, "satisfaccion", "3"),
        (1, "temas.riesgos", "Y"),
        (2, "sexo", "h"),
    ]
    assert frames["response"]["submitted_at"][0] == "2026-05-27T16:05:07+00:00"
    assert frames["response"]["started_at"][0] == "2026-05-27T16:00:00+00:00"
    assert list(frames["response"]["response_id"]) == ["501", "502", "503"]
    options = header.rows([0])["question_option"]
    scores = options[options["question"] == "satisfaccion"]
    assert dict(zip(scores["code"], scores["score"], strict=True)) == {"5": "5", "3": "3"}


def test_what_was_not_approved_can_be_left_out(tmp_path: Path) -> None:
    exclude = [{"column": "validacion", "values": ["validation_status_not_approved"], "reason": "no_aprobada"}]
    frames = rows_of(tmp_path, source("kobo_csv", KOBO, exclude=exclude), "kobo_ambos.csv")
    assert list(frames["response"]["out_of_scope"].fillna("")) == ["", "no_aprobada", ""]
    assert set(frames["answer"][frames["answer"]["record"] == 1]["out_of_scope"]) == {"no_aprobada"}


# -- LimeSurvey ------------------------------------------------------------------------------------------------

YES_NO = [{"code": "Y", "label": "Sí"}, {"code": "N", "label": "No"}]
FIVE = [
    "Totalmente en desacuerdo",
    "En desacuerdo",
    "Ni de acuerdo ni en desacuerdo",
    "De acuerdo",
    "Totalmente de acuerdo",
]
PLEASED = ["Muy insatisfecho", "Insatisfecho", "Neutral", "Satisfecho", "Muy satisfecho"]


def scale(labels: list[str]) -> list[dict[str, Any]]:
    return [{"code": f"A{place}", "label": label} for place, label in enumerate(labels, start=1)]


LIME = [
    {
        "question": "P01",
        "headings": ["¿Qué tan satisfecho(a) está con el curso?"],
        "type": "choice",
        "options": scale(PLEASED),
    },
    {
        "question": "P02",
        "headings": ["Indique su grado de acuerdo con lo siguiente:"],
        "type": "choice",
        "rows": [
            {"code": "SQ001", "label": "El contenido fue claro"},
            {"code": "SQ002", "label": "La plataforma fue fácil de usar"},
            {"code": "SQ003", "label": "Lo aprendido es útil en mi trabajo"},
        ],
        "options": scale(FIVE),
    },
    {
        "question": "P03",
        "headings": ["¿Qué materiales utilizó?"],
        "type": "choices",
        "other": True,
        "options": [
            {"code": f"SQ00{place}", "label": label}
            for place, label in enumerate(("Videos", "Lecturas", "Foros", "Ejercicios"), start=1)
        ],
    },
    {"question": "P04", "headings": ["¿Cuántas horas dedicó al curso?"], "type": "number"},
    {"question": "P05", "headings": ["¿En qué fecha concluyó el curso?"], "type": "date"},
    {
        "question": "P06",
        "headings": ["Sexo"],
        "type": "choice",
        "options": [{"code": "F", "label": "Mujer"}, {"code": "M", "label": "Hombre"}],
    },
    {"question": "P07", "headings": ["Comentarios y sugerencias"], "type": "text"},
    {"question": "P08", "headings": ["¿Recomendaría el curso?"], "type": "choice", "options": YES_NO},
    {"question": "P09", "headings": ["¿Por qué no lo recomendaría?"], "type": "text"},
    {
        "question": "P10",
        "headings": ["¿En qué tipo de institución labora?"],
        "type": "choice",
        "other": True,
        "options": [{"code": c, "label": t} for c, t in (("F", "Federal"), ("E", "Estatal"), ("M", "Municipal"))],
    },
]


def test_limesurvey_gives_the_same_whatever_was_exported(tmp_path: Path) -> None:
    contract = source("limesurvey_export", LIME)
    names = (
        "limesurvey_codigos.csv",
        "limesurvey_textos.csv",
        "limesurvey_codigo_y_texto.csv",
        "limesurvey_textos.xlsx",
    )
    by_file = {}
    for name in names:
        found = rows_of(tmp_path, contract, name, sex_question="P06", sex_values={"F": "mujer", "M": "hombre"})
        by_file[name] = {
            entity: frame for entity, frame in found.items() if entity not in ("question", "question_option")
        }
    codes = by_file[names[0]]
    assert codes["response"]["complete"].value_counts().to_dict() == {"true": 10, "false": 1}
    assert list(codes["response"]["sex"].fillna(""))[:4] == ["mujer", "hombre", "hombre", "hombre"]
    assert codes["response"]["submitted_at"][0] == "2020-04-20T20:32:07+00:00"
    first = [(question, value) for record, question, value in answered(codes) if record == 0]
    assert first == [
        ("P01", "A5"), ("P02.SQ001", "A5"), ("P02.SQ002", "A5"), ("P02.SQ003", "A5"), ("P03.SQ004", "Y"),
        ("P04", "7.25"), ("P05", "2020-04-30"), ("P06", "F"), ("P08", "Y"), ("P10", "F"),
    ]  # fmt: skip
    assert (2, "P10.other", "Académica (UNAM)") in answered(codes, free=True)
    assert (2, "P10", "other") in answered(codes)
    # The apostrophe that stands before = against formulas is LimeSurvey's, not the person's.
    assert any(value.startswith("=HYPERLINK") for _, question, value in answered(codes, free=True) if question == "P07")
    for name in names[1:]:
        others = by_file[name]
        # A filter of complete responses was on when one of them was exported.
        kept = codes["response"]["response_id"].isin(others["response"]["response_id"])
        assert len(others["response"]) == (10 if name == "limesurvey_codigo_y_texto.csv" else 11)
        assert (
            others["response"]
            .drop(columns="record")
            .equals(codes["response"][kept].drop(columns="record").reset_index(drop=True))
        )
        expected = codes["answer"][codes["answer"]["response_id"].isin(others["response"]["response_id"])]
        assert others["answer"].drop(columns="record").equals(expected.drop(columns="record").reset_index(drop=True))


def test_an_invited_response_of_limesurvey_is_its_tokens(tmp_path: Path) -> None:
    text = (FILES / "limesurvey_codigos.csv").read_text(encoding="utf-8-sig").replace('"seed"', '"token"', 1)
    file = landed(tmp_path, text.encode(), "l.csv", "taller", "salida")
    _, body = TabularConnector(source("limesurvey_export", LIME), tmp_path, [survey()]).chunks([file])
    assert body.rows([0])["response"]["account_ref"][0] == "salida/951296916"


# -- what holds for all ----------------------------------------------------------------------------------------


def read_google(tmp_path: Path, content: str, questions: list[dict[str, Any]], **changes: Any) -> RowFrames:
    file = landed(tmp_path, content.encode(), "g.csv", "taller", "salida")
    connector = TabularConnector(source("google_forms", questions), tmp_path, [survey(**changes)])
    frames = [chunk.rows(range(len(chunk.records))) for chunk in connector.chunks([file])]
    return {entity: frame for found in frames for entity, frame in found.items()}


RATED = [{"question": "P1", "headings": ["Satisfacción"], "type": "choice", "options": SATISFACTION}]


def test_a_text_that_is_no_option_is_kept_apart_and_out_of_the_warehouse(tmp_path: Path) -> None:
    content = "Marca temporal,Satisfacción\n27/05/2026 10:00,Muy contenta\n27/05/2026 10:01,satisfecho\n"
    frames = read_google(tmp_path, content, RATED)
    assert answered(frames) == [(1, "P1", "A4")]
    assert answered(frames, free=True) == [(0, "P1.unknown", "Muy contenta")]


def test_free_text_enters_only_where_the_survey_says_that_it_is_safe(tmp_path: Path) -> None:
    asked = [
        {"question": "P1", "headings": ["Estado"], "type": "text"},
        {"question": "P2", "headings": ["Nombre"], "type": "text"},
    ]
    content = "Marca temporal,Estado,Nombre\n27/05/2026 10:00,Puebla,Ana\n"
    assert not answered(read_google(tmp_path, content, asked))
    assert answered(read_google(tmp_path, content, asked, safe_text=["P1"])) == [(0, "P1", "Puebla")]
    bare = TabularConnector(source("google_forms", asked), tmp_path)
    file = landed(tmp_path, content.encode(), "g.csv", "taller", "salida", 2)
    assert set(list(bare.chunks([file]))[1].rows([0])["answer"]["free_text"]) == {"true"}


def test_the_scores_of_the_survey_come_before_those_of_the_source(tmp_path: Path) -> None:
    content = "Marca temporal,Satisfacción\n27/05/2026 10:00,Satisfecho\n"
    frames = read_google(tmp_path, content, RATED, scored=[{"question": "P1", "scores": {"A5": 100, "A4": 50.5}}])
    assert list(frames["question_option"]["score"].fillna("")) == ["100", "50.5", "", ""]
    own = read_google(tmp_path, content, RATED, scored=[{"question": "P1"}])
    assert list(own["question_option"]["score"]) == ["5", "4", "3", "2"]


def test_two_questions_of_one_text_are_told_by_their_place(tmp_path: Path) -> None:
    asked = [
        {
            "question": f"P{place}",
            "headings": ["Satisfacción"],
            "type": "choice",
            "options": SATISFACTION,
            "occurrence": place,
        }
        for place in (1, 2)
    ]
    content = "Marca temporal,Satisfacción,Satisfacción\n27/05/2026 10:00,Satisfecho,Regular\n"
    assert answered(read_google(tmp_path, content, asked)) == [(0, "P1", "A4"), (0, "P2", "A3")]


def test_a_question_that_is_gone_stops_the_file(tmp_path: Path) -> None:
    content = "Marca temporal,Satisfacción\n27/05/2026 10:00,Satisfecho\n"
    several = [{"question": "P2", "headings": ["Temas"], "type": "choices", "options": [{"code": "a"}, {"code": "b"}]}]
    with pytest.raises(PermanentError, match=r"faltan las columnas Temas"):
        read_google(tmp_path, content, [*RATED, *several])
    with pytest.raises(PermanentError, match=r"faltan las columnas Sexo"):
        read_google(tmp_path, content, [*RATED, {"question": "P3", "headings": ["Sexo"], "type": "text"}])
    optional = [{**several[0], "required": False}]
    assert answered(read_google(tmp_path, content, [*RATED, *optional])) == [(0, "P1", "A4")]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"options": [{"code": "n", "label": False}]},
            r"options\.0\.label: se encontró false, se esperaba: .*entre comillas",
        ),
        ({"options": []}, "opciones, porque type es choice"),
        ({"type": "text"}, "sólo choice, choices y ranking llevan opciones"),
        ({"options": [{"code": "a"}, {"code": "a"}]}, r"options: se encontró «a», se esperaba: una clave cada uno"),
        (
            {"options": [{"code": "a", "label": "Sí"}, {"code": "b", "label": "sí "}]},
            r"se encontró «sí», se esperaba: opciones con textos propios",
        ),
        ({"other": True, "options": [{"code": "other"}]}, "con other: true, «other» es"),
        ({"type": "choices", "options": [{"code": "a", "score": 1}]}, "puntajes sólo"),
        ({"type": "choices", "rows": [{"code": "a"}]}, "renglones sólo"),
        ({"label": "x"}, "label: se encontró una clave que no existe"),
    ],
)
def test_a_wrong_question_is_answered_with_what_is_wrong(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ContractError, match=message) as error:
        source("google_forms", [{**RATED[0], **change}])
    assert str(error.value).startswith("formularios.yaml: dataset taller: ")


def test_two_questions_may_not_share_a_column() -> None:
    with pytest.raises(ContractError, match="columna q_p1"):
        source("google_forms", [RATED[0], {**RATED[0], "question": "p1"}])


def test_a_survey_that_is_not_declared_stops_its_source(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match="survey: se encontró «salida», se esperaba una de framework/surveys"):
        TabularConnector(source("google_forms", RATED), tmp_path, [])
    with pytest.raises(PermanentError, match="no se encontró la pregunta «P9»"):
        TabularConnector(source("google_forms", RATED), tmp_path, [survey(sex_question="P9")])
    unscored = [{**RATED[0], "options": [{"code": "a"}]}]
    with pytest.raises(ContractError, match="no se encontró puntaje de las opciones de P1"):
        TabularConnector(source("google_forms", unscored), tmp_path, [survey(scored=[{"question": "P1"}])])


def test_the_identifier_of_a_response_is_not_made_of_what_could_be_tried(tmp_path: Path) -> None:
    (dataset,) = source("google_forms", GOOGLE).datasets
    assert dataset.response_template is not None
    hashed = dataset.response_template.fields["response_id"].model_dump()["hash_of"]  # type: ignore[union-attr]
    # P02 may hold what somebody wrote in, P05 is free text.
    assert hashed == ("marca", "q_p01", "q_p03__claro", "q_p03__tiempo", "q_p04")


def test_headings_of_limesurvey_in_english(tmp_path: Path) -> None:
    content = (
        "Response ID,Date submitted,Last page,Start language,Seed,Date started,Date last action,IP address,P01\n"
        "7,2020-05-01 10:00:00,2,en,1,2020-05-01 09:00:00,2020-05-01 10:00:00,10.0.0.1,A4\n"
    )
    file = landed(tmp_path, content.encode(), "l.csv", "taller", "salida")
    _, body = TabularConnector(source("limesurvey_export", LIME[:1]), tmp_path, [survey()]).chunks([file])
    frames = body.rows([0])
    assert answered(frames) == [(0, "P01", "A4")]
    (response,) = frames["response"].to_dict("records")
    assert (response["response_id"], response["complete"], response["language"]) == ("7", "true", "en")


def test_the_self_test_does_not_miss_columns_that_another_export_has(tmp_path: Path) -> None:
    for name in ("surveymonkey_expandido.csv", "surveymonkey_condensado.csv"):
        (tmp_path / name).write_bytes((FILES / name).read_bytes())
    found = check_folder(source("surveymonkey", MONKEY), LocalFolder("formularios", tmp_path))
    assert not found.findings
    assert not [note for note in found.notes if "q_" in note]


def test_the_sources_of_the_page_about_forms_can_be_used_as_they_stand(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "fuentes" / "formularios.md").read_text(encoding="utf-8")
    blocks = [yaml.safe_load(text) for text in re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)]
    (declared,) = [Survey.model_validate(block) for block in blocks if "survey_id" in block]
    sources = [TabularSource.model_validate(block) for block in blocks if "kind" in block]
    assert [one.source for one in sources] == ["formularios", "otra"]
    for one in sources:
        TabularConnector(one, tmp_path, [declared] if one.source == declared.source else None)
    (exclude,) = [block["exclude"] for block in blocks if "exclude" in block]
    source("kobo_csv", KOBO, exclude=exclude)
    named = {name for name in preset_names() if f"(`{name}`)" in page}
    assert named == {"google_forms", "microsoft_forms", "surveymonkey", "kobo_csv", "limesurvey_export"}


TOPICS = {"a": "Riesgos", "b": "Riesgos, controles", "c": "Ética; pública", "d": "Datos, riesgos y más"}
SEVERAL = [
    {
        "question": "P1",
        "headings": ["Temas"],
        "type": "choices",
        "options": [{"code": c, "label": t} for c, t in TOPICS.items()],
    }
]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=30)
@given(chosen=st.lists(st.sets(st.sampled_from(sorted(TOPICS))), min_size=1, max_size=6))
def test_one_cell_or_a_column_for_each_option_is_the_same(tmp_path: Path, chosen: list[set[str]]) -> None:
    condensed = [["Marca temporal", "Temas"]]
    expanded = [["Marca temporal", *(f"Temas [{text}]" for text in TOPICS.values())]]
    for minute, codes in enumerate(chosen):
        moment = f"27/05/2026 10:{minute:02}:00"
        condensed.append([moment, ", ".join(TOPICS[code] for code in sorted(codes))])
        expanded.append([moment, *("Sí" if code in codes else "No" for code in TOPICS)])
    read = [
        answered(read_google(tmp_path, csv_bytes(table).decode(), SEVERAL)) if any(chosen) else []
        for table in (condensed, expanded)
    ]
    assert read[0] == read[1] == [(n, f"P1.{code}", "Y") for n, codes in enumerate(chosen) for code in sorted(codes)]


def test_people_who_answer_alike_in_one_second_are_several(tmp_path: Path) -> None:
    line = "27/05/2026 10:00:00,Satisfecho\n"
    file = landed(tmp_path, f"Marca temporal,Satisfacción\n{line}{line}\n{line}".encode(), "g.csv", "taller", "salida")
    header, body = TabularConnector(source("google_forms", RATED), tmp_path, [survey()]).chunks([file])
    assert len(set(body.records)) == 4  # a blank one, and three that the door takes for different ones
    whole = body.rows(range(4))
    first = whole["response"]["response_id"][0]
    assert list(whole["response"]["response_id"]) == [first, f"{first}-2", f"{first}-3"]
    assert list(whole["response"]["account_ref"]) == [f"salida/{code}" for code in whole["response"]["response_id"]]
    assert list(whole["answer"]["response_id"]) == list(whole["response"]["response_id"])
    # The same when the door lets only one of them through.
    assert list(body.rows([3])["response"]["response_id"]) == [f"{first}-3"]
    assert header.positions == ["0"]


def test_a_question_called_like_a_column_of_the_platform_is_told_from_it(tmp_path: Path) -> None:
    asked = [{"question": "P1", "headings": ["Nombre"], "type": "text", "occurrence": 2}]
    content = (
        "ID,Hora de inicio,Hora de finalización,Correo electrónico,Nombre,Nombre\n"
        "1,27/05/2026 10:00:00,27/05/2026 10:01:00,rosa@ejemplo.example,Rosa Méndez,Taller A\n"
    )
    file = landed(tmp_path, content.encode(), "m.csv", "taller", "salida")
    _, body = TabularConnector(source("microsoft_forms", asked), tmp_path, [survey()]).chunks([file])
    frames = body.rows([0])
    assert frames["account_identity"]["full_name"][0] == "Rosa Méndez"
    assert answered(frames, free=True) == [(0, "P1", "Taller A")]


def test_the_source_of_the_page_about_files_reads_a_list(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "fuentes" / "archivos.md").read_text(encoding="utf-8")
    (block,) = [yaml.safe_load(text) for text in re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)]
    contract = TabularSource.model_validate(block)
    assert all(f"`{name}`" in page for name in preset_names())
    table = [
        ["No.", "Nombre", "Correo", "Sexo", "Hora de registro"],
        ["1", "Ana López (Invitada)", "ana@ejemplo.example", "Mujer", "27/05/2026 10:00"],
        ["2", "Luis", "", "-", "27/05/2026 10:05"],
        ["3", "Prueba de sonido", "", "Prefiero no decirlo", "27/05/2026 09:00"],
    ]
    book = xlsx_bytes(table, "Asistencia")
    (chunk,) = TabularConnector(contract, tmp_path).chunks(
        [landed(tmp_path, book, "l.xlsx", "lista", "TALLER-2026-05-27")]
    )
    frames = chunk.rows(range(3))
    assert list(frames["attendance"]["weak"]) == ["false", "true", "true"]
    assert list(frames["attendance"]["out_of_scope"].fillna("")) == ["", "", "cuenta_de_prueba"]
    assert list(frames["account"]["sex"].fillna("")) == ["mujer", "", ""]
    assert frames["account_identity"]["full_name"][0] == "Ana López"
