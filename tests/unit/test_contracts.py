"""A wrong YAML is told with file, key, value and mend: in one file, and across files."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from fakes import change

from trimestre.contracts import Project, load_project, load_source
from trimestre.contracts.base import Contract
from trimestre.contracts.telling import shown
from trimestre.errors import ContractError
from trimestre.indicators.computing import definitions_digest
from trimestre.indicators.definitions import definitions_of

ROOT = Path(__file__).resolve().parents[2]
COURSE = "framework/courses/etica-integridad.yaml"


def told(root: Path) -> str:
    with pytest.raises(ContractError) as raised:
        load_project(root)
    return str(raised.value)


def test_this_project_is_right() -> None:
    project = load_project(ROOT)
    assert [indicator.code for indicator in project.indicators] == [
        path.stem for path in sorted((ROOT / "framework" / "indicators").glob("*.yaml"))
    ]
    assert set(project.sources) == {path.stem for path in (ROOT / "sources").glob("*.yaml")}
    assert project.broken_sources == {}


def models(kind: type[Contract]) -> set[type[Contract]]:
    return {kind}.union(*(models(sub) for sub in kind.__subclasses__()))


@pytest.mark.parametrize(
    "model", sorted(models(Contract), key=lambda model: model.__qualname__), ids=lambda m: m.__name__
)
def test_every_key_is_described_and_no_unknown_one_is_taken(model: type[Contract]) -> None:
    assert model.model_config.get("extra") == "forbid"
    assert [name for name, field in model.model_fields.items() if not field.description] == []


# -- one file --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("file", "text", "expected"),
    [
        (
            "framework/periods.yaml",
            "first: 2020-Q1\nlast: 2020-Q4\ntercero: 2020-Q3\n",
            ["periods.yaml", "tercero", "clave que no existe", "Quítela o corrija"],
        ),
        (
            "framework/periods.yaml",
            "first: 2020-Q1\n",
            ["periods.yaml", "last", "no se encontró nada", "Agregue la clave"],
        ),
        (
            "framework/periods.yaml",
            "first: 2020-T1\nlast: 2020-Q4\n",
            ["periods.yaml", "first", "«2020-T1»", "Corrija el valor"],
        ),
        (
            "framework/periods.yaml",
            "first: 2020-Q4\nlast: 2020-Q1\n",
            ["periods.yaml", "2020-Q4 o después, el primer trimestre"],
        ),
        ("framework/periods.yaml", "first: [\n", ["periods.yaml", "línea ", "no es YAML", "Revise ahí la sangría"]),
        ("framework/periods.yaml", "", ["periods.yaml", "un archivo vacío", "claves con sus valores"]),
        ("framework/periods.yaml", "- 2020-Q1\n", ["periods.yaml", "una lista", "claves con sus valores"]),
        (
            "sources/eventos.yaml",
            "kind: tabular\nsource: eventos\n",
            ["eventos.yaml", "datasets", "no se encontró nada"],
        ),
        (
            "sources/eventos.yaml",
            "kind: excel\nsource: eventos\n",
            ["eventos.yaml", "kind", "«excel»", "moodle, limesurvey"],
        ),
        (
            "sources/eventos.yaml",
            "source: eventos\n",
            ["eventos.yaml", "kind: no se encontró nada", "moodle, limesurvey"],
        ),
        ("sources/eventos.yaml", "kind: [tabular]\n", ["eventos.yaml", "kind", "tabular"]),
    ],
)
def test_a_wrong_file_is_told_with_key_value_and_mend(project: Path, file: str, text: str, expected: list[str]) -> None:
    (project / file).write_text(text)
    message = told(project)
    assert [part for part in expected if part not in message] == [], message


def test_a_file_in_another_encoding_is_told(project: Path) -> None:
    (project / "framework/events/2020.yaml").write_bytes("events: [{name: Capacitación}]".encode("latin-1"))
    message = told(project)
    assert "2020.yaml" in message
    assert "UTF-8" in message


@pytest.mark.parametrize(
    ("path", "right", "wrong", "key"),
    [
        ("framework/courses/etica-integridad.yaml", "2020-04-07", "2020-04-31", "editions.0.opens_on"),
        ("framework/surveys/encuesta-salida.yaml", "2020-06-30", "2020-06-31", "closes_on"),
        ("framework/framework.yaml", "minimum_n: 10", "minimum_n: 0x_", "minimum_n"),
    ],
)
def test_a_day_that_no_month_has_is_told_by_its_key(project: Path, path: str, right: str, wrong: str, key: str) -> None:
    file = project / path
    text = file.read_text(encoding="utf-8")
    assert right in text
    file.write_text(text.replace(right, wrong, 1), encoding="utf-8")
    message = told(project)
    assert f"{file.name}: {key}: se encontró «{wrong.split()[-1]}»" in message


def test_every_problem_of_a_file_is_told_at_once(project: Path) -> None:
    (project / "framework/identity.yaml").write_text("keys: [curp]\nsex_orden: [eventos]\n")
    message = told(project)
    assert len(message.splitlines()) == 3
    assert "keys.0" in message
    assert "sex_orden" in message
    assert "sex_order: no se encontró nada" in message


@pytest.mark.parametrize("code", ["framework", "identity", "decisions"])
def test_a_source_takes_no_code_of_trimestres_own(project: Path, code: str) -> None:
    """Its batches would stand among those of the framework, or move what no file brought."""
    shutil.move(project / "sources/eventos.yaml", project / f"sources/{code}.yaml")
    change(project / f"sources/{code}.yaml", lambda data: data.update(source=code))
    message = told(project)
    for part in (f"{code}.yaml: source: se encontró «{code}»", "se esperaba otra clave", "Cambie"):
        assert part in message


def test_a_source_is_called_as_its_file(project: Path) -> None:
    shutil.move(project / "sources/eventos.yaml", project / "sources/otros.yaml")
    message = told(project)
    assert "otros.yaml: source: se encontró «eventos», se esperaba «otros»" in message


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("timezone", "America/Mexico", "America/Mexico_City"),
        ("schedule", "0 3 * *", "cinco campos"),
        ("schedule", "99 3 * * *", "llegue algún día"),
        ("schedule", "0 3 * * lunes", "llegue algún día"),
        ("schedule", "0 3 31 2 *", "llegue algún día"),
        ("floor_percent", 101, "100 o menos"),
        ("page_size", 0, "1 o más"),
        ("delivers", "additions", "snapshot per course"),
    ],
)
def test_a_value_out_of_its_range_is_told(project: Path, key: str, value: object, expected: str) -> None:
    change(project / "sources/moodle_pnud.yaml", lambda data: data.update({key: value}))
    message = told(project)
    assert message.startswith(f"moodle_pnud.yaml: {key}: se encontró {shown(value)}")
    assert expected in message


def test_a_wrong_source_stops_only_itself_where_others_must_go_on(project: Path) -> None:
    (project / "sources/eventos.yaml").write_text("kind: tabular\n")
    read = load_project(project, lenient_sources=True)
    assert set(read.sources) == {path.stem for path in (ROOT / "sources").glob("*.yaml")} - {"eventos"}
    assert "eventos.yaml" in read.broken_sources["eventos"]
    with pytest.raises(ContractError, match=r"eventos\.yaml"):
        read.source("eventos")


WRONG_INDICATORS: dict[str, Callable[[Path], object]] = {
    "a key": lambda folder: change(folder / "L2-02.yaml", lambda data: data.update(measure="cuenta")),
    "a reference": lambda folder: change(folder / "L2-02.yaml", lambda data: data.update(line="L9")),
    "no YAML": lambda folder: (folder / "L2-02.yaml").write_text("code: [L2-02"),
    "a code twice": lambda folder: shutil.copy(folder / "L2-02.yaml", folder / "L2-02-copia.yaml"),
}


@pytest.mark.parametrize("what", WRONG_INDICATORS)
def test_a_wrong_indicator_stops_the_figures_and_no_source(project: Path, what: str) -> None:
    WRONG_INDICATORS[what](project / "framework/indicators")
    read = load_project(project, lenient_sources=True)
    assert set(read.sources) == {path.stem for path in (ROOT / "sources").glob("*.yaml")}
    assert sorted(read.indicator_codes()) == sorted(indicator.code for indicator in load_project(ROOT).indicators)
    assert read.accumulates()
    wanting: tuple[Callable[[Project], object], ...] = (
        definitions_digest, definitions_of, lambda one: one.indicator("L2-01"), lambda one: list(one.indicators),
    )  # fmt: skip
    for wants_figures in wanting:
        with pytest.raises(ContractError, match=r"L2-02.*\.yaml"):
            wants_figures(read)
    with pytest.raises(ContractError, match=r"L2-02.*\.yaml"):
        load_project(project)


def test_every_wrong_file_is_named_at_once(project: Path) -> None:
    """Whoever mends one and finds the next, one at a time, gives up after the third."""
    for name in ("framework/indicators/L2-01.yaml", "framework/indicators/L2-02.yaml", COURSE, "sources/eventos.yaml"):
        change(project / name, lambda data: data.update(nombre="x"))
    change(project / "framework/indicators/L2-03.yaml", lambda data: data.update(line="L9"))
    for name in ("expectations/account.yaml", "framework/periods.yaml"):
        (project / name).write_text("a: [")
    wrong = ["eventos", "L2-01", "L2-02", "periods", Path(COURSE).stem, "account"]
    assert [line.split(".yaml")[0] for line in told(project).splitlines()] == wrong
    (project / "framework/periods.yaml").write_text((ROOT / "framework/periods.yaml").read_text())
    (project / "expectations/account.yaml").write_text((ROOT / "expectations/account.yaml").read_text())
    (project / COURSE).write_text((ROOT / COURSE).read_text())
    wrong = ["eventos", "L2-01", "L2-02", "L2-03"]
    assert [line.split(".yaml")[0] for line in told(project).splitlines()] == wrong


# -- the traps of YAML -----------------------------------------------------------------------------------------


def indicator_with(project: Path, old: str, new: str) -> None:
    path = project / "framework/indicators/L2-01.yaml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_a_bare_no_is_not_a_text(project: Path) -> None:
    """YAML reads No as false: an option «No» without quotes would never be found."""
    path = project / "sources/moodle_pnud.yaml"
    path.write_text(path.read_text().replace("{Mujer: mujer, Hombre: hombre}", "{No: no_binario, Hombre: hombre}"))
    message = told(project)
    assert "moodle_pnud.yaml: sex_values" in message


def test_a_baseline_of_no_is_not_a_zero(project: Path) -> None:
    """«value: no», meaning not available, would become the number 0."""
    indicator_with(project, "baseline: {value: 0,", "baseline: {value: no,")
    assert "L2-01.yaml: baseline.value" in told(project)


def test_a_target_of_yes_is_not_a_one(project: Path) -> None:
    indicator_with(project, "targets: {2020-Q2: 350}", "targets: {2020-Q2: yes}")
    assert "L2-01.yaml: targets" in told(project)


def test_a_key_written_twice_is_told(project: Path) -> None:
    """YAML's reader takes the last one and says nothing: half of somebody's work would be lost."""
    path = project / "framework/indicators/L2-01.yaml"
    path.write_text(path.read_text() + "targets: {2020-Q3: 360}\n")
    message = told(project)
    assert "L2-01.yaml" in message
    assert "targets" in message


def test_a_comment_behind_the_kind_is_a_comment(tmp_path: Path) -> None:
    text = (ROOT / "sources/moodle_pnud.yaml").read_text()
    (tmp_path / "moodle_pnud.yaml").write_text(text.replace("kind: moodle", "kind: moodle  # by its web services"))
    assert load_source(tmp_path / "moodle_pnud.yaml").kind == "moodle"


def test_a_number_of_a_survey_needs_its_quotes(project: Path) -> None:
    change(project / "framework/surveys/encuesta-salida.yaml", lambda data: data.update(survey_id=202001))
    assert "survey_id: se encontró 202001" in told(project)


# -- across files ----------------------------------------------------------------------------------------------


def edit_edition(name: str, value: object) -> Callable[[dict[str, Any]], None]:
    return lambda data: data["editions"][0].update({name: value})


@pytest.mark.parametrize(
    ("file", "edit", "expected"),
    [
        ("framework/indicators/L2-01.yaml", lambda d: d.update(line="L9"), ["L2-01", "line", "«L9»", "L1, L2"]),
        (COURSE, lambda d: d.update(line="L9"), ["etica-integridad", "line", "«L9»"]),
        (
            COURSE,
            lambda d: d["editions"][0]["delivered_by"][0].update(source="modle"),
            ["NEISP-2020-1", "«modle»", "moodle_pnud"],
        ),
        (COURSE, lambda d: d["editions"][0]["delivered_by"][0]["activities"].update(M9="x"), ["NEISP-2020-1", "M9"]),
        (COURSE, edit_edition("closes_on", "2019-01-01"), ["closes_on"]),
        (
            "framework/surveys/encuesta-salida.yaml",
            lambda d: d.update(source="encuesta"),
            ["salida-neisp", "«encuesta»"],
        ),
        (
            "framework/surveys/encuesta-salida.yaml",
            lambda d: d.update(edition="NEISP-2020-2"),
            ["salida-neisp", "«NEISP-2020-2»"],
        ),
        ("framework/surveys/encuesta-27-mayo.yaml", lambda d: d.update(event="MAPEO"), ["encuesta-mapeo", "«MAPEO»"]),
        (
            "framework/identity.yaml",
            lambda d: d.update(sex_order=["moodle_pnud", "kobo"]),
            ["identity.yaml", "sex_order", "«kobo»"],
        ),
        (
            "framework/indicators/L2-09.yaml",
            lambda d: d["parameters"].update(survey="salida"),
            ["L2-09", "«salida»", "salida-neisp"],
        ),
        (
            "framework/indicators/L2-09.yaml",
            lambda d: d["representative"].update(denominator="enrolments"),
            ["L2-09", "«enrolments»"],
        ),
        (
            "framework/indicators/L2-01.yaml",
            lambda d: d.update(evidence="certificados"),
            ["«certificados»", "certificates"],
        ),
    ],
)
def test_a_reference_to_nothing_is_told(
    project: Path, file: str, edit: Callable[[dict[str, Any]], None], expected: list[str]
) -> None:
    change(project / file, edit)
    message = told_by_check(project)
    assert [part for part in expected if part not in message] == [], message


def told_by_check(root: Path) -> str:
    """What `trimestre check` would say: reading, and that every evidence exists."""
    from trimestre.indicators.evidence import check_definition

    try:
        for indicator in load_project(root).indicators:
            check_definition(indicator)
    except ContractError as error:
        return str(error)
    return "nothing"


def carried(data: dict[str, Any], number: int, **changes: Any) -> None:
    """Let what carries the first edition carry another one, or the same once more."""
    first = data["editions"][0]["delivered_by"][0]
    data["editions"][number]["delivered_by"] = [*data["editions"][number]["delivered_by"], first | changes]


@pytest.mark.parametrize(
    ("file", "edit", "expected"),
    [
        (
            COURSE,
            lambda d: d["modules"].append({"module": "M1", "name": "Otro"}),
            ["modules: se encontró M1 dos veces"],
        ),
        (
            COURSE,
            lambda d: d["modules"].append({"module": "certificate", "name": "C"}),
            ["modules: se encontró certificate dos veces"],
        ),
        (
            COURSE,
            lambda d: carried(d, 0, activities={"M1": "Módulo 1"}),
            ["delivered_by: se encontró dos veces «NEISP-2020-1» de moodle_pnud"],
        ),
        (
            COURSE,
            lambda d: carried(d, 1),
            ["ediciones EISP-UIF-2020 y NEISP-2020-1", "«NEISP-2020-1» de moodle_pnud", "de las demás"],
        ),
        (
            COURSE,
            lambda d: carried(d, 0, source="encuestas", activities={}),
            ["edición NEISP-2020-1: source", "«encuestas», de tipo limesurvey", "moodle o tabular"],
        ),
        (
            "framework/surveys/encuesta-27-mayo.yaml",
            lambda d: d.update(survey_id="202001"),
            ["encuestas encuesta-mapeo y salida-neisp", "«202001» de encuestas", "de las demás"],
        ),
    ],
)
def test_what_would_count_twice_or_never_is_told_before_the_night(
    project: Path, file: str, edit: Callable[[dict[str, Any]], None], expected: list[str]
) -> None:
    """An edition pasted from another and not renamed would count everybody twice; a course listed twice, half."""
    change(project / file, edit)
    message = told(project)
    assert [part for part in expected if part not in message] == [], message


def test_feedbacks_of_one_name_in_two_courses_are_two_surveys(project: Path) -> None:
    def other(data: dict[str, Any]) -> None:
        activities = data["editions"][0]["delivered_by"][0]
        data["editions"][1]["delivered_by"] = [activities | {"course": "UIF-2020"}]

    change(project / COURSE, other)
    for number, edition in enumerate(("NEISP-2020-1", "EISP-UIF-2020")):
        survey = {"survey": f"opinion-{number}", "name": "O", "source": "moodle_pnud", "survey_id": "Opinión"}
        path = project / f"framework/surveys/opinion-{number}.yaml"
        path.write_text(yaml.safe_dump(survey | {"edition": edition, "closes_on": "2020-07-31"}))
    assert told_by_check(project) == "nothing"


def test_a_correction_of_an_unknown_source_is_told(project: Path) -> None:
    correction = {
        "source": "modle", "entity": "account", "where": {"sex": "x"}, "set": {"sex": None}, "reason": "r",
        "decided_by": "d", "decided_on": "2020-07-01",
    }  # fmt: skip
    (project / "framework/corrections.yaml").write_text(yaml.safe_dump({"corrections": [correction]}))
    message = told(project)
    assert "corrections.yaml: source: se encontró «modle»" in message


@pytest.mark.parametrize(
    ("file", "what", "code"),
    [
        ("framework/indicators/L2-01.yaml", "L2-01.yaml, copia-L2-01.yaml: code", "L2-01"),
        (COURSE, "edición", "NEISP-2020-1"),
        ("framework/events/2020.yaml", "evento", "MAPEO-2020-05-27"),
        ("framework/surveys/encuesta-salida.yaml", "encuesta", "salida-neisp"),
        ("expectations/account.yaml", "expectations", "account"),
    ],
)
def test_a_code_that_stands_twice_is_told(project: Path, file: str, what: str, code: str) -> None:
    path = project / file
    shutil.copy(path, path.with_name(f"copia-{path.name}"))
    message = told(project)
    assert what in message
    assert code in message
    assert "se encontró" in message


def test_a_course_that_stands_twice_is_told(project: Path) -> None:
    shutil.copy(project / COURSE, project / "framework/courses/copia.yaml")

    def other_editions(data: dict[str, Any]) -> None:
        for edition in data["editions"]:
            edition["edition"] += "-B"

    change(project / "framework/courses/copia.yaml", other_editions)
    message = told(project)
    assert "etica-integridad" in message
    assert "se encontró" in message


INSTITUTIONS = "framework/institutions/federales.yaml"
STATES = "framework/states.yaml"


def institution(number: int, **values: Any) -> Callable[[dict[str, Any]], None]:
    """Change one institution of the list."""
    return lambda data: data["institutions"][number].update(values)


def state(number: int, **values: Any) -> Callable[[dict[str, Any]], None]:
    """Change one state of the list."""
    return lambda data: data["states"][number].update(values)


@pytest.mark.parametrize(
    ("file", "edit", "expected"),
    [
        (INSTITUTIONS, institution(1, aliases=["funcion  PÚBLICA."]), ["instituciones SFP y SHCP", "de las demás"]),
        (INSTITUTIONS, institution(1, aliases=["sfp"]), ["instituciones SFP y SHCP", "de las demás"]),
        (INSTITUTIONS, institution(1, institution="SFP"), ["institución SFP: se encontró dos veces"]),
        (STATES, state(1, aliases=["AGS"]), ["entidades federativas 01 y 02", "«Ags.»"]),
        (STATES, state(1, aliases=[1]), ["states.yaml", "aliases"]),
        (STATES, state(1, aliases=["1"]), ["entidades federativas 01 y 02", "«1»"]),
        (STATES, state(1, state="01"), ["entidad federativa 01: se encontró dos veces"]),
        (STATES, state(1, state=2), ["states.yaml: states.1.state", "se encontró 2"]),
        (INSTITUTIONS, institution(0, aliases=["Función Pública", "--"]), ["institución SFP", "«--»", "letras"]),
        (INSTITUTIONS, institution(0, aliases=["Кремль"]), ["institución SFP", "«Кремль»", "letras"]),
        (STATES, state(0, short_name="…"), ["entidad federativa 01", "«…»", "letras"]),
        (INSTITUTIONS, institution(0, state="33"), ["institución SFP: state", "«33»", "01, 02"]),
        (INSTITUTIONS, institution(0, state=9), ["federales.yaml", "state", "se encontró 9"]),
        (INSTITUTIONS, institution(0, order_of_government="Federal"), ["order_of_government", "«Federal»"]),
        (COURSE, lambda d: d.update(aliases=["¿?"]), ["curso etica-integridad", "«¿?»", "letras"]),
    ],
)
def test_a_name_that_stands_for_two_things_or_for_none_is_told(
    project: Path, file: str, edit: Callable[[dict[str, Any]], None], expected: list[str]
) -> None:
    """Otherwise one of the two would take the other's people, and nobody would say which."""
    change(project / file, edit)
    message = told(project)
    assert [part for part in expected if part not in message] == [], message


def test_one_name_written_twice_for_one_institution_is_no_problem(project: Path) -> None:
    change(project / INSTITUTIONS, institution(0, aliases=["Función Pública", "funcion publica", "SFP"]))
    assert told_by_check(project) == "nothing"


def test_two_courses_of_one_name_are_told(project: Path) -> None:
    shutil.copy(project / COURSE, project / "framework/courses/otro.yaml")

    def other(data: dict[str, Any]) -> None:
        data.update(course="otro", name="Otro", aliases=["ética e integridad en el servicio público"])
        for edition in data["editions"]:
            edition["edition"] += "-B"

    change(project / "framework/courses/otro.yaml", other)
    message = told(project)
    assert "cursos etica-integridad y otro: se encontró el nombre" in message


def test_a_project_without_lists_of_institutions_and_states_is_right(project: Path) -> None:
    shutil.rmtree(project / "framework/institutions")
    (project / STATES).unlink()
    assert told_by_check(project) == "nothing"


def test_an_institutions_state_needs_no_list_of_states(project: Path) -> None:
    (project / STATES).unlink()
    change(project / INSTITUTIONS, institution(0, state="33"))
    assert told_by_check(project) == "nothing"


def event_rows(event: str) -> Callable[[dict[str, Any]], None]:
    """The attendance of the demo's list is of this event."""
    return lambda data: data["datasets"][0]["rows"][2]["fields"].update(event={"value": event})


@pytest.mark.parametrize(
    ("source", "edit", "expected"),
    [
        ("eventos", lambda d: d["datasets"][0].update(event="MAPEO"), "event: se encontró «MAPEO»"),
        ("eventos", event_rows("MAPEO-2020-05-28"), "event: se encontró «MAPEO-2020-05-28»"),
        ("plataforma_sfp", lambda d: d["datasets"][0].update(edition="EISP"), "edition: se encontró «EISP»"),
        ("eventos", lambda d: d["datasets"][0].update(survey="salida"), "survey: se encontró «salida»"),
    ],
)
def test_rows_of_nothing_declared_are_told_before_a_night_holds_them_all_back(
    project: Path, source: str, edit: Callable[[dict[str, Any]], None], expected: str
) -> None:
    change(project / f"sources/{source}.yaml", edit)
    message = told(project)
    assert message.startswith(f"{source}.yaml: dataset ")
    assert len(message.splitlines()) == 1
    assert expected in message
    declared = {"event": "MAPEO-2020-05-27", "edition": "EISP-UIF-2020, NEISP-2020-1", "survey": "salida-neisp"}
    assert declared[expected.partition(":")[0]] in message
    assert "Declárela ahí" in message


def test_a_code_that_is_one_of_several_sources_of_a_field_is_told_too(project: Path) -> None:
    field = {"first_of": ["institucion", {"value": "NADA"}]}
    change(project / "sources/eventos.yaml", lambda d: d["datasets"][0]["rows"][2]["fields"].update(event=field))
    assert "event: se encontró «NADA»" in told(project)
    parts = {"joined": ["institucion", {"value": "NADA"}]}
    change(project / "sources/eventos.yaml", lambda d: d["datasets"][0]["rows"][2]["fields"].update(event=parts))
    load_project(project)


def test_questions_belong_to_a_survey_of_their_own_source(project: Path) -> None:
    """The connector would refuse it at night: the survey is another source's."""
    rows = [{"entity": "response", "fields": {"local_id": "numero", "survey": {"value": "salida-neisp"}}}]
    asked = [{"question": "P01", "type": "number"}]
    change(
        project / "sources/eventos.yaml",
        lambda d: d["datasets"][0].update(survey="salida-neisp", rows=rows, questions=asked),
    )
    assert "framework/surveys con «source: eventos»: ninguna todavía" in told(project)


def test_a_source_about_nothing_declared_stops_only_itself(project: Path) -> None:
    change(project / "sources/eventos.yaml", event_rows("MAPEO-2020-05-28"))
    read = load_project(project, lenient_sources=True)
    assert set(read.sources) == {path.stem for path in (ROOT / "sources").glob("*.yaml")} - {"eventos"}
    with pytest.raises(
        ContractError, match=r"eventos\.yaml: dataset asistencia_mapeo: event: se encontró «MAPEO-2020-05-28»"
    ):
        read.source("eventos")


def test_all_problems_across_files_are_told_at_once(project: Path) -> None:
    change(project / "framework/indicators/L2-01.yaml", lambda data: data.update(line="L9"))
    change(project / "framework/identity.yaml", lambda data: data.update(sex_order=["kobo"]))
    assert len(told(project).splitlines()) == 2


# -- looking up, and the fingerprint ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def right() -> Project:
    return load_project(ROOT)


def test_an_unknown_name_is_told_with_those_that_exist(right: Project) -> None:
    with pytest.raises(ContractError, match="se encontró «modle», se esperaba una de: datos_capturados, encuestas"):
        right.source("modle")
    with pytest.raises(ContractError, match="se encontró «L2-99», se esperaba una de estas claves: L1-01, L1-02"):
        right.indicator("L2-99")


@pytest.mark.parametrize(
    ("file", "edit", "source", "moves"),
    [
        ("sources/moodle_pnud.yaml", lambda d: d["profile_fields"].update(sex="genero"), "moodle_pnud", True),
        ("sources/moodle_pnud.yaml", lambda d: d["profile_fields"].update(sex="genero"), "eventos", False),
        (
            COURSE,
            lambda d: d["editions"][0]["delivered_by"][0]["activities"].update(M1="Unidad 1"),
            "moodle_pnud",
            True,
        ),
        ("framework/surveys/encuesta-salida.yaml", lambda d: d.update(survey_id="9"), "encuestas", True),
        ("expectations/certificate.yaml", lambda d: d["rules"][0].update(severity="warning"), "moodle_pnud", True),
        ("expectations/certificate.yaml", lambda d: d["rules"][0].update(what="Otra frase."), "moodle_pnud", False),
        ("framework/indicators/L2-01.yaml", lambda d: d.update(decimals=2), "moodle_pnud", False),
    ],
)
def test_what_reads_or_judges_a_record_re_reads_it_and_nothing_else_does(
    project: Path, file: str, edit: Callable[[dict[str, Any]], None], source: str, moves: bool
) -> None:
    before = load_project(project).fingerprint(source, "parser-1")
    change(project / file, edit)
    after = load_project(project).fingerprint(source, "parser-1")
    assert (before != after) == moves


def test_another_parser_re_reads_everything(right: Project) -> None:
    assert right.fingerprint("eventos", "tabular-1") != right.fingerprint("eventos", "tabular-2")
    assert right.fingerprint("framework", "a") != right.fingerprint("framework", "b")
