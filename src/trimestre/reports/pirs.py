"""Reference sheets of the indicators (PIRS), one file an indicator and one with all of them.

What a sheet asks and in which order stands in the Word template (``framework/templates/pirs-es.docx``, ``-en``);
figures are in the tracking table, not here. Fields: USAID, Performance Indicator Reference Sheet (201maf).

Data flow: definitions of the quarter's version -> sheets -> template -> .docx.
"""

from pathlib import Path
from typing import Any

from trimestre.contracts import Project
from trimestre.contracts.indicators import Indicator
from trimestre.reports.naming import file_name
from trimestre.reports.quarter import Quarter
from trimestre.reports.sheets import breakdowns_text, changes, fill, footer, result_text, template_of
from trimestre.reports.words import day, illustrative_text, told, unit_text
from trimestre.texts.sheets import SHEETS


def write(quarter: Quarter, folder: Path, language: str = "es") -> list[Path]:
    """Write the sheets of every indicator of the version; :class:`ContractError` without a template."""
    project, at = quarter.project, quarter.version.decided_at
    template = template_of(project, "pirs", language)
    indicators = sorted(project.indicators, key=lambda item: item.code)
    asked = [("pirs", indicators, None), *((f"pirs-{item.code}", [item], item) for item in indicators)]
    return [
        fill(
            template,
            folder / file_name(stem, quarter, language, "docx"),
            {
                "sheets": [sheet(project, item, language) for item in some],
                "project": project.framework.project,
                "footer": footer(quarter, language, only),
            },
            at,
        )
        for stem, some, only in asked
    ]


def sheet(project: Project, indicator: Indicator, language: str) -> dict[str, Any]:
    """What the template names of one indicator; a field with nothing to say holds a dash."""
    words = SHEETS[language]
    years = ", ".join(map(str, indicator.report_years))
    unit = unit_text(indicator, language)
    if indicator.stages:
        stages = "; ".join(f"{number} = {name}" for number, name in enumerate(indicator.stages))
        unit = f"{unit}. {words['stages'].format(stages=stages)}"
    fields: dict[str, Any] = {
        "code": indicator.code,
        "name": told(indicator.name, language),
        "version": indicator.version,
        "state": words["state"][indicator.state],
        "illustrative": illustrative_text(project, indicator, language),
        "result": result_text(project, indicator, language),
        "report_years": words["in_report"].format(years=years) if years else words["not_in_report"],
        "definition": told(indicator.definition, language),
        "unit": unit,
        "data_type": words["data_type"][indicator.kind_of_value],
        "disaggregations": breakdowns_text(indicator, language),
        "rationale": told(indicator.rationale, language),
        "data_source": told(indicator.data_source, language),
        "method": told(indicator.method, language),
        "frequency": words["frequency"][indicator.frequency],
        "responsible": indicator.responsible,
        "baseline_timeframe": indicator.baseline.timeframe if indicator.baseline else "",
        "target_rationale": told(indicator.target_rationale, language),
        "assessments": _assessments(indicator, language),
        "next_assessment": day(indicator.next_assessment_on, language),
        "limitations": told(indicator.limitations, language),
        "changes": changes(project, indicator, language),
        "notes": told(indicator.notes, language),
        "updated_on": day(indicator.updated_on, language),
    }
    return {name: words["none"] if value == "" else value for name, value in fields.items()} | {
        "illustrative": fields["illustrative"]
    }


def _assessments(indicator: Indicator, language: str) -> list[str]:
    words = SHEETS[language]
    lines = []
    for entry in sorted(indicator.assessments, key=lambda entry: entry.assessed_on):
        found = told(entry.findings, language)
        said = words["assessed_found" if found else "assessed"]
        lines.append(said.format(day=day(entry.assessed_on, language), reviewer=entry.reviewer, findings=found))
    return lines or [words["never_assessed"]]
