"""The commands `trimestre close …`: proposing the figures of a quarter, looking at them, answering.

Data flow: quarter -> candidate -> table in Spanish -> approval by another person -> vintage.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, Literal

import sqlalchemy as sa
import typer
from rich.table import Table
from rich.text import Text

from trimestre import settings, texts
from trimestre.cli.marts import catch_up
from trimestre.cli.opening import plant
from trimestre.cli.report import write_after_close
from trimestre.cli.terminal import console
from trimestre.errors import ContractError
from trimestre.indicators.definitions import project_from
from trimestre.periods import Period
from trimestre.reports.coherence import sentence
from trimestre.warehouse.database import transaction

if TYPE_CHECKING:
    from trimestre.contracts import Project
    from trimestre.indicators.closing import Closing

app = typer.Typer(no_args_is_help=True)

Quarter = Annotated[str, typer.Argument(help="Trimestre, como 2020-Q2 o FY2020-Q3.")]
Number = Annotated[int, typer.Argument(help="Número de la candidata, como lo muestra `trimestre close list`.")]
ReportState = Literal["enviada", "con_observaciones", "aceptada"]


def command(name: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Register a command with its Spanish help."""
    return app.command(name, help=texts.CLOSE_CLI[name])


@command("prepare")
def prepare(
    period: Quarter,
    force: Annotated[bool, typer.Option("--force", help="Antes de los plazos del trimestre; pide --reason.")] = False,
    restate: Annotated[bool, typer.Option("--restate", help="Rectifica cifras ya publicadas; pide --reason.")] = False,
    reason: Annotated[str | None, typer.Option(help="Por qué se fuerza o se rectifica. Sin datos personales.")] = None,
    received_until: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Solo cuenta lo cargado hasta ese día, inclusive (hora del proyecto)."),
    ] = None,
) -> None:
    """Write the candidate of a quarter."""
    from trimestre.indicators.candidates import NotReady
    from trimestre.indicators.candidates import prepare as run

    with plant(lenient=True) as here:
        quarter = _period(here.project, period)
        with transaction(here.engine) as connection:
            _check_restated(connection, quarter, restate=restate, reason=reason)
        try:
            done = run(
                here.engine,
                here.project,
                quarter,
                prepared_by=settings.who(),
                now=datetime.now(UTC),
                reason=reason,
                force=force,
                received_until=received_until and _end_of(received_until, here.project),
            )
        except NotReady as error:
            _say("refused")
            console.print(_findings(here.project, error.findings))
            raise
    fiscal = f"FY{quarter.fiscal(here.project.framework.fiscal_year_starts)}"
    _say(
        "prepared",
        candidate=done.candidate_id,
        period=quarter,
        fiscal=fiscal,
        by=settings.who(),
        hash=done.hash[:12],
    )


@command("show")
def show(
    number: Annotated[int | None, typer.Argument(help="Número de la candidata; sin él, la última.")] = None,
    summary: Annotated[
        bool, typer.Option("--summary", help="El resumen que lee quien aprueba: cambios, ajustes y diferencias.")
    ] = False,
) -> None:
    """Show a candidate: head, figures, findings, explanations; or what its approver reads."""
    from trimestre.indicators.closing import closing_of
    from trimestre.indicators.vintages import candidates_of

    with plant(lenient=True) as here, transaction(here.engine) as connection:
        if number is None:
            number = max((row["candidate_id"] for row in candidates_of(connection)), default=None)
        if number is None:
            _say("none")
            return
        closing = closing_of(connection, number)
        then = project_from(closing.candidate["definitions"], here.project)
    if summary:
        _say_summary(then, closing)
    else:
        _say_candidate(then, closing.candidate, closing.values)


@command("approve")
def approve(
    number: Number, comment: Annotated[str | None, typer.Option(help="Comentario; queda guardado.")] = None
) -> None:
    """Make a candidate official."""
    _decide(number, approve=True, comment=comment)


@command("return")
def send_back(
    number: Number, comment: Annotated[str | None, typer.Option(help="Qué falta; queda guardado.")] = None
) -> None:
    """Send a candidate back."""
    _decide(number, approve=False, comment=comment)


@command("list")
def list_candidates(
    period: Annotated[str | None, typer.Argument(help="Solo de este trimestre, como 2020-Q2 o FY2020-Q3.")] = None,
) -> None:
    """List candidates and vintages."""
    from trimestre.indicators.vintages import candidates_of

    with plant(lenient=True) as here, transaction(here.engine) as connection:
        rows = candidates_of(connection, None if period is None else _period(here.project, period))
        project = here.project
    if not rows:
        _say("none")
        return
    table = Table(*texts.CLOSE_COLUMNS)
    for row in rows:
        decided = f"{row['decided_by']}, {_day(project, row['decided_at'])}" if row["decided_by"] else ""
        cells = (
            row["period"],
            texts.CANDIDATE_KINDS[row["kind"]],
            texts.CANDIDATE_STATES[row["state"]],
            "" if row["vintage"] is None else str(row["vintage"]),
            texts.REPORT_STATES[row["report_state"]] if row["vintage"] is not None else "",
            f"{row['prepared_by']}, {_day(project, row['prepared_at'])}",
            decided,
            row["hash"][:12],
        )
        table.add_row(str(row["candidate_id"]), *map(Text, cells))
    console.print(table)


@command("state")
def state(
    period: Quarter,
    state: Annotated[ReportState, typer.Argument(help="Dónde está el informe.")],
    vintage: Annotated[int | None, typer.Option(help="Versión oficial; sin ella, la vigente.")] = None,
    comment: Annotated[str | None, typer.Option(help="Por ejemplo, el número del oficio; queda guardado.")] = None,
) -> None:
    """Note where the report of a quarter stands with the donor."""
    from trimestre.indicators.vintages import set_report_state

    with plant(lenient=True) as here:
        quarter = _period(here.project, period)
        number = set_report_state(here.engine, quarter, vintage, state, settings.who(), comment)
        _say("stated", period=quarter, vintage=number, state=texts.REPORT_STATES[state])
        catch_up(here)


@command("verify")
def verify(number: Number) -> None:
    """Take the hash of what is stored again."""
    from trimestre.indicators.vintages import candidate_of, verify_hash

    with plant(lenient=True) as here, transaction(here.engine) as connection:
        found = candidate_of(connection, number)
        holds = verify_hash(connection, number)
    _say("true" if holds else "false", candidate=number, hash=found["hash"], period=found["period"])
    if not holds:
        raise typer.Exit(1)


def _decide(number: int, *, approve: bool, comment: str | None) -> None:
    from trimestre.indicators.vintages import decide_candidate

    with plant(lenient=True) as here:
        done = decide_candidate(
            here.engine, number, approve=approve, decided_by=settings.who(), comment=comment, project=here.project
        )
        _say("approved" if approve else "returned", period=done.period, candidate=number, vintage=done.vintage)
        if done.vintage is not None:  # first: figures that can't be computed keep no version from its documents
            write_after_close(here, str(done.period), done.vintage)
        catch_up(here)


def _period(project: "Project", label: str) -> Period:
    return Period.parse_any(label, project.framework.fiscal_year_starts)


def _end_of(day: datetime, project: "Project") -> datetime:
    """The first instant after a local day."""
    return day.replace(tzinfo=project.framework.zone) + timedelta(days=1)


def _check_restated(connection: sa.Connection, period: Period, *, restate: bool, reason: str | None) -> None:
    """Published figures are changed by who says so, and not by who meant to close the quarter for the first time."""
    from trimestre.indicators.vintages import vintage_in_force

    published = vintage_in_force(connection, period)
    if restate and published is None:
        raise ContractError(texts.REFUSALS["restate_unpublished"].format(period=period))
    if not restate and published is not None:
        raise ContractError(texts.REFUSALS["published"].format(period=period, vintage=published["vintage"]))
    if restate and not (reason or "").strip():
        raise ContractError(texts.REFUSALS["restate_without_reason"])


def _say_summary(then: "Project", closing: "Closing") -> None:
    from rich.markdown import Markdown

    from trimestre.reports.closing import summary

    findings = [(finding, sentence(finding, then)) for finding in closing.candidate["findings"]]
    console.print(Markdown(summary(then, closing, findings)))


def _say_candidate(project: "Project", found: Mapping[str, Any], values: Sequence[Mapping[str, Any]]) -> None:
    from trimestre.reports.figures import indicator_table

    _say_head(project, found)
    table = indicator_table(project, found["period"], [cell for cell in values if cell["covers"] == cell["period"]])
    table.title = texts.CLOSE_CLI["figures"].format(
        period=found["period"], mark=texts.ILLUSTRATIVE if project.framework.illustrative else ""
    )
    console.print(table)
    if found["findings"]:
        console.print(_findings(project, found["findings"], found["explanations"]))
    else:
        _say("no_findings")
    if found["explanations"]:
        _say("explanations")
    for code, said in sorted(found["explanations"].items()):
        _say("explanation", code=code, text=said["text"], by=said["by"], at=_day(project, said["at"]))


def _say_head(project: "Project", found: Mapping[str, Any]) -> None:
    fiscal = f"FY{Period.parse(found['period']).fiscal(project.framework.fiscal_year_starts)}"
    kind, state = texts.CANDIDATE_KINDS[found["kind"]], texts.CANDIDATE_STATES[found["state"]]
    _say("head", kind=kind, period=found["period"], fiscal=fiscal, candidate=found["candidate_id"], state=state)
    if found["vintage"] is not None:
        _say("vintage", vintage=found["vintage"], report=texts.REPORT_STATES[found["report_state"]])
    _say("prepared_by", by=found["prepared_by"], at=_day(project, found["prepared_at"]))
    if found["decided_by"]:
        _say("decided_by", by=found["decided_by"], at=_day(project, found["decided_at"]))
    if found["comment"]:
        _say("comment", text=found["comment"])
    if found["forced"]:
        _say("forced")
    if found["reason"]:
        _say("reason", text=found["reason"])
    pins = ", ".join(f"{source}: {batch}" for source, batch in sorted(found["pins"].items()))
    _say("known", at=_day(project, found["known_at"]), pins=pins or texts.CLI["none"])
    _say("hash", hash=found["hash"])


def _findings(
    project: "Project", findings: Sequence[Mapping[str, Any]], explained: Mapping[str, Any] | None = None
) -> Table:
    table = Table(*texts.COHERENCE_COLUMNS, title=texts.CLOSE_CLI["findings"], title_justify="left")
    for finding in findings:
        severity = texts.SEVERITY_NAMES[finding["severity"]]
        if finding["severity"] == "explanation" and finding["indicator"] in (explained or {}):
            severity = texts.COHERENCE_CLI["explained_mark"]
        table.add_row(finding["indicator"], severity, Text(sentence(finding, project)))
    return table


def _day(project: "Project", at: datetime | str) -> str:
    instant = datetime.fromisoformat(at) if isinstance(at, str) else at
    return f"{instant.astimezone(project.framework.zone):%d/%m/%Y %H:%M}"


def _say(what: str, **values: object) -> None:
    console.print(texts.CLOSE_CLI[what].format(**values), markup=False, highlight=False, soft_wrap=True)
