"""The quarterly report: its figures are those of the warehouse, and people's template and words stay theirs."""

import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import ZipFile

import docx
import pytest
import sqlalchemy as sa
from lxml import etree

from trimestre.errors import ContractError
from trimestre.indicators.definitions import project_from
from trimestre.periods import Period
from trimestre.reports.quarter import Quarter, quarter_of
from trimestre.reports.quarterly import write
from trimestre.reports.word.template import template_path, write_template
from trimestre.reports.written import Written
from trimestre.warehouse.database import transaction

if TYPE_CHECKING:
    from conftest import DemoPlant

Q2 = Period(2020, 2)
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
KNOWN: dict[str, Quarter] = {}
"""The quarters of the closed demo: reading one costs more than writing a report of it."""


def paragraph(section: str, text: str, line: str = "", ordinal: int = 1) -> dict[str, Any]:
    return {"section": section, "line": line, "ordinal": ordinal, "text": text}


WRITTEN = Written(
    narrative=(
        paragraph("titulo", "<p>Rendición de cuentas y niñez</p>"),
        paragraph("descripcion", "<p>El proyecto previene la corrupción.</p><p>Año uno &amp; dos.</p>"),
        paragraph("administrativas", "Se contrató a la especialista: menos de <5 años\x01 & más de 2."),
        paragraph("linea", "Son {{L2-01}} personas ({{ L2-01.mujeres }} mujeres); meta {{L2-01.meta}}.", "L2"),
        paragraph("cierre", "Siguen los convenios."),
    ),
    activities=(
        {
            "line": "L1", "happened": "a mediados de junio", "what": "Se acordó el calendario.",
            "counterpart": "la SFP", "agreement": "firma en julio", "evidence": "",
        },
    ),
    risks=(
        {
            "risk": "R-01", "opened_in": "2020-Q1", "closed_in": None, "description": "Teletrabajo",
            "effect": "Retrasos", "response": "Reuniones en línea", "owner": "Coordinación",
        },
    ),
    remarks=(
        {
            "remark": "OBS-1", "period": "2020-Q1", "about": "L2-01", "remark_text": "Aclarar la definición.",
            "answer": "Se aclaró.", "answered_in": "2020-Q2",
        },
    ),
)  # fmt: skip


def quarter_from(demo: "DemoPlant", name: str = "official") -> Quarter:
    if not KNOWN:
        with transaction(demo.plant.engine) as connection:
            KNOWN["official"] = replace(quarter_of(connection, demo.plant.project, Q2), written=WRITTEN)
            KNOWN["public"] = quarter_of(connection, demo.plant.project, Q2, audience="public")
            KNOWN["next"] = quarter_of(connection, demo.plant.project, Period(2020, 3))
    return KNOWN[name]


def part(path: Path, name: str = "word/document.xml") -> Any:
    with ZipFile(path) as packed:
        return etree.fromstring(packed.read(name))


def told(tree: Any) -> dict[str, str]:
    """Tag -> what its control says."""
    return {
        control.find(f"{W}sdtPr/{W}tag").get(f"{W}val"): "".join(control.itertext(f"{W}t"))
        for control in tree.iter(f"{W}sdt")
    }


def lines(path: Path) -> list[str]:
    """Every paragraph, its controls included, which python-docx leaves out."""
    return ["".join(item.itertext(f"{W}t")) for item in part(path).iter(f"{W}p")]


def with_template(quarter: Quarter, root: Path) -> tuple[Quarter, Path]:
    """The quarter with a template of its own to change."""
    shutil.copytree(quarter.project.root / "framework" / "templates", root / "framework" / "templates")
    return replace(quarter, project=replace(quarter.project, root=root)), root / "framework/templates/informe-es.docx"


def test_every_figure_of_the_report_is_that_of_the_warehouse(closed_demo: "DemoPlant", tmp_path: Path) -> None:
    quarter = quarter_from(closed_demo)
    (path,) = write(quarter, tmp_path)
    assert path.name == "informe-2020-Q2-v1.docx"
    found = told(part(path)) | told(part(path, "word/footnotes.xml"))
    with closed_demo.plant.engine.connect() as connection:
        rows = connection.execute(
            sa.text(
                "SELECT v.indicator, v.disaggregation, v.category, v.value, v.target, v.percent_of_target"
                " FROM results.candidate_value AS v INNER JOIN results.candidate AS c USING (candidate_id)"
                " WHERE c.state = 'vintage' AND c.period = '2020-Q2' AND v.official AND v.covers = '2020-Q2'"
            )
        ).all()
    compared = 0
    for row in rows:
        indicator = quarter.project.indicator(row.indicator)
        place = "total" if row.disaggregation == "total" else f"{row.disaggregation}={row.category}"
        said = found.get(f"{row.indicator}/{place}/value")
        if said is None or indicator.stages or row.value is None:
            assert said in {None, "n. d.", "n. a.", "etapa 3: en revisión interna"}
            continue
        percent = "%" if indicator.unit == "porcentaje" else ""
        assert said == f"{row.value:,.{indicator.decimals}f}{percent}", (row.indicator, place)
        compared += 1
        if row.disaggregation == "total" and row.percent_of_target is not None:
            assert found[f"{row.indicator}/percent"] == f"{row.percent_of_target:.1f}%"
            assert found[f"{row.indicator}/target"] == f"{float(row.target):g}{percent}"
    assert compared >= 20
    assert found["L2-01/status"] == "✓ Meta alcanzada"
    assert found["L2-05/status"] == "▲ Con rezago"
    assert found["L2-07/sexes"] == "Mujeres n.\u00a0d., hombres n.\u00a0d.", "nobody asked for their sex: never 0"


def test_the_course_results_are_the_list_of_the_case_and_percentages_add_to_100(
    closed_demo: "DemoPlant", tmp_path: Path
) -> None:
    quarter = quarter_from(closed_demo)
    (path,) = write(quarter, tmp_path)
    said = lines(path)
    start = next(number for number, line in enumerate(said) if "(NEISP-2020-1)" in line)
    assert said[start + 1 : start + 8] == [
        "Ingresaron al curso: 429", "Concluyeron con éxito: Módulo 1: 387", "Concluyeron con éxito: Módulo 2: 382",
        "Concluyeron con éxito: Módulo 3: 380", "Finalizaron con éxito (certificado descargado): 377",
        "De ellas, mujeres: 238 (63%)", "De ellas, hombres: 139 (37%)",
    ]  # fmt: skip
    assert "del 01/06/2020 al 07/07/2020" in said[start + 8]
    assert said[start + 9 : start + 17] == [
        "Personas convocadas: 41", "Ingresaron al curso: 36", "Concluyeron con éxito: Módulo 1: 30",
        "Concluyeron con éxito: Módulo 2: 28", "Concluyeron con éxito: Módulo 3: 28",
        "Finalizaron con éxito (certificado descargado): 28",
        "De ellas, mujeres: 12 (43%)", "De ellas, hombres: 16 (57%)",
    ]  # fmt: skip
    notes = "".join(part(path, "word/footnotes.xml").itertext())
    assert "para que sumen 100" in notes
    assert "Cierre ampliado al 7 de julio de 2020" in notes
    shares: dict[str, list[int]] = {}
    for tag, text in told(part(path)).items():
        if tag.endswith("/share"):
            shares.setdefault(tag.split(" × ")[0], []).append(int(text.removesuffix("%")))
    assert {sum(parts) for parts in shares.values()} == {100}


def test_what_people_wrote_stands_in_its_place_and_nothing_of_the_template_is_left(
    closed_demo: "DemoPlant", tmp_path: Path
) -> None:
    (path,) = write(quarter_from(closed_demo), tmp_path)
    with ZipFile(path) as packed:
        texts = {name: packed.read(name).decode() for name in packed.namelist() if name.endswith(".xml")}
    assert not [name for name, text in texts.items() if "{{" in text or "{%" in text or "&lt;p" in text]
    said = lines(path)
    for line in (
        "Quarter 2 2020 Status for Project 00112866",
        "Rendición de cuentas y niñez",
        "El proyecto previene la corrupción. Año uno & dos.",
        "01/04/2020 – 30/06/2020 (2020-Q2; FY2020-Q3 del donante)",
        "Se contrató a la especialista: menos de <5 años & más de 2.",
        "A mediados de junio: Se acordó el calendario (con la SFP). Acuerdo: firma en julio.",
        "Son 400 personas (248 mujeres); meta 350.",
        "Teletrabajo (desde 2020-Q1). Efecto: Retrasos. Respuesta: Reuniones en línea. Responsable: Coordinación.",
        "Sobre el informe de 2020-Q1, L2-01: Aclarar la definición. Respuesta: Se aclaró.",
        "Siguen los convenios.",
    ):
        assert line in said
    assert any(re.fullmatch(r"Cifras: versión oficial 1, aprobada el [\d/]+ · informe ilustrativo", s) for s in said)
    authors = closed_demo.plant.project.framework.authors
    assert len(authors) == 3
    assert all(any(author.name in line and author.post in line for line in said) for author in authors)
    tree = part(path)
    described = [item.get("descr") for item in tree.iter() if etree.QName(item).localname == "docPr"]
    assert len(described) == 3
    assert "Mujeres: 248; Hombres: 152" in described[0]
    ids = [item.get(f"{W}val") for item in tree.iter(f"{W}id") if item.getparent().tag == f"{W}sdtPr"]
    assert len(ids) == len(set(ids)), "Word mends a file with an id twice, and says so"
    assert all(len(tag) <= 64 for tag in told(tree))
    assert not any(not table.findall(f".//{W}tc") for table in tree.iter(f"{W}tbl"))


def test_the_same_version_and_words_give_the_same_bytes(closed_demo: "DemoPlant", tmp_path: Path) -> None:
    quarter = quarter_from(closed_demo)
    first, again = (write(quarter, folder)[0] for folder in (tmp_path, _folder(tmp_path, "again")))
    assert first.read_bytes() == again.read_bytes()
    properties = docx.Document(str(first)).core_properties
    decided = quarter.version.decided_at
    assert decided is not None
    assert properties.created is not None
    assert properties.created.replace(tzinfo=None) == decided.replace(microsecond=0, tzinfo=None)
    assert (properties.title, properties.language) == ("Quarter 2 2020 Status for Project 00112866", "es-MX")


def test_labels_are_english_on_request_and_a_preliminary_quarter_says_so(
    closed_demo: "DemoPlant", tmp_path: Path
) -> None:
    (path,) = write(quarter_from(closed_demo), tmp_path, language="en")
    assert path.name == "informe-2020-Q2-v1-en.docx"
    said, found = lines(path), told(part(path))
    assert {"Administrative activities", "Operational risks", "Prepared by"} <= set(said)
    assert "Of them, women: 238 (63%)" in said
    assert found["L2-01/status"] == "✓ Target met"
    assert found["L2-01/name"] == "Persons certified (unique)"
    (path,) = write(quarter_from(closed_demo, "next"), tmp_path)
    assert path.name == "informe-2020-Q3-preliminar.docx"
    assert told(part(path))["quarter/version"] == "Cifras: preliminar · informe ilustrativo"
    assert told(part(path))["L2-07/change"].startswith("-89"), "against the official quarter before"


def test_the_public_report_tells_no_small_cell(closed_demo: "DemoPlant", tmp_path: Path) -> None:
    quarter = quarter_from(closed_demo, "public")
    (path,) = write(quarter, tmp_path)
    found = told(part(path))
    hidden = [
        f"{cell['indicator']}/{cell['disaggregation']}={cell['category']}/value"
        for figure in quarter.figures
        for cell in figure.cells
        if cell["obs_status"] == "suprimido"
    ]
    assert all(found.get(tag, "(c)") == "(c)" for tag in hidden)


def test_people_move_style_and_extend_the_template(closed_demo: "DemoPlant", tmp_path: Path) -> None:
    quarter, template = with_template(quarter_from(closed_demo), tmp_path)
    document = docx.Document(str(template))
    document.styles.add_style("Estilo propio", 1)
    heading = next(item for item in document.paragraphs if item.text == "Riesgos operativos")
    own = heading.insert_paragraph_before("Van ", style="Estilo propio")
    for piece in ("{", "{L2", "-01", ".meta}", "} de meta; {{L2-02}} certificados"):
        own.add_run(piece).bold = True
    heading.insert_paragraph_before("{{chart:statuses}}")
    last = document.paragraphs[-1]._p
    last.addnext(heading._p)  # moved behind everything
    document.save(str(template))
    (path,) = write(quarter, tmp_path)
    (mine,) = [item for item in part(path).iter(f"{W}p") if "de meta" in "".join(item.itertext())]
    assert "".join(mine.itertext(f"{W}t")) == "Van 350 de meta; 405 certificados"
    assert mine.find(f"{W}pPr/{W}pStyle").get(f"{W}val") == docx.Document(str(path)).styles["Estilo propio"].style_id
    assert all(run.find(f"{W}rPr/{W}b") is not None for run in mine.iter(f"{W}r") if "350" in "".join(run.itertext()))
    assert "chart:statuses" in told(part(path))
    assert lines(path)[-1] == "Riesgos operativos"


def test_a_template_that_is_missing_or_wrong_says_what_to_do(closed_demo: "DemoPlant", tmp_path: Path) -> None:
    quarter, template = with_template(quarter_from(closed_demo), tmp_path)
    for text, expected in (
        ("{{ titlo }}", "no existe .*titlo.* se esperaban los de docs/informe.md"),
        ("{%p for x in lineas %}", "mal escrito"),
        ("{{ L9-99 }}", "no existe"),
        ("{{ ''.__class__ }}", "no existe"),
    ):
        document = docx.Document(str(quarter_from(closed_demo).project.root / "framework/templates/informe-es.docx"))
        document.add_paragraph(text)
        document.save(str(template))
        with pytest.raises(ContractError, match=expected):
            write(quarter, tmp_path)
    template.write_bytes(b"\xd0\xcf\x11\xe0 an old .doc")
    with pytest.raises(ContractError, match="no es un documento de Word"):
        write(quarter, tmp_path)
    template.unlink()
    with pytest.raises(ContractError, match="trimestre report-template"):
        write(quarter, tmp_path)
    assert not list(tmp_path.glob("informe-*.docx")), "no half report"


def test_names_of_authors_are_kept_in_no_version(closed_demo: "DemoPlant") -> None:
    assert closed_demo.plant.project.framework.authors
    with closed_demo.plant.engine.connect() as connection:
        (stored,) = connection.execute(sa.text("SELECT definitions FROM results.candidate")).scalars()
    assert "authors" not in stored["framework"]
    assert project_from(stored, closed_demo.plant.project).framework.authors


def test_the_first_templates_can_be_made_again_and_never_over_a_changed_one(
    closed_demo: "DemoPlant", tmp_path: Path
) -> None:
    quarter = quarter_from(closed_demo)
    own = replace(quarter, project=replace(quarter.project, root=tmp_path))
    for language in ("es", "en"):
        template = write_template(template_path(tmp_path, language), language)
        assert told(part(write(own, tmp_path, language)[0]))["L2-01/total/value"] == "400"
        content = template.read_bytes()
        with pytest.raises(ContractError, match="bórrela antes"):
            write_template(template, language)
        assert template.read_bytes() == content


def _folder(parent: Path, name: str) -> Path:
    folder = parent / name
    folder.mkdir()
    return folder
