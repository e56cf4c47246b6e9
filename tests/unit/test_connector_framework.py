"""The project's own YAML as a source: landed whole per dataset, read with the models of the contracts."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import zstandard
from fakes import FakeLanding
from the_case import case_project

from trimestre.contracts import Project
from trimestre.errors import PermanentError
from trimestre.sources.framework import DATASETS, FrameworkConnector
from trimestre.warehouse.entities import ENTITIES

ROOT = Path(__file__).parents[2]
INDICATOR = """\
code: X-{number}
version: {version}
state: vigente
name: {{es: Señal, en: Signal}}
definition: {{es: Cuenta, en: Count}}
line: L2
unit: personas
evidence: certificates
measure: count
attribution: edition
"""
CHANGE = "- {{version: {0}, changed_on: 2020-05-01, change: {{es: Otra, en: Another}}, changed_by: Coordinación}}\n"


def sheet(number: int, version: int) -> str:
    """An indicator with the log that its version asks for."""
    log = "".join(CHANGE.format(made) for made in range(2, version + 1))
    return INDICATOR.format(number=number, version=version) + (f"changes:\n{log}" if log else "")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """The project of the case, with two indicators of the test's own."""
    root = tmp_path / "project"
    shutil.copytree(ROOT / "framework", root / "framework")
    shutil.rmtree(root / "framework" / "indicators")
    (root / "framework" / "indicators").mkdir()
    for number in (1, 2):
        path = root / "framework" / "indicators" / f"X-{number}.yaml"
        path.write_text(sheet(number, number), encoding="utf-8")
    return replace(case_project(), root=root)


@pytest.fixture
def landing(tmp_path: Path) -> FakeLanding:
    folder = tmp_path / "landing"
    folder.mkdir()
    return FakeLanding(folder)


def rows(connector: FrameworkConnector, landing: FakeLanding) -> dict[str, list[dict[str, str]]]:
    found: dict[str, list[dict[str, str]]] = {}
    for chunk in connector.chunks(landing.files):
        for entity, frame in chunk.rows(range(len(chunk.records))).items():
            assert set(frame.columns) == {"record", "out_of_scope", *ENTITIES[entity].fields}
            found.setdefault(entity, []).extend(
                {key: value for key, value in row.items() if isinstance(value, str)} for row in frame.to_dict("records")
            )
    return found


def test_it_lands_one_complete_snapshot_per_dataset(project: Project, landing: FakeLanding) -> None:
    connector = FrameworkConnector(project)
    connector.fetch(landing)
    assert [file.dataset for file in landing.files] == list(DATASETS)
    assert all(delivery.complete for delivery in connector.deliveries(landing.files))
    (courses,) = (file for file in landing.files if file.dataset == "courses")
    content = zstandard.decompress(courses.path.read_bytes()).decode()
    assert content.startswith("# framework/framework.yaml\n---\n")
    assert "\n# framework/courses/etica-integridad.yaml\n---\n" in content


def test_nothing_lands_when_nothing_changed_and_the_whole_dataset_when_one_file_did(
    project: Project, landing: FakeLanding
) -> None:
    connector = FrameworkConnector(project)
    connector.fetch(landing)
    connector.fetch(landing)
    assert len(landing.files) == len(DATASETS)
    changed = project.root / "framework" / "indicators" / "X-1.yaml"
    changed.write_text(sheet(1, 7), encoding="utf-8")
    connector.fetch(landing)
    landing.files = landing.files[len(DATASETS) :]
    assert [file.dataset for file in landing.files] == ["indicators"]
    assert [row["version"] for row in rows(connector, landing)["indicator"]] == ["7", "2"]


def test_the_rows_of_the_case(project: Project, landing: FakeLanding) -> None:
    connector = FrameworkConnector(project)
    connector.fetch(landing)
    found = rows(connector, landing)
    assert found["course"] == [
        {
            "course": "etica-integridad",
            "name": "(Nueva) Ética e Integridad en el Servicio Público",
            "aliases": "Nueva Ética e Integridad en el Servicio Público | Ética e Integridad en el Servicio Público",
            "line": "L2",
        }
    ]
    assert [(row["module"], row["ordinal"]) for row in found["module"]] == [("M1", "1"), ("M2", "2"), ("M3", "3")]
    neisp, uif = found["course_edition"]
    assert (neisp["opens_on"], neisp["closes_on"], neisp["last_day"]) == ("2020-04-07", "2020-05-18", "2020-05-18")
    assert (uif["closes_on"], uif["last_day"]) == ("2020-06-30", "2020-07-07")
    assert "cutoff_reason" in uif
    assert "cutoff_reason" not in neisp
    assert (neisp["population"], uif["population"]) == ("unknown", "enrolled")
    assert uif["timezone"] == "America/Mexico_City"
    surveys = {row["survey"]: row for row in found["survey"]}
    assert surveys["salida-neisp"]["edition"] == "NEISP-2020-1"
    assert "edition" not in surveys["encuesta-mapeo"]
    assert surveys["encuesta-mapeo"]["event"] == "MAPEO-2020-05-27"
    assert found["event"] == [  # without presence: no hours, and being on the list is enough
        {
            "event": "MAPEO-2020-05-27",
            "name": "Mapeo de metodologías sobre riesgos de corrupción",
            "held_on": "2020-05-27",
            "line": "L2",
        }
    ]
    definition = found["indicator"][0]["definition"]
    assert json.loads(definition)["code"] == "X-1"
    assert definition == json.dumps(json.loads(definition), sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def edit(project: Project, file: str, old: str, new: str) -> None:
    """Change a file of the framework."""
    path = project.root / "framework" / file
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.mark.parametrize(
    ("first_month", "fiscal_year", "fy_period"),
    [(1, "FY2020", "FY2020-Q2"), (4, "FY2021", "FY2021-Q1"), (7, "FY2020", "FY2020-Q4"), (10, "FY2020", "FY2020-Q3")],
)
def test_quarters_stand_in_the_donors_fiscal_year(
    project: Project, landing: FakeLanding, first_month: int, fiscal_year: str, fy_period: str
) -> None:
    edit(project, "framework.yaml", "illustrative: true", f"illustrative: true\nfiscal_year_starts: {first_month}")
    connector = FrameworkConnector(project)
    connector.fetch(landing)
    quarters = rows(connector, landing)["period"]
    assert [row["ordinal"] for row in quarters] == [str(n) for n in range(1, len(quarters) + 1)]
    (second,) = (row for row in quarters if row["period"] == "2020-Q2")
    assert second | {"ordinal": "n"} == {
        "period": "2020-Q2",
        "ordinal": "n",
        "starts_on": "2020-04-01",
        "ends_on": "2020-06-30",
        "fiscal_year": fiscal_year,
        "fy_period": fy_period,
        "timezone": "America/Mexico_City",
    }


def test_another_fiscal_year_or_zone_makes_other_records_of_the_quarters(
    project: Project, landing: FakeLanding
) -> None:
    connector = FrameworkConnector(project)
    seen = set()
    for old, new in (
        ("illustrative: true", "illustrative: true"),
        ("illustrative: true", "illustrative: true\nfiscal_year_starts: 1"),
        ("America/Mexico_City", "America/Tijuana"),
    ):
        edit(project, "framework.yaml", old, new)
        landing.files = []
        connector.fetch(landing)
        (chunk,) = (chunk for chunk in connector.chunks(landing.files) if chunk.dataset == "periods")
        seen.add(tuple(chunk.records))
    assert len(seen) == 3


def test_institutions_and_states_go_by_all_their_names(project: Project, landing: FakeLanding) -> None:
    connector = FrameworkConnector(project)
    connector.fetch(landing)
    found = rows(connector, landing)
    assert len(found["state"]) == 32
    (institution,) = (row for row in found["institution"] if row["institution"] == "SFP")
    assert (institution.get("state"), institution["order_of_government"]) == (None, "FEDERAL"), "it is of no state"
    names = {(row["kind"], row["alias"]): row["code"] for row in found["alias"]}
    assert len(names) == len(found["alias"]), "one row a name"
    for kind, name, code in (
        ("institution", "SFP", "SFP"),
        ("institution", "SECRETARIA DE LA FUNCION PUBLICA", "SFP"),
        ("institution", "SRIA DE LA FUNCION PUBLICA", "SFP"),
        ("state", "09", "09"),
        ("state", "9", "09"),  # what a spreadsheet makes of 09
        ("state", "D F", "09"),
        ("state", "MEXICO", "15"),
        ("course", "NUEVA ETICA E INTEGRIDAD EN EL SERVICIO PUBLICO", "etica-integridad"),
        ("course", "ETICA INTEGRIDAD", "etica-integridad"),
    ):
        assert names[kind, name] == code


def test_what_carries_an_edition_and_the_stages_of_a_milestone(project: Project, landing: FakeLanding) -> None:
    (project.root / "framework/indicators/X-2.yaml").write_text(
        sheet(2, 1).replace("measure: count", "measure: milestone\nstages: [Nada, Acta]"),
        encoding="utf-8",
    )
    connector = FrameworkConnector(project)
    connector.fetch(landing)
    found = rows(connector, landing)
    assert found["milestone"] == [
        {"indicator": "X-2", "stage": "0", "name": "Nada"},
        {"indicator": "X-2", "stage": "1", "name": "Acta"},
    ]
    carried = {(row["edition"], row["delivered_by"]): row for row in found["edition_course"]}
    declared = {
        (edition.edition, delivery.source): delivery
        for course in project.courses
        for edition in course.editions
        for delivery in edition.delivered_by
    }
    assert {key: row["source_course"] for key, row in carried.items()} == {
        key: delivery.course for key, delivery in declared.items()
    }
    for key, row in carried.items():
        assert json.loads(row["activities"]) == declared[key].activities


def test_one_institution_changed_makes_one_other_record(project: Project, landing: FakeLanding) -> None:
    connector = FrameworkConnector(project)
    connector.fetch(landing)
    (before,) = (chunk for chunk in connector.chunks(landing.files) if chunk.dataset == "institutions")
    edit(project, "institutions/federales.yaml", "[Hacienda, ", "[Hacienda, Hacienda y CP, ")
    landing.files = []
    connector.fetch(landing)
    (after,) = (chunk for chunk in connector.chunks(landing.files) if chunk.dataset == "institutions")
    assert len(set(before.records) ^ set(after.records)) == 2
    assert list(after.positions) == [f"1#/institutions/{n}" for n in range(len(after.records))]


def test_positions_and_records(project: Project, landing: FakeLanding) -> None:
    connector = FrameworkConnector(project)
    connector.fetch(landing)
    chunks = {chunk.dataset: chunk for chunk in connector.chunks(landing.files)}
    assert list(chunks["courses"].positions) == ["2"]
    assert list(chunks["surveys"].positions) == ["2", "3"]
    assert list(chunks["events"].positions) == ["2#/events/0"]
    assert list(chunks["indicators"].positions) == ["1", "2"]


PRESENCE = """\
    presence:
      starts_at: "{starts}"
      ends_at: "{ends}"
      minimum_percent: {minimum}
"""


def with_presence(project: Project, starts: str, ends: str, minimum: float, held_on: str = "2020-05-27") -> None:
    """Give the case's event scheduled hours."""
    (path,) = (project.root / "framework" / "events").glob("*.yaml")
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    (day,) = (line for line in lines if "held_on:" in line)
    hours = PRESENCE.format(starts=starts, ends=ends, minimum=minimum)
    lines[lines.index(day)] = day.replace("2020-05-27", held_on) + hours
    path.write_text("".join(lines), encoding="utf-8")


@pytest.mark.parametrize(
    ("held_on", "offset"),
    [("2020-05-27", "-05:00"), ("2020-02-05", "-06:00")],
)
def test_the_hours_of_an_event_are_local_ones_with_their_offset(
    project: Project, landing: FakeLanding, held_on: str, offset: str
) -> None:
    """An hour of the same clock in February and in May is another instant: summer time."""
    with_presence(project, "10:00", "12:30", 66.5, held_on)
    connector = FrameworkConnector(project)
    connector.fetch(landing)
    (event,) = rows(connector, landing)["event"]
    assert event["starts_at"] == f"{held_on}T10:00:00{offset}"
    assert event["ends_at"] == f"{held_on}T12:30:00{offset}"
    assert event["minimum_percent"] == "66.5"


def test_another_minimum_makes_another_record(project: Project, landing: FakeLanding) -> None:
    connector = FrameworkConnector(project)
    connector.fetch(landing)
    with_presence(project, "10:00", "12:00", 75)
    connector.fetch(landing)
    assert [file.dataset for file in landing.files[len(DATASETS) :]] == ["events"]
    first, second = (chunk.records for chunk in connector.chunks(landing.files) if chunk.dataset == "events")
    assert list(first) != list(second)


def test_surveys_say_how_they_are_reached_and_which_responses_count(project: Project, landing: FakeLanding) -> None:
    connector = FrameworkConnector(project)
    connector.fetch(landing)
    found = {row["survey"]: (row["reached_by"], row["repeated"]) for row in rows(connector, landing)["survey"]}
    assert found == {"salida-neisp": ("enrolment", "last"), "encuesta-mapeo": ("attendance", "last")}


def test_events_landed_before_they_had_hours_are_still_read(
    project: Project, landing: FakeLanding, tmp_path: Path
) -> None:
    """They lie in the landing for ever, without framework.yaml as their first document; a replay reads them again."""
    (now,) = (project.root / "framework" / "events").glob("*.yaml")
    path = tmp_path / "events.yaml"
    path.write_text("# framework/events/2020.yaml\n---\n" + now.read_text(encoding="utf-8") + "...\n", encoding="utf-8")
    landing.store_file("events", "events", path)
    connector = FrameworkConnector(project)
    (chunk,) = connector.chunks(landing.files)
    assert list(chunk.positions) == ["1#/events/0"]
    (event,) = rows(connector, landing)["event"]
    assert event["event"] == "MAPEO-2020-05-27"
    assert not {"starts_at", "ends_at", "minimum_percent"} & set(event)


def test_another_zone_makes_other_records_of_courses_surveys_and_events(project: Project, landing: FakeLanding) -> None:
    connector = FrameworkConnector(project)
    connector.fetch(landing)
    before = {chunk.dataset: chunk.records for chunk in connector.chunks(landing.files)}
    path = project.root / "framework" / "framework.yaml"
    path.write_text(
        path.read_text(encoding="utf-8").replace("America/Mexico_City", "America/Tijuana"), encoding="utf-8"
    )
    landing.files = []
    connector.fetch(landing)
    after = {chunk.dataset: chunk.records for chunk in connector.chunks(landing.files)}
    for dataset in ("courses", "surveys", "events"):
        assert before[dataset] != after[dataset]
    assert before["indicators"] == after["indicators"]
    assert rows(connector, landing)["course_edition"][0]["timezone"] == "America/Tijuana"


def test_comments_layout_and_document_marks_make_no_record_differ(project: Project, landing: FakeLanding) -> None:
    connector = FrameworkConnector(project)
    connector.fetch(landing)
    before = [list(chunk.records) for chunk in connector.chunks(landing.files)]
    for path in (project.root / "framework" / "indicators").glob("*.yaml"):
        path.write_text(
            "%YAML 1.1\n---\n# reviewed\n" + path.read_text(encoding="utf-8").rstrip("\n"),
            encoding="utf-8",
            newline="\r\n",
        )
    landing.files = []
    connector.fetch(landing)
    assert [list(chunk.records) for chunk in connector.chunks(landing.files)] == before


def test_a_landed_file_of_another_shape_is_named(project: Project, landing: FakeLanding, tmp_path: Path) -> None:
    connector = FrameworkConnector(project)
    path = tmp_path / "indicators.yaml"
    path.write_text("---\ncode: X\nnobody: knows\n", encoding="utf-8")
    landing.store_file("indicators", "indicators", path)
    with pytest.raises(PermanentError, match=r"indicators\.yaml, documento 1: se encontraron claves .*nobody"):
        list(connector.chunks(landing.files))


def test_a_damaged_landed_file_is_named(project: Project, landing: FakeLanding, tmp_path: Path) -> None:
    path = tmp_path / "events.yaml"
    path.write_text("events: []\n", encoding="utf-8")
    landing.store_file("events", "events", path)
    landing.files[0].path.write_bytes(b"\x00not zstd")
    with pytest.raises(PermanentError, match="dañado"):
        list(FrameworkConnector(project).chunks(landing.files))


def test_a_landed_file_that_nests_without_end_is_named_and_ends_no_night(
    project: Project, landing: FakeLanding, tmp_path: Path
) -> None:
    path = tmp_path / "events.yaml"
    path.write_text("events:\n" + "- " * 5_000, encoding="utf-8")
    landing.store_file("events", "events", path)
    with pytest.raises(PermanentError, match="dañado"):
        list(FrameworkConnector(project).chunks(landing.files))
