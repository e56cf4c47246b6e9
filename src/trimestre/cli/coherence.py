"""The commands `trimestre coherence`, `explain` and `project-status`: what is settled before a quarter is proposed.

Data flow: figures as they would be proposed now -> findings in Spanish; a text, a status -> a decision.
"""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from trimestre import settings, texts
from trimestre.cli.marts import catch_up
from trimestre.cli.opening import plant
from trimestre.cli.terminal import console
from trimestre.periods import Period
from trimestre.warehouse.database import transaction

if TYPE_CHECKING:
    import sqlalchemy as sa

    from trimestre.contracts import Project

app = typer.Typer()

Quarter = Annotated[str, typer.Argument(help="Trimestre, como 2020-Q2 o FY2020-Q3.")]


def command(name: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Register a command with its Spanish help."""
    return app.command(name, help=texts.COHERENCE_CLI[name])


@command("coherence")
def coherence(period: Quarter) -> None:
    """Show what the checks find in the figures of a quarter as they would be proposed now; 1 when there are errors."""
    from trimestre.indicators.explaining import explanations
    from trimestre.reports.coherence import sentence

    with plant() as here, transaction(here.engine) as connection:
        quarter = _quarter(here.project, period)
        findings = _findings(connection, here.project, quarter)
        explained = explanations(connection, quarter)
        sentences = [sentence(finding, here.project) for finding in findings]
    if not findings:
        _say("none", period=quarter)
        return
    table = Table(*texts.COHERENCE_COLUMNS, title=texts.COHERENCE_CLI["title"].format(period=quarter))
    waiting = 0
    for finding, text in zip(findings, sentences, strict=True):
        kind = texts.SEVERITY_NAMES[finding["severity"]]
        if finding["severity"] == "explanation":
            said = explained.get(finding["indicator"])
            kind = texts.COHERENCE_CLI["explained_mark"] if said else kind
            waiting += said is None
        table.add_row(finding["indicator"] or "", kind, escape(text))
    console.print(table)
    severities = [finding["severity"] for finding in findings]
    errors, warnings = severities.count("error"), severities.count("warning")
    _say("count", errors=errors, unexplained=waiting, warnings=warnings)
    if waiting:
        _say("how", period=quarter)
    if errors:
        raise typer.Exit(1)


@command("explain")
def explain(
    code: Annotated[str, typer.Argument(help="Clave del indicador, como L2-01.")],
    period: Quarter,
    text: Annotated[str, typer.Option("--text", help="La explicación; sin datos personales.")],
) -> None:
    """Keep why an indicator deviates."""
    from trimestre.indicators.explaining import explain as keep

    with plant(lenient=True) as here:
        quarter = _quarter(here.project, period)
        with transaction(here.engine) as connection:
            number = keep(connection, here.project, code, quarter, text, settings.who())
        _say("explained", code=code, period=quarter, decision=number)
        catch_up(here)


@command("project-status")
def project_status(
    period: Quarter,
    status: Annotated[str | None, typer.Option("--set", help="achieved, on_track u off_track.")] = None,
    reason: Annotated[str, typer.Option(help="Con --set: por qué.")] = "",
) -> None:
    """Show the proposed and the decided status of the project, or decide one."""
    from trimestre.indicators.project_status import decide_status, propose, status_of
    from trimestre.indicators.values import current_values

    with plant(lenient=True) as here, transaction(here.engine) as connection:
        quarter = _quarter(here.project, period)
        if status is not None:
            who = settings.who()
            number = decide_status(connection, here.project, quarter, status, reason=reason, who=who)
            _say("stored", period=quarter, status=texts.PROJECT_STATUS[status], decision=number)
            return
        proposal = propose(here.project, current_values(connection, quarter))
        decided = status_of(connection, quarter)
        zone = here.project.framework.zone
    if proposal.status is None:
        _say("not_proposed", period=quarter)
    else:
        numbers = proposal.as_dict()
        _say("proposed", period=quarter, **numbers | {"status": texts.PROJECT_STATUS[proposal.status]})
    if decided:
        at = datetime.fromisoformat(decided["at"]).astimezone(zone)
        said = {"status": texts.PROJECT_STATUS[decided["decided"]], "at": f"{at:%d/%m/%Y}"}
        _say("decided", by=decided["by"], reason=decided["reason"], **said)
    else:
        _say("not_decided", period=quarter)


def _findings(connection: "sa.Connection", project: "Project", period: Period) -> list[dict[str, Any]]:
    """What a close would find now, errors first."""
    from trimestre.indicators.coherence import check
    from trimestre.indicators.computing import work_out
    from trimestre.indicators.definitions import definition_findings
    from trimestre.indicators.evidence import current_pins
    from trimestre.indicators.placing import current_base

    project.expect_quarter(period)
    pins, base = current_pins(connection), current_base(connection, project, period)
    values = work_out(connection, project, period, pins, base)
    found = [finding.as_dict() for finding in check(connection, project, period, values, pins, base)]
    order = list(texts.SEVERITY_NAMES)
    return sorted([*definition_findings(connection, project, period), *found], key=lambda f: order.index(f["severity"]))


def _quarter(project: "Project", label: str) -> Period:
    return Period.parse_any(label, project.framework.fiscal_year_starts)


def _say(what: str, **values: object) -> None:
    console.print(texts.COHERENCE_CLI[what].format(**values), markup=False, highlight=False, soft_wrap=True)
