"""The commands `trimestre status` and `trimestre watch`: how everything is, and telling who has to know.

Data flow: warehouse + project + disks -> Status -> tables, JSON or one line; -> notices by e-mail and webhook.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from trimestre import settings, texts
from trimestre.cli.opening import plant, warehouse_url
from trimestre.cli.terminal import console, say_error
from trimestre.errors import ContractError, TransientError, TrimestreError
from trimestre.texts.page_board import BOARD

if TYPE_CHECKING:
    from trimestre.contracts import Project
    from trimestre.watching.conditions import SourceState
    from trimestre.watching.looking import Disk
    from trimestre.watching.status import Level, QuarterState, Status

app = typer.Typer()
SAID = texts.STATUS_CLI
_MINUTE = "%d/%m/%Y %H:%M"


@app.command("status", help=SAID["status"])
def status(
    check: Annotated[bool, typer.Option("--check", help="Una línea y un código de salida, para un monitor.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Todo en JSON.")] = False,
) -> None:
    """Show how everything is, or say it by an exit code."""
    from trimestre.watching.status import Level, level, revisions, status_of

    try:
        with plant(lenient=True) as here:
            found, expected = revisions(here.engine)
            if found != expected:
                raise _SchemaBehind(SAID["schema_behind"].format(revision=found or "—", expected=expected))
            seen = status_of(here.engine, here.project, settings.from_environment().watched_places, datetime.now(UTC))
    except TrimestreError as error:
        if not check:
            raise
        known = isinstance(error, TransientError | _SchemaBehind)
        line = SAID["critical"].format(count=1, first=error) if known else SAID["unknown"].format(problem=error)
        print(" ".join(line.split()))
        raise typer.Exit(Level.CRITICAL if known else Level.UNKNOWN) from None
    if check:
        print(_line(seen, level(seen)))
        raise typer.Exit(level(seen))
    if as_json:
        print(json.dumps(_plain(seen, level(seen), found), ensure_ascii=False, indent=1, default=str))
        return
    _say(seen, here.project, found)


@app.command("watch", help=SAID["watch"])
def watch(test: Annotated[bool, typer.Option("--test", help=SAID["test"])] = False) -> None:
    """Look at everything once and send what is due, or send a test."""
    from trimestre.watching import outage
    from trimestre.watching.passing import watch as run
    from trimestre.watching.telling import teller_of

    now, there = datetime.now(UTC), settings.from_environment()
    with plant(_project(there, now)) as here:
        teller = teller_of(here.engine, here.project, here.connection_of)
        if test:
            told = teller.announce("test", "opened", now)
            for channel in told.sent:
                _print(SAID["tested"].format(channel=channel))
        else:
            try:
                _, changed = run(here.engine, here.project, there.watched_places, now)
            except TransientError:
                outage.began(there.outage_mark, teller, now)
                raise
            outage.over(there.outage_mark, teller, now)
            told = teller.tell(now)
            counts = {"opened": len(changed.opened), "recovered": len(changed.recovered), "sent": len(told.sent)}
            _print(SAID["watched"].format(**counts))
        if not here.project.notifications.channels:
            _print(SAID["no_channels"])
    told.raise_failed()


def _project(there: settings.Settings, now: datetime) -> "Project":
    """The project; of one that can't be read people are told before the command fails by it."""
    from trimestre.contracts import load_project
    from trimestre.warehouse.database import connect
    from trimestre.watching.telling import tell_unreadable, teller_of

    try:
        return load_project(there.project, lenient_sources=True)
    except ContractError as error:
        with warehouse_url(there) as url:
            engine = connect(url)
            try:
                teller = teller_of(engine, there.project, settings.connection_from_environment)
                for failed in tell_unreadable(teller, error, now).failed.values():
                    say_error(str(failed))
            finally:
                engine.dispose()
        raise


class _SchemaBehind(TrimestreError):
    """The warehouse has another schema than this code."""


def _line(seen: "Status", bad: "Level") -> str:
    """How everything is in one line, with numbers for a monitor behind a bar."""
    from trimestre.watching.status import told

    first = next(iter(told(seen.findings)), SAID["unsent"].format(count=seen.unsent))
    counts = {"count": len(seen.findings) or seen.unsent, "first": first}
    counts |= {"sources": len(seen.seen.sources), "quarters": len(seen.quarters)}
    numbers = {
        "notices": len(seen.notices),
        "behind": len(seen.seen.quarters_behind),
        "retained": sum(source.retained for source in seen.seen.sources),
    }
    text = " ".join(SAID[bad.name.lower()].format(**counts).split()).replace("|", "/")
    return f"{text} | {' '.join(f'{name}={count}' for name, count in numbers.items())}"


def _say(seen: "Status", project: "Project", revision: str) -> None:
    from trimestre.watching.messages import worded

    _table("sources", [_source_row(source, seen) for source in seen.seen.sources])
    _table("quarters", [_quarter_row(quarter) for quarter in seen.quarters])
    zone = project.framework.zone
    known = {(one.kind, one.subject) for one in seen.notices}
    rows = []
    for notice in seen.notices:
        said = worded(notice.kind, notice.subject, notice.details)
        since = f"{notice.opened_at.astimezone(zone):{_MINUTE}}" if notice.opened_at else ""
        rows.append((said.what, since, said.do))
    for found in seen.findings:  # of what the next look will tell, a person reads no less than a monitor
        if (found.kind, found.subject) not in known:
            said = worded(found.kind, found.subject, found.details)
            rows.append((said.what, SAID["untold"], said.do))
    _table("notices", rows)
    if not rows:
        _print(SAID["no_notices"])
    if seen.unsent:
        _print(SAID["unsent"].format(count=seen.unsent))
    if not project.notifications.channels:
        _print(SAID["no_channels"])
    _print(SAID["marts_behind" if seen.seen.marts_behind else "marts_fresh"])
    _print(SAID["schema"].format(revision=revision))
    for disk in seen.seen.disks:
        _print(_disk(disk))
    saved = seen.seen.backed_up_at
    at = f"{saved.astimezone(zone):{_MINUTE}}" if saved else ""
    _print(SAID["backed_up" if saved else "never_backed_up"].format(at=at))
    last = seen.watched_at
    _print(SAID["watched_at"].format(at=f"{last.astimezone(zone):{_MINUTE}}") if last else SAID["never_watched"])


def _source_row(source: "SourceState", seen: "Status") -> Sequence[str]:
    wrong = [one for one in seen.findings if one.subject in (source.subject, f"retained:{source.source}")]
    state = texts.BATCH_STATES.get(source.state or "", source.state or BOARD["never"])
    if source.broken:
        state = BOARD["broken"]
    fine = SAID["fresh" if source.deadlines else "no_deadline"] if source.batch_id else SAID["not_loaded"]
    return (
        source.source,
        str(source.batch_id or ""),
        state,
        _instant(source.started_at),
        _age(source.merged_at),
        "" if source.records is None else f"{source.records:,}",
        f"{source.retained:,}",
        _instant(source.deadlines.upcoming if source.deadlines else None),
        texts.NOTICES[wrong[0].kind]["title"].split(":")[0] if wrong else fine,
    )


def _quarter_row(quarter: "QuarterState") -> Sequence[str]:
    kind = SAID["official"].format(vintage=quarter.vintage) if quarter.vintage else SAID["preliminary"]
    said = SAID["behind" if quarter.behind else "current"]
    return (
        quarter.period,
        kind,
        _instant(quarter.computed_at) or SAID["not_computed"],
        f"{said}, {SAID['waiting']}" if quarter.waiting else said,
    )


def _table(name: str, rows: Sequence[Sequence[str]]) -> None:
    if rows:
        table = Table(*texts.STATUS_COLUMNS[name], title=SAID[name], title_justify="left")
        for row in rows:
            table.add_row(*map(escape, row))
        console.print(table)


def _instant(instant: datetime | None) -> str:
    return f"{instant:{_MINUTE}}" if instant else ""


def _age(instant: datetime | None) -> str:
    if instant is None:
        return ""
    hours = int((datetime.now(UTC) - instant).total_seconds() // 3600)
    return SAID["days"].format(days=hours // 24) if hours >= 48 else SAID["hours"].format(hours=hours)


def _disk(disk: "Disk") -> str:
    free = f"{disk.free / 2**30:.1f}"
    return SAID["disk"].format(place=texts.PLACES[disk.name], free=free, percent=f"{disk.free_percent:.0f}")


def _plain(seen: "Status", bad: "Level", revision: str) -> Mapping[str, Any]:
    return {
        "level": bad.name.lower(),
        "sources": [
            {
                "source": source.source,
                "batch": source.batch_id,
                "state": source.state,
                "started_at": source.started_at,
                "merged_at": source.merged_at,
                "records": source.records,
                "retained": source.retained,
                "expected_by": source.deadlines.upcoming if source.deadlines else None,
            }
            for source in seen.seen.sources
        ],
        "quarters": [vars(quarter) for quarter in seen.quarters],
        "marts_behind": bool(seen.seen.marts_behind),
        "findings": [{"kind": one.kind, "subject": one.subject, "details": one.details} for one in seen.findings],
        "notices": [{"kind": one.kind, "subject": one.subject, "since": one.opened_at} for one in seen.notices],
        "unsent": seen.unsent,
        "schema": revision,
        "disks": [{"place": one.name, "free": one.free, "total": one.total} for one in seen.seen.disks],
        "backed_up_at": seen.seen.backed_up_at,
        "watched_at": seen.watched_at,
    }


def _print(text: str) -> None:
    console.print(text, markup=False, highlight=False, soft_wrap=True)
