"""The command `trimestre check`: every file of the project, the rules between them, and what was published.

Data flow: YAML + sql/evidence + dictionary (+ warehouse, where one is configured) -> errors, else warnings in Spanish.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa
import typer

from trimestre import settings, texts
from trimestre.cli.terminal import console
from trimestre.contracts import load_project
from trimestre.errors import ContractError, PermanentError
from trimestre.warehouse.entities import ENTITIES

if TYPE_CHECKING:
    from trimestre.contracts import Project
    from trimestre.contracts.indicators import Indicator

app = typer.Typer()


@app.command("check", help=texts.CLI["check"])
def check() -> None:
    """Read every contract and check the rules across files, the dictionary and what analysts may see."""
    from trimestre.warehouse.policy import check_described

    here = settings.from_environment()
    project = _whole(here.project)
    errors, warnings = _definitions(project)
    if errors:
        raise ContractError("\n".join(errors))
    missing = sorted(set(ENTITIES) - set(project.suites))
    if missing:
        raise ContractError(texts.YAML_FILE["no_suites"].format(entities=", ".join(missing)))
    check_described(here.project, here.warehouse_url)
    warnings += _published(project, here.warehouse_url)
    warnings += [texts.CHECK["mistyped"].format(found=found, meant=meant) for found, meant in settings.mistyped()]
    for line in warnings:
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    console.print(
        texts.CLI["checked"].format(
            sources=len(project.sources),
            indicators=len(project.indicators),
            suites=len(project.suites),
            institutions=len(project.institutions),
            states=len(project.states),
        )
    )


def _whole(root: Path) -> "Project":
    """The project; :class:`ContractError` with what is wrong in any file, also with what right ones ask in vain."""
    try:
        return load_project(root)
    except ContractError as error:
        try:
            readable = load_project(root, lenient_sources=True)
        except ContractError:
            raise error from None
        raise ContractError("\n".join([str(error), *_definitions(readable)[0]])) from None


def _definitions(project: "Project") -> tuple[list[str], list[str]]:
    """Errors and warnings about what would stop a night or count nothing in it, and about definitions.

    Of a definition it is an error when it is in force and does not fit its evidence.
    """
    from trimestre.contracts.in_vain import errors_in_vain, warnings_in_vain
    from trimestre.indicators.fitting import pirs_gaps

    errors = [*_stopping(project), *errors_in_vain(project)]
    warnings = [*([] if project.framework.approvers else [texts.CHECK["no_approvers"]]), *warnings_in_vain(project)]
    for indicator in project.readable_indicators():
        found = _unfit(indicator)
        if indicator.state == "borrador":
            warnings += [texts.CHECK["draft"].format(code=indicator.code, problem=problem) for problem in found]
        elif indicator.state == "vigente":
            errors += found
            gaps = ", ".join(texts.SHEET_FIELDS[name] for name in pirs_gaps(indicator))
            warnings += [texts.CHECK["gaps"].format(code=indicator.code, fields=gaps)] if gaps else []
    return errors, warnings


def _stopping(project: "Project") -> Iterator[str]:
    """What would stop the night of a source: no model knows the fields of entities, encodings, formats of dates, nor
    what Great Expectations has."""
    from trimestre.pipeline.correcting import check_fields
    from trimestre.pipeline.judgeable import not_judgeable
    from trimestre.sources.tabular import TabularConnector

    for code, source in project.sources.items():
        if source.kind == "tabular":
            try:
                TabularConnector(source, Path(), project.surveys_of(code), project.events)
            except PermanentError as error:
                yield str(error)
    for suite in project.suites.values():
        yield from not_judgeable(project, suite)
    for correction in project.corrections.corrections:
        try:
            check_fields(correction)
        except ContractError as error:
            yield str(error)


def _unfit(indicator: "Indicator") -> list[str]:
    """What an indicator asks of its evidence in vain."""
    from trimestre.indicators.evidence import check_definition
    from trimestre.indicators.fitting import misfits

    try:
        check_definition(indicator)
    except ContractError as error:
        return [str(error)]
    return misfits(indicator)


def _published(project: "Project", warehouse_url: str | None) -> list[str]:
    """Warnings about what was published; :class:`ContractError` where a definition stands against it.

    A target or baseline that is revised from a closed quarter on may be told in a restatement of that quarter only.
    """
    from trimestre.indicators.definitions import definition_findings
    from trimestre.periods import Period
    from trimestre.reports.definitions import definition_sentence
    from trimestre.warehouse.database import connect, transaction

    if not warehouse_url:
        return []
    engine = connect(warehouse_url)
    try:
        with transaction(engine) as connection:
            if connection.scalar(sa.text("SELECT to_regclass('results.candidate')")) is None:
                return []
            found = definition_findings(connection, project, project.periods.all()[-1].next())
            quarters = {str(finding["values"]["quarter"]) for finding in found}
            restated = {
                quarter: definition_findings(connection, project, Period.parse(quarter)) for quarter in quarters
            }
    finally:
        engine.dispose()
    errors = [finding for finding in found if finding in restated[finding["values"]["quarter"]]]
    if errors:
        raise ContractError("\n".join(map(definition_sentence, errors)))
    return [
        texts.CHECK["restating"].format(finding=definition_sentence(finding), quarter=finding["values"]["quarter"])
        for finding in found
    ]
