"""Reference sheets and quality assessments: opened again, and what they say held against the project and warehouse."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from docx import Document

from trimestre.contracts.indicators import Texts
from trimestre.errors import ContractError
from trimestre.periods import Period
from trimestre.reports import dqa, pirs
from trimestre.reports.facts import with_facts
from trimestre.reports.quarter import quarter_of
from trimestre.warehouse.database import transaction

if TYPE_CHECKING:
    from conftest import DemoPlant

Q2 = Period(2020, 2)


def text_of(path: Path) -> str:
    """Everything a document says: paragraphs, tables and footers."""
    document = Document(str(path))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    feet = [paragraph.text for section in document.sections for paragraph in section.footer.paragraphs]
    return "\n".join([*(paragraph.text for paragraph in document.paragraphs), *cells, *feet])


def test_sheets_hold_every_word_of_the_definitions_in_both_languages(closed_demo: "DemoPlant", tmp_path: Path) -> None:
    with transaction(closed_demo.plant.engine) as connection:
        quarter = quarter_of(connection, closed_demo.plant.project, Q2)
    spanish = pirs.write(quarter, tmp_path)
    english = pirs.write(quarter, tmp_path, language="en")
    assert [path.name for path in spanish[:2]] == ["pirs-2020-Q2-v1.docx", "pirs-L1-01-2020-Q2-v1.docx"]
    assert len(spanish) == len(english) == 1 + len(quarter.project.indicators)
    whole_es, whole_en = text_of(spanish[0]), text_of(english[0])
    for indicator in quarter.project.indicators:
        for texts in (indicator.name, indicator.definition, indicator.rationale, indicator.method):
            assert texts is not None
            assert " ".join(texts.es.split()) in whole_es
            assert " ".join(texts.en.split()) in whole_en
    assert "versión oficial 1, aprobada el" in whole_es
    assert "ilustrativo" in whole_es
    for whole in (whole_es, whole_en):
        assert "{{" not in whole
        assert "{%" not in whole
        assert "None" not in whole.replace("None since version 1", "").replace("None yet", "").replace("None\n", "")
    alone = text_of(spanish[1])
    assert "L1-01" in alone
    assert "L2-01" not in alone


def test_the_same_version_gives_the_same_bytes(closed_demo: "DemoPlant", tmp_path: Path) -> None:
    with transaction(closed_demo.plant.engine) as connection:
        quarter = with_facts(connection, quarter_of(connection, closed_demo.plant.project, Q2))
    (tmp_path / "again").mkdir()
    first = [*pirs.write(quarter, tmp_path), *dqa.write(quarter, tmp_path)]
    again = [*pirs.write(quarter, tmp_path / "again"), *dqa.write(quarter, tmp_path / "again")]
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in again]


def test_what_people_wrote_is_text_and_never_markup(closed_demo: "DemoPlant", tmp_path: Path) -> None:
    with transaction(closed_demo.plant.engine) as connection:
        quarter = quarter_of(connection, closed_demo.plant.project, Q2)
    hostile = Texts(es="A & B <w:br/> {{ project }}", en="x")
    first, *others = quarter.project.indicators
    project = replace(quarter.project, indicators=(first.model_copy(update={"notes": hostile}), *others))
    (path, *_) = pirs.write(replace(quarter, project=project), tmp_path)
    assert "A & B <w:br/> {{ project }}" in text_of(path)


def test_the_assessment_says_what_is_on_record(closed_demo: "DemoPlant", tmp_path: Path) -> None:
    with transaction(closed_demo.plant.engine) as connection:
        quarter = with_facts(connection, quarter_of(connection, closed_demo.plant.project, Q2))
    facts = quarter.facts
    assert facts is not None
    sheet = dqa.sheet(quarter, quarter.figure("L2-01"), facts, "es")
    behind = facts.evidence["L2-01"]
    assert sheet["value"] == "400"
    assert f"Registros contados: {behind.counted}." in " ".join(sheet["validity"])
    assert quarter.version.hash is not None
    assert quarter.version.hash[:12] in " ".join(sheet["reliability"])
    assert "Preparó: especialista. Aprobó otra persona: coordinacion" in " ".join(sheet["integrity"])
    assert "Aún no se registra una muestra" in " ".join(sheet["integrity"])
    for language in ("es", "en"):
        (path,) = dqa.write(quarter, tmp_path, language=language)
        whole = text_of(path)
        assert "{{" not in whole
        for figure in quarter.figures:
            assert figure.indicator.code in whole
        for source in facts.sources:
            assert f"{facts.sources[source].landed:,}" in whole


def test_a_project_without_the_template_is_told_which_one_lacks(closed_demo: "DemoPlant", tmp_path: Path) -> None:
    with transaction(closed_demo.plant.engine) as connection:
        quarter = quarter_of(connection, closed_demo.plant.project, Q2)
    elsewhere = replace(quarter, project=replace(quarter.project, root=tmp_path))
    with pytest.raises(ContractError, match=r"pirs-en\.docx"):
        pirs.write(elsewhere, tmp_path, language="en")
