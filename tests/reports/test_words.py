"""How figures, dates and names are printed wherever somebody reads them."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from trimestre.contracts import Project, load_project
from trimestre.periods import Period
from trimestre.reports.naming import file_name
from trimestre.reports.quarter import Quarter, Version
from trimestre.reports.words import (
    baseline_text,
    category_name,
    covers_name,
    day,
    disaggregation_name,
    illustrative_text,
    percent_text,
    status_text,
    target_text,
    unit_text,
    value_text,
    version_text,
)
from trimestre.texts.closing import CLOSING
from trimestre.texts.report_labels import REPORT_LABELS
from trimestre.texts.sheets import ASSESSMENT, SHEETS
from trimestre.texts.tracking_labels import NOTES_OF
from trimestre.texts.words import RESTATED


@pytest.fixture(scope="module")
def project() -> Project:
    return load_project(Path(__file__).resolve().parents[2])


def cell(value: Any, obs_status: str = "normal", disaggregation: str = "total") -> dict[str, Any]:
    return {"value": value, "obs_status": obs_status, "disaggregation": disaggregation}


def quarter(project: Project, version: Version) -> Quarter:
    return Quarter(project, Period(2020, 2), version, "internal", (), {})


def test_missing_not_applicable_and_zero_are_three_things(project: Project) -> None:
    agreements, modules = project.indicator("L1-02"), project.indicator("L2-06")
    assert value_text(agreements, cell(Decimal(0))) == "0"
    assert value_text(agreements, cell(None, "n_d")) == value_text(agreements, None) == "n. d."
    assert value_text(modules, cell(None, "n_a")) == "n. a."
    assert value_text(modules, cell(Decimal(417), disaggregation="module")) == "417"
    assert value_text(agreements, cell(None, "suprimido")) == "(c)"
    assert value_text(agreements, cell(None, "no_calculable")) == "no calculable"
    assert value_text(agreements, cell(None, "n_d"), "en") == "no data"
    assert [baseline_text(project.indicator(code), "2020-Q2") for code in ("L1-02", "L2-02", "L2-04")] == [
        "0",
        "n. d.",
        "n. a.",
    ]


def test_values_and_targets_carry_their_unit_and_decimals(project: Project) -> None:
    share, mean, stage = (project.indicator(code) for code in ("L2-03", "L2-09", "L2-10"))
    assert value_text(share, cell(Decimal("87.05"))) == "87.1%"
    assert target_text(share, Decimal(85)) == "85%"
    assert target_text(mean, Decimal("4.2"), "en") == "4.2"
    assert target_text(share, None) == ""
    assert value_text(stage, cell(Decimal(3))) == f"etapa 3: {stage.stages[3]}"
    assert value_text(project.indicator("L2-01"), cell(Decimal(12345))) == "12,345"
    assert (percent_text(Decimal("114.29")), percent_text(None)) == ("114.3%", "")
    assert (unit_text(share), unit_text(share, "en")) == ("porcentaje", "percent")
    assert status_text("conforme") == "Conforme a lo programado"
    assert (status_text("con_rezago", "en"), status_text(None)) == ("Behind schedule", "")


def test_days_are_never_read_as_another_day() -> None:
    assert day(date(2020, 7, 6)) == "06/07/2020"
    assert day(date(2020, 7, 6), "en") == "6 Jul 2020"
    assert day(None) == ""


@pytest.mark.parametrize(
    ("disaggregation", "category", "es", "en"),
    [
        ("sex", "mujer", "Mujeres", "Women"),
        ("sex", "no_especificado", "Sin especificar", "Not specified"),
        ("state", "09", "Ciudad de México", "Ciudad de México"),
        ("institution", "SHCP", "Secretaría de Hacienda y Crédito Público", None),
        ("institution", "Una que nadie revisó", "Una que nadie revisó", None),
        ("module×edition", "M1 × EISP-UIF-2020", None, None),
        ("sex×state", "hombre × 04", "Hombres × Campeche", "Men × Campeche"),
        ("total", "total", "Total", "Total"),
    ],
)
def test_categories_are_called_by_their_names(
    project: Project, disaggregation: str, category: str, es: str | None, en: str | None
) -> None:
    if es:
        assert category_name(project, disaggregation, category) == es
        assert category_name(project, disaggregation, category, "en") == (en or es)
    else:
        assert category_name(project, disaggregation, category).startswith("Módulo 1 × Ética e Integridad")


def test_spans_and_breakdowns_have_names() -> None:
    assert [covers_name(label) for label in ("2020-Q2", "2020-H1", "2020", "FY2020", "project")] == [
        "2020-Q2",
        "Semestre 1 de 2020",
        "2020",
        "Año fiscal 2020",
        "Vida del proyecto",
    ]
    assert disaggregation_name("module×edition") == "Módulo por edición"
    assert disaggregation_name("sex×state", "en") == "Sex by state"


def test_every_output_says_its_version(project: Project) -> None:
    late = datetime(2020, 8, 2, 3, tzinfo=UTC)  # 1 August in Mexico
    official = quarter(project, Version("oficial", vintage=2, decided_at=late))
    restated = quarter(project, Version("oficial", vintage=2, decided_at=late, restates=True))
    today = quarter(project, Version("preliminar"))
    assert version_text(official) == "versión oficial 2, aprobada el 01/08/2020"
    assert "rectificación" in version_text(restated)
    assert version_text(official, "en") == "official version 2, approved on 1 Aug 2020"
    assert version_text(today) == "preliminar"
    assert illustrative_text(project) == "ilustrativo"
    assert file_name("informe", official, "es", "docx") == "informe-2020-Q2-v2.docx"
    assert file_name("iptt", today, "en", "xlsx") == "iptt-2020-Q2-preliminar-en.xlsx"


def test_one_row_or_one_person_is_told_in_the_singular() -> None:
    def sentences(texts: Any) -> Iterator[str]:
        if isinstance(texts, str):
            yield texts
        else:
            for text in texts.values() if isinstance(texts, dict) else texts:
                yield from sentences(text)

    of_one = re.compile(r"\b1 (?:(?:de|of) 1 )?(?!Status|puntos)[^\W\d]{3,}s\b")
    delivered = (CLOSING, REPORT_LABELS, SHEETS, ASSESSMENT, NOTES_OF, RESTATED)
    said = [re.sub(r"\{\w+\}", "1", text) for text in sentences(delivered)]
    assert [text for text in said if of_one.search(text)] == []
