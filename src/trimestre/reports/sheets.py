"""Reference sheets and assessments share how a Word template is filled and how an indicator's words are said.

Data flow: template of ``framework/templates/`` + what it names -> .docx with fixed bytes.
"""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from docxtpl import DocxTemplate
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from trimestre.contracts import Project
from trimestre.contracts.indicators import Indicator, Revision
from trimestre.errors import ContractError
from trimestre.reports.packing import deterministic
from trimestre.reports.quarter import Quarter
from trimestre.reports.words import (
    category_name,
    covers_name,
    day,
    disaggregation_name,
    illustrative_text,
    target_text,
    told,
    version_text,
)
from trimestre.texts import REFUSALS
from trimestre.texts.report_labels import REPORT_REFUSALS
from trimestre.texts.sheets import SHEETS


def template_of(project: Project, stem: str, language: str) -> Path:
    """The Word template of a document; :class:`ContractError` when the project has none in that language."""
    path = project.root / "framework" / "templates" / f"{stem}-{language}.docx"
    if not path.is_file():
        raise ContractError(REFUSALS["template"].format(found=path.name))
    return path


def fill(template: Path, path: Path, context: Mapping[str, Any], at: datetime | None) -> Path:
    """Fill a template and write it to ``path``; ``at`` dates its parts, so that the same content gives the same bytes.

    What is filled in is text, never markup; a template is edited by people and reaches nothing but what it is given.
    """
    document = DocxTemplate(template)
    try:
        document.render(dict(context), ImmutableSandboxedEnvironment(autoescape=True), autoescape=True)
    except SecurityError as error:
        raise ContractError(REPORT_REFUSALS["field"].format(name=template.name, found=error.message)) from None
    document.save(path)
    return deterministic(path, at)


def footer(quarter: Quarter, language: str, indicator: Indicator | None = None) -> str:
    """Which figures these are: at the foot of every page."""
    mark = illustrative_text(quarter.project, indicator, language)
    said = {
        "period": quarter.period,
        "fiscal": quarter.fiscal,
        "version": version_text(quarter, language),
        "mark": mark and f" · {mark}",
    }
    if indicator is None:
        return SHEETS[language]["several"].format(**said)
    return SHEETS[language]["footer"].format(code=indicator.code, name=told(indicator.name, language), **said)


def result_text(project: Project, indicator: Indicator, language: str) -> str:
    """The result that an indicator measures: ``Producto PR-2.1: …``; without one its level."""
    levels = SHEETS[language]["level"]
    for result in project.results:
        if result.result == indicator.parent:
            return f"{levels[result.level]} {result.result}: {told(result.name, language)}"
    return str(levels[indicator.level])


def breakdowns_text(indicator: Indicator, language: str) -> str:
    """The disaggregations of an indicator by name."""
    names = [disaggregation_name("×".join(dimensions), language) for dimensions in indicator.breakdowns()]
    return ", ".join(names) or SHEETS[language]["whole"]


def changes(project: Project, indicator: Indicator, language: str) -> list[str]:
    """The log of changes: of the definition, then of targets and baseline, each by its day; what there is none of is
    said, too."""
    words = SHEETS[language]
    lines = [
        words["changed"].format(
            day=day(entry.changed_on, language),
            version=entry.version,
            change=told(entry.change, language),
            by=entry.changed_by,
        )
        for entry in sorted(indicator.changes, key=lambda entry: (entry.changed_on, entry.version))
    ]
    lines += [_revised(project, indicator, revision, language) for revision in indicator.revisions]
    return lines or [words["unchanged"]]


def _revised(project: Project, indicator: Indicator, revision: Revision, language: str) -> str:
    words = SHEETS[language]
    category = ""
    if revision.disaggregation != "total":
        category = f" ({category_name(project, revision.disaggregation, revision.category, language)})"
    return words[f"revised_{revision.what}"].format(
        since=revision.effective_from,
        covers=covers_name(revision.period or "", language),
        category=category,
        old=target_text(indicator, revision.old, language) or words["none"],
        new=target_text(indicator, revision.new, language) or words["none"],
        letter=revision.letter,
        day=day(revision.approved_on, language),
        by=revision.approved_by,
    )
